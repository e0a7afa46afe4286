//! Functions as tools, by themselves, with an app's credentials and with an object. `cargo run -p custom-tools`
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::sync::atomic::{AtomicU64, Ordering};

use composio_core::{BoxError, ExecuteRequest, action, actions};
use composio_openai::{ToolSet, ToolsExt as _};
use demo::Model;
use serde_json::{Value, json};

/// Adds two integers and gives back the sum.
#[action]
fn add_numbers(
    /// The first number
    a: i64,
    /// The second number
    b: i64,
) -> i64 {
    println!("Executing add_numbers: {a} and {b}");
    a + b
}

/// Multiplies two integers. Its `toolname` is no app's name, so it is the tool's.
#[action(toolname = "calculator_multiply")]
fn multiply_numbers(a: i64, b: i64) -> i64 {
    a * b
}

/// Gets the topics of a ticket. It calls what is not in the app's OpenAPI document.
#[action(toolname = "desk", read_only)] // the app whose credentials it uses; they never pass through here
async fn get_topics(number: u64, desk: ExecuteRequest) -> Result<Value, BoxError> {
    let path = format!("/tickets/{number}/topics");
    let topics = desk.get(path).await?.data.to_value();
    Ok(json!({"topics": topics.get("names")}))
}

#[derive(Default)]
struct Till(AtomicU64);

#[actions]
impl Till {
    /// Puts money into the till and tells what is in it.
    #[action]
    fn put_money(&self, cents: u64) -> u64 {
        self.0.fetch_add(cents, Ordering::SeqCst) + cents
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let (_desk, engine) = demo::connected("default").await?;
    let toolset = ToolSet::new(engine)
        .custom_tool(add_numbers::tool())
        .custom_tool(multiply_numbers::tool())
        .custom_tool(get_topics::tool())
        .custom_tools(Till::tools(Till::default()));

    let builtin = "DESK_GET_THE_AUTHENTICATED_USER";
    let actions = [builtin, add_numbers::NAME, "calculator_multiply"];
    let tools = toolset.get_tools().actions(actions).await?;
    println!("Built-in and custom together: {tools:?}");

    let numbers = json!({"a": 2, "b": add_numbers(20, 20)}); // still a function
    let sum = toolset.execute_action("add_numbers", numbers).await?;
    println!("add_numbers: {}", sum.data());
    let ticket = json!({"number": 1});
    let topics = toolset.execute_action("get_topics", ticket).await?;
    println!("get_topics: {}", topics.data());
    let coin = json!({"cents": 50});
    let till = toolset.execute_action("put_money", coin).await?;
    println!("put_money: {}", till.data());

    let model = Model::from_env().await?;
    let client = model.client();
    let agent = tools.agent(&client, &model.name);
    let question = "Use the calculator: multiply 6 and 7";
    println!("{}", agent.run(question).await?);
    Ok(())
}
