//! How OpenAI's two APIs spell tools, calls and results.

mod chat;
mod chat_collector;
pub(crate) mod repair;
mod responses;
mod responses_collector;

pub use chat::ChatCompletions;
pub use chat_collector::CompletionCollector;
pub use responses::Responses;
pub use responses_collector::ResponseCollector;
