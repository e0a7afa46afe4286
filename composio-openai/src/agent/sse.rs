use std::{collections::BTreeMap, fmt::Write as _};

use eventsource_stream::Event;
use serde_json::{Value, json};

use crate::provider::repair::{Chunks, Naming, event};

/// Which API a stream is of, as far as its address says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    Chat,
    Responses,
    Unknown,
}

impl Api {
    pub(super) fn of(path: &str) -> Self {
        if path.ends_with("/chat/completions") {
            Self::Chat
        } else if path.ends_with("/responses") {
            Self::Responses
        } else {
            Self::Unknown
        }
    }
}

/// Repairs the events of one stream.
#[derive(Debug)]
pub(super) struct Repairer {
    api: Api,
    chunks: Chunks,
    /// Whether each choice has said why it ended.
    ended: BTreeMap<u64, bool>,
}

impl Repairer {
    pub(super) fn new(api: Api) -> Self {
        Self {
            api,
            chunks: Chunks::new(Naming::MadeUp),
            ended: BTreeMap::new(),
        }
    }

    /// The event as async-openai reads it; nothing if it cannot.
    pub(super) fn repair(&mut self, found: &Event) -> Option<String> {
        let untouched = || Some(written(&found.event, &found.data));
        if found.data == "[DONE]" {
            let mut last = self.missing_ends();
            last.push_str(&written(&found.event, &found.data));
            return Some(last);
        }
        let Ok(mut data) = serde_json::from_str::<Value>(&found.data) else {
            return untouched();
        };
        if data.get("type").is_none() && found.event.starts_with("response.") {
            data.as_object_mut()?
                .insert("type".to_owned(), found.event.as_str().into());
        }
        let kind = data.get("type").and_then(Value::as_str).unwrap_or_default();
        let is_chunk = data.get("choices").is_some_and(Value::is_array);
        let is_event = kind.starts_with("response.") || kind == "error";
        let is_error = data.get("error").is_some_and(|error| !error.is_null());
        match self.api {
            Api::Chat | Api::Unknown if is_chunk => {
                let chunk = self.chunks.chunk(data)?;
                self.note_ends(&chunk);
                Some(written(&found.event, &chunk.to_string()))
            }
            Api::Responses | Api::Unknown if is_event => {
                let event = event(data, Naming::MadeUp)?;
                Some(written(&found.event, &event.to_string()))
            }
            Api::Unknown => untouched(),
            Api::Chat | Api::Responses if is_error => untouched(),
            Api::Chat => Some(written(&found.event, &self.chunks.chunk(data)?.to_string())),
            Api::Responses => None,
        }
    }

    fn note_ends(&mut self, chunk: &Value) {
        for choice in chunk
            .get("choices")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let index = choice
                .get("index")
                .and_then(Value::as_u64)
                .unwrap_or_default();
            let has_ended = choice.get("finish_reason").is_some_and(Value::is_string);
            *self.ended.entry(index).or_default() |= has_ended;
        }
    }

    /// A chunk for each choice that the server has ended without saying why.
    fn missing_ends(&self) -> String {
        let open = self.ended.iter().filter(|(_, has_ended)| !**has_ended);
        let ends = open.map(|(index, _)| {
            let chunk = json!({
                "id": "", "object": "chat.completion.chunk", "created": 0, "model": "",
                "choices": [{"index": index, "delta": {}, "finish_reason": "stop"}],
            });
            written("", &chunk.to_string())
        });
        ends.collect()
    }
}

fn written(name: &str, data: &str) -> String {
    let mut text = String::new();
    // What a stream that names none is read as.
    if !name.is_empty() && name != "message" {
        let _ = writeln!(text, "event: {name}");
    }
    for line in data.split('\n') {
        let _ = writeln!(text, "data: {line}");
    }
    text.push('\n');
    text
}
