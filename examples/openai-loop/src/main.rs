//! The whole loop on async-openai: what happens as it happens, its limits, and a conversation that goes on whatever
//! ended the run before.
//!
//! `cargo run -p openai-loop` needs nothing but this machine. With `OPENAI_API_KEY` a model decides what to call.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::{error::Error, time::Duration};

use composio_core::RunEvent;
use composio_openai::{ToolSet, ToolsExt as _};
use demo::Model;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (desk, engine) = demo::connected("alice").await?;
    let model = Model::from_env().await?;
    let client = model.client();
    let toolset = ToolSet::new(engine).entity("alice");
    let tools = toolset.get_tools().apps(["desk"]).await?;

    let mut history = Vec::new();
    for (prompt, steps) in [
        ("Get ticket 1", 8),
        ("Create a ticket \"Lamp\" that says \"It is dark\"", 1),
        ("List tickets", 8),
    ] {
        println!("{prompt}");
        let mut run = tools
            .agent(&client, &model.name)
            .history(history)
            .max_steps(steps)
            .max_tokens(100_000)
            .call_time(Duration::from_secs(20))
            .total_time(Duration::from_secs(120))
            .cancel_when(interrupted())
            .stream(prompt);
        while let Some(event) = run.next().await {
            show(&event);
        }
        history = match run.answer().await {
            Ok(answer) => {
                println!("  Answer after {} steps: {answer}", answer.steps);
                answer.history
            }
            // A limit, Ctrl-C or a failure: the model accepts what was said so far all the same.
            Err(ended) => {
                println!("  Ended: {ended}");
                ended.run().answered_history(tools.provider())?
            }
        };
    }
    println!("The history has {} messages", history.len());
    for request in desk.take_requests() {
        println!("The desk was asked: {request}");
    }
    Ok(())
}

fn show(event: &RunEvent) {
    match event {
        RunEvent::CallStarted { call, .. } => println!("  Calls {} {}", call.name, call.arguments),
        RunEvent::CallFinished { outcome, .. } => {
            println!("  {}: {}", outcome.tool, outcome.status.as_str());
        }
        _ => {}
    }
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
