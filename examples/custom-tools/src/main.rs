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

/// Multiplies two integers.
#[action(toolname = "calculator_multiply")] // no app's name, so it is the tool's
fn multiply_numbers(a: i64, b: i64) -> i64 {
    a * b
}

/// Gets the topics of a ticket. It calls what is not in the app's OpenAPI document.
#[action(toolname = "desk", read_only)] // the app whose credentials it uses; they never pass through here
async fn get_topics(
    /// The number of the ticket
    number: u64,
    desk: ExecuteRequest,
) -> Result<Value, BoxError> {
    let response = desk.get(format!("/tickets/{number}/topics")).await?;
    let names = response.data.to_value()["names"].take();
    Ok(json!({"topics": names}))
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
    let functions = [
        add_numbers::tool(),
        multiply_numbers::tool(),
        get_topics::tool(),
    ];
    let toolset = ToolSet::new(engine)
        .custom_tools(functions)
        .custom_tools(Till::tools(Till::default()));

    let builtin = "DESK_GET_THE_AUTHENTICATED_USER";
    let actions = [
        builtin,
        add_numbers::NAME,
        "calculator_multiply",
        get_topics::NAME,
    ];
    let tools = toolset.get_tools().actions(actions).await?;
    println!("Built-in and custom together: {tools:?}");

    let numbers = json!({"a": 2, "b": 40});
    let sum = toolset.execute_action(add_numbers::NAME, numbers).await?;
    println!(
        "add_numbers: {} and, as itself, {}",
        sum.data(),
        add_numbers(2, 40)
    );
    let topics = toolset
        .execute_action("get_topics", json!({"number": 1}))
        .await?;
    println!("get_topics: {}", topics.data());
    toolset
        .execute_action("put_money", json!({"cents": 250}))
        .await?;
    let till = toolset
        .execute_action("put_money", json!({"cents": 50}))
        .await?;
    println!("put_money: {}", till.data());

    let model = Model::from_env().await?;
    let client = model.client();
    let agent = tools.agent(&client, &model.name);
    println!(
        "{}",
        agent.run("Use the calculator: multiply 6 and 7").await?
    );
    Ok(())
}
