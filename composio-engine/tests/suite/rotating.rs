//! A provider that rotates refresh tokens, takes a spent one for stolen, and has moods.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::any,
};
use http::StatusCode;
use serde_json::json;
use tokio::{net::TcpListener, time::sleep};

/// How token requests are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Good,
    /// Each answer takes a while.
    Slow,
    Broken,
    WebPage,
    /// The answer breaks off.
    HangsUp,
    UnknownClient,
    NoGrant,
    /// Answers have no refresh token, and the one that was used stays good.
    KeepsRefreshToken,
    /// Nobody gets a refresh token.
    NoRefreshToken,
}

#[derive(Debug, Clone)]
pub(crate) struct Provider {
    base: String,
    state: Arc<Mutex<Book>>,
}

#[derive(Debug)]
struct Book {
    life: Duration,
    mood: Mood,
    refuses_all: bool,
    next: u64,
    access: HashMap<String, Instant>,
    refresh: HashSet<String>,
    spent: HashSet<String>,
    asked: u64,
    refreshed: u64,
    stolen: u64,
    revoked: Vec<String>,
}

impl Provider {
    /// Its access tokens live so long, it says.
    pub(crate) async fn start(life: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self {
            base: format!("http://{}", listener.local_addr().unwrap()),
            state: Arc::new(Mutex::new(Book {
                life,
                mood: Mood::Good,
                refuses_all: false,
                next: 0,
                access: HashMap::new(),
                refresh: HashSet::new(),
                spent: HashSet::new(),
                asked: 0,
                refreshed: 0,
                stolen: 0,
                revoked: Vec::new(),
            })),
        };
        let router = Router::new()
            .route("/token", any(token))
            .route("/revoke", any(revoke))
            .fallback(any(api))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub(crate) fn yaml(&self) -> String {
        format!(
            "name: Desk\nunique_key: desk\nproxy:\n  base_url: {base}\nauth_schemes:\n  - auth_mode: OAUTH2\n    \
             name: desk_oauth2\n    authorization_url: {base}/authorize\n    token_url: {base}/token\n    \
             default_scopes: [read]\n    oauth: {{revoke_url: {base}/revoke}}\n",
            base = self.base
        )
    }

    fn book<T>(&self, read: impl FnOnce(&mut Book) -> T) -> T {
        read(&mut self.state.lock().unwrap())
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.book(|book| book.mood = mood);
    }

    /// Every access token that was given is refused from now on.
    pub(crate) fn run_out(&self) {
        self.book(|book| book.access.clear());
    }

    /// The API accepts nobody.
    pub(crate) fn refuse_all(&self) {
        self.book(|book| book.refuses_all = true);
    }

    /// Refreshes that gave new tokens.
    pub(crate) fn refreshed(&self) -> u64 {
        self.book(|book| book.refreshed)
    }

    pub(crate) fn refreshes_asked(&self) -> u64 {
        self.book(|book| book.asked)
    }

    /// Tokens that were given back, in order.
    pub(crate) fn revoked(&self) -> Vec<String> {
        self.book(|book| book.revoked.clone())
    }

    /// Refresh tokens that came a second time.
    pub(crate) fn stolen(&self) -> u64 {
        self.book(|book| book.stolen)
    }
}

impl Book {
    fn grant(&mut self) -> Response {
        self.next += 1;
        let access = format!("at-{}", self.next);
        self.access
            .insert(access.clone(), Instant::now() + self.life);
        let mut answer = json!({"access_token": access, "token_type": "Bearer", "expires_in": self.life.as_secs()});
        if !matches!(self.mood, Mood::KeepsRefreshToken | Mood::NoRefreshToken) {
            let refresh = format!("rt-{}", self.next);
            self.refresh.insert(refresh.clone());
            answer["refresh_token"] = json!(refresh);
        }
        Json(answer).into_response()
    }

    fn refresh(&mut self, token: &str) -> Response {
        if self.spent.contains(token) {
            self.stolen += 1;
            self.refresh.clear();
            self.access.clear();
        }
        if !self.refresh.contains(token) || self.mood == Mood::NoGrant {
            return refused("invalid_grant");
        }
        if self.mood != Mood::KeepsRefreshToken {
            self.refresh.remove(token);
            self.spent.insert(token.to_owned());
        }
        self.refreshed += 1;
        self.grant()
    }
}

fn refused(code: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({"error": code}))).into_response()
}

async fn token(State(provider): State<Provider>, request: Request) -> Response {
    let body = to_bytes(request.into_body(), usize::MAX).await.unwrap();
    let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let Some(token) = form.get("refresh_token") else {
        return provider.book(Book::grant);
    };
    let mood = provider.book(|book| {
        book.asked += 1;
        book.mood
    });
    match mood {
        Mood::Slow => sleep(Duration::from_millis(100)).await,
        Mood::Broken => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::WebPage => return (StatusCode::BAD_GATEWAY, "<html>later</html>").into_response(),
        Mood::HangsUp => return ([("content-length", "1000")], "{").into_response(),
        Mood::UnknownClient => return refused("invalid_client"),
        _ => {}
    }
    provider.book(|book| book.refresh(token))
}

async fn revoke(State(provider): State<Provider>, request: Request) -> Response {
    let body = to_bytes(request.into_body(), usize::MAX).await.unwrap();
    let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    provider.book(|book| {
        if book.mood == Mood::Broken {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        book.refresh.remove(&form["token"]);
        book.access.remove(&form["token"]);
        book.revoked.push(form["token"].clone());
        StatusCode::OK.into_response()
    })
}

async fn api(State(provider): State<Provider>, request: Request) -> Response {
    let token = request.headers().get("authorization");
    let token = token.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let is_good = provider.book(|book| {
        let end = token.and_then(|token| book.access.get(token));
        !book.refuses_all && end.is_some_and(|end| *end > Instant::now())
    });
    if is_good {
        return Json(json!({"name": "ann"})).into_response();
    }
    (
        StatusCode::UNAUTHORIZED,
        Json(json!({"error": "invalid_token"})),
    )
        .into_response()
}
