//! A rig agent that acts for a user: it reads a ticket by itself, and asks a person before it deletes one.
//!
//! `cargo run -p rig-agent-example` needs nothing but this machine. With `OPENAI_API_KEY` a model decides what to call.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use composio_rig::{
    Decision, Gate, ToolSet, ToolsExt as _, rig_agent::agent::AgentBuilder,
    rig_core::providers::openai::OpenAIConfig,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (app, engine) = demo::connected("alice").await?;
    let model = demo::Model::from_env().await?;

    // The gate sees a call as it would be sent; it may take its time, such as to ask in a chat.
    let gate = Gate::new(|call| async move {
        if call.is_destructive {
            Decision::Deny(format!("{} said no to {}", call.entity, call.tool))
        } else {
            Decision::Run
        }
    });
    let toolset = ToolSet::new(engine).entity("alice").gate(gate);
    let actions = ["DESK_GET_A_TICKET", "DESK_DELETE_A_TICKET"];
    let tools = toolset.get_tools().actions(actions).await?;

    let agent = AgentBuilder::new(
        OpenAIConfig::new(model.api_key.expose())
            .with_base_url(&model.base_url)
            .client()
            .chat(&model.name),
    )
    .dynamic_tools(tools.to_vec())
    .add_hook(tools.hook().max_calls(10))
    .default_max_turns(8)
    .build();

    for prompt in ["Get ticket 1", "Delete ticket 1"] {
        let answer = agent.prompt(prompt).await?;
        println!("{prompt}: {}", answer.output());
    }
    for request in app.take_requests() {
        println!("The desk was asked: {request}");
    }
    Ok(())
}
