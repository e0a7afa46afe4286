use std::collections::BTreeMap;

use async_openai::types::chat::{
    ChatChoice, ChatChoiceStream, ChatCompletionResponseMessage, ChatCompletionStreamResponseDelta,
    CreateChatCompletionResponse, CreateChatCompletionStreamResponse,
};
use serde_json::{Value, json};

use super::{
    CallSlots, Naming,
    fields::{
        Object, arguments, ensure_number, ensure_text, id, index, keep_readable, made_up_id, text,
        whole, words,
    },
};

/// A chat completion, spelt as OpenAI spells it; `None` if `body` is none.
///
/// A call of type `custom` becomes one of a function that was not offered, since async-openai can neither read nor
/// write one as the API has it. A call without an id gets the one that `naming` makes up, if any.
pub(crate) fn completion(mut body: Value, naming: Naming) -> Option<Value> {
    let object = body.as_object_mut()?;
    let mut choices = object.remove("choices")?;
    let list = choices.as_array_mut().filter(|list| !list.is_empty())?;
    let answer = name_of(object);
    for (position, found) in list.iter_mut().enumerate() {
        choice(found, position, &answer, naming)?;
    }
    head(object, "chat.completion");
    keep_readable::<CreateChatCompletionResponse>(
        object,
        &json!({"id": "", "object": "", "created": 0, "model": "", "choices": []}),
    );
    object.insert("choices".to_owned(), choices);
    Some(body)
}

/// What tells this answer from others of the same server.
fn name_of(object: &Object) -> String {
    id(object.get("id")) + &id(object.get("created"))
}

fn head(object: &mut Object, kind: &str) {
    let answer = id(object.get("id"));
    object.insert("id".to_owned(), answer.into());
    ensure_text(object, "object", kind);
    ensure_text(object, "model", "");
    let created = index(object.get("created")).unwrap_or_default();
    object.insert("created".to_owned(), created.into());
    if let Some(found) = object.remove("usage").and_then(|usage| plain_usage(&usage)) {
        object.insert("usage".to_owned(), found);
    }
}

fn plain_usage(usage: &Value) -> Option<Value> {
    let mut usage = usage.as_object()?.clone();
    let read = |name| usage.get(name).and_then(whole);
    let (prompt, completion) = (
        read("prompt_tokens")?,
        read("completion_tokens").unwrap_or(0),
    );
    ensure_number(
        &mut usage,
        "total_tokens",
        prompt.saturating_add(completion),
    );
    ensure_number(&mut usage, "prompt_tokens", prompt);
    ensure_number(&mut usage, "completion_tokens", completion);
    Some(Value::Object(usage))
}

fn choice(choice: &mut Value, position: usize, answer: &str, naming: Naming) -> Option<()> {
    let choice = choice.as_object_mut()?;
    let mut message = choice.remove("message")?;
    let calls = plain_message(message.as_object_mut()?, answer, naming);
    let place = index(choice.get("index")).map_or(position as u64, u64::from);
    choice.insert("index".to_owned(), place.into());
    let reason = finish_reason(choice.get("finish_reason"), calls > 0);
    choice.insert("finish_reason".to_owned(), reason);
    let empty = json!({"index": 0, "message": {"role": "assistant"}});
    keep_readable::<ChatChoice>(choice, &empty);
    choice.insert("message".to_owned(), message);
    Some(())
}

/// Repairs a message and gives the number of its calls.
fn plain_message(message: &mut Object, answer: &str, naming: Naming) -> usize {
    let content = message.get("content").and_then(words);
    let refusal = message.get("refusal").and_then(Value::as_str);
    let refusal = refusal.map(str::to_owned);
    let found = message.remove("tool_calls");
    let found = found.as_ref().and_then(Value::as_array);
    let calls: Option<Vec<Value>> = found.map(|found| {
        let calls = found.iter().enumerate();
        calls
            .filter_map(|(position, found)| call(found, position, answer, naming))
            .collect()
    });
    let number = calls.as_ref().map_or(0, Vec::len);
    message.insert("role".to_owned(), "assistant".into());
    message.insert("content".to_owned(), content.into());
    message.insert("refusal".to_owned(), refusal.into());
    if let Some(calls) = calls {
        message.insert("tool_calls".to_owned(), calls.into());
    }
    keep_readable::<ChatCompletionResponseMessage>(message, &json!({"role": "assistant"}));
    number
}

fn call(call: &Value, position: usize, answer: &str, naming: Naming) -> Option<Value> {
    let function = call.get("function").or_else(|| call.get("custom"))?;
    let name = text(function.get("name"));
    let arguments = arguments(function.get("arguments").or_else(|| function.get("input")));
    let mut id = id(call.get("id"));
    if id.is_empty() && naming == Naming::MadeUp {
        id = made_up_id(answer, position, name, &arguments);
    }
    Some(json!({
        "type": "function", "id": id, "function": {"name": name, "arguments": arguments},
    }))
}

/// A word that OpenAI knows; an empty one is no reason yet.
fn finish_reason(reason: Option<&Value>, has_calls: bool) -> Value {
    let word = match text(reason) {
        "" => return Value::Null,
        word @ ("stop" | "length" | "tool_calls" | "content_filter" | "function_call") => word,
        "max_tokens" | "MAX_TOKENS" | "model_length" => "length",
        _ if has_calls => "tool_calls",
        _ => "stop",
    };
    word.into()
}

/// The chunks of one streamed chat completion.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chunks {
    naming: Naming,
    answer: String,
    slots: BTreeMap<u32, CallSlots>,
}

impl Chunks {
    /// Chunks whose calls get the ids that `naming` makes up, if any.
    #[cfg(feature = "middleware")]
    pub(crate) fn new(naming: Naming) -> Self {
        Self {
            naming,
            ..Self::default()
        }
    }

    /// Which call of `choice` a piece belongs to.
    pub(crate) fn slot(&mut self, choice: u32, index: Option<u32>, id: &str, name: &str) -> u32 {
        self.slots.entry(choice).or_default().slot(index, id, name)
    }

    /// A chunk, spelt as OpenAI spells it and its pieces of calls numbered; `None` if it is none.
    pub(crate) fn chunk(&mut self, mut body: Value) -> Option<Value> {
        let object = body.as_object_mut()?;
        let mut choices = match object.remove("choices") {
            Some(Value::Array(choices)) => choices,
            _ if object.contains_key("usage") => Vec::new(),
            _ => return None,
        };
        self.answer = name_of(object);
        for (position, found) in choices.iter_mut().enumerate() {
            self.choice(found, position)?;
        }
        head(object, "chat.completion.chunk");
        keep_readable::<CreateChatCompletionStreamResponse>(
            object,
            &json!({"id": "", "object": "", "created": 0, "model": "", "choices": []}),
        );
        object.insert("choices".to_owned(), choices.into());
        Some(body)
    }

    fn choice(&mut self, choice: &mut Value, position: usize) -> Option<()> {
        let choice = choice.as_object_mut()?;
        let delta = choice.remove("delta").or_else(|| choice.remove("message"));
        let mut delta = delta.filter(Value::is_object).unwrap_or_else(|| json!({}));
        let place = index(choice.get("index")).or_else(|| u32::try_from(position).ok())?;
        let calls = self.plain_delta(delta.as_object_mut()?, place);
        choice.insert("index".to_owned(), place.into());
        let reason = finish_reason(choice.get("finish_reason"), calls > 0);
        choice.insert("finish_reason".to_owned(), reason);
        keep_readable::<ChatChoiceStream>(choice, &json!({"index": 0, "delta": {}}));
        choice.insert("delta".to_owned(), delta);
        Some(())
    }

    fn plain_delta(&mut self, delta: &mut Object, choice: u32) -> usize {
        let content = delta.get("content").and_then(words);
        delta.insert("content".to_owned(), content.into());
        let found = delta.remove("tool_calls");
        let found = found.as_ref().and_then(Value::as_array);
        let pieces: Option<Vec<Value>> = found.map(|found| {
            let pieces = found.iter();
            pieces
                .filter_map(|found| self.piece(found, choice))
                .collect()
        });
        let number = pieces.as_ref().map_or(0, Vec::len);
        if let Some(pieces) = pieces {
            delta.insert("tool_calls".to_owned(), pieces.into());
        }
        keep_readable::<ChatCompletionStreamResponseDelta>(delta, &json!({}));
        number
    }

    fn piece(&mut self, piece: &Value, choice: u32) -> Option<Value> {
        let function = piece.get("function").or_else(|| piece.get("custom"))?;
        let name = text(function.get("name"));
        let mut id = id(piece.get("id"));
        let slot = self.slot(choice, index(piece.get("index")), &id, name);
        // A call begins with its name.
        if id.is_empty() && !name.is_empty() && self.naming == Naming::MadeUp {
            id = made_up_id(&self.answer, slot as usize, name, "");
        }
        let arguments = arguments(function.get("arguments").or_else(|| function.get("input")));
        let mut function = Object::from_iter([("arguments".to_owned(), arguments.into())]);
        if !name.is_empty() {
            function.insert("name".to_owned(), name.into());
        }
        let mut plain = Object::new();
        plain.insert("index".to_owned(), slot.into());
        plain.insert("type".to_owned(), "function".into());
        plain.insert("function".to_owned(), function.into());
        if !id.is_empty() {
            plain.insert("id".to_owned(), id.into());
        }
        Some(plain.into())
    }
}
