use std::{env, error::Error, fs};

use composio_engine::{EgressPolicy, Engine};
use composio_rig::{ToolSet, ToolsExt as _};
use rig_agent::agent::AgentBuilder;
use rig_core::providers::openai::OpenAI;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The model and the app of this program are on loopback: no TLS of rig's, and an egress policy that lets it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let egress = EgressPolicy::default().allow_loopback();
    let engine = Engine::builder().database("composio.db").egress(egress).build().await?;
    engine.add_app(fs::read("integration.yaml")?, fs::read("openapi.json")?).await?;
    engine.connect("notes").entity("alice").field("api_key", env::var("NOTES_KEY")?).await?;

    let tools = ToolSet::new(engine).entity("alice").get_tools().apps(["notes"]).await?;
    let agent = AgentBuilder::new(OpenAI::from_env()?.chat("gpt-4o-mini"))
        .dynamic_tools(tools.to_vec())
        .add_hook(tools.hook())
        .default_max_turns(8)
        .build();
    println!("{}", agent.prompt("Read note 7").await?.output());
    Ok(())
}
