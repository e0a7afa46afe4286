use async_openai::types::chat::{
    ChatChoice, ChatCompletionMessageToolCalls, ChatCompletionRequestAssistantMessage,
    ChatCompletionRequestAssistantMessageAudio, ChatCompletionRequestAssistantMessageContent,
    ChatCompletionRequestAssistantMessageContentPart, ChatCompletionRequestMessage,
    ChatCompletionRequestToolMessage, ChatCompletionRequestUserMessage, ChatCompletionTool,
    ChatCompletionTools, CreateChatCompletionResponse, FinishReason, FunctionObject,
};
use composio_core::{
    BoundTool, Dialect, Error, ErrorKind, ModelTool, Provider, Result, ToolCall, ToolOutcome, Usage,
};
use serde_json::Value;

use super::repair::{self, Naming};

/// Tools, answers and history as OpenAI's Chat Completions API has them.
///
/// An answer with several choices (`n` above 1) counts as one turn with the calls of all of them, so that a history
/// made of it is accepted again; an [`Agent`](composio_core::Agent) on a `ChatModel` looks at the first choice alone.
///
/// Tools leave `strict` unset, unless the fetch asked for it. A call of type `custom` is answered as one of a tool that
/// was not offered.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChatCompletions;

impl ChatCompletions {
    /// Reads an answer that is nearly OpenAI's, as servers of other vendors give them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedResponse`] if it is no chat completion.
    pub fn read(answer: &Value) -> Result<CreateChatCompletionResponse> {
        let plain = repair::completion(answer.clone(), Naming::MadeUp);
        let read = plain.and_then(|plain| serde_json::from_value(plain).ok());
        read.ok_or_else(|| Error::new(ErrorKind::UnexpectedResponse, "this is no chat completion"))
    }
}

impl Provider for ChatCompletions {
    const NAME: &'static str = "openai";
    type Tool = ChatCompletionTools;
    type Tools = Vec<ChatCompletionTools>;
    type Response = CreateChatCompletionResponse;
    type Message = ChatCompletionRequestMessage;

    fn dialect(&self) -> Dialect {
        Dialect::OpenAi
    }

    fn wrap_tool(&self, tool: ModelTool, _: BoundTool) -> Result<ChatCompletionTools> {
        let function = FunctionObject {
            name: tool.name,
            description: Some(tool.description),
            parameters: Some(tool.parameters),
            strict: tool.strict,
        };
        Ok(ChatCompletionTools::Function(ChatCompletionTool {
            function,
        }))
    }

    fn tool_calls(&self, response: &CreateChatCompletionResponse) -> Result<Vec<ToolCall>> {
        let choices = choices(response)?;
        Ok(choices.iter().flat_map(tool_calls).collect())
    }

    fn turn(
        &self,
        response: &CreateChatCompletionResponse,
    ) -> Result<Vec<ChatCompletionRequestMessage>> {
        Ok(vec![assistant(choices(response)?).into()])
    }

    fn text(&self, response: &CreateChatCompletionResponse) -> String {
        let message = response.choices.first().map(|choice| &choice.message);
        let words =
            message.and_then(|message| message.content.as_ref().or(message.refusal.as_ref()));
        words.cloned().unwrap_or_default()
    }

    fn usage(&self, response: &CreateChatCompletionResponse) -> Option<Usage> {
        let usage = response.usage.as_ref()?;
        let (input, output) = (usage.prompt_tokens, usage.completion_tokens);
        Some(Usage::new(input.into(), output.into()))
    }

    fn prompt(&self, text: &str) -> Result<ChatCompletionRequestMessage> {
        Ok(ChatCompletionRequestUserMessage::from(text).into())
    }

    fn tool_result(
        &self,
        call: &ToolCall,
        outcome: &ToolOutcome,
    ) -> Result<ChatCompletionRequestMessage> {
        let message = ChatCompletionRequestToolMessage {
            content: outcome.model_text().into(),
            tool_call_id: call.id.clone(),
        };
        Ok(message.into())
    }
}

fn choices(response: &CreateChatCompletionResponse) -> Result<&[ChatChoice]> {
    if response.choices.is_empty() {
        return Err(Error::new(
            ErrorKind::UnexpectedResponse,
            "the model's answer has no choice",
        ));
    }
    Ok(&response.choices)
}

fn calls(choice: &ChatChoice) -> &[ChatCompletionMessageToolCalls] {
    choice.message.tool_calls.as_deref().unwrap_or_default()
}

fn tool_calls(choice: &ChatChoice) -> impl Iterator<Item = ToolCall> {
    let is_cut = choice.finish_reason == Some(FinishReason::Length);
    calls(choice)
        .iter()
        .map(move |call| tool_call(call, is_cut))
}

// A call that was cut off before its arguments must not pass for one without any.
fn tool_call(call: &ChatCompletionMessageToolCalls, is_cut: bool) -> ToolCall {
    match call {
        ChatCompletionMessageToolCalls::Function(call) => {
            let arguments = match call.function.arguments.as_str() {
                "" if is_cut => "{",
                arguments => arguments,
            };
            ToolCall::new(&call.id, &call.function.name, arguments)
        }
        ChatCompletionMessageToolCalls::Custom(call) => {
            ToolCall::new(&call.id, &call.custom_tool.name, &call.custom_tool.input)
        }
    }
}

// The API refuses a message with neither content nor calls, and an empty list of calls.
#[expect(deprecated, reason = "an answer of an old server is kept whole too")]
fn assistant(choices: &[ChatChoice]) -> ChatCompletionRequestAssistantMessage {
    let messages = || choices.iter().map(|choice| &choice.message);
    let texts: Vec<&str> = messages()
        .filter_map(|message| message.content.as_deref())
        .collect();
    let tool_calls: Vec<_> = choices.iter().flat_map(calls).cloned().collect();
    let refusal = messages().find_map(|message| message.refusal.clone());
    let audio = messages().find_map(|message| message.audio.as_ref());
    let function_call = messages().find_map(|message| message.function_call.clone());
    let has_more =
        !tool_calls.is_empty() || refusal.is_some() || audio.is_some() || function_call.is_some();
    let content = match texts.as_slice() {
        [] if has_more => None,
        [] => Some("".into()),
        [text] => Some((*text).into()),
        many => Some(parts(many)),
    };
    ChatCompletionRequestAssistantMessage {
        content,
        refusal,
        name: None,
        audio: audio.map(|audio| ChatCompletionRequestAssistantMessageAudio {
            id: audio.id.clone(),
        }),
        tool_calls: (!tool_calls.is_empty()).then_some(tool_calls),
        function_call,
    }
}

fn parts(texts: &[&str]) -> ChatCompletionRequestAssistantMessageContent {
    let parts = texts.iter().map(|text| (*text).into());
    ChatCompletionRequestAssistantMessageContent::Array(
        parts
            .map(ChatCompletionRequestAssistantMessageContentPart::Text)
            .collect(),
    )
}
