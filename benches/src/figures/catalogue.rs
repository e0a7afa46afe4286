//! Engines of a thousand, ten thousand and a hundred thousand tools: their start, the list of one app, a search.

use std::{
    fs,
    ops::Range,
    path::Path,
    time::{Duration, Instant},
};

use composio_core::{Plain, ToolSet, client::Client};
use composio_engine::{Engine, FileKey};
use serde_json::{Map, Value};
use tokio::runtime;

use super::served::{Home, Program};
use crate::{
    arguments::Arguments,
    harness::{Outcome, Row, Samples, Table},
};

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const OF_AN_APP: usize = 1_000;
const STARTS: usize = 15;
const FETCHES: usize = 15;
const SEARCHES: usize = 100;
/// Milliseconds, with 1,000 and with 100,000 tools.
const START: [f64; 2] = [20.0, 100.0];
/// Megabytes, with 100,000 tools.
const MEMORY: f64 = 150.0;
/// Milliseconds.
const FETCH: f64 = 40.0;
/// Milliseconds, with 100,000 tools.
const CHANGE: f64 = 300.0;
const WORDS: [&str; 4] = [
    "create an issue in a repository",
    "list the pull requests that wait for my review",
    "delete a secret of an organization",
    "who starred the repository",
];

pub(super) fn measure(arguments: &Arguments, table: &mut Table) -> Outcome {
    let what = "start of composio serve with 1,000 and 100,000 tools";
    let Some(program) = Program::beside() else {
        table.push(Row::skipped(
            what,
            "the program composio is not built in release",
        ));
        return Ok(());
    };
    let Some(document) = &arguments.github else {
        table.push(Row::skipped(what, "needs GitHub's document: --github FILE"));
        return Ok(());
    };
    let document = operations(document)?;
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let home = program.empty_home()?;
    let mut apps = 0;
    for size in SIZES {
        let last = size / OF_AN_APP - 1;
        runtime.block_on(fill(&home, &document, apps..last))?;
        apps = last + 1;
        runtime.block_on(changed(&home, &document, last, table))?;
        start(&home, size, table)?;
        runtime.block_on(used(&home, size, table))?;
    }
    Ok(())
}

/// GitHub's document with its first thousand operations.
fn operations(document: &Path) -> Outcome<Vec<u8>> {
    const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];
    let mut whole: Value = serde_json::from_slice(&fs::read(document)?)?;
    let paths = whole.get_mut("paths").and_then(Value::as_object_mut);
    let paths = paths.ok_or("the document has no paths")?;
    let mut left = OF_AN_APP;
    for path in paths.values_mut() {
        let operations = path.as_object_mut().map(std::mem::take);
        let kept = operations.into_iter().flatten().filter(|(name, _)| {
            let is_operation = METHODS.contains(&name.as_str());
            let is_kept = !is_operation || left > 0;
            left -= usize::from(is_operation && is_kept);
            is_kept
        });
        *path = Value::Object(kept.collect::<Map<String, Value>>());
    }
    Ok(serde_json::to_vec(&whole)?)
}

async fn open(home: &Home) -> Outcome<Engine> {
    let builder = Engine::builder().database(home.path().join("composio.db"));
    // The program takes over the key that the first engine made for itself.
    let key = home.path().join("master.key");
    let builder = match key.exists() {
        true => builder.key_provider(FileKey::open(key)?),
        false => builder,
    };
    Ok(builder.build().await?)
}

fn app(number: usize) -> String {
    format!("hub{number:03}")
}

async fn fill(home: &Home, document: &[u8], apps: Range<usize>) -> Outcome {
    let engine = open(home).await?;
    for number in apps {
        add(&engine, document, number).await?;
    }
    engine.close().await;
    Ok(())
}

async fn add(engine: &Engine, document: &[u8], number: usize) -> Outcome {
    let name = app(number);
    let integration = format!(
        "name: Hub {number}\nunique_key: {name}\nauth_schemes:\n  - auth_mode: BEARER_TOKEN\n"
    );
    engine.add_app(integration, document).await?;
    Ok(())
}

/// What the first search costs after one more app is there, when the others have been searched.
async fn changed(home: &Home, document: &[u8], last: usize, table: &mut Table) -> Outcome {
    let engine = open(home).await?;
    if last > 0 {
        searched(&engine, WORDS[0]).await?;
    }
    add(&engine, document, last).await?;
    let time = milliseconds(searched(&engine, WORDS[0]).await?);
    engine.close().await;
    let size = (last + 1) * OF_AN_APP;
    let what = format!("first search after an app of 1,000 tools was added, {size} in all");
    table.push(match size {
        100_000 => Row::at_most(&what, time, CHANGE, show),
        _ => Row::shown(&what, show(time)),
    });
    Ok(())
}

/// From the start of the process to the line that says where it serves.
fn start(home: &Home, size: usize, table: &mut Table) -> Outcome {
    let mut times = Samples::default();
    let mut memory = 0.0;
    for _ in 0..STARTS {
        let begun = Instant::now();
        let server = home.serve()?;
        times.push(begun.elapsed());
        memory = server.memory("VmRSS:")?;
    }
    let what = format!("start of composio serve with {size} tools");
    let time = milliseconds(times.median());
    let least = milliseconds(times.least());
    let row = match SIZES.iter().position(|own| *own == size) {
        Some(0) => Row::at_most(&what, time, START[0], show),
        Some(2) => Row::at_most(&what, time, START[1], show),
        _ => Row::shown(&what, show(time)),
    };
    table.push(row.with(&format!("{least:.0} ms at best of {STARTS}")));
    let what = format!("resident memory then, with {size} tools");
    let show = |value: f64| format!("{value:.0} MB");
    table.push(if size == 100_000 {
        Row::at_most(&what, memory, MEMORY, show)
    } else {
        Row::shown(&what, show(memory))
    });
    Ok(())
}

/// What the first and later uses of one app cost, and a search.
async fn used(home: &Home, size: usize, table: &mut Table) -> Outcome {
    let engine = open(home).await?;
    let name = app(size / OF_AN_APP - 1);
    let toolset = ToolSet::<Plain>::new(engine.clone());
    let (mut first, mut times) = (Duration::ZERO, Samples::default());
    for round in 0..=FETCHES {
        let begun = Instant::now();
        let tools = toolset.get_tools().apps([&name]).all_actions();
        let tools = tools.check_connected_accounts(false).await?;
        if tools.len() != OF_AN_APP {
            return Err(format!("{} tools came", tools.len()).into());
        }
        match round {
            0 => first = begun.elapsed(),
            _ => times.push(begun.elapsed()),
        }
    }
    let what = format!("get_tools of an app's 1,000, of {size} in all");
    let first = format!("{} the first time", show(milliseconds(first)));
    table.push(Row::at_most(&what, milliseconds(times.median()), FETCH, show).with(&first));
    engine.close().await;

    let engine = open(home).await?;
    let read = searched(&engine, WORDS[0]).await?;
    let mut times = Samples::default();
    for words in WORDS.iter().cycle().take(SEARCHES) {
        times.push(searched(&engine, words).await?);
    }
    engine.close().await;
    let what = format!("GET /tools?query= among {size} tools, ten results");
    let details = format!("the first after a start {}", show(milliseconds(read)));
    table.push(Row::shown(&what, show(milliseconds(times.median()))).with(&details));
    Ok(())
}

async fn searched(engine: &Engine, words: &str) -> Outcome<Duration> {
    let begun = Instant::now();
    let client = Client::new(engine.clone());
    let page = client.tools().list().query(words).limit(10).await?;
    if page.items.is_empty() {
        return Err("nothing was found".into());
    }
    Ok(begun.elapsed())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn show(time: f64) -> String {
    format!("{time:.1} ms")
}
