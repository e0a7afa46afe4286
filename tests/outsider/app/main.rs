use std::{env, error::Error, fs};

use composio_engine::{EgressPolicy, Engine};
use composio_rig::rig_core::{DynModel, operation::Completion, providers::openai::OpenAIConfig};
use composio_rig::{ToolSet, rig_agent::agent::AgentBuilder};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let egress = EgressPolicy::default().allow_loopback();
    let engine = Engine::builder().database("outsider.db").egress(egress).build().await?;
    engine.add_app(fs::read("integration.yaml")?, fs::read("openapi.json")?).await?;
    engine.connect("notes").entity("alice").field("api_key", env::var("NOTES_KEY")?).await?;

    let tools = ToolSet::new(engine).entity("alice").get_tools().apps(["notes"]).await?;
    let client = OpenAIConfig::new("stand-in").with_base_url(env::var("MODEL_URL")?).client();
    let model: DynModel<Completion> = client.chat("stand-in").into();
    let agent = AgentBuilder::new(model).dynamic_tools(tools.into_inner()).default_max_turns(8).build();
    println!("{}", agent.prompt("Read note 7").await?);
    Ok(())
}
