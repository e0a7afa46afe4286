//! A person at the terminal approves every call that writes: as it is, with other arguments, or not at all.
//!
//! `cargo run -p approval` needs nothing but this machine. With `OPENAI_API_KEY` a model decides what to call.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::{error::Error, io};

use composio_core::PendingCall;
use composio_openai::{Decision, ErrorKind, Gate, ToolSet, ToolsExt as _};
use demo::Model;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (desk, engine) = demo::connected("alice").await?;
    let model = Model::from_env().await?;
    let client = model.client();

    // The gate sees a call exactly as it would be sent. Calls that only read ask nobody.
    let gate = Gate::new(|call| async move {
        if call.is_read_only {
            return Decision::Run;
        }
        // A person takes time, which must not keep a thread of the runtime.
        let asked = tokio::task::spawn_blocking(move || ask(&call)).await;
        asked.unwrap_or_else(|_| Decision::Stop("the question could not be asked".to_owned()))
    });
    let toolset = ToolSet::new(engine).entity("alice").gate(gate);
    let tools = toolset.get_tools().actions([
        "DESK_GET_A_TICKET",
        "DESK_CREATE_A_TICKET",
        "DESK_DELETE_A_TICKET",
        "DESK_SEND_A_MESSAGE",
    ]);
    let tools = tools.await?;

    for prompt in [
        "Get ticket 1",
        "Create a ticket \"Lamp\" that says \"It is dark\"",
        "Delete ticket 1",
        "Send a message to \"jon@example.com\"",
    ] {
        println!("Prompt: {prompt}");
        // One question at a time.
        let agent = tools.agent(&client, &model.name).parallel(1);
        match agent.run(prompt).await {
            Ok(answer) => println!("Answer: {answer}"),
            Err(ended) if ended.kind() == ErrorKind::Stopped => {
                println!("Stopped: {}", ended.error().message());
                break;
            }
            Err(ended) => return Err(ended.into()),
        }
    }
    for request in desk.take_requests() {
        println!("The desk was asked: {request}");
    }
    Ok(())
}

fn ask(call: &PendingCall) -> Decision {
    let arguments = call.arguments.clone().into_value();
    println!("{} for {}: {arguments}", call.tool, call.entity);
    println!("Run it? yes, no, stop, or other arguments as JSON:");
    let mut line = String::new();
    let read = io::stdin().read_line(&mut line);
    match line.trim() {
        "yes" => Decision::Run,
        "no" => Decision::Deny(format!("{} does not want it", call.entity)),
        other if other.starts_with('{') => match serde_json::from_str(other) {
            Ok(arguments) => Decision::RunWith(arguments),
            Err(_) => Decision::Deny("the person's arguments are not JSON".to_owned()),
        },
        // Nobody is there: nothing runs.
        "" if read.is_err() || line.is_empty() => Decision::Stop("nobody answers".to_owned()),
        _ => Decision::Stop("a person said so".to_owned()),
    }
}
