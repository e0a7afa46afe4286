//! Each case sends recorded answers through the toolset, to a service in memory that echoes.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use composio_core::models::{RawJson, Tool, ToolResult};
use composio_core::testing::FakeService;
use composio_openai::ToolSet;
use composio_openai::async_openai::types::chat::CreateChatCompletionResponse;
use composio_tests::suite::Outcome;
use libtest_mimic::Failed;
use serde_json::Value;

use crate::cassette::{Recording, chat_completions_with_tool_calls};

/// Every recording of the part, each against the tools that its request offered.
pub fn each_call_is_answered_once_in_order(folder: &Path, expected: usize) -> Outcome {
    let recordings = chat_completions_with_tool_calls(folder);
    if recordings.len() != expected {
        return Err(format!("{} recordings, expected {expected}", recordings.len()).into());
    }
    recordings.iter().try_for_each(|recording| {
        let service = service(recording);
        let answers = run(handle_fetched(recording, &service, &offered(recording)))?;
        answered_once_in_order(recording, &answers)?;
        executed_as_asked(recording, &service)
    })
}

/// Recordings with several calls in one answer: they are under way at the same time.
pub fn parallel_calls_run_side_by_side(folder: &Path) -> Outcome {
    let mut parallel = chat_completions_with_tool_calls(folder);
    parallel.retain(|recording| recording.calls.len() > 1);
    if parallel.len() < 4 {
        return Err(format!("only {} recordings have parallel calls", parallel.len()).into());
    }
    parallel.iter().try_for_each(|recording| {
        let service = service(recording);
        run(handle_fetched(recording, &service, &offered(recording)))?;
        let peak = service.peak();
        check(peak == recording.calls.len(), recording, || {
            format!("{peak} calls ran at once")
        })
    })
}

/// `ToolSet::handle_tool_calls` looks each tool up by the name that the model called.
pub fn toolset_answers_without_a_fetch(folder: &Path) -> Outcome {
    chat_completions_with_tool_calls(folder)
        .iter()
        .try_for_each(|recording| {
            let service = service(recording);
            let response = response(recording)?;
            let toolset = ToolSet::new(service.clone());
            let messages = run(async { Ok(toolset.handle_tool_calls(&response).await?) })?;
            answered_once_in_order(recording, &plain(&messages)?)
        })
}

/// The model called what this fetch does not hold; it reads so, and nothing is executed.
pub fn unknown_tool_is_an_outcome(folder: &Path) -> Outcome {
    chat_completions_with_tool_calls(folder)
        .iter()
        .try_for_each(|recording| {
            let mut other = Tool::new("OTHER");
            other.no_auth = true;
            let service = service(recording).tool(other, echo);
            let answers = run(handle_fetched(recording, &service, &["OTHER".to_owned()]))?;
            check(answers.len() == recording.calls.len(), recording, || {
                format!("{} answers", answers.len())
            })?;
            check(service.executions().is_empty(), recording, || {
                "something was executed".to_owned()
            })?;
            let says_so = |answer: &Value| content(answer).contains("there is no tool");
            check(answers.iter().all(says_so), recording, || {
                format!("{answers:?}")
            })
        })
}

async fn handle_fetched(
    recording: &Recording,
    service: &FakeService,
    actions: &[String],
) -> Result<Vec<Value>, Failed> {
    let response = response(recording)?;
    let tools = ToolSet::new(service.clone())
        .get_tools()
        .actions(actions)
        .await?;
    plain(&tools.handle_tool_calls(&response).await?)
}

/// The ids of the answers are those of the calls, and each answer holds the arguments of its call.
fn answered_once_in_order(recording: &Recording, answers: &[Value]) -> Outcome {
    let ids: Vec<&str> = answers
        .iter()
        .filter_map(|answer| answer["tool_call_id"].as_str())
        .collect();
    let asked: Vec<&str> = recording
        .calls
        .iter()
        .map(|call| call.id.as_str())
        .collect();
    check(ids == asked, recording, || {
        format!("calls {asked:?} were answered as {ids:?}")
    })?;
    for (call, answer) in recording.calls.iter().zip(answers) {
        let arguments: Value = serde_json::from_str(&call.function.arguments)?;
        let echoed: Value = serde_json::from_str(content(answer))?;
        let matches = answer["role"] == "tool" && echoed["data"] == arguments;
        check(matches, recording, || {
            format!("{} was answered with {answer}", call.id)
        })?;
    }
    Ok(())
}

fn executed_as_asked(recording: &Recording, service: &FakeService) -> Outcome {
    let mut asked = Vec::new();
    for call in &recording.calls {
        let arguments: Value = serde_json::from_str(&call.function.arguments)?;
        asked.push((call.function.name.clone(), arguments));
    }
    let executed: Vec<(String, Value)> = service
        .executions()
        .into_iter()
        .map(|execution| (execution.slug, execution.arguments))
        .collect();
    check(executed == asked, recording, || {
        format!("asked {asked:?}, executed {executed:?}")
    })
}

fn content(answer: &Value) -> &str {
    answer["content"].as_str().unwrap_or_default()
}

/// A service with the tools that the recorded request offered.
fn service(recording: &Recording) -> FakeService {
    let tools = recording.request["tools"].as_array().into_iter().flatten();
    tools.fold(FakeService::new(), |service, offered| {
        let mut tool = Tool::new(offered["function"]["name"].as_str().unwrap_or_default());
        tool.no_auth = true;
        tool.input_parameters = RawJson::from(offered["function"]["parameters"].clone());
        service.tool(tool, echo)
    })
}

/// What every recorded tool does.
pub async fn echo(arguments: Value) -> composio_core::Result<ToolResult> {
    tokio::time::sleep(Duration::from_millis(20)).await;
    Ok(ToolResult::success(arguments))
}

fn offered(recording: &Recording) -> Vec<String> {
    let tools = recording.request["tools"].as_array().into_iter().flatten();
    tools
        .filter_map(|tool| Some(tool["function"]["name"].as_str()?.to_owned()))
        .collect()
}

fn response(recording: &Recording) -> Result<CreateChatCompletionResponse, Failed> {
    serde_json::from_value(recording.answer.clone())
        .map_err(|error| format!("{}: {error}", recording.name).into())
}

fn plain<M: serde::Serialize>(messages: &[M]) -> Result<Vec<Value>, Failed> {
    Ok(messages
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<_, _>>()?)
}

fn check(holds: bool, recording: &Recording, otherwise: impl FnOnce() -> String) -> Outcome {
    if holds {
        Ok(())
    } else {
        Err(format!("{}: {}", recording.name, otherwise()).into())
    }
}

/// Runs a case's future.
pub fn run<T>(future: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(future)
}
