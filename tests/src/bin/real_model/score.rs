//! How often the right tool is called with valid arguments.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    adapters::Adapter,
    arguments::Arguments,
    desk::{Call, Desk, Task},
    prompts::{PROMPTS, Prompt},
};

/// What came of one prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// The right tool, arguments valid and those that the prompt says.
    Right,
    /// The right tool with valid arguments, but others than the prompt says.
    OtherArguments,
    /// Another tool, with valid arguments.
    OtherTool,
    /// A tool that does not exist, or arguments that are not valid.
    Invalid,
    /// Words, or nothing.
    NoCall,
    /// The endpoint or the time.
    Failed,
}

/// Asks each prompt, shows what came of it, and gives the line that sums it up.
pub async fn count(desk: &Desk, adapter: &Adapter, arguments: &Arguments) -> String {
    println!(
        "\n{}: {} prompts",
        adapter.name,
        arguments.prompts.min(PROMPTS.len())
    );
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for prompt in PROMPTS.iter().take(arguments.prompts) {
        let (verdict, shown) = ask(desk, adapter, arguments, prompt).await;
        *counts.entry(verdict).or_default() += 1;
        println!("  {verdict:?}: {} -> {shown}", prompt.text);
    }
    let count = |verdict| counts.get(&verdict).copied().unwrap_or_default();
    let all: usize = counts.values().sum();
    let right_tool = count(Verdict::Right) + count(Verdict::OtherArguments);
    format!(
        "{}: right tool with valid arguments {right_tool} of {all}, and with those the prompt says {}; {counts:?}",
        adapter.name,
        count(Verdict::Right),
    )
}

async fn ask(
    desk: &Desk,
    adapter: &Adapter,
    arguments: &Arguments,
    prompt: &Prompt,
) -> (Verdict, String) {
    let task = Task::new(desk, prompt.text, 1, false);
    let ran = tokio::time::timeout(arguments.timeout, (adapter.ask)(&arguments.endpoint, &task));
    let ended = ran
        .await
        .unwrap_or_else(|_| Err("no answer in time".into()));
    let calls = task.calls.lock().unwrap().clone();
    if let Some(call) = calls.first() {
        return (
            judge(call, prompt),
            format!("{} {}", call.tool, call.arguments),
        );
    }
    match ended {
        Ok((words, _)) => (Verdict::NoCall, words.trim().replace('\n', " ")),
        // The call that came was fed back, and the one step that there is was over.
        Err(error) if is_limit(&error) => (Verdict::Invalid, error),
        Err(error) => (Verdict::Failed, error),
    }
}

fn is_limit(error: &str) -> bool {
    let error = error.to_lowercase();
    error.contains("limit") || error.contains("max")
}

fn judge(call: &Call, prompt: &Prompt) -> Verdict {
    if call.tool != prompt.tool {
        return Verdict::OtherTool;
    }
    let expected: Value = serde_json::from_str(prompt.arguments).unwrap_or_default();
    let mut expected = expected.as_object().into_iter().flatten();
    let fits = expected.all(|(name, value)| agrees(&call.arguments[name.as_str()], value));
    if fits {
        Verdict::Right
    } else {
        Verdict::OtherArguments
    }
}

/// Whether a text has the words in it, and anything else is the same.
fn agrees(found: &Value, expected: &Value) -> bool {
    match (found.as_str(), expected.as_str()) {
        (Some(found), Some(expected)) => found.to_lowercase().contains(&expected.to_lowercase()),
        _ => found == expected,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Verdict, judge};
    use crate::{
        desk::Call,
        prompts::{PROMPTS, Prompt},
    };

    #[test]
    fn there_are_fifty_prompts_and_each_says_what_is_right() {
        assert_eq!(PROMPTS.len(), 50);
        for prompt in PROMPTS {
            let arguments: serde_json::Value = serde_json::from_str(prompt.arguments).unwrap();
            assert!(
                arguments.is_object() && prompt.tool.starts_with("DESK_"),
                "{}",
                prompt.text
            );
        }
    }

    #[test]
    fn a_call_is_judged_by_tool_and_arguments() {
        let prompt = Prompt {
            text: "",
            tool: "DESK_SEND",
            arguments: r#"{"to":"a@b","n":2}"#,
        };
        let call = |tool: &str, arguments| Call {
            tool: tool.into(),
            arguments,
        };
        let right = json!({"to": "<A@b>", "n": 2, "more": 1});
        assert_eq!(
            judge(&call("DESK_SEND", right.clone()), &prompt),
            Verdict::Right
        );
        assert_eq!(
            judge(&call("DESK_LIST", right), &prompt),
            Verdict::OtherTool
        );
        let other = json!({"to": "a@b", "n": 3});
        assert_eq!(
            judge(&call("DESK_SEND", other), &prompt),
            Verdict::OtherArguments
        );
    }
}
