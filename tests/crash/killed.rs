use std::collections::HashSet;
use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use composio_core::client::Client;
use composio_core::models::{
    AuthScheme, CreateAuthConfig, CreateAuthConfigRequest, CreateConnectedAccount, Fields,
};
use composio_core::{Config, HttpTransport};
use composio_engine::Engine;
use composio_tests::suite::Outcome;
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, UnboundedSender};

use crate::CHILD;

const KILLS: usize = 20;
const WRITERS: usize = 1_000;
/// How many writes are acknowledged before the kill, at least; a few more each time.
const BEFORE: usize = 20;

pub(crate) fn acknowledged_writes_survive() -> Outcome {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("composio.db");
    let runtime = Runtime::new()?;
    let mut acknowledged = HashSet::new();
    for round in 0..KILLS {
        let fresh = runtime.block_on(write_until_killed(&database, round));
        if fresh.len() < BEFORE {
            return Err(format!("round {round}: {} writes were acknowledged", fresh.len()).into());
        }
        acknowledged.extend(fresh);
        let found = runtime.block_on(found(&database));
        let lost = acknowledged.difference(&found).count();
        if lost > 0 {
            let all = acknowledged.len();
            return Err(format!("round {round}: {lost} of {all} writes are lost").into());
        }
    }
    Ok(())
}

/// Starts an engine, writes from many tasks at once, kills it, and gives what it had acknowledged.
async fn write_until_killed(database: &Path, round: usize) -> Vec<String> {
    let (mut child, address, key) = start(database);
    let config = Config::new(key).base_url(format!("http://{address}"));
    let client = Client::new(HttpTransport::new(&config).unwrap());
    let custom = CreateAuthConfig::custom(AuthScheme::ApiKey, Fields::new());
    let auth_config = CreateAuthConfigRequest::new("notes", Some(custom));
    let created = client.auth_configs().create(&auth_config).await.unwrap();
    let id = created.auth_config.id;
    let (told, mut acknowledgements) = mpsc::unbounded_channel();
    for writer in 0..WRITERS {
        tokio::spawn(write(
            client.clone(),
            id.clone(),
            format!("user-{writer}"),
            told.clone(),
        ));
    }
    drop(told);
    let mut ids = Vec::new();
    while let Some(id) = acknowledgements.recv().await {
        ids.push(id);
        if ids.len() == BEFORE + 7 * round {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    ids
}

/// Connects one user again and again until nobody answers.
async fn write(client: Client, auth_config: String, user: String, told: UnboundedSender<String>) {
    let mut new = CreateConnectedAccount::new(auth_config, user);
    new.connection.data = Some([("api_key", json!("a key"))].into_iter().collect());
    while let Ok(account) = client.connected_accounts().create(&new).await {
        let _ = told.send(account.id);
    }
}

pub(crate) fn start(database: &Path) -> (Child, String, String) {
    start_for(database, None)
}

/// Starts an engine whose app is at `base`, on this machine if that is given; gives its address and a key.
pub(crate) fn start_for(database: &Path, base: Option<&str>) -> (Child, String, String) {
    let mut child = Command::new(env::current_exe().unwrap())
        .arg(CHILD)
        .arg(database)
        .args(base)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let told = child.stdout.take().unwrap();
    BufReader::new(told).read_line(&mut line).unwrap();
    let (address, key) = line.trim().split_once(' ').unwrap();
    (child, address.to_owned(), key.to_owned())
}

/// The accounts of a database that opens, which is checked whole when it does.
async fn found(database: &Path) -> HashSet<String> {
    let engine = Engine::open(database).await.unwrap();
    let client = Client::new(engine.clone());
    let accounts = client.connected_accounts().list().limit(1_000).stream();
    let ids = accounts.map(|account| account.unwrap().id).collect().await;
    engine.close().await;
    ids
}
