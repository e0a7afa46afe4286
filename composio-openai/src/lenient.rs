//! Answers that are nearly OpenAI's, as many servers give them.

use composio_core::ErrorKind;
use serde_json::{Value, json};

const EXCERPT: usize = 300;

/// The first choice of a chat completion, spelt as OpenAI spells it; `None` if `body` is none.
///
/// Kept are the words, the refusal and the calls. A call of type `custom` becomes one of a function that was not
/// offered, since async-openai can neither read nor write one as the API has it.
pub(crate) fn plain_answer(body: &str) -> Option<Value> {
    let body: Value = serde_json::from_str(body).ok()?;
    let message = body.pointer("/choices/0/message")?.as_object()?;
    let calls = message.get("tool_calls").and_then(Value::as_array);
    let calls: Option<Vec<Value>> = calls.map(|calls| calls.iter().filter_map(call).collect());
    Some(json!({
        "id": text(body.get("id")),
        "object": "chat.completion",
        "created": 0,
        "model": text(body.get("model")),
        "choices": [{"index": 0, "message": {
            "role": "assistant",
            "content": message.get("content").and_then(words),
            "refusal": message.get("refusal").and_then(Value::as_str),
            "tool_calls": calls,
        }}],
    }))
}

fn call(call: &Value) -> Option<Value> {
    let function = call.get("function").or_else(|| call.get("custom"))?;
    let arguments = match function.get("arguments").or_else(|| function.get("input")) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(decoded) => decoded.to_string(),
    };
    Some(json!({
        "type": "function",
        "id": text(call.get("id")),
        "function": {"name": text(function.get("name")), "arguments": arguments},
    }))
}

/// Content as one text, given as such or in parts.
fn words(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => Some(parts.iter().map(|part| text(part.get("text"))).collect()),
        _ => None,
    }
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

/// Why a server refused.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
}

/// Reads an error body of another shape than OpenAI's: `error` as a text, or with a number as its code.
///
/// The client forgets the status of such an answer, so the kind is a guess from the code.
pub(crate) fn refusal(body: &str) -> Option<Refusal> {
    let Ok(read) = serde_json::from_str::<Value>(body) else {
        let message = format!("the answer is not JSON: {}", excerpt(body));
        return Some(Refusal {
            kind: ErrorKind::UnexpectedResponse,
            message,
        });
    };
    let error = read.get("error")?;
    let message = error.as_str().or_else(|| error.get("message")?.as_str())?;
    let code = error.get("code").or_else(|| error.get("status"));
    let code = code.and_then(Value::as_u64);
    let kind = match code {
        Some(401) => ErrorKind::Unauthorized,
        Some(403) => ErrorKind::Forbidden,
        Some(404) => ErrorKind::NotFound,
        Some(429) => ErrorKind::RateLimited,
        Some(500..=599) => ErrorKind::Unavailable,
        _ => ErrorKind::InvalidInput,
    };
    Some(Refusal {
        kind,
        message: excerpt(message),
    })
}

/// The beginning of a text that may be long, on one line.
pub(crate) fn excerpt(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(EXCERPT).collect()
}

#[cfg(test)]
mod tests {
    use composio_core::ErrorKind;
    use serde_json::json;

    use super::{excerpt, plain_answer, refusal};

    #[test]
    fn an_answer_without_what_openai_always_sends_is_read() {
        let body = json!({"choices": [{"message": {"content": [{"type": "text", "text": "Hi"}], "tool_calls": [
            {"function": {"name": "A", "arguments": {"x": 1}}},
            {"id": "c2", "type": "", "function": {"name": "B"}},
            {"id": "c3", "type": "custom", "custom": {"name": "C", "input": "free"}},
            {"nonsense": true},
        ]}}]});
        let read = plain_answer(&body.to_string()).unwrap();
        let message = &read["choices"][0]["message"];
        assert_eq!(message["content"], "Hi");
        assert_eq!(
            message["tool_calls"],
            json!([
                {"type": "function", "id": "", "function": {"name": "A", "arguments": "{\"x\":1}"}},
                {"type": "function", "id": "c2", "function": {"name": "B", "arguments": ""}},
                {"type": "function", "id": "c3", "function": {"name": "C", "arguments": "free"}},
            ])
        );
    }

    #[test]
    fn what_is_no_completion_is_not_made_one() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"choices":[]}"#,
            r#"{"choices":[{"message":"hi"}]}"#,
        ] {
            assert_eq!(plain_answer(body), None, "{body}");
        }
    }

    #[test]
    fn errors_of_other_shapes_keep_their_message_and_kind() {
        let read = refusal(r#"{"error":{"message":"no credits","code":429}}"#).unwrap();
        assert_eq!(read.kind, ErrorKind::RateLimited);
        assert_eq!(read.message, "no credits");
        let read = refusal(r#"{"error":"model not found"}"#).unwrap();
        assert_eq!(read.message, "model not found");
        assert!(refusal("<html>").unwrap().message.contains("<html>"));
        assert_eq!(refusal(r#"{"choices":[]}"#), None);
    }

    #[test]
    fn an_excerpt_is_short_and_one_line() {
        let text = excerpt(&"é\n".repeat(10_000));
        assert_eq!(text.chars().count(), 300);
        assert!(!text.contains('\n'));
    }
}
