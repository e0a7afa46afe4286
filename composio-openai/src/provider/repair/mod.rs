//! Answers that are nearly OpenAI's, as many servers give them, spelt so that async-openai can read them.
//!
//! Everything that reads such an answer comes here: the models, `handle_tool_calls_json` and the layer.

mod chat;
mod fields;
mod refusal;
mod responses;
mod slots;

pub(crate) use chat::{Chunks, completion};
pub(crate) use fields::Naming;
#[cfg(feature = "client")]
pub(crate) use refusal::refusal;
pub(crate) use refusal::{Refusal, excerpt, refusal_in};
pub(crate) use responses::{event, response};
use slots::CallSlots;

#[cfg(test)]
mod tests;
