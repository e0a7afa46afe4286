use async_openai::types::responses::{
    CustomToolCallOutput, CustomToolCallOutputOutput, EasyInputMessage, FunctionCallOutput,
    FunctionCallOutputItemParam, FunctionTool, FunctionToolCall, InputItem, Item, OutputItem,
    OutputMessageContent, Response, Status, Tool,
};
use composio_core::{
    BoundTool, Dialect, Error, ErrorKind, ModelTool, Provider, Result, ToolCall, ToolOutcome, Usage,
};
use serde_json::Value;

use super::repair::{self, Naming};

/// Tools, answers and history as OpenAI's Responses API has them.
///
/// A turn keeps every item of the answer, a reasoning model's thoughts included, encrypted or not: a model that does
/// not see them again starts to think anew, and the API refuses a call without the thought that led to it.
///
/// Tools say `strict: false`, since the API takes a tool that says nothing as strict. A call of a custom tool is
/// answered as one of a tool that was not offered. Calls that other tools of a program's own are to run (a shell, a
/// computer) are none of this provider's: they end a run and stand in its history.
#[derive(Debug, Clone, Copy, Default)]
pub struct Responses;

impl Responses {
    /// Reads an answer that is nearly OpenAI's, as servers of other vendors give them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedResponse`] if it is none of this API.
    pub fn read(answer: &Value) -> Result<Response> {
        let plain = repair::response(answer.clone(), Naming::MadeUp);
        let read = plain.and_then(|plain| serde_json::from_value(plain).ok());
        read.ok_or_else(|| {
            let message = "this is no answer of the Responses API";
            Error::new(ErrorKind::UnexpectedResponse, message)
        })
    }
}

impl Provider for Responses {
    const NAME: &'static str = "openai";
    type Tool = Tool;
    type Tools = Vec<Tool>;
    type Response = Response;
    type Message = InputItem;

    fn dialect(&self) -> Dialect {
        Dialect::OpenAi
    }

    fn wrap_tool(&self, tool: ModelTool, _: BoundTool) -> Result<Tool> {
        Ok(Tool::Function(FunctionTool {
            name: tool.name,
            description: Some(tool.description),
            parameters: Some(tool.parameters),
            strict: Some(tool.strict.unwrap_or(false)),
            ..FunctionTool::default()
        }))
    }

    fn tool_calls(&self, response: &Response) -> Result<Vec<ToolCall>> {
        check(response)?;
        let is_cut = response.status == Status::Incomplete;
        let calls = response.output.iter().filter_map(|item| match item {
            OutputItem::FunctionCall(call) => Some(tool_call(call, is_cut)),
            OutputItem::CustomToolCall(call) => {
                let id = format!("{CUSTOM}{}", call.call_id);
                Some(ToolCall::new(id, &call.name, &call.input))
            }
            _ => None,
        });
        Ok(calls.collect())
    }

    fn turn(&self, response: &Response) -> Result<Vec<InputItem>> {
        check(response)?;
        let mut items = response.output.as_slice();
        // The API refuses a thought that nothing came of.
        while let [rest @ .., OutputItem::Reasoning(_)] = items {
            items = rest;
        }
        Ok(items.iter().cloned().map(InputItem::from).collect())
    }

    fn text(&self, response: &Response) -> String {
        let messages = response.output.iter().filter_map(|item| match item {
            OutputItem::Message(message) => Some(&message.content),
            _ => None,
        });
        let parts = messages.flatten().map(|part| match part {
            OutputMessageContent::OutputText(part) => part.text.as_str(),
            OutputMessageContent::Refusal(part) => part.refusal.as_str(),
        });
        parts.collect()
    }

    fn usage(&self, response: &Response) -> Option<Usage> {
        let usage = response.usage.as_ref()?;
        let (input, output) = (usage.input_tokens, usage.output_tokens);
        Some(Usage::new(input.into(), output.into()))
    }

    fn prompt(&self, text: &str) -> Result<InputItem> {
        Ok(InputItem::EasyMessage(EasyInputMessage::from(text)))
    }

    fn tool_result(&self, call: &ToolCall, outcome: &ToolOutcome) -> Result<InputItem> {
        let text = outcome.model_text();
        if let Some(call_id) = call.id.strip_prefix(CUSTOM) {
            return Ok(InputItem::Item(Item::CustomToolCallOutput(
                CustomToolCallOutput {
                    call_id: call_id.to_owned(),
                    output: CustomToolCallOutputOutput::Text(text),
                    id: None,
                    caller: None,
                },
            )));
        }
        Ok(InputItem::Item(Item::FunctionCallOutput(
            FunctionCallOutputItemParam {
                call_id: Some(call.id.clone()),
                output: FunctionCallOutput::Text(text),
                id: None,
                status: None,
                name: None,
                namespace: None,
                caller: None,
            },
        )))
    }
}

/// Marks the id of a call of a custom tool, whose answer is an item of another kind.
const CUSTOM: &str = "custom:";

// A call that was cut off before its arguments must not pass for one without any.
fn tool_call(call: &FunctionToolCall, is_cut: bool) -> ToolCall {
    let arguments = match call.arguments.as_str() {
        "" if is_cut => "{",
        arguments => arguments,
    };
    ToolCall::new(&call.call_id, &call.name, arguments)
}

fn check(response: &Response) -> Result<()> {
    match response.status {
        Status::Completed | Status::Incomplete => Ok(()),
        Status::Failed => Err(response.error.as_ref().map_or_else(
            || failure("", "the server gave no reason"),
            |error| {
                let code = serde_json::to_value(&error.code).unwrap_or_default();
                failure(code.as_str().unwrap_or_default(), &error.message)
            },
        )),
        Status::InProgress | Status::Queued | Status::Cancelled => {
            let message =
                "the model's answer is not complete: its response was cancelled or still runs";
            Err(Error::new(ErrorKind::UnexpectedResponse, message))
        }
    }
}

/// What a server says when it could not make an answer.
pub(super) fn failure(code: &str, message: &str) -> Error {
    let kind = match code {
        "rate_limit_exceeded" => ErrorKind::RateLimited,
        "server_error" | "" => ErrorKind::Unavailable,
        "vector_store_timeout" => ErrorKind::Timeout,
        _ => ErrorKind::InvalidInput,
    };
    let message = format!("the model's server failed: {}", repair::excerpt(message));
    let error = Error::new(kind, message).with_reader_message("the model did not answer");
    if code.is_empty() {
        error
    } else {
        error.with_slug(code)
    }
}
