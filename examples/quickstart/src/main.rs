//! A model's tool call: from the model through a `ToolSet`, the engine and a credential in its vault to an HTTP API,
//! and the result back to the model. With nothing in the environment all of it is on this machine.
//!
//! - `OPENAI_API_KEY` (`OPENAI_BASE_URL`, `OPENAI_MODEL`): the model is real, not a script.
//! - `GITHUB_TOKEN`: the API is GitHub's, not a small help desk's.
//! - `COMPOSIO_API_KEY` (`COMPOSIO_BASE_URL`): the same code on the hosted platform, where `default` has connected GitHub.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use composio_engine::{EgressPolicy, Engine};
use composio_openai::{Decision, Gate, HttpTransport, ToolSet, ToolsExt as _, Transport};
use demo::{App, Model, setting};

const GITHUB: &str = include_str!("../github/integration.yaml");
const GITHUB_API: &str = include_str!("../github/openapi.yaml");
const WHO: (&str, &str) = ("GITHUB_GET_THE_AUTHENTICATED_USER", "Who am I on GitHub?");
const WHAT: (&str, &str) = ("DESK_GET_A_TICKET", "What is ticket 1 about?");

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let model = Model::from_env().await?;
    let desk = App::start().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("composio.db");

    let (backend, (action, question)) = if setting("COMPOSIO_API_KEY").is_some() {
        (Transport::from(HttpTransport::from_env()?), WHO)
    } else {
        let egress = EgressPolicy::default().allow_loopback();
        let engine = Engine::builder()
            .database(file)
            .egress(egress)
            .build()
            .await?;
        let story = if let Some(token) = setting("GITHUB_TOKEN") {
            engine.add_app(GITHUB, GITHUB_API).await?;
            engine.connect("github").field("token", token).await?;
            WHO
        } else {
            engine.add_app(desk.integration(), desk.openapi()).await?;
            let key = desk.sign_up("default");
            engine
                .connect("desk")
                .field("api_key", key.expose())
                .await?;
            WHAT
        };
        (engine.into(), story)
    };

    let toolset = ToolSet::new(backend);
    let tools = toolset
        .get_tools()
        .actions([action])
        .post("*", move |result| {
            let seen: Vec<String> = desk
                .take_requests()
                .iter()
                .map(ToString::to_string)
                .collect();
            let elsewhere = "by the platform, to GitHub, which does not show what it received";
            let request = seen.first().map_or(elsewhere, String::as_str);
            println!("HTTP request sent: {request}");
            println!("Result: {}", result.data());
            result
        });
    let tools = tools.await?;
    println!("Tools fetched: {}", serde_json::to_string(&*tools)?);

    let gate = Gate::new(|call| async move {
        println!("Call made: {} {}", call.tool, call.arguments.into_value());
        Decision::Run
    });
    println!("Asked of {}: {question}", model.name);
    let client = model.client();
    let agent = tools.agent(&client, &model.name).gate(gate);
    println!("Answer: {}", agent.run(question).await?);
    Ok(())
}
