use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http::{Method, Request, Response};
use serde_json::{Value, json};
use tower::service_fn;

use crate::{Body, Plain, ToolSet};

/// What a service was asked, as `METHOD path?query`, and the body.
#[derive(Clone, Default)]
pub(super) struct Asked(Arc<Mutex<Vec<(String, Value)>>>);

impl Asked {
    pub(super) fn all(&self) -> Vec<String> {
        let asked = self.0.lock().unwrap();
        asked.iter().map(|(line, _)| line.clone()).collect()
    }

    pub(super) fn count(&self, start: &str) -> usize {
        self.all()
            .iter()
            .filter(|line| line.starts_with(start))
            .count()
    }

    /// The body of the last request that begins so.
    pub(super) fn body(&self, start: &str) -> Value {
        let asked = self.0.lock().unwrap();
        let mut matching = asked.iter().filter(|(line, _)| line.starts_with(start));
        matching.next_back().expect(start).1.clone()
    }
}

/// A toolset of alice whose service answers by `answer`: the request line without the version, to status and body.
pub(super) fn toolset(
    answer: impl Fn(&str) -> (u16, Value) + Send + Sync + 'static,
) -> (ToolSet<Plain>, Asked) {
    let asked = Asked::default();
    let log = asked.clone();
    let answer = Arc::new(answer);
    let service = service_fn(move |request: Request<Body>| {
        let (log, answer) = (log.clone(), answer.clone());
        async move {
            let line = line(request.method(), &request.uri().to_string());
            let body = request.into_body().bytes(100_000).await.unwrap();
            let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
            log.0.lock().unwrap().push((line.clone(), body));
            let (status, body) = answer(&line);
            let response = Response::builder().status(status);
            Ok::<_, Infallible>(response.body(Body::from(body.to_string())).unwrap())
        }
    });
    (ToolSet::new(service).entity("alice"), asked)
}

fn line(method: &Method, uri: &str) -> String {
    format!("{method} {}", uri.replace("/api/v3.1", ""))
}

pub(super) fn page(items: &Value) -> (u16, Value) {
    (200, json!({"items": items, "total_pages": 1}))
}

pub(super) fn refusal(status: u16, message: &str) -> (u16, Value) {
    let error = json!({"message": message, "code": status, "status": status});
    (status, json!({"error": error}))
}

/// A connection as hosted Composio shows it.
pub(super) fn account(id: &str, status: &str) -> Value {
    json!({
        "id": id, "user_id": "alice", "toolkit": {"slug": "github"}, "status": status,
        "auth_config": {"id": "ac_1", "auth_scheme": "OAUTH2"}, "status_reason": null, "is_disabled": false,
    })
}

/// An app with a consent page of the operator's or the developer's, and a token scheme.
pub(super) fn github() -> (u16, Value) {
    let field =
        |name: &str| json!({"name": name, "displayName": name, "type": "string", "required": true});
    let details = json!([
        {"mode": "OAUTH2", "name": "oauth", "fields": {
            "auth_config_creation": {"required": [field("client_id"), field("client_secret")], "optional": []},
            "connected_account_initiation": {"required": [], "optional": []},
        }},
        {"mode": "BEARER_TOKEN", "name": "token", "fields": {
            "auth_config_creation": {"required": [], "optional": []},
            "connected_account_initiation": {"required": [field("token")], "optional": [field("subdomain")]},
        }},
    ]);
    let app = json!({
        "slug": "github", "name": "GitHub", "auth_config_details": details,
        "composio_managed_auth_schemes": ["OAUTH2"],
    });
    (200, app)
}
