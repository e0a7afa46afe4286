use composio_core::{
    BoundTool, Dialect, Error, ErrorKind, ModelTool, Provider, Result, ToolCall, ToolOutcome, Usage,
};
use genai::chat::{ChatMessage, MessageContent, StreamEnd, Tool, ToolResponse};

/// genai's spelling of tools, calls and results.
#[derive(Debug, Clone, Copy, Default)]
pub struct GenAi;

impl Provider for GenAi {
    const NAME: &'static str = "genai";
    type Tool = Tool;
    type Tools = Vec<Tool>;
    type Response = StreamEnd;
    type Message = ChatMessage;

    fn dialect(&self) -> Dialect {
        Dialect::OpenAi
    }

    fn wrap_tool(&self, tool: ModelTool, _: BoundTool) -> Result<Tool> {
        let mut wrapped = Tool::new(tool.name)
            .with_description(tool.description)
            .with_schema(tool.parameters);
        wrapped.strict = tool.strict;
        Ok(wrapped)
    }

    fn tool_calls(&self, response: &StreamEnd) -> Result<Vec<ToolCall>> {
        let calls = content(response)?.tool_calls();
        let spelt = calls.into_iter().map(|call| {
            // What is no JSON comes as a text; the model must read that it was not.
            let arguments = match call.fn_arguments.as_str() {
                Some(text) => text.to_owned(),
                None => call.fn_arguments.to_string(),
            };
            ToolCall::new(&call.call_id, &call.fn_name, arguments)
        });
        Ok(spelt.collect())
    }

    fn turn(&self, response: &StreamEnd) -> Result<Vec<ChatMessage>> {
        Ok(vec![ChatMessage::assistant(content(response)?.clone())])
    }

    fn text(&self, response: &StreamEnd) -> String {
        let content = response.captured_content.as_ref();
        content
            .and_then(MessageContent::joined_texts)
            .unwrap_or_default()
    }

    fn usage(&self, response: &StreamEnd) -> Option<Usage> {
        let usage = response.captured_usage.as_ref()?;
        let count = |tokens: Option<i32>| u64::try_from(tokens?).ok();
        Some(Usage::new(
            count(usage.prompt_tokens)?,
            count(usage.completion_tokens)?,
        ))
    }

    fn prompt(&self, text: &str) -> Result<ChatMessage> {
        Ok(ChatMessage::user(text))
    }

    fn tool_result(&self, call: &ToolCall, outcome: &ToolOutcome) -> Result<ChatMessage> {
        let result = ToolResponse::new(&call.id, outcome.model_text()).with_fn_name(&call.name);
        Ok(ChatMessage::from(result))
    }
}

fn content(response: &StreamEnd) -> Result<&MessageContent> {
    let empty = || Error::new(ErrorKind::UnexpectedResponse, "the model said nothing");
    response.captured_content.as_ref().ok_or_else(empty)
}
