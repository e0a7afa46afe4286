//! What the stand-in says.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

const PREFACE: &str = "[stand-in: a script, not a model]";
const LONGEST_TEXT: usize = 200;

/// The stand-in's message in answer to `request`; its call, if it makes one, is called `id`.
pub(crate) fn answer(request: &Value, id: &str) -> Value {
    let messages = request["messages"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let Some(last) = messages.last() else {
        return said("There is nothing to answer.");
    };
    if last["role"] == "tool" {
        return said(&report(messages));
    }
    let prompt = words_of(last);
    let tools = request["tools"].as_array().map_or(&[][..], Vec::as_slice);
    let Some(function) = best(tools, &prompt) else {
        return said("No tool was offered, and a script knows nothing by itself.");
    };
    let arguments = arguments(&function["parameters"], &prompt);
    json!({"role": "assistant", "content": null, "refusal": null, "tool_calls": [{
        "id": id, "type": "function",
        "function": {"name": function["name"], "arguments": arguments.to_string()},
    }]})
}

fn said(text: &str) -> Value {
    json!({"role": "assistant", "content": format!("{PREFACE} {text}"), "refusal": null})
}

/// The words of a message whose content is a text or a list of parts.
fn words_of(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        _ => String::new(),
    }
}

fn words(text: &str) -> HashSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| word.len() > 1)
        .map(str::to_lowercase)
        .collect()
}

/// The tool that shares most words with the prompt; of equals the first.
fn best<'a>(tools: &'a [Value], prompt: &str) -> Option<&'a Value> {
    let prompt = words(prompt);
    let shared = |function: &Value| {
        let text = |name: &str| words(function[name].as_str().unwrap_or_default());
        // The name says more than the description.
        10 * text("name").intersection(&prompt).count()
            + text("description").intersection(&prompt).count()
    };
    let functions = tools.iter().map(|tool| &tool["function"]);
    functions.rev().max_by_key(|function| shared(function))
}

/// The required arguments: numbers and quoted texts as they come in the prompt.
fn arguments(schema: &Value, prompt: &str) -> Value {
    let mut numbers = prompt
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse::<u64>().ok());
    let mut quoted = prompt.split('"').skip(1).step_by(2);
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    let mut arguments = Map::new();
    for name in required.iter().filter_map(Value::as_str) {
        let argument = &schema["properties"][name];
        let value = match kind(argument) {
            _ if argument["enum"].is_array() => argument["enum"][0].clone(),
            "integer" | "number" => json!(numbers.next().unwrap_or(1)),
            "boolean" => json!(true),
            "array" => json!([]),
            "object" => json!({}),
            _ => json!(quoted.next().unwrap_or(prompt)),
        };
        arguments.insert(name.to_owned(), value);
    }
    Value::Object(arguments)
}

fn kind(schema: &Value) -> &str {
    let kind = &schema["type"];
    kind.as_str()
        .or_else(|| kind[0].as_str())
        .unwrap_or_default()
}

/// A sentence for each result at the end of the history.
fn report(messages: &[Value]) -> String {
    let start = messages
        .iter()
        .rposition(|message| message["role"] != "tool");
    let results = messages.iter().skip(start.map_or(0, |start| start + 1));
    let sentences: Vec<String> = results
        .map(|message| sentence(&words_of(message)))
        .collect();
    sentences.join(" ")
}

fn sentence(result: &str) -> String {
    let read: Value = serde_json::from_str(result).unwrap_or(Value::Null);
    if read["successful"] == false {
        let why = read["error"].as_str().unwrap_or("no reason given");
        return format!("The tool failed: {why}");
    }
    let data = if read["data"].is_null() {
        &read
    } else {
        &read["data"]
    };
    let text = if data.is_null() {
        result.to_owned()
    } else {
        spoken(data)
    };
    let short: String = text.chars().take(LONGEST_TEXT).collect();
    format!("The tool answered with {short}")
}

fn spoken(data: &Value) -> String {
    match data {
        Value::Object(members) if members.len() == 1 => members.values().map(spoken).collect(),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{name} {}", spoken(value)));
            members.collect::<Vec<_>>().join(", ")
        }
        Value::Array(entries) => {
            let entries: Vec<String> = entries.iter().map(spoken).collect();
            format!("{} entries: {}", entries.len(), entries.join("; "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::answer;

    fn tool(name: &str, description: &str, parameters: &Value) -> Value {
        json!({"type": "function", "function": {"name": name, "description": description, "parameters": parameters}})
    }

    fn tools() -> Value {
        let number = json!({"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]});
        let texts = json!({"type": "object", "required": ["title", "body"],
            "properties": {"title": {"type": "string"}, "body": {"type": ["string", "null"]}, "tag": {"type": "string"}}});
        json!([
            tool("DESK_GET_A_TICKET", "One ticket by its number", &number),
            tool("DESK_CREATE_A_TICKET", "Opens a ticket", &texts),
        ])
    }

    fn ask(prompt: &str) -> Value {
        answer(
            &json!({"messages": [{"role": "user", "content": prompt}], "tools": tools()}),
            "call_7",
        )
    }

    #[test]
    fn a_prompt_is_answered_with_the_call_that_fits_it() {
        let call = &ask("Get ticket 12, please")["tool_calls"][0];
        assert_eq!(call["id"], "call_7");
        assert_eq!(
            call["function"],
            json!({"name": "DESK_GET_A_TICKET", "arguments": "{\"number\":12}"})
        );
        let call = &ask(r#"Create a ticket "Lamp" saying "It is dark""#)["tool_calls"][0];
        assert_eq!(call["function"]["name"], "DESK_CREATE_A_TICKET");
        let arguments: Value =
            serde_json::from_str(call["function"]["arguments"].as_str().unwrap()).unwrap();
        assert_eq!(arguments, json!({"title": "Lamp", "body": "It is dark"}));
    }

    #[test]
    fn results_are_answered_with_words_that_say_who_speaks() {
        let history = json!([
            {"role": "user", "content": "?"},
            {"role": "assistant", "tool_calls": []},
            {"role": "tool", "content": r#"{"successful":true,"data":{"title":"Lamp","number":3}}"#},
            {"role": "tool", "content": r#"{"successful":false,"error":"no such ticket"}"#},
        ]);
        let message = answer(&json!({"messages": history, "tools": tools()}), "c");
        let text = message["content"].as_str().unwrap();
        assert!(text.contains("not a model"));
        assert!(
            text.contains("Lamp") && text.contains("The tool failed: no such ticket"),
            "{text}"
        );
        assert!(message.get("tool_calls").is_none());
    }

    #[test]
    fn requests_of_any_shape_get_an_answer() {
        for request in [
            json!({}),
            json!({"messages": []}),
            json!({"messages": [{"role": "user"}]}),
            json!(3),
        ] {
            assert!(answer(&request, "c")["content"].is_string(), "{request}");
        }
    }
}
