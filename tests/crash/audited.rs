use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::http::HeaderMap;
use axum::{Router, routing::any};
use composio_core::client::Client;
use composio_core::{Config, HttpTransport};
use composio_engine::{AuditQuery, Engine, Operator};
use composio_tests::suite::Outcome;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, UnboundedSender};

use crate::killed::start_for;

const KILLS: usize = 10;
const USERS: usize = 8;
/// How many calls are answered before the kill, at least; some more each time.
const BEFORE: usize = 20;

/// How often the key of each user has arrived at the vendor.
type Arrived = Arc<Mutex<HashMap<String, usize>>>;

pub(crate) fn every_use_that_arrived_has_its_entry() -> Outcome {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("composio.db");
    Runtime::new()?.block_on(async {
        let arrived = Arrived::default();
        let base = vendor(Arc::clone(&arrived)).await?;
        for round in 0..KILLS {
            call_until_killed(&database, &base, round).await;
        }
        let noted = noted(&database).await;
        let arrived = arrived.lock().unwrap();
        if arrived.len() < USERS {
            return Err(format!("only {} users have called", arrived.len()).into());
        }
        for (user, count) in &*arrived {
            let entries = noted.get(user).copied().unwrap_or_default();
            if entries < *count {
                let message = format!("{user}: {count} uses arrived, {entries} are in the log");
                return Err(message.into());
            }
        }
        Ok(())
    })
}

/// A vendor that counts what arrives, by the user whose key it is.
async fn vendor(arrived: Arrived) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let router = Router::new().fallback(any(async move |headers: HeaderMap| {
        let key = headers.get("x-api-key");
        let user = key.and_then(|key| key.to_str().ok()).unwrap_or_default();
        *arrived.lock().unwrap().entry(user.to_owned()).or_default() += 1;
        "{}"
    }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(base)
}

async fn call_until_killed(database: &Path, base: &str, round: usize) {
    let (mut child, address, key) = start_for(database, Some(base));
    let config = Config::new(key).base_url(format!("http://{address}"));
    let client = Client::new(HttpTransport::new(&config).unwrap());
    let (told, mut answers) = mpsc::unbounded_channel();
    for user in (0..USERS).map(|user| format!("user-{user}")) {
        if round == 0 {
            let connect = client.connect("notes").user_id(&user);
            connect.field("api_key", user.clone()).await.unwrap();
        }
        for _ in 0..4 {
            tokio::spawn(call(client.clone(), user.clone(), told.clone()));
        }
    }
    drop(told);
    let mut count = 0;
    while answers.recv().await.is_some() {
        count += 1;
        if count == BEFORE + 37 * round {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
}

/// Calls again and again until nobody answers.
async fn call(client: Client, user: String, told: UnboundedSender<()>) {
    while client
        .tools()
        .execute("NOTES_LIST_NOTES")
        .user_id(&user)
        .await
        .is_ok()
    {
        let _ = told.send(());
    }
}

/// How many calls the audit log has of each user; it has to be sound.
async fn noted(database: &Path) -> HashMap<String, usize> {
    let engine = Engine::open(database).await.unwrap();
    let operator = Operator::new(engine.clone());
    let report = operator.verify_audit(None).await.unwrap();
    assert!(report.is_sound, "{:?}", report.problems);
    let mut noted: HashMap<String, usize> = HashMap::new();
    let mut query = AuditQuery::new().action("call").limit(1_000);
    loop {
        let entries = operator.audit(&query).await.unwrap();
        let Some(last) = entries.last() else { break };
        query = query.before(last.number);
        for entry in entries {
            *noted.entry(entry.user_id.unwrap_or_default()).or_default() += 1;
        }
    }
    engine.close().await;
    noted
}
