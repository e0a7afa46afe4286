//! Tools changed for a model: their schema, their arguments and their results. `cargo run -p processors`
#![expect(clippy::print_stdout, reason = "an example prints")]
#![expect(clippy::indexing_slicing, reason = "what JSON does not have is null")]

use std::error::Error;

use composio_core::{Arguments, ModelTool, models::ToolResult};
use composio_openai::{ToolSet, ToolsExt as _};
use demo::Model;
use serde_json::{Value, json};

/// Takes out what the model shall not decide.
fn simplify(tool: ModelTool) -> ModelTool {
    tool.hide("recipient_email")
        .hide("attachment")
        .describe("Sends a message to the customer.")
}

/// Puts in what was taken out.
fn inject_recipient(arguments: Arguments) -> Arguments {
    arguments
        .set("recipient_email", "fixed.recipient@example.com")
        .set_default("subject", "No Subject Provided")
}

/// Leaves sender and subject of each message; failures stay as they are.
fn summarize(result: ToolResult) -> ToolResult {
    let data = result.data();
    let Some(messages) = data["messages"].as_array().filter(|_| result.successful) else {
        return result;
    };
    let short =
        |message: &Value| json!({"sender": message["sender"], "subject": message["subject"]});
    let summary: Vec<Value> = messages.iter().map(short).collect();
    result.with_data(json!({"summary": summary}))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (desk, engine) = demo::connected("default").await?;
    let toolset = ToolSet::new(engine);
    let whole = toolset
        .execute_action("DESK_FETCH_MESSAGES", json!({}))
        .await?;

    let tools = toolset
        .get_tools()
        .actions(["DESK_SEND_A_MESSAGE", "DESK_FETCH_MESSAGES"])
        .schema("DESK_SEND_A_MESSAGE", simplify)
        .pre("DESK_SEND_A_MESSAGE", inject_recipient)
        .post("DESK_FETCH_MESSAGES", summarize)
        .await?;
    println!("What the model sees: {}", serde_json::to_string(&*tools)?);

    let model = Model::from_env().await?;
    let client = model.client();
    let agent = || tools.agent(&client, &model.name);
    let prompt = r#"Send a message with the subject "Your printer" and the text "It is out.""#;
    println!("{}", agent().run(prompt).await?);
    if let Some(request) = desk.take_requests().last() {
        println!("The desk received: {request}");
    }

    let size = whole.data.as_str().len();
    println!("Messages as the desk sends them: {size} bytes. As the model reads them:");
    println!("{}", agent().run("Fetch my messages").await?);
    Ok(())
}
