use std::process::Command;

use composio_tests::{
    announced::Announced, parts::Missing, suite::CaseError, tree, visitor::Visitor,
};
use serde_json::{Value, json};

use crate::{own_tokens::SIGNATURES, world::World};

/// A running provider, whose signatures `oauthlib` checks.
struct Provider {
    base: String,
    private_key: String,
    _process: Announced,
}

impl Provider {
    fn start() -> Result<Self, Missing> {
        let modules = SIGNATURES.install()?;
        let process = Announced::start(
            Command::new("python3")
                .arg(tree::root().join("tests/connect/oauth1_provider.py"))
                .env("PYTHONPATH", modules),
        )?;
        let said: Value = serde_json::from_str(&process.line).unwrap();
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        Ok(Self {
            base: text("base"),
            private_key: text("private_key"),
            _process: process,
        })
    }

    fn integration(&self, method: &str) -> String {
        YAML.replace("BASE", &self.base).replace("METHOD", method)
    }

    /// What the client has: a secret, or a private key.
    fn credentials(&self, method: &str) -> Value {
        match method {
            "RSA-SHA1" => json!({"consumer_key": "the client", "private_key": self.private_key}),
            _ => {
                json!({"consumer_key": "the client", "consumer_secret": "secret of the client: +/%&"})
            }
        }
    }
}

const YAML: &str = "
name: Board
unique_key: board
proxy: {base_url: BASE/api}
token_response_metadata: [screen_name]
auth_schemes:
  - name: board_oauth1
    auth_mode: OAUTH1
    request_url: BASE/request_token
    authorization_url: BASE/authorize
    token_url: BASE/access_token
    signature_method: METHOD
";
const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Board", "version": "1"}, "paths": {
    "/cards": {
        "get": {"operationId": "list", "summary": "List cards",
            "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}},
                {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}],
            "responses": {"200": {"description": "ok"}}},
        "post": {"operationId": "create", "summary": "Create a card",
            "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object",
                "properties": {"title": {"type": "string"}, "text": {"type": "string"}}}}}},
            "responses": {"200": {"description": "ok"}}}},
    "/cards/{name}": {
        "delete": {"operationId": "remove", "summary": "Remove a card",
            "parameters": [{"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "ok"}}}}}}"#;

fn board(provider: &Provider, method: &str) -> (World, String) {
    let world = World::open(None);
    world.add_app(&provider.integration(method), DOCUMENT);
    let config = world.auth_config("board", "OAUTH1", &provider.credentials(method));
    (world, config)
}

fn begin(world: &World, config: &str) -> (String, String) {
    let body = json!({"auth_config": {"id": config}, "connection": {"user_id": "ann"}});
    let (status, begun) = world.send("POST", "/connected_accounts", &body);
    assert_eq!(status, 201, "{begun}");
    let text = |name: &str| begun[name].as_str().unwrap().to_owned();
    (text("id"), text("redirect_url"))
}

pub(crate) fn signed() -> Result<(), CaseError> {
    let provider = Provider::start()?;
    for method in ["HMAC-SHA1", "HMAC-SHA256", "RSA-SHA1", "PLAINTEXT"] {
        let (world, config) = board(&provider, method);
        let (id, url) = begin(&world, &config);
        let page = Visitor::new().open(&url);
        assert!(
            page.body.contains("Board is connected"),
            "{method}: {page:?}"
        );
        let account = world.account(&id);
        assert_eq!(account["status"], "ACTIVE", "{method}: {account}");
        let odd = "a b+c%20&d=e/\u{e9}\u{1f600}~*'()!";
        for (tool, arguments, seen) in [
            (
                "BOARD_LIST_CARDS",
                json!({}),
                json!({"query": {}, "form": {}}),
            ),
            (
                "BOARD_LIST_CARDS",
                json!({"q": odd, "tag": ["z", "a", "a b"]}),
                json!({"query": {"q": [odd], "tag": ["z", "a", "a b"]}, "form": {}}),
            ),
            (
                "BOARD_CREATE_A_CARD",
                json!({"title": odd, "text": "=&="}),
                json!({"query": {}, "form": {"title": [odd], "text": ["=&="]}}),
            ),
            (
                "BOARD_REMOVE_A_CARD",
                json!({"name": odd}),
                json!({"query": {}, "form": {}}),
            ),
        ] {
            let result = world.execute(tool, "ann", &arguments);
            assert_eq!(result["successful"], true, "{method} {tool}: {result}");
            assert_eq!(result["data"]["query"], seen["query"], "{method} {tool}");
            assert_eq!(result["data"]["form"], seen["form"], "{method} {tool}");
        }
        // A callback is good once.
        let again = Visitor::new().open(&page.url);
        assert_ne!(again.status, 200, "{again:?}");
    }
    Ok(())
}

pub(crate) fn refused() -> Result<(), CaseError> {
    let provider = Provider::start()?;
    let (world, config) = board(&provider, "HMAC-SHA1");
    let (id, url) = begin(&world, &config);
    let page = Visitor::new().open(&format!("{url}&refuse=1"));
    assert!(page.body.contains("was not connected"), "{page:?}");
    let account = world.account(&id);
    assert_eq!(account["status"], "FAILED", "{account}");
    assert!(
        account["status_reason"]
            .as_str()
            .unwrap()
            .contains("refused")
    );
    // A client that the provider does not know leaves no account behind.
    let wrong = json!({"consumer_key": "nobody", "consumer_secret": "x"});
    let config = world.auth_config("board", "OAUTH1", &wrong);
    let body = json!({"auth_config": {"id": config}, "connection": {"user_id": "bob"}});
    let (status, answer) = world.send("POST", "/connected_accounts", &body);
    assert!(status >= 400, "{answer}");
    assert!(answer.to_string().contains("401"), "{answer}");
    let list = world
        .send("GET", "/connected_accounts?user_ids=bob", &json!(null))
        .1;
    assert_eq!(list["total_items"], 0, "{list}");
    Ok(())
}
