//! Authorization servers that say where they are, and take clients that register themselves.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post as on_post},
};
use composio_engine::Engine;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    oauth::{DOCUMENT, account, begin, come_back, query},
    support::{Reply, builder, post},
};

/// What the server says of itself, and how often somebody registered.
#[derive(Debug, Clone)]
struct Server {
    base: String,
    metadata: Arc<Value>,
    registrations: Arc<AtomicUsize>,
}

impl Server {
    /// A server below `/tenant` whose metadata `change` spoils.
    async fn start(change: impl FnOnce(&mut Value, &str)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let issuer = format!("{base}/tenant");
        let mut metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "registration_endpoint": format!("{issuer}/register"),
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "authorization_response_iss_parameter_supported": true,
        });
        change(&mut metadata, &issuer);
        let server = Self {
            base,
            metadata: Arc::new(metadata),
            registrations: Arc::default(),
        };
        let router = Router::new()
            .route(
                "/.well-known/oauth-authorization-server/tenant",
                get(|State(server): State<Self>| async move { Json((*server.metadata).clone()) }),
            )
            .route(
                "/.well-known/oauth-protected-resource/api",
                get(|State(server): State<Self>| async move {
                    let base = &server.base;
                    Json(json!({"resource": format!("{base}/api"), "authorization_servers": [format!("{base}/tenant")]}))
                }),
            )
            .route("/tenant/register", on_post(registered))
            .route("/tenant/token", on_post(|| async { Json(json!({"access_token": "at-of-tenant"})) }))
            .with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    /// An engine with an app whose scheme says `oauth`, and an answer to a connection through it.
    async fn connect(&self, oauth: &str) -> (Engine, Value, Reply) {
        let engine = builder()
            .in_memory()
            .public_url("https://engine.example")
            .build()
            .await
            .unwrap();
        let yaml = format!(
            "name: Desk\nunique_key: desk\nproxy:\n  base_url: {base}/api\nauth_schemes:\n  - auth_mode: DCR_OAUTH\n    \
             default_scopes: [read]\n    oauth: {oauth}\n",
            base = self.base
        );
        engine.add_app(yaml, DOCUMENT).await.unwrap();
        let config = json!({"toolkit": {"slug": "desk"}});
        let config = post(&engine, "/api/v3.1/auth_configs", &config).await.json;
        let body = json!({"auth_config": {"id": config["auth_config"]["id"]}});
        let begun = post(&engine, "/api/v3.1/connected_accounts", &body).await;
        (engine, config["auth_config"]["id"].clone(), begun)
    }
}

async fn registered(
    State(server): State<Server>,
    Json(asked): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let number = server.registrations.fetch_add(1, Ordering::SeqCst);
    let answer = json!({"client_id": format!("registered-{number}"), "client_secret": "registered secret",
        "client_secret_expires_at": 0, "token_endpoint_auth_method": asked["token_endpoint_auth_method"]});
    if asked["redirect_uris"] != json!(["https://engine.example/api/v1/auth-apps/add"]) {
        let refusal = json!({"error": "invalid_redirect_uri"});
        return (StatusCode::BAD_REQUEST, Json(refusal));
    }
    (StatusCode::CREATED, Json(answer))
}

#[tokio::test]
async fn a_client_registers_once_for_all_users_and_an_answer_must_name_its_issuer() {
    let server = Server::start(|_, _| {}).await;
    let issuer = format!("{}/tenant", server.base);
    let by_resource = format!("{{resource: \"{}/api\"}}", server.base);
    let (engine, config, first) = server.connect(&by_resource).await;
    assert_eq!(first.status, StatusCode::CREATED, "{:?}", first.json);
    let config = config.as_str().unwrap();
    for (issuer, status) in [
        (Some(&*issuer), "ACTIVE"),
        (None, "FAILED"),
        (Some("https://other.example"), "FAILED"),
    ] {
        let (begun, url) = begin(&engine, config, json!({"user_id": "alice"})).await;
        let asked = query(&url);
        assert!(
            url.as_str()
                .starts_with(&format!("{}/tenant/authorize", server.base)),
            "{url}"
        );
        assert_eq!(asked["client_id"], "registered-0");
        assert_eq!(asked["resource"], format!("{}/api", server.base));
        let issuer = issuer
            .map(|issuer| format!("&iss={issuer}"))
            .unwrap_or_default();
        come_back(&engine, &format!("code=c&state={}{issuer}", asked["state"])).await;
        let account = account(&engine, &begun["id"]).await;
        assert_eq!(account["status"], status, "{issuer}: {account}");
    }
    assert_eq!(server.registrations.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn metadata_of_another_issuer_or_without_what_is_needed_is_not_taken() {
    type Change = fn(&mut Value, &str);
    let cases: [(Change, u16, &str); 4] = [
        (
            |metadata, _| metadata["issuer"] = json!("https://evil.example"),
            502,
            "another issuer",
        ),
        (
            |metadata, _| *metadata = json!("<html>"),
            502,
            "cannot be read",
        ),
        (
            |metadata, _| metadata["registration_endpoint"] = Value::Null,
            501,
            "no registrations",
        ),
        (
            |metadata, issuer| {
                metadata["registration_endpoint"] = json!(format!("{issuer}/nowhere"))
            },
            502,
            "404",
        ),
    ];
    for (change, status, expected) in cases {
        let server = Server::start(change).await;
        let oauth = format!("{{issuer: \"{}/tenant\"}}", server.base);
        let (engine, _, refused) = server.connect(&oauth).await;
        assert_eq!(
            refused.status.as_u16(),
            status,
            "{expected}: {:?}",
            refused.json
        );
        let message = refused.json["error"]["message"].as_str().unwrap();
        assert!(message.contains(expected), "{expected}: {message}");
        let accounts = crate::support::get(&engine, "/api/v3.1/connected_accounts").await;
        assert_eq!(accounts.json["total_items"], 0, "{expected}");
    }
}
