//! The words of a model as they come: in a run, and with a stream that the program drives by hand.
//!
//! `cargo run -p openai-streaming` needs nothing but this machine. With `OPENAI_API_KEY` a model answers, and with
//! `OPENAI_BASE_URL` one of any server that speaks OpenAI's protocol.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error;

use composio_core::RunEvent;
use composio_openai::async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs,
};
use composio_openai::{ChatModel, CompletionCollector, ToolSet, repairing_service};
use demo::Model;
use futures_util::StreamExt as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (_desk, engine) = demo::connected("default").await?;
    let model = Model::from_env().await?;
    let actions = ["DESK_GET_A_TICKET", "DESK_FETCH_MESSAGES"];
    let tools = ToolSet::new(engine).get_tools().actions(actions).await?;

    // the whole loop, and what happens in it
    let client = model.client();
    let agent = tools.agent_with(ChatModel::new(&client, &model.name).streaming());
    let mut run = agent.stream("What is ticket 1 about?");
    while let Some(event) = run.next().await {
        match event {
            RunEvent::CallStarted { call, .. } => println!("Calls {}", call.name),
            RunEvent::TextDelta { text, .. } => print!("{text}|"),
            _ => {}
        }
    }
    println!("\nAnswer: {}", run.answer().await?);

    // one step by hand; the service makes the client read what any server streams
    let client = model.client().with_http_service(repairing_service());
    let mut request = CreateChatCompletionRequestArgs::default();
    request
        .model(&model.name)
        .messages(ChatCompletionRequestUserMessage::from("Get ticket 2"))
        .tools(tools.to_vec());
    let mut stream = client.chat().create_stream(request.build()?).await?;
    let mut collector = CompletionCollector::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        print!("{}", CompletionCollector::words(&chunk));
        collector.push(chunk);
    }
    let messages = tools.handle_tool_calls(&collector.finish()?).await?;
    println!("By hand: {messages:?}");
    Ok(())
}
