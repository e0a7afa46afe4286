//! A call is approved by another process than the one whose model made it. Between the two there is a file.
//!
//! - `cargo run -p approval-resume -- run.json` asks the model; the call that it makes waits.
//! - `cargo run -p approval-resume -- run.json approve` (or `deny WHY`) decides, and the run goes on.
//!
//! It needs nothing but this machine. With `OPENAI_API_KEY` a model decides what to call.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::{env, error::Error, fs};

use composio_core::{PendingCall, Run};
use composio_openai::{Decision, ErrorKind, Gate, ToolSet, ToolsExt as _};
use demo::Model;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (file, decision) = match *arguments.as_slice() {
        [file] => (file, None),
        [file, "approve"] => (file, Some(Decision::Run)),
        [file, "deny", why] => (file, Some(Decision::Deny(why.to_owned()))),
        _ => return Err("usage: approval-resume FILE [approve | deny WHY]".into()),
    };
    let (desk, engine) = demo::connected("alice").await?;
    let model = Model::from_env().await?;
    let client = model.client();

    // Nobody is here to ask: a call that writes waits, the others run.
    let gate = Gate::new(|call| async move {
        if call.is_read_only {
            Decision::Run
        } else {
            Decision::Wait
        }
    });
    let toolset = ToolSet::new(engine).entity("alice").gate(gate);
    let actions = ["DESK_GET_A_TICKET", "DESK_DELETE_A_TICKET"];
    let tools = toolset.get_tools().actions(actions).await?;
    let agent = tools.agent(&client, &model.name);
    let ended = match decision {
        None => agent.run("Delete ticket 1").await,
        Some(decision) => {
            // What is approved is what the file says, and what is sent.
            let mut run: Run<_> = serde_json::from_slice(&fs::read(file)?)?;
            for call in run.pending().cloned().collect::<Vec<PendingCall>>() {
                run.decide(&call, decision.clone())?;
            }
            // Whoever resumes it takes the file, so that nobody resumes it twice.
            fs::remove_file(file)?;
            agent.resume(run).await
        }
    };
    match ended {
        Ok(answer) => println!("Answer: {answer}"),
        Err(ended) if ended.kind() == ErrorKind::AwaitsDecision => {
            for call in ended.run().pending() {
                let arguments = call.arguments.clone().into_value();
                println!("Waits: {} {arguments} for {}", call.tool, call.entity);
            }
            fs::write(file, serde_json::to_vec(ended.run())?)?;
        }
        Err(ended) => return Err(ended.into()),
    }
    for request in desk.take_requests() {
        println!("The desk was asked: {request}");
    }
    Ok(())
}
