//! Accounts as calls meet them: found and opened, renewed, sealed under another master key.

use std::{path::Path, time::Instant};

use composio_core::client::Client;
use composio_engine::{EgressPolicy, Engine, KeyProvider, StaticKey};
use futures_util::{TryStreamExt as _, stream};
use serde_json::{Value, json};
use tokio::runtime;

use super::demo::{DOCUMENT, KEY, integration};
use crate::{
    arguments::Arguments,
    harness::{Outcome, Row, Samples, Table, Upstream, per_call},
};

/// Accounts that are sealed anew.
const ACCOUNTS: usize = 10_000;
/// Accounts that are looked up once each.
const COLD: usize = 2_000;
const ROUNDS: usize = 50;
const CACHED: usize = 2_000;
const BAR: f64 = 5.0;
/// Accounts whose tokens are renewed, and how many of them at once.
const REFRESHES: usize = 1_000;
const AT_ONCE: usize = 32;

const OLD: [u8; 32] = [1; 32];
const NEW: [u8; 32] = [2; 32];

const DESK: &str = "name: Desk\nunique_key: desk\nproxy: {base_url: BASE}\nauth_schemes:\n  - auth_mode: OAUTH2\n    \
     name: desk\n    authorization_url: BASE/authorize\n    token_url: BASE/token\n";

pub(super) fn measure(_: &Arguments, table: &mut Table) -> Outcome {
    let upstream = Upstream::start()?;
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("composio.db");
        let engine = open(&path, StaticKey::new(OLD)).await?;
        engine
            .add_app(integration(&upstream.base), DOCUMENT)
            .await?;
        for user in 0..ACCOUNTS {
            let connect = engine.connect("demo").entity(format!("u{user}"));
            connect.field("api_key", KEY).await?;
        }
        leases(&engine, table).await?;
        refreshes(&engine, &upstream, table).await?;
        engine.close().await;
        rotation(&path, table).await
    })
}

async fn open(path: &Path, key: impl KeyProvider) -> Outcome<Engine> {
    let egress = EgressPolicy::default().allow_loopback();
    let builder = Engine::builder().database(path).egress(egress);
    Ok(builder.key_provider(key).build().await?)
}

/// What a call does before it renders its request: the user's newest usable account with its credentials opened.
async fn leases(engine: &Engine, table: &mut Table) -> Outcome {
    let mut cold = Samples::default();
    for user in 0..COLD {
        let user = format!("u{user}");
        let started = Instant::now();
        look_up(engine, &user).await?;
        cold.push(started.elapsed());
    }
    let mut cached = Samples::default();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        for _ in 0..CACHED {
            look_up(engine, "u7").await?;
        }
        cached.push(per_call(started.elapsed(), CACHED)?);
    }
    let details = format!(
        "from the database {:.0?}, p99 {:.0?}",
        cold.median(),
        cold.p99()
    );
    let median = cached.median().as_secs_f64() * 1e6;
    let shown = |value: f64| format!("{value:.1} µs");
    let what = "an account found and its credentials leased, cached";
    table.push(Row::at_most(what, median, BAR, shown).with(&details));
    Ok(())
}

async fn look_up(engine: &Engine, user: &str) -> Outcome {
    match engine.is_connected("demo", user).await? {
        true => Ok(()),
        false => Err("the user is not connected".into()),
    }
}

async fn refreshes(engine: &Engine, upstream: &Upstream, table: &mut Table) -> Outcome {
    let desk = DESK.replace("BASE", &upstream.base);
    engine
        .add_app(desk, DOCUMENT.replace("List issues", "List tickets"))
        .await?;
    let client = Client::new(engine.clone());
    let config = json!({"toolkit": {"slug": "desk"}, "auth_config": {"type": "use_custom_auth",
        "authScheme": "OAUTH2", "credentials": {"client_id": "c", "client_secret": "s"}}});
    let config: Value = request(&client, "/auth_configs", config).await?;
    let config = config.pointer("/auth_config/id").cloned();
    let mut accounts = Vec::with_capacity(REFRESHES);
    for user in 0..REFRESHES {
        let tokens = json!({"status": "ACTIVE", "access_token": "at", "refresh_token": "rt", "expires_in": 3600});
        let account = json!({"auth_config": {"id": config}, "connection": {"user_id": format!("u{user}"),
            "state": {"authScheme": "OAUTH2", "val": tokens}}});
        let made: Value = request(&client, "/connected_accounts", account).await?;
        let id = made.get("id").and_then(Value::as_str).unwrap_or_default();
        accounts.push(format!("/connected_accounts/{id}/refresh"));
    }
    let started = Instant::now();
    stream::iter(
        accounts
            .iter()
            .map(Ok::<_, Box<dyn std::error::Error + Send + Sync>>),
    )
    .try_for_each_concurrent(AT_ONCE, async |path| {
        let _: Value = request(&client, path, json!({})).await?;
        Ok(())
    })
    .await?;
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a thousand")]
    let rate = REFRESHES as f64 / seconds;
    table.push(Row::shown(
        &format!("refreshes a second, {AT_ONCE} at once, provider on the same machine"),
        format!("{rate:.0}"),
    ));
    Ok(())
}

async fn request(client: &Client, path: &str, body: Value) -> Outcome<Value> {
    Ok(client.request(http::Method::POST, path, Some(body)).await?)
}

async fn rotation(path: &Path, table: &mut Table) -> Outcome {
    let engine = open(path, StaticKey::new(NEW).with_previous(OLD)).await?;
    let started = Instant::now();
    let records = engine.reseal().await?;
    let taken = started.elapsed();
    engine.close().await;
    table.push(Row::shown(
        &format!("a new master key for {ACCOUNTS} accounts"),
        format!("{taken:.2?} for {records} records"),
    ));
    Ok(())
}
