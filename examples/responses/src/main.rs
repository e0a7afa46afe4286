//! OpenAI's Responses API, which takes the place of its Assistants: by hand, and as a loop.
//!
//! `cargo run -p responses` needs nothing but this machine. With `OPENAI_API_KEY` a model answers.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use composio_openai::async_openai::types::responses::{
    CreateResponse, EasyInputMessage, InputItem, InputParam,
};
use composio_openai::{ResponsesModel, ToolsExt as _, responses::ToolSet};
use demo::Model;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (desk, engine) = demo::connected("default").await?;
    let model = Model::from_env().await?;
    let client = model.client();
    let actions = ["DESK_GET_A_TICKET", "DESK_CREATE_A_TICKET"];
    let tools = ToolSet::new(engine).get_tools().actions(actions).await?;

    // one step by hand: the answer's items and the outputs of its calls go back as input
    let mut items = vec![InputItem::from(EasyInputMessage::from("Get ticket 1"))];
    let request = |items: &[InputItem]| CreateResponse {
        model: Some(model.name.clone()),
        input: InputParam::Items(items.to_vec()),
        tools: Some(tools.to_vec()),
        ..CreateResponse::default()
    };
    let response = client.responses().create(request(&items)).await?;
    items.extend(response.output.iter().cloned().map(InputItem::from));
    items.extend(tools.handle_tool_calls(&response).await?);
    let response = client.responses().create(request(&items)).await?;
    println!("By hand: {}", response.output_text().unwrap_or_default());

    // the whole loop: the history is the program's, and can be stored and gone on with
    let prompt = r#"Create a ticket "Lamp" that says "It is dark""#;
    let answer = tools.agent(&client, &model.name).run(prompt).await?;
    println!("Loop: {answer}");
    println!("Its history has {} items", answer.history.len());

    // words as they come
    let streaming = ResponsesModel::new(&client, &model.name).streaming();
    let answer = tools.agent_with(streaming).run("Get ticket 3").await?;
    println!("Streamed: {answer}");

    // a real model's server can keep the history: only what is new is sent
    if model.name != demo::StandIn::NAME {
        let chained = ResponsesModel::new(&client, &model.name).chained();
        println!(
            "Chained: {}",
            tools.agent_with(chained).run("Get ticket 3").await?
        );
    }
    for request in desk.take_requests() {
        println!("The desk received: {}", request.line);
    }
    Ok(())
}
