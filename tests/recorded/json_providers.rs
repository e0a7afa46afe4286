//! Recorded answers of Anthropic's and Google's models through the providers on plain JSON.
//!
//! What came next in each recording is a history that the service accepted, so our own is held against it.

use std::path::Path;

use composio_core::{
    Anthropic, Gemini, Provider, ToolSet,
    models::{RawJson, Tool, ToolResult},
    testing::FakeService,
};
use composio_tests::suite::Outcome;
use serde_json::{Value, json};

use crate::cassette;

/// A request and its answer, as they were sent.
struct Exchange {
    name: String,
    request: Value,
    answer: String,
}

/// Every exchange with `host` under `folder`, file by file, in order.
fn exchanges(folder: &Path, host: &str) -> Vec<Vec<Exchange>> {
    let of_file = |(name, recorded): (String, Vec<cassette::Recorded>)| {
        let here = recorded
            .into_iter()
            .filter(|found| found.uri.contains(host));
        here.filter_map(|found| {
            Some(Exchange {
                name: name.clone(),
                request: serde_json::from_str(&found.request).ok()?,
                answer: found.body,
            })
        })
        .collect()
    };
    cassette::all(folder).into_iter().map(of_file).collect()
}

/// One call, read without the provider: its id, its name and its arguments.
type Call = (Value, Value, Value);

/// How one service writes what is recorded.
struct Wire {
    host: &'static str,
    answer: fn(&str) -> Option<Value>,
    calls: fn(&Value) -> Vec<Call>,
    offered: fn(&Value) -> Vec<(String, Value)>,
    /// The entries of a request's history.
    history: &'static str,
    parts: &'static str,
    /// Which call a part of a message answers.
    answered: fn(&Value) -> Option<Value>,
    expected: usize,
}

/// Anthropic's models, streamed and whole, parallel calls among them.
pub fn anthropic(folder: &Path) -> Outcome {
    hold::<Anthropic>(
        folder,
        &Wire {
            host: "api.anthropic.com/v1/messages",
            answer: anthropic_answer,
            calls: |answer| {
                let blocks = answer["content"].as_array().into_iter().flatten();
                let calls = blocks.filter(|block| block["type"] == "tool_use");
                calls
                    .map(|call| {
                        (
                            call["id"].clone(),
                            call["name"].clone(),
                            call["input"].clone(),
                        )
                    })
                    .collect()
            },
            offered: |request| declared(request["tools"].as_array(), "input_schema"),
            history: "messages",
            parts: "content",
            answered: |part| part.get("tool_use_id").cloned(),
            expected: 10,
        },
    )
}

/// Google's newest model, with thought signatures.
pub fn gemini(folder: &Path) -> Outcome {
    hold::<Gemini>(
        folder,
        &Wire {
            host: "generativelanguage.googleapis.com",
            answer: gemini_answer,
            calls: |answer| {
                let parts = answer
                    .pointer("/candidates/0/content/parts")
                    .and_then(Value::as_array);
                let calls = parts
                    .into_iter()
                    .flatten()
                    .filter_map(|part| part.get("functionCall"));
                calls
                    .map(|call| {
                        (
                            call["id"].clone(),
                            call["name"].clone(),
                            call["args"].clone(),
                        )
                    })
                    .collect()
            },
            offered: |request| {
                let groups = request["tools"].as_array().into_iter().flatten();
                groups
                    .flat_map(|group| {
                        declared(group["functionDeclarations"].as_array(), "parameters")
                    })
                    .collect()
            },
            history: "contents",
            parts: "parts",
            answered: |part| part.pointer("/functionResponse/id").cloned(),
            expected: 12,
        },
    )
}

fn declared(tools: Option<&Vec<Value>>, schema: &str) -> Vec<(String, Value)> {
    let tools = tools.into_iter().flatten();
    tools
        .filter_map(|tool| Some((tool["name"].as_str()?.to_owned(), tool.get(schema)?.clone())))
        .collect()
}

fn hold<P>(folder: &Path, wire: &Wire) -> Outcome
where
    P: Provider<Response = Value, Message = Value> + Default,
{
    let mut held = 0;
    for cassette in exchanges(folder, wire.host) {
        for (position, exchange) in cassette.iter().enumerate() {
            let Some(answer) = (wire.answer)(&exchange.answer) else {
                continue;
            };
            if (wire.calls)(&answer).is_empty() {
                continue;
            }
            held += 1;
            let next = cassette.get(position + 1);
            hold_one::<P>(wire, exchange, &answer, next)
                .map_err(|why| format!("{}: {why}", exchange.name))?;
        }
    }
    if held != wire.expected {
        return Err(format!("{held} answers with calls, expected {}", wire.expected).into());
    }
    Ok(())
}

fn hold_one<P>(
    wire: &Wire,
    exchange: &Exchange,
    answer: &Value,
    next: Option<&Exchange>,
) -> Result<(), String>
where
    P: Provider<Response = Value, Message = Value> + Default,
{
    let calls = (wire.calls)(answer);
    let offered = (wire.offered)(&exchange.request);
    let service = service(&offered);
    let toolset: ToolSet<P> = ToolSet::new(service.clone());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let messages = runtime.block_on(async {
        let names = offered.iter().map(|(name, _)| name.clone());
        let tools = toolset.get_tools().actions(names).await?;
        tools.handle_tool_calls(answer).await
    });
    let messages = messages.map_err(|error| error.to_string())?;
    let [message] = messages.as_slice() else {
        return Err(format!("{} messages answer one turn", messages.len()));
    };
    let asked: Vec<Value> = calls.iter().map(|(id, _, _)| id.clone()).collect();
    same("answered calls", &answered_by(wire, message), &asked)?;
    let executed: Vec<(Value, Value)> = service
        .executions()
        .into_iter()
        .map(|call| (json!(call.slug), call.arguments))
        .collect();
    let wanted: Vec<(Value, Value)> = calls
        .iter()
        .map(|(_, name, input)| (name.clone(), input.clone()))
        .collect();
    same("executed calls", &executed, &wanted)?;
    let turn = P::default()
        .turn(answer)
        .map_err(|error| error.to_string())?;
    accepted(wire, (&turn[0], message), &asked, next)
}

fn service(offered: &[(String, Value)]) -> FakeService {
    offered
        .iter()
        .fold(FakeService::new(), |service, (name, schema)| {
            let mut tool = Tool::new(name);
            tool.no_auth = true;
            tool.input_parameters = RawJson::from(schema.clone());
            service.tool(tool, |arguments| async {
                Ok(ToolResult::success(arguments))
            })
        })
}

/// The service accepted a turn of the same calls, and one message with the same answers.
fn accepted(
    wire: &Wire,
    (turn, answers): (&Value, &Value),
    asked: &[Value],
    next: Option<&Exchange>,
) -> Result<(), String> {
    let Some(history) = next.and_then(|next| next.request[wire.history].as_array()) else {
        return Ok(());
    };
    let found = history
        .iter()
        .position(|message| answered_by(wire, message) == asked);
    let Some(place) = found else {
        return Ok(());
    };
    let before = place
        .checked_sub(1)
        .and_then(|place| history.get(place))
        .unwrap_or(&Value::Null);
    same(
        "role of the answers",
        &answers["role"],
        &history[place]["role"],
    )?;
    same("role of the turn", &turn["role"], &before["role"])?;
    let of_turn = |turn: &Value| -> Vec<Value> {
        let parts = turn[wire.parts].as_array().into_iter().flatten();
        let id = |part: &Value| {
            part.get("id")
                .or_else(|| part.pointer("/functionCall/id"))
                .cloned()
        };
        parts.filter_map(id).collect()
    };
    same("calls of the turn", &of_turn(turn), &of_turn(before))
}

fn answered_by(wire: &Wire, message: &Value) -> Vec<Value> {
    let parts = message[wire.parts].as_array().into_iter().flatten();
    parts.filter_map(wire.answered).collect()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, theirs: &T) -> Result<(), String> {
    if ours == theirs {
        Ok(())
    } else {
        Err(format!("{what}: {ours:?}, recorded are {theirs:?}"))
    }
}

fn events(text: &str) -> impl Iterator<Item = Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    data.filter_map(|data| serde_json::from_str(data.trim()).ok())
}

fn anthropic_answer(text: &str) -> Option<Value> {
    if !text.starts_with("event:") {
        return serde_json::from_str(text).ok();
    }
    let mut answer = Value::Null;
    let mut written = String::new();
    for event in events(text) {
        match event["type"].as_str()? {
            "message_start" => answer = event["message"].clone(),
            "content_block_start" => {
                written.clear();
                answer["content"]
                    .as_array_mut()?
                    .push(event["content_block"].clone());
            }
            "content_block_delta" => {
                let delta = event["delta"].as_object()?;
                let text = ["text", "partial_json"]
                    .iter()
                    .find_map(|key| delta.get(*key)?.as_str());
                written.push_str(text.unwrap_or_default());
            }
            "content_block_stop" => {
                let block = answer["content"].as_array_mut()?.last_mut()?;
                match block["type"].as_str()? {
                    "tool_use" => {
                        block["input"] =
                            serde_json::from_str(&written).unwrap_or_else(|_| json!({}))
                    }
                    "text" => block["text"] = json!(written),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    Some(answer)
}

fn gemini_answer(text: &str) -> Option<Value> {
    let mut parts = Vec::new();
    for event in events(text) {
        parts.extend(
            event
                .pointer("/candidates/0/content/parts")?
                .as_array()?
                .iter()
                .cloned(),
        );
    }
    Some(json!({"candidates": [{"content": {"role": "model", "parts": parts}}]}))
}
