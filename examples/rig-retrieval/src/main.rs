//! A rig agent over hundreds of tools: Composio's search chooses the ten that fit a prompt, and only they are sent.
//!
//! `cargo run -p rig-retrieval` needs nothing but this machine: beside the help desk it adds an app of 400 operations.
//! `cargo run -p rig-retrieval -- FILE` adds that of an OpenAPI document of yours in its place. With `OPENAI_API_KEY` a model decides what to call.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::{env, error::Error, fs};

use composio_rig::{
    ToolSet, ToolsExt as _,
    rig_agent::{self, agent::AgentBuilder},
    rig_core::providers::openai::OpenAIConfig,
};
use serde_json::{Map, json};

const MOST: usize = 10;
const INTEGRATION: &str =
    "name: Office\nunique_key: office\nauth_schemes: [{auth_mode: NO_AUTH}]\n";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (app, engine) = demo::connected("alice").await?;
    let document = match env::args().nth(1) {
        Some(file) => fs::read(file)?,
        None => office(),
    };
    engine.add_app(INTEGRATION, document).await?;
    let model = demo::Model::from_env().await?;

    let toolset = ToolSet::new(engine).entity("alice");
    let fetch = toolset.get_tools().apps(["desk", "office"]).all_actions();
    let tools = fetch.await?;
    let search = tools.search(&toolset);
    let all = rig_agent::tool::ToolSet::from_dynamic_tools(tools.to_vec());
    let agent = AgentBuilder::new(
        OpenAIConfig::new(model.api_key.expose())
            .with_base_url(&model.base_url)
            .client()
            .chat(&model.name),
    )
    .retrieved_tools_handler(MOST, search.clone(), all)
    .add_hook(tools.hook())
    .default_max_turns(8)
    .build();

    let prompt = "What does ticket 1 say? Get the ticket.";
    let shown = search.find(prompt, MOST.try_into()?).await?;
    println!(
        "Of {} tools the model is shown {}: {}",
        tools.len(),
        shown.len(),
        shown.join(", ")
    );
    println!("{prompt} {}", agent.prompt(prompt).await?.output());
    for request in app.take_requests() {
        println!("The desk was asked: {request}");
    }
    Ok(())
}

/// An app of 400 operations; nobody calls it here.
fn office() -> Vec<u8> {
    const DO: [&str; 4] = ["List", "Create", "Archive", "Count"];
    const THINGS: [&str; 5] = ["invoice", "contract", "room", "badge", "parcel"];
    let mut paths = Map::new();
    for floor in 1..=20 {
        for (verb, thing) in DO.iter().flat_map(|verb| THINGS.map(|thing| (verb, thing))) {
            let operation =
                json!({"summary": format!("{verb} {thing} of floor {floor}"), "responses": {}});
            paths.insert(
                format!("/floors/{floor}/{thing}/{}", verb.to_lowercase()),
                json!({"post": operation}),
            );
        }
    }
    json!({"openapi": "3.0.3", "info": {"title": "Office", "version": "1"}, "paths": paths,
        "servers": [{"url": "https://office.example.com"}]})
    .to_string()
    .into_bytes()
}
