//! The families that take a small part of JSON Schema: the schema is written anew, with the way back.

mod emitter;
mod fallback;
mod list;
mod object;
mod rules;
mod scalar;
mod union;

use serde_json::Value;

use super::{
    compiled::CompiledSchema,
    loose::{self, Family},
    loss::Losses,
};
use emitter::Emitter;
use rules::{GEMINI, STRICT};

/// OpenAI with `strict: true`, or without it for a tool that cannot be had so.
pub(super) fn strict(schema: Value, mut losses: Losses, required_only: bool) -> CompiledSchema {
    let before = losses.clone();
    let written = Emitter::new(&schema, &STRICT, &mut losses).write(required_only);
    let refused = match &written {
        Ok((shown, _)) => fallback::reason(shown),
        Err(reason) => Some(reason.clone()),
    };
    match (written, refused) {
        (Ok((shown, restoration)), None) => {
            let mut compiled = CompiledSchema::new(shown, losses);
            compiled.strict = Some(true);
            compiled.restoration = restoration;
            compiled
        }
        (_, reason) => {
            let mut compiled = loose::compile(schema, Family::OpenAi, before);
            compiled.strict = Some(false);
            compiled.fallback = reason;
            compiled
        }
    }
}

/// Gemini's `parameters`.
pub(super) fn gemini(schema: &Value, mut losses: Losses) -> CompiledSchema {
    match Emitter::new(schema, &GEMINI, &mut losses).write(false) {
        Ok((shown, restoration)) => {
            let mut compiled = CompiledSchema::new(shown, losses);
            compiled.restoration = restoration;
            compiled
        }
        // Only strict families refuse.
        Err(_) => CompiledSchema::new(Value::Null, losses),
    }
}

#[cfg(test)]
mod tests;
