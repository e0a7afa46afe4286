//! The secrets of a run are looked for everywhere it left something.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use composio_core::{Plain, ToolSet, client::Client, models::CustomAuth};
use composio_tests::suite::{Outcome, Suite};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    case, ensure,
    world::{API_KEY, CUSTOM, PASSWORD, World},
};

static LOG: OnceLock<Log> = OnceLock::new();

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Keeps every log line of every library, down to the finest.
pub fn capture_logs() {
    let log = LOG.get_or_init(Log::default).clone();
    let ours = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(log)
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .finish();
    tracing::subscriber::set_global_default(ours).unwrap();
}

pub fn cases(suite: Suite) -> Suite {
    case(
        suite,
        "no log line, error, Debug output or database byte shows a secret",
        nowhere,
    )
}

async fn nowhere() -> Outcome {
    let world = World::new().await;
    let mut shown = Vec::new();
    let auth = CustomAuth::new()
        .header("X-Api-Key", CUSTOM)
        .query("token", CUSTOM)
        .body("secret", CUSTOM);
    let alice = world.toolset();
    let basil = alice.entity("basil");
    let own = alice.clone().add_auth("notes", auth.clone());
    for toolset in [&alice, &basil, &own] {
        shown.push(format!("{toolset:?} {auth:?}"));
        run_everything(toolset, &mut shown).await;
    }
    show_everything(&world, &mut shown).await?;
    world.engine.close().await;
    let log = LOG.get().unwrap().0.lock().unwrap().clone();
    ensure(
        String::from_utf8_lossy(&log).contains("NOTES_"),
        "the log was captured",
    )?;
    ensure(
        world
            .vendor
            .seen
            .lock()
            .unwrap()
            .iter()
            .any(|seen| format!("{seen:?}").contains(API_KEY)),
        "the key was used",
    )?;
    let places = [
        ("the log", log),
        ("the database", world.database_bytes()),
        ("what was shown", shown.join("\n").into_bytes()),
    ];
    for (place, bytes) in &places {
        for needle in needles() {
            ensure(
                !contains(bytes, needle.as_bytes()),
                format!("{place} shows {needle}: {}", around(bytes, &needle)),
            )?;
        }
    }
    Ok(())
}

async fn run_everything(toolset: &ToolSet<Plain>, shown: &mut Vec<String>) {
    let slugs = [
        "NOTES",
        "MISSING",
        "BROKEN",
        "BYTES",
        "AWAY",
        "PRIVATE",
        "CUT",
        "ECHO",
        "POST_NOTES",
        "POST_SLOW",
        "POST_ECHO",
        "POST_CUT",
        "POST_MOVED",
    ];
    for slug in slugs {
        let arguments = if slug.starts_with("POST") {
            json!({"title": "one"})
        } else {
            json!({})
        };
        let ended = toolset
            .execute_action(format!("NOTES_{slug}"), arguments)
            .await;
        shown.push(format!("{ended:?}"));
        shown.push(match ended {
            Ok(result) => format!("{} {:?}", result.data(), result.error),
            Err(error) => format!("{error} {error:#?} {}", error.reader_message()),
        });
    }
}

async fn show_everything(world: &World, shown: &mut Vec<String>) -> Outcome {
    let client = Client::new(world.engine.clone());
    let accounts = client.connected_accounts().list().await?;
    shown.push(format!(
        "{accounts:?} {}",
        serde_json::to_string(&accounts)?
    ));
    for account in &accounts.items {
        let account = client.connected_accounts().get(&account.id).await?;
        shown.push(format!("{account:?} {}", serde_json::to_string(&account)?));
    }
    let configs = client.auth_configs().list().await?;
    shown.push(format!("{configs:?} {}", serde_json::to_string(&configs)?));
    let refused = world
        .engine
        .connect("notes")
        .entity("eve")
        .field("api_key", API_KEY)
        .field("extra", PASSWORD)
        .await;
    shown.push(format!("{refused:?} {:?}", world.engine));
    Ok(())
}

/// Every secret in every spelling it travels in.
fn needles() -> Vec<String> {
    let mut needles = vec![STANDARD.encode(format!("basil:{PASSWORD}"))];
    for secret in [API_KEY, PASSWORD, CUSTOM] {
        needles.extend([secret.to_owned(), STANDARD.encode(secret)]);
    }
    needles
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

fn around(bytes: &[u8], needle: &str) -> String {
    let text = String::from_utf8_lossy(bytes);
    let at = text.find(needle).unwrap_or_default();
    text.chars()
        .skip(text[..at].chars().count().saturating_sub(120))
        .take(300)
        .collect()
}
