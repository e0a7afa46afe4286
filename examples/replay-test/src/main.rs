//! An agent's test on recorded calls: no network, no key, no service. `cargo run -p replay-test`
//!
//! `cargo run -p replay-test -- record` records the calls anew, on a help desk on this machine.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::{env, error::Error, future::ready};

use composio_core::{
    Plain, PlainMessage, PlainResponse, ToolCall, ToolSet, Transport, testing::Cassette,
};
use serde_json::json;

const CASSETTE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/cassettes/desk.jsonl");
const GET: &str = "DESK_GET_A_TICKET";

/// The agent under test: it reads a ticket and says what the tool said. Its model is a script here.
async fn agent(backend: impl Into<Transport>, ticket: u32) -> composio_core::Result<String> {
    let toolset: ToolSet<Plain> = ToolSet::new(backend);
    let tools = toolset.get_tools().actions([GET]).await?;
    let model = |history: Vec<PlainMessage>| {
        ready(Ok(match history.last() {
            Some(PlainMessage::Tool { text, .. }) => PlainResponse::text(text.as_str()),
            _ => PlainResponse::calls([ToolCall::with_value(
                "call_1",
                GET,
                &json!({"number": ticket}),
            )]),
        }))
    };
    Ok(tools.agent_with(model).run("Read it").await?.text)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if env::args().nth(1).as_deref() == Some("record") {
        let (_desk, engine) = demo::connected("default").await?;
        let cassette = Cassette::record(CASSETTE, engine)?;
        println!("Recorded: {}", agent(cassette, 1).await?);
        return Ok(());
    }

    // What was recorded is answered, and everything that was recorded is asked for.
    let cassette = Cassette::replay(CASSETTE)?;
    let answer = agent(cassette.clone(), 1).await?;
    println!("Replayed: {answer}");
    if !answer.contains("The printer is on fire") || !cassette.unplayed().is_empty() {
        return Err(format!("the agent did something else: {:?}", cassette.unplayed()).into());
    }

    // An agent that asks for something else fails its test, and is told what differs.
    match agent(Cassette::replay(CASSETTE)?, 2).await {
        Err(error) => println!("Changed agent: {error}"),
        Ok(answer) => return Err(format!("nobody recorded {answer}").into()),
    }
    Ok(())
}
