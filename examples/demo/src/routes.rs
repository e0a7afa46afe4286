use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Extension, Json, Router,
    body::{Body, to_bytes},
    extract::{Path, Query, Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde_json::{Value, json};

use crate::{Received, app::locked};

const LARGEST_BODY: usize = 1 << 20;

/// What the help desk knows.
pub(crate) struct Desk {
    url: String,
    users: HashMap<String, User>,
    tickets: Vec<Value>,
    messages: Vec<Value>,
    requests: Vec<Received>,
}

#[derive(Clone)]
struct User(String);

type Shared = State<Arc<Mutex<Desk>>>;

impl Desk {
    pub(crate) fn new(url: &str) -> Self {
        let mut desk = Self {
            url: url.to_owned(),
            users: HashMap::new(),
            tickets: Vec::new(),
            messages: Vec::new(),
            requests: Vec::new(),
        };
        desk.open("mira", "The printer is on fire", "It smells of toner.");
        desk.open("jon", "Cannot log in", "The page stays white.");
        desk.receive("mira@example.com", "Re: The printer is on fire");
        desk.receive("jon@example.com", "Still cannot log in");
        desk
    }

    pub(crate) fn add_user(&mut self, name: &str, key: &str) {
        self.users.insert(key.to_owned(), User(name.to_owned()));
    }

    pub(crate) fn take_requests(&mut self) -> Vec<Received> {
        std::mem::take(&mut self.requests)
    }

    fn open(&mut self, by: &str, title: &str, body: &str) -> Value {
        let number = self.tickets.len() + 1;
        let ticket = json!({
            "number": number, "title": title, "body": body, "status": "open", "opened_by": by,
            "url": format!("{}/tickets/{number}", self.url),
        });
        self.tickets.push(ticket.clone());
        ticket
    }

    fn receive(&mut self, sender: &str, subject: &str) {
        self.messages.push(json!({
            "id": self.messages.len() + 1, "sender": sender, "subject": subject,
            "body": "See below. ".repeat(40),
            "headers": {"received": "from mail.example.com", "x-spam-score": "0.1", "mime-version": "1.0"},
        }));
    }

    fn position(&self, number: u64) -> Result<usize, Refused> {
        let position = self
            .tickets
            .iter()
            .position(|ticket| ticket["number"] == number);
        position.ok_or_else(|| {
            refused(
                StatusCode::NOT_FOUND,
                &format!("there is no ticket {number}"),
            )
        })
    }
}

type Refused = (StatusCode, Json<Value>);

fn refused(status: StatusCode, message: &str) -> Refused {
    (status, Json(json!({"message": message})))
}

pub(crate) fn router(desk: Arc<Mutex<Desk>>) -> Router {
    Router::new()
        .route("/me", get(me))
        .route("/tickets", get(list_tickets).post(create_ticket))
        .route("/tickets/{number}", get(get_ticket).delete(delete_ticket))
        .route("/tickets/{number}/topics", get(topics))
        .route("/messages", get(fetch_messages).post(send_message))
        .layer(middleware::from_fn_with_state(Arc::clone(&desk), admit))
        .with_state(desk)
}

/// Notes every request and lets those with a key in.
async fn admit(State(desk): Shared, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "too large").into_response();
    };
    let key = parts
        .headers
        .get("x-desk-key")
        .and_then(|key| key.to_str().ok());
    let user = {
        let mut desk = locked(&desk);
        desk.requests.push(Received::new(&parts, &body));
        key.and_then(|key| desk.users.get(key).cloned())
    };
    let Some(user) = user else {
        return refused(
            StatusCode::UNAUTHORIZED,
            "the key in X-Desk-Key is not one of ours",
        )
        .into_response();
    };
    parts.extensions.insert(user);
    next.run(Request::from_parts(parts, Body::from(body))).await
}

async fn me(Extension(User(login)): Extension<User>) -> Json<Value> {
    Json(json!({"login": login, "role": "agent"}))
}

async fn list_tickets(
    State(desk): Shared,
    Query(query): Query<HashMap<String, String>>,
) -> Json<Value> {
    let desk = locked(&desk);
    let status = query.get("status");
    let tickets = desk.tickets.iter();
    Json(
        tickets
            .filter(|ticket| status.is_none_or(|status| ticket["status"] == **status))
            .cloned()
            .collect(),
    )
}

async fn create_ticket(
    State(desk): Shared,
    Extension(User(login)): Extension<User>,
    Json(ticket): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let (Some(title), Some(body)) = (ticket["title"].as_str(), ticket["body"].as_str()) else {
        return Err(refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "a ticket has a title and a body",
        ));
    };
    Ok((
        StatusCode::CREATED,
        Json(locked(&desk).open(&login, title, body)),
    ))
}

async fn get_ticket(State(desk): Shared, Path(number): Path<u64>) -> Result<Json<Value>, Refused> {
    let desk = locked(&desk);
    let position = desk.position(number)?;
    Ok(Json(
        desk.tickets.get(position).cloned().unwrap_or_default(),
    ))
}

async fn delete_ticket(
    State(desk): Shared,
    Path(number): Path<u64>,
) -> Result<StatusCode, Refused> {
    let mut desk = locked(&desk);
    let position = desk.position(number)?;
    desk.tickets.remove(position);
    Ok(StatusCode::NO_CONTENT)
}

async fn topics(State(desk): Shared, Path(number): Path<u64>) -> Result<Json<Value>, Refused> {
    locked(&desk).position(number)?;
    Ok(Json(json!({"names": ["hardware", "urgent"]})))
}

async fn fetch_messages(State(desk): Shared) -> Json<Value> {
    Json(json!({"messages": locked(&desk).messages.iter().rev().collect::<Vec<_>>()}))
}

async fn send_message(
    Extension(User(login)): Extension<User>,
    Json(mut message): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let complete = ["recipient_email", "subject", "body"]
        .iter()
        .all(|name| message[name].is_string());
    let Some(sent) = message.as_object_mut().filter(|_| complete) else {
        return Err(refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "a message has a recipient, a subject and a body",
        ));
    };
    sent.insert("sender".to_owned(), json!(login));
    sent.insert("id".to_owned(), json!(100));
    Ok((StatusCode::CREATED, Json(message)))
}
