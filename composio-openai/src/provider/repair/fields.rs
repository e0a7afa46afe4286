use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Whether a call that came without an id gets one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Naming {
    /// It stays without: whoever knows the history will name it.
    #[default]
    AsIs,
    /// It gets one that is made of the answer.
    MadeUp,
}

pub(super) type Object = Map<String, Value>;

/// Puts `default` where `name` is no text.
pub(super) fn ensure_text(object: &mut Object, name: &str, default: &str) {
    if !object.get(name).is_some_and(Value::is_string) {
        object.insert(name.to_owned(), default.into());
    }
}

/// Makes `name` a whole number, `default` if there is no number.
pub(super) fn ensure_number(object: &mut Object, name: &str, default: u64) {
    let number = object.get(name).and_then(whole).unwrap_or(default);
    object.insert(name.to_owned(), number.into());
}

pub(super) fn whole(value: &Value) -> Option<u64> {
    let float = || value.as_f64().filter(|number| *number >= 0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast saturates"
    )]
    value
        .as_u64()
        .or_else(|| float().map(|number| number as u64))
}

pub(super) fn index(value: Option<&Value>) -> Option<u32> {
    u32::try_from(value.and_then(whole)?).ok()
}

/// Removes each optional field that `T` cannot read. `required` is the smallest object that it can.
pub(super) fn keep_readable<T: DeserializeOwned>(object: &mut Object, required: &Value) {
    let Value::Object(required) = required else {
        return;
    };
    object.retain(|name, value| {
        required.contains_key(name) || {
            let mut probe = required.clone();
            probe.insert(name.clone(), value.clone());
            reads::<T>(&Value::Object(probe))
        }
    });
}

pub(super) fn reads<T: DeserializeOwned>(value: &Value) -> bool {
    T::deserialize(value).is_ok()
}

pub(super) fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

/// An id as a text: some servers count.
pub(super) fn id(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    }
}

/// Content as one text, given as such or in parts; thoughts are not part of it.
pub(super) fn words(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => Some(parts.iter().map(|part| text(part.get("text"))).collect()),
        _ => None,
    }
}

/// Arguments as JSON text, whether they came as such or decoded.
pub(super) fn arguments(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(decoded) => decoded.to_string(),
    }
}

/// An id for a call that came without one, the same whenever the same answer is read.
pub(super) fn made_up_id(answer: &str, position: usize, name: &str, arguments: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (answer, position, name, arguments).hash(&mut hasher);
    format!("call_{:016x}", hasher.finish())
}
