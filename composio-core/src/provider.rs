//! How a framework spells a tool.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::{BoundTool, Dialect, ModelTool, Result, ToolCall, ToolOutcome, Usage};

/// A framework's spelling of tools, calls and results.
///
/// An adapter implements this and nothing else of the life of a call: names, validation, processors, gates, limits
/// and the loop are core's. The conformance suite of the workspace says whether it is right.
///
/// What must hold:
///
/// - every call that [`tool_calls`](Provider::tool_calls) finds is answered by exactly one
///   [`tool_result`](Provider::tool_result), in order, and a history made of turns and results, joined, is one the
///   framework's models accept again;
/// - [`turn`](Provider::turn) loses nothing of the answer that the model needs to see again;
/// - a wrapped tool, run by the framework itself, calls [`BoundTool::call`] exactly once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a provider",
    note = "use the `ToolSet` of an adapter crate, or `composio_core::Plain`"
)]
pub trait Provider: Debug + Clone + Send + Sync + 'static {
    /// Travels as the `x-framework` header.
    const NAME: &'static str;
    /// The framework's tool.
    type Tool: Send + Sync;
    /// The framework's collection of tools.
    type Tools: FromIterator<Self::Tool> + Send + Sync;
    /// What the model answered, in the framework's type.
    type Response: ?Sized;
    /// One entry of the framework's history.
    type Message: Serialize + DeserializeOwned + Clone + Debug + Send + Sync + 'static;

    /// Which schemas the framework's models accept.
    fn dialect(&self) -> Dialect;

    /// Whether tools in the words of `dialect` can be spelt.
    ///
    /// By default everything that is JSON Schema can, which [`Dialect::GeminiLegacy`] is not.
    fn carries(&self, dialect: Dialect) -> bool {
        dialect != Dialect::GeminiLegacy
    }

    /// Spells `tool`; if the framework runs tools itself, it runs `call`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the framework refuses the tool.
    fn wrap_tool(&self, tool: ModelTool, call: BoundTool) -> Result<Self::Tool>;

    /// The calls in an answer, in order; none if the model is done.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedResponse`](crate::ErrorKind::UnexpectedResponse) if the answer makes no sense.
    /// Arguments that are not JSON are not an error here.
    fn tool_calls(&self, response: &Self::Response) -> Result<Vec<ToolCall>>;

    /// The answer as history.
    ///
    /// # Errors
    ///
    /// As [`Provider::tool_calls`].
    fn turn(&self, response: &Self::Response) -> Result<Vec<Self::Message>>;

    /// What the model said in words.
    fn text(&self, response: &Self::Response) -> String;

    /// How many tokens the answer cost, if the model's service says so; none by default.
    fn usage(&self, response: &Self::Response) -> Option<Usage> {
        let _ = response;
        None
    }

    /// What a person says, as history.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the framework refuses the text.
    fn prompt(&self, text: &str) -> Result<Self::Message>;

    /// What came of `call`, as history.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the framework refuses the text.
    fn tool_result(&self, call: &ToolCall, outcome: &ToolOutcome) -> Result<Self::Message>;

    /// The results of one turn, as history: one message each, unless the framework wants them together.
    fn join_results(&self, results: Vec<Self::Message>) -> Vec<Self::Message> {
        results
    }
}
