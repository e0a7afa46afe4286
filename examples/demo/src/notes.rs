use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use composio_core::{Result, Secret};
use serde_json::{Value, json};

use crate::app::{listen, locked};

/// The OAuth client that [`Notes`] knows: its id.
const CLIENT: &str = "notes-client";
/// Who consents, unless the address has a `login_hint`.
const PERSON: &str = "mira";

type Fields = HashMap<String, String>;

/// A service whose users consent on a page of its own (OAuth 2), on a free port of this machine. Its one page consents at
/// once.
#[derive(Clone)]
pub struct Notes {
    url: String,
    desk: Arc<Mutex<Issued>>,
}

#[derive(Default)]
struct Issued {
    secret: String,
    /// Codes that were not exchanged yet: whose each is, and where it was sent.
    codes: HashMap<String, (String, String)>,
    /// Whose each token is.
    tokens: HashMap<String, String>,
}

impl Notes {
    /// Starts the service; it ends with the runtime.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](composio_core::ErrorKind::Unavailable) if there is no free port.
    pub async fn start() -> Result<Self> {
        let (listener, url) = listen().await?;
        let issued = Issued {
            secret: random("secret"),
            ..Issued::default()
        };
        let desk = Arc::new(Mutex::new(issued));
        let router = Router::new()
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/me", get(me))
            .with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, desk })
    }

    /// Its `integration.yaml`.
    #[must_use]
    pub fn integration(&self) -> String {
        let url = &self.url;
        format!(
            "name: Notes\nunique_key: notes\nproxy:\n  base_url: {url}\nauth_schemes:\n  - auth_mode: OAUTH2\n    \
             authorization_url: {url}/authorize\n    token_url: {url}/token\n    default_scopes: [notes.read]\n"
        )
    }

    /// Its OpenAPI document, with the tool `NOTES_GET_THE_AUTHENTICATED_USER`.
    #[must_use]
    pub fn openapi(&self) -> String {
        let get = json!({"summary": "Get the authenticated user", "responses": {"200": {"description": "ok"}}});
        let document = json!({"openapi": "3.1.0", "info": {"title": "Notes", "version": "1"},
            "servers": [{"url": self.url}], "paths": {"/me": {"get": get}}});
        document.to_string()
    }

    /// The developer's OAuth client: its id and its secret.
    #[must_use]
    pub fn client(&self) -> (&'static str, Secret) {
        (CLIENT, Secret::new(locked(&self.desk).secret.clone()))
    }

    /// A token for `user`, as another system has got one.
    #[must_use]
    pub fn token_for(&self, user: &str) -> Secret {
        let token = random("token");
        let mut issued = locked(&self.desk);
        issued.tokens.insert(token.clone(), user.to_owned());
        Secret::new(token)
    }
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notes({})", self.url)
    }
}

async fn authorize(
    State(desk): State<Arc<Mutex<Issued>>>,
    Query(asked): Query<Fields>,
) -> Response {
    let field = |name: &str| asked.get(name).cloned().unwrap_or_default();
    if field("client_id") != CLIENT {
        return (StatusCode::BAD_REQUEST, "no such client").into_response();
    }
    let person = asked.get("login_hint").map_or(PERSON, String::as_str);
    let (code, back) = (random("code"), field("redirect_uri"));
    let mut issued = locked(&desk);
    issued
        .codes
        .insert(code.clone(), (person.to_owned(), back.clone()));
    let mark = if back.contains('?') { '&' } else { '?' };
    let state = field("state");
    Redirect::to(&format!("{back}{mark}code={code}&state={state}")).into_response()
}

async fn token(State(desk): State<Arc<Mutex<Issued>>>, Form(given): Form<Fields>) -> Response {
    let field = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
    let mut issued = locked(&desk);
    if field("client_id") != CLIENT || field("client_secret") != issued.secret {
        let error = json!({"error": "invalid_client"});
        return (StatusCode::UNAUTHORIZED, Json(error)).into_response();
    }
    let person = match issued.codes.remove(field("code")) {
        Some((person, back)) if back == field("redirect_uri") => person,
        _ => {
            let error = json!({"error": "invalid_grant"});
            return (StatusCode::BAD_REQUEST, Json(error)).into_response();
        }
    };
    let token = random("token");
    issued.tokens.insert(token.clone(), person);
    Json(json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600})).into_response()
}

async fn me(State(desk): State<Arc<Mutex<Issued>>>, headers: HeaderMap) -> Response {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .map(|value| value.to_str());
    let bearer = bearer.and_then(std::result::Result::ok).unwrap_or_default();
    let token = bearer.strip_prefix("Bearer ").unwrap_or_default();
    let login: Value = match locked(&desk).tokens.get(token) {
        Some(person) => person.as_str().into(),
        None => return StatusCode::UNAUTHORIZED.into_response(),
    };
    Json(json!({"login": login})).into_response()
}

fn random(what: &str) -> String {
    format!("notes_{what}_{:032x}", rand::random::<u128>())
}
