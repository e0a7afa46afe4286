//! Anthropic's Messages API on plain JSON, for any HTTP client.
//!
//! ```
//! use composio_core::{Error, anthropic::{ToolSet, Tools}};
//! use serde_json::{Value, json};
//!
//! // sends a request to `POST /v1/messages` with whatever client the program has
//! async fn send(request: Value) -> Result<Value, Error> {
//!     # let _ = request;
//!     Ok(json!({"content": [{"type": "text", "text": "Done."}]}))
//! }
//!
//! async fn ask(toolset: ToolSet) -> Result<String, Error> {
//!     let tools: Tools = toolset.get_tools().apps(["github"]).await?;
//!     let offered = tools.to_vec();
//!     let model = |messages: Vec<Value>| {
//!         send(json!({"model": "claude-sonnet-4-5", "max_tokens": 1024, "tools": offered, "messages": messages}))
//!     };
//!     Ok(tools.agent_with(model).run("Star rust-lang/rust").await?.text)
//! }
//! ```
//!
//! Instructions are the request's `system`, not a message. An answer that stops with `pause_turn` has no calls for this
//! program, and ends a run.

use serde_json::{Value, json};

use crate::{
    BoundTool, Dialect, Error, ErrorKind, ModelTool, Provider, Result, ToolCall, ToolOutcome, Usage,
};

/// Tools for one user, spelt for Anthropic's models.
pub type ToolSet = crate::ToolSet<Anthropic>;

/// The tools of one fetch: the request's `tools`, and all that belongs to calls of them.
pub type Tools = crate::Tools<Anthropic>;

/// Tools, answers and history as Anthropic's Messages API has them.
///
/// A response is the body of `POST /v1/messages`, a message an entry of the request's `messages`, a tool one of its
/// `tools`. The answers to the calls of one turn come in one message, as the API asks for it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Anthropic;

impl Provider for Anthropic {
    const NAME: &'static str = "anthropic";
    type Tool = Value;
    type Tools = Vec<Value>;
    type Response = Value;
    type Message = Value;

    fn dialect(&self) -> Dialect {
        Dialect::Anthropic
    }

    fn wrap_tool(&self, tool: ModelTool, _: BoundTool) -> Result<Value> {
        Ok(json!({
            "name": tool.name,
            "description": tool.description,
            "input_schema": tool.parameters,
        }))
    }

    fn tool_calls(&self, response: &Value) -> Result<Vec<ToolCall>> {
        let calls = content(response)?
            .iter()
            .filter(|block| kind(block) == "tool_use");
        calls
            .map(|call| {
                let (id, name) = (text_of(call, "id"), text_of(call, "name"));
                if id.is_empty() || name.is_empty() {
                    return Err(unexpected("a call has no id or no name"));
                }
                let input = call.get("input").unwrap_or(&Value::Null);
                Ok(ToolCall::with_value(id, name, input))
            })
            .collect()
    }

    fn turn(&self, response: &Value) -> Result<Vec<Value>> {
        let content = content(response)?;
        // The API refuses a message without content.
        if content.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![json!({"role": "assistant", "content": content})])
    }

    fn text(&self, response: &Value) -> String {
        let blocks = response.get("content").and_then(Value::as_array);
        let words = blocks
            .into_iter()
            .flatten()
            .filter(|block| kind(block) == "text");
        words.map(|block| text_of(block, "text")).collect()
    }

    fn usage(&self, response: &Value) -> Option<Usage> {
        let usage = response.get("usage")?;
        let count = |key: &str| usage.get(key).and_then(Value::as_u64);
        // What was read from a cache, or written to one, is not among the input tokens.
        let cached = ["cache_creation_input_tokens", "cache_read_input_tokens"]
            .into_iter()
            .filter_map(count)
            .fold(0, u64::saturating_add);
        let read = count("input_tokens")?.saturating_add(cached);
        Some(Usage::new(read, count("output_tokens")?))
    }

    fn prompt(&self, text: &str) -> Result<Value> {
        if text.trim().is_empty() {
            let message = "Anthropic's API takes no empty text";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(json!({"role": "user", "content": [{"type": "text", "text": text}]}))
    }

    fn tool_result(&self, call: &ToolCall, outcome: &ToolOutcome) -> Result<Value> {
        let mut result = json!({
            "type": "tool_result", "tool_use_id": call.id, "content": outcome.model_text(),
        });
        if let (false, Some(result)) = (outcome.is_success(), result.as_object_mut()) {
            result.insert("is_error".to_owned(), json!(true));
        }
        Ok(json!({"role": "user", "content": [result]}))
    }

    fn join_results(&self, results: Vec<Value>) -> Vec<Value> {
        join(results, "content")
    }
}

/// One message with the parts of all, which stand below `key`.
pub(crate) fn join(messages: Vec<Value>, key: &str) -> Vec<Value> {
    let mut messages = messages.into_iter();
    let Some(mut first) = messages.next() else {
        return Vec::new();
    };
    for mut message in messages {
        let parts = message.get_mut(key).map(Value::take);
        if let (Some(Value::Array(all)), Some(Value::Array(parts))) = (first.get_mut(key), parts) {
            all.extend(parts);
        }
    }
    vec![first]
}

fn content(response: &Value) -> Result<&Vec<Value>> {
    if kind(response) == "error" {
        let message = response.pointer("/error/message").and_then(Value::as_str);
        let message = message.unwrap_or("the model's service refused the request");
        return Err(unexpected(message));
    }
    let content = response.get("content").and_then(Value::as_array);
    content.ok_or_else(|| unexpected("the model's answer has no content"))
}

fn kind(block: &Value) -> &str {
    text_of(block, "type")
}

fn text_of<'a>(block: &'a Value, key: &str) -> &'a str {
    block.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn unexpected(message: &str) -> Error {
    Error::new(ErrorKind::UnexpectedResponse, message)
        .with_reader_message("the model did not answer")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Anthropic;
    use crate::{ErrorKind, OutcomeStatus, Provider as _, ToolOutcome, models::ToolResult};

    fn answer() -> Value {
        json!({
            "id": "msg_1", "type": "message", "role": "assistant", "stop_reason": "tool_use",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
                {"type": "text", "text": "Let me "}, {"type": "text", "text": "look."},
                {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {}},
                {"type": "tool_use", "id": "toolu_1", "name": "A", "input": {"x": 1}},
                {"type": "tool_use", "id": "toolu_2", "name": "B", "input": {}},
            ],
            "usage": {"input_tokens": 5, "cache_read_input_tokens": 90, "cache_creation_input_tokens": null, "output_tokens": 7},
        })
    }

    #[test]
    fn the_turn_keeps_every_block_and_the_calls_are_ours_alone() {
        let calls = Anthropic.tool_calls(&answer()).unwrap();
        let told: Vec<_> = calls
            .iter()
            .map(|call| (call.id.as_str(), call.arguments.as_str()))
            .collect();
        assert_eq!(told, [("toolu_1", "{\"x\":1}"), ("toolu_2", "{}")]);
        let turn = Anthropic.turn(&answer()).unwrap();
        assert_eq!(
            turn,
            [json!({"role": "assistant", "content": answer()["content"]})]
        );
        assert_eq!(Anthropic.text(&answer()), "Let me look.");
        assert_eq!(Anthropic.usage(&answer()).unwrap().total(), 102);
    }

    #[test]
    fn the_answers_of_one_turn_come_in_one_message_and_failures_are_marked() {
        let calls = Anthropic.tool_calls(&answer()).unwrap();
        let good = ToolOutcome::executed("A", ToolResult::success(json!({})));
        let bad = ToolOutcome::refused("B", OutcomeStatus::Denied, "no");
        let results = vec![
            Anthropic.tool_result(&calls[0], &good).unwrap(),
            Anthropic.tool_result(&calls[1], &bad).unwrap(),
        ];
        let joined = Anthropic.join_results(results);
        assert_eq!(joined.len(), 1);
        let blocks = joined[0]["content"].as_array().unwrap();
        assert_eq!((blocks.len(), &joined[0]["role"]), (2, &json!("user")));
        assert_eq!(
            (&blocks[0]["tool_use_id"], blocks[0].get("is_error")),
            (&json!("toolu_1"), None)
        );
        assert_eq!(
            (&blocks[1]["tool_use_id"], &blocks[1]["is_error"]),
            (&json!("toolu_2"), &json!(true))
        );
        assert_eq!(Anthropic.join_results(Vec::new()), Vec::<Value>::new());
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        let refusal = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
        for broken in [
            refusal,
            json!(null),
            json!({"content": "x"}),
            json!({"content": [{"type": "tool_use", "input": {}}]}),
        ] {
            assert_eq!(
                Anthropic.tool_calls(&broken).unwrap_err().kind(),
                ErrorKind::UnexpectedResponse,
                "{broken}"
            );
        }
        assert_eq!(
            Anthropic.turn(&json!({"content": []})).unwrap(),
            Vec::<Value>::new()
        );
        assert_eq!(
            Anthropic.prompt(" ").unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
        assert_eq!(Anthropic.usage(&json!({"content": []})), None);
    }
}
