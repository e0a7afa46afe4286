//! Recorded calls, read from their file and played.

use std::{fmt::Write as _, fs, time::Instant};

use composio_core::{Plain, ToolSet, testing::Cassette};
use serde_json::json;
use tokio::runtime;

use crate::{
    arguments::Arguments,
    harness::{Outcome, Row, Samples, Table},
};

const CALLS: usize = 10_000;
const ROUNDS: usize = 5;
const SECONDS: f64 = 2.0;

pub(super) fn measure(_: &Arguments, table: &mut Table) -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("calls.jsonl");
    let cassette = cassette()?;
    fs::write(&path, &cassette)?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut played = Samples::default();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let cassette = Cassette::replay(&path)?;
        runtime.block_on(async {
            let toolset: ToolSet<Plain> = ToolSet::new(cassette.clone());
            for number in 0..CALLS {
                let arguments = json!({"title": title(number)});
                let result = toolset.execute_action("NOTES_ADD", arguments).await?;
                if !result.successful {
                    return Err(format!("call {number} failed").into());
                }
            }
            Outcome::Ok(())
        })?;
        played.push(started.elapsed());
        if !cassette.unplayed().is_empty() {
            return Err("not everything was played".into());
        }
    }
    let seconds = played.median().as_secs_f64();
    let what = format!("replay of {CALLS} recorded calls");
    let row = Row::at_most(&what, seconds, SECONDS, |value| format!("{value:.2} s"));
    let details = format!(
        "{:.0} µs a call, {} kB read",
        seconds * 1e6 / 10_000.0,
        cassette.len() / 1000
    );
    table.push(row.with(&details));
    Ok(())
}

fn title(number: usize) -> String {
    format!("note {number} about what is to be done")
}

/// One definition, and as many calls as are played, each with 2 kB of an answer.
fn cassette() -> Outcome<String> {
    let schema = json!({"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}});
    let tool = json!({"slug": "NOTES_ADD", "toolkit": {"slug": "notes", "name": "Notes", "logo": ""},
        "no_auth": true, "input_parameters": schema});
    let mut text = String::from("{\"cassette\":1}\n");
    let head = json!({
        "request": {"method": "GET", "path": "/api/v3.1/tools/NOTES_ADD?toolkit_versions=latest"},
        "response": {"status": 200, "body": {"json": tool}},
    });
    writeln!(text, "{head}")?;
    for number in 0..CALLS {
        let body = json!({"user_id": "default", "version": "latest", "arguments": {"title": title(number)}});
        let data = json!({"id": number, "title": title(number), "body": "x".repeat(2_000)});
        let answer = json!({"data": data, "error": null, "successful": true});
        let line = json!({
            "request": {"method": "POST", "path": "/api/v3.1/tools/execute/NOTES_ADD", "body": {"json": body}},
            "response": {"status": 200, "content_type": "application/json", "body": {"json": answer}},
        });
        writeln!(text, "{line}")?;
    }
    Ok(text)
}
