//! Gemini's `generateContent` on plain JSON, for any HTTP client.
//!
//! ```
//! use composio_core::{Error, gemini::{ToolSet, Tools}};
//! use serde_json::{Value, json};
//!
//! // sends a request to `POST /v1beta/models/{model}:generateContent` with whatever client the program has
//! async fn send(request: Value) -> Result<Value, Error> {
//!     # let _ = request;
//!     Ok(json!({"candidates": [{"content": {"role": "model", "parts": [{"text": "Done."}]}}]}))
//! }
//!
//! async fn ask(toolset: ToolSet) -> Result<String, Error> {
//!     let tools: Tools = toolset.get_tools().apps(["github"]).await?;
//!     let offered = json!([{"functionDeclarations": tools.to_vec()}]);
//!     let model = |contents: Vec<Value>| send(json!({"contents": contents, "tools": offered}));
//!     Ok(tools.agent_with(model).run("Star rust-lang/rust").await?.text)
//! }
//! ```
//!
//! Instructions are the request's `systemInstruction`, not a message.
//!
//! Declarations have `parametersJsonSchema`. Where only the older `parameters` is known, fetch with
//! [`Dialect::GeminiLegacy`]; [`Tools::report`](crate::Tools::report) says what that loses.

use serde_json::{Map, Value, json};

use crate::{
    BoundTool, Dialect, Error, ErrorKind, ModelTool, Provider, Result, ToolCall, ToolOutcome,
    Usage, anthropic::join,
};

/// Tools for one user, spelt for Gemini.
pub type ToolSet = crate::ToolSet<Gemini>;

/// The tools of one fetch: the request's `functionDeclarations`, and all that belongs to calls of them.
pub type Tools = crate::Tools<Gemini>;

/// Tools, answers and history as Gemini's `generateContent` has them.
///
/// A response is the body of `:generateContent`, a message an entry of the request's `contents`, a tool one of the
/// `functionDeclarations`. The first candidate counts. A turn is kept with its thought signatures, which the model
/// wants to see again; calls that come without an id are told apart by their place.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gemini;

// Marks the id of a call that came without one.
const LOCAL: &str = "composio-local-";

impl Provider for Gemini {
    const NAME: &'static str = "gemini";
    type Tool = Value;
    type Tools = Vec<Value>;
    type Response = Value;
    type Message = Value;

    fn dialect(&self) -> Dialect {
        Dialect::Gemini
    }

    fn carries(&self, _: Dialect) -> bool {
        true
    }

    fn wrap_tool(&self, tool: ModelTool, _: BoundTool) -> Result<Value> {
        let mut declaration = Map::new();
        declaration.insert("name".to_owned(), json!(tool.name));
        declaration.insert("description".to_owned(), json!(tool.description));
        // An object without properties is refused; without arguments there is nothing to declare.
        if has_arguments(&tool.parameters) {
            let key = if tool.dialect == Dialect::GeminiLegacy {
                "parameters"
            } else {
                "parametersJsonSchema"
            };
            declaration.insert(key.to_owned(), tool.parameters);
        }
        Ok(Value::Object(declaration))
    }

    fn tool_calls(&self, response: &Value) -> Result<Vec<ToolCall>> {
        let parts = parts(candidate(response)?);
        let calls = parts.iter().filter_map(|part| part.get("functionCall"));
        calls
            .enumerate()
            .map(|(position, call)| {
                let name = text_of(call, "name");
                if name.is_empty() {
                    return Err(unexpected("a call has no name"));
                }
                let id = match text_of(call, "id") {
                    "" => format!("{LOCAL}{position}"),
                    id => id.to_owned(),
                };
                let arguments = call.get("args").unwrap_or(&Value::Null);
                Ok(ToolCall::with_value(id, name, arguments))
            })
            .collect()
    }

    fn turn(&self, response: &Value) -> Result<Vec<Value>> {
        let candidate = candidate(response)?;
        if parts(candidate).is_empty() {
            return Ok(Vec::new());
        }
        let mut content = candidate.get("content").cloned().unwrap_or_default();
        if let Some(content) = content.as_object_mut() {
            content
                .entry("role")
                .or_insert_with(|| Value::from("model"));
        }
        Ok(vec![content])
    }

    fn text(&self, response: &Value) -> String {
        let candidate = response.pointer("/candidates/0").unwrap_or(&Value::Null);
        let is_said = |part: &&Value| part.get("thought") != Some(&Value::Bool(true));
        let words = parts(candidate).iter().filter(is_said);
        words.map(|part| text_of(part, "text")).collect()
    }

    fn usage(&self, response: &Value) -> Option<Usage> {
        let usage = response.get("usageMetadata")?;
        let sum = |keys: [&str; 2]| -> Option<u64> {
            let counts = keys.map(|key| usage.get(key).and_then(Value::as_u64));
            counts.into_iter().flatten().reduce(u64::saturating_add)
        };
        let read = sum(["promptTokenCount", "toolUsePromptTokenCount"])?;
        let written = sum(["candidatesTokenCount", "thoughtsTokenCount"]).unwrap_or_default();
        Some(Usage::new(read, written))
    }

    fn prompt(&self, text: &str) -> Result<Value> {
        Ok(json!({"role": "user", "parts": [{"text": text}]}))
    }

    fn tool_result(&self, call: &ToolCall, outcome: &ToolOutcome) -> Result<Value> {
        let text = outcome.model_text();
        let told: Value =
            serde_json::from_str(&text).unwrap_or_else(|_| json!({"output": text.as_str()}));
        let mut response = json!({"name": call.name, "response": told});
        if let (false, Some(response)) = (call.id.starts_with(LOCAL), response.as_object_mut()) {
            response.insert("id".to_owned(), json!(call.id));
        }
        Ok(json!({"role": "user", "parts": [{"functionResponse": response}]}))
    }

    fn join_results(&self, results: Vec<Value>) -> Vec<Value> {
        join(results, "parts")
    }
}

fn has_arguments(schema: &Value) -> bool {
    let says_more = |key: &str| {
        let value = schema.get(key);
        value.is_some_and(|value| *value != Value::Bool(false) && *value != json!({}))
    };
    ["properties", "additionalProperties", "patternProperties"]
        .into_iter()
        .any(says_more)
}

fn candidate(response: &Value) -> Result<&Value> {
    let Some(candidate) = response.pointer("/candidates/0") else {
        let blocked = response.pointer("/promptFeedback/blockReason");
        let refused = response.pointer("/error/message");
        let why = blocked.or(refused).and_then(Value::as_str);
        let message = format!(
            "the model gave no answer: {}",
            why.unwrap_or("no candidate")
        );
        return Err(unexpected(&message));
    };
    let reason = text_of(candidate, "finishReason");
    if parts(candidate).is_empty() && !matches!(reason, "" | "STOP") {
        return Err(unexpected(&format!("the model gave no answer: {reason}")));
    }
    Ok(candidate)
}

fn parts(candidate: &Value) -> &[Value] {
    let parts = candidate
        .pointer("/content/parts")
        .and_then(Value::as_array);
    parts.map(Vec::as_slice).unwrap_or_default()
}

fn text_of<'a>(part: &'a Value, key: &str) -> &'a str {
    part.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn unexpected(message: &str) -> Error {
    Error::new(ErrorKind::UnexpectedResponse, message)
        .with_reader_message("the model did not answer")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Gemini;
    use crate::{ErrorKind, Provider as _, ToolOutcome, models::ToolResult};

    fn answer() -> Value {
        json!({
            "candidates": [{"finishReason": "STOP", "content": {"parts": [
                {"text": "thinking", "thought": true}, {"text": "On it."},
                {"functionCall": {"name": "A", "args": {"x": 1}}, "thoughtSignature": "c2ln"},
                {"functionCall": {"id": "fc_2", "name": "A", "args": {}}},
            ]}}],
            "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 7, "thoughtsTokenCount": 11, "totalTokenCount": 23},
        })
    }

    #[test]
    fn signatures_are_kept_and_calls_without_an_id_are_answered_without_one() {
        let turn = Gemini.turn(&answer()).unwrap();
        assert_eq!(
            turn[0]["parts"],
            answer()["candidates"][0]["content"]["parts"]
        );
        assert_eq!(turn[0]["role"], "model");
        let calls = Gemini.tool_calls(&answer()).unwrap();
        assert_ne!(calls[0].id, calls[1].id);
        let outcome = ToolOutcome::executed("A", ToolResult::success(json!({"n": 1})));
        let results = calls
            .iter()
            .map(|call| Gemini.tool_result(call, &outcome).unwrap());
        let joined = Gemini.join_results(results.collect());
        let parts = joined[0]["parts"].as_array().unwrap();
        assert_eq!((joined.len(), parts.len()), (1, 2));
        assert_eq!(parts[0]["functionResponse"].get("id"), None);
        assert_eq!(parts[1]["functionResponse"]["id"], "fc_2");
        assert_eq!(
            parts[1]["functionResponse"]["response"]["data"],
            json!({"n": 1})
        );
        assert_eq!(Gemini.text(&answer()), "On it.");
        assert_eq!(Gemini.usage(&answer()).unwrap().total(), 23);
    }

    #[test]
    fn what_is_no_answer_is_an_error_that_says_why() {
        let cases = [
            (
                json!({"promptFeedback": {"blockReason": "SAFETY"}}),
                "SAFETY",
            ),
            (
                json!({"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]}),
                "MALFORMED_FUNCTION_CALL",
            ),
            (json!({"error": {"message": "quota"}}), "quota"),
            (
                json!({"candidates": [{"content": {"parts": [{"functionCall": {}}]}}]}),
                "no name",
            ),
        ];
        for (broken, why) in cases {
            let error = Gemini.tool_calls(&broken).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
            assert!(error.to_string().contains(why), "{error}");
        }
    }
}
