//! One set of tools in two loops: composio's executor on a langchain-rust LLM, and langchain-rust's own.
//!
//! `cargo run -p langchain-executor` needs nothing but this machine and OpenSSL's headers. With `OPENAI_API_KEY` a
//! model decides what to call.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use composio_langchain::{
    ToolSet, ToolsExt as _,
    langchain_rust::{
        agent::{AgentExecutor, OpenAiToolAgentBuilder},
        chain::{Chain as _, options::ChainCallOptions},
        llm::openai::{OpenAI, OpenAIConfig},
        prompt_args,
    },
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (app, engine) = demo::connected("alice").await?;
    let model = demo::Model::from_env().await?;
    let config = OpenAIConfig::new()
        .with_api_base(&model.base_url)
        .with_api_key(model.api_key.expose());
    let llm = OpenAI::new(config).with_model(&model.name);

    let toolset = ToolSet::new(engine).entity("alice");
    let tools = toolset.get_tools().apps(["desk"]).await?;

    // composio's loop: calls of a turn at once, limits, gates, and a run that can be stored and resumed
    let prompt = "Create a ticket \"Lamp\" that says \"It is dark\"";
    let answer = tools.executor(llm.clone()).max_steps(8).run(prompt).await?;
    println!("{prompt}: {answer}");

    // langchain-rust's loop, with the same tools
    let agent = OpenAiToolAgentBuilder::new()
        .tools(&tools)
        .options(ChainCallOptions::new())
        .build(llm)?;
    let executor = AgentExecutor::from_agent(agent).with_break_if_error(true);
    let prompt = "Get ticket 3";
    let answer = executor.invoke(prompt_args! {"input" => prompt}).await?;
    println!("{prompt}: {answer}");

    for request in app.take_requests() {
        println!("The desk was asked: {request}");
    }
    Ok(())
}
