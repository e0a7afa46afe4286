//! The engine that will be killed: it tells its address and a key, and serves.

use std::process::ExitCode;

use composio_engine::{EgressPolicy, Engine, NewKey, Operator, ServeOptions};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const INTEGRATION: &str = "name: Notes\nunique_key: notes\nauth_schemes:\n  - name: key\n    auth_mode: API_KEY\n    \
     fields:\n      - name: api_key\n        type: string\n        required: true\n        \
     expected_from_customer: true\n    proxy:\n      base_url: BASE\n      headers:\n        \
     X-Api-Key: \"{{api_key}}\"\n";
const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Notes", "version": "1"}, "paths": {"/notes": {"get":
    {"summary": "List notes", "responses": {"200": {"description": "notes"}}}}}}"#;

/// Serves an engine on the file `database`, whose app is at `base` on this machine if that is given.
pub(crate) fn serve(database: Option<String>, base: Option<String>) -> ExitCode {
    let Some(database) = database else {
        return ExitCode::FAILURE;
    };
    Runtime::new().unwrap().block_on(async {
        let egress = EgressPolicy::default().allow_loopback();
        let builder = Engine::builder().database(database).egress(egress);
        let engine = builder.build().await.unwrap();
        let base = base.unwrap_or_else(|| "https://notes.example.com".to_owned());
        let integration = INTEGRATION.replace("BASE", &base);
        engine.add_app(integration, DOCUMENT).await.unwrap();
        let operator = Operator::new(engine.clone());
        let key = operator.create_key(NewKey::new()).await.unwrap().key;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{} {}", listener.local_addr().unwrap(), key.expose());
        let for_ever = std::future::pending();
        engine.serve(listener, ServeOptions::new(), for_ever).await;
    });
    ExitCode::SUCCESS
}
