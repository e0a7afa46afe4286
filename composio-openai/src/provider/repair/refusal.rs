use composio_core::ErrorKind;
use serde_json::Value;

const EXCERPT: usize = 300;

/// Why a server refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
}

/// Reads an error body of another shape than OpenAI's: `error` as a text, or with a number as its code.
///
/// The client forgets the status of such an answer, so the kind is a guess from the code.
#[cfg(feature = "client")]
pub(crate) fn refusal(body: &str) -> Option<Refusal> {
    let Ok(read) = serde_json::from_str::<Value>(body) else {
        let message = format!("the answer is not JSON: {}", excerpt(body));
        return Some(Refusal {
            kind: ErrorKind::UnexpectedResponse,
            message,
        });
    };
    refusal_in(&read)
}

/// As [`refusal`], of what was read already.
pub(crate) fn refusal_in(body: &Value) -> Option<Refusal> {
    let error = body.get("error")?;
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

    use super::{excerpt, refusal};

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
