//! Functions of the program's own among the tools, and the cases about them.

use composio_core::{CustomCall, CustomTool, action};
use serde_json::json;

use crate::{
    cases::{Case, End, case, expect, once},
    setup::Setup,
};

/// Counts the words of a text.
#[action(read_only)]
fn count_words(
    /// The text
    text: &str,
    /// The shortest word that counts
    #[default = 1]
    shortest: usize,
) -> Result<usize, String> {
    if text.is_empty() {
        return Err("there is no text".to_owned());
    }
    let words = text.split_whitespace();
    Ok(words.filter(|word| word.len() >= shortest).count())
}

/// Names the user and whether the call has an id.
#[action]
async fn whose_call(call: CustomCall) -> String {
    format!("{}, {}", call.entity(), call.call_id().is_some())
}

/// The functions as tools.
pub fn tools() -> [CustomTool; 2] {
    [count_words::tool(), whose_call::tool()]
}

pub fn cases() -> Vec<Case> {
    vec![
        case(
            "a function is a tool",
            once(
                "count_words",
                json!({"text": "one two three", "shortest": 4}),
            ),
            Setup::default(),
            |seen| {
                let read = seen.read.iter().any(|text| text.to_string().contains('1'));
                let here = seen.executed.is_empty() && seen.end == End::Answered;
                expect(here && read, "the function ran here", seen)
            },
        ),
        case(
            "a function's error is told",
            once("count_words", json!({"text": ""})),
            Setup::default(),
            |seen| told(seen, "there is no text"),
        ),
        case(
            "a function's arguments are held",
            once("count_words", json!({"text": "one", "longest": 4})),
            Setup::default(),
            |seen| told(seen, "longest"),
        ),
        case(
            "a function knows its call",
            once("whose_call", json!({})),
            Setup::default(),
            |seen| told(seen, "alice, "),
        ),
    ]
}

fn told(seen: &crate::cases::Seen, words: &str) -> Result<(), String> {
    let read = seen
        .read
        .iter()
        .any(|text| text.to_string().contains(words));
    expect(read && seen.end == End::Answered, words, seen)
}
