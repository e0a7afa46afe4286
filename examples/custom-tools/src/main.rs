//! Functions as tools, by themselves and with an app's credentials. `cargo run -p custom-tools`
#![expect(clippy::print_stdout, reason = "an example prints")]

use composio_core::{BoxError, CustomTool, ExecuteRequest, schemars};
use composio_openai::{ToolSet, ToolsExt as _};
use demo::Model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Deserialize, JsonSchema)]
struct Numbers {
    /// The first number
    a: i64,
    /// The second number
    b: i64,
}

async fn add(input: Numbers) -> Result<i64, BoxError> {
    println!("Executing add_numbers: {} and {}", input.a, input.b);
    Ok(input.a + input.b)
}

async fn multiply(input: Numbers) -> Result<i64, BoxError> {
    Ok(input.a * input.b)
}

#[derive(Deserialize, JsonSchema)]
struct OfTicket {
    /// The number of the ticket
    number: u64,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Topics {
    #[serde(alias = "names")]
    topics: Vec<String>,
}

/// Calls what is not in the app's OpenAPI document; the user's credentials never pass through here.
async fn topics(input: OfTicket, desk: ExecuteRequest) -> Result<Topics, BoxError> {
    let path = format!("/tickets/{}/topics", input.number);
    let response = desk.get(path).await?;
    Ok(serde_json::from_value(response.data.to_value())?)
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let (_desk, engine) = demo::connected("default").await?;
    let multiply = CustomTool::new("multiply_numbers", "Multiplies two integers.", multiply);
    let topics = CustomTool::with_request("get_topics", "The topics of a ticket.", topics);
    let toolset = ToolSet::new(engine)
        .custom_tool(CustomTool::new("add_numbers", "Adds two integers.", add))
        .custom_tool(multiply.toolname("calculator_multiply")) // no app's name, so it is the tool's
        .custom_tool(topics.toolname("desk")); // the app whose credentials it uses

    let builtin = "DESK_GET_THE_AUTHENTICATED_USER";
    let actions = [builtin, "add_numbers", "calculator_multiply", "get_topics"];
    let tools = toolset.get_tools().actions(actions).await?;
    println!("Built-in and custom together: {tools:?}");

    let numbers = json!({"a": 2, "b": 40});
    let sum = toolset.execute_action("add_numbers", numbers).await?;
    println!("add_numbers: {}", sum.data());
    let ticket = json!({"number": 1});
    let topics = toolset.execute_action("get_topics", ticket).await?;
    println!("get_topics: {}", topics.data());

    let model = Model::from_env().await?;
    let client = model.client();
    let agent = tools.agent(&client, &model.name);
    println!(
        "{}",
        agent.run("Use the calculator: multiply 6 and 7").await?
    );
    Ok(())
}
