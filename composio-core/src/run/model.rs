use std::{borrow::Borrow, fmt, future::Future};

use super::event::Words;
use crate::{Provider, Result, Tools};

/// Something that answers a history, in a provider's own types.
///
/// A closure from the history to a future of the answer is one; adapters have one for their framework's client.
pub trait Model<P: Provider>: Send {
    /// The answer.
    type Response: Borrow<P::Response> + Send;

    /// Asks the model once.
    ///
    /// A model that streams tells its words by [`ModelRequest::text_delta`] as they come.
    ///
    /// # Errors
    ///
    /// Whatever kept the answer away; it ends the run.
    fn respond(
        &mut self,
        request: ModelRequest<'_, P>,
    ) -> impl Future<Output = Result<Self::Response>> + Send;
}

impl<P, F, Fut, R> Model<P> for F
where
    P: Provider,
    F: FnMut(Vec<P::Message>) -> Fut + Send,
    Fut: Future<Output = Result<R>> + Send,
    R: Borrow<P::Response> + Send,
{
    type Response = R;

    fn respond(&mut self, request: ModelRequest<'_, P>) -> impl Future<Output = Result<R>> + Send {
        self(request.history.to_vec())
    }
}

/// What a model is asked, and where its words go while it says them.
pub struct ModelRequest<'a, P: Provider> {
    tools: &'a Tools<P>,
    history: &'a [P::Message],
    words: Option<&'a Words>,
}

impl<'a, P: Provider> ModelRequest<'a, P> {
    /// A request outside of a run: nobody is told what the model says on the way.
    #[must_use]
    pub fn new(tools: &'a Tools<P>, history: &'a [P::Message]) -> Self {
        Self {
            tools,
            history,
            words: None,
        }
    }

    pub(crate) fn telling(mut self, words: &'a Words) -> Self {
        self.words = Some(words);
        self
    }

    /// The tools to offer.
    #[must_use]
    pub fn tools(&self) -> &'a Tools<P> {
        self.tools
    }

    /// What was said so far.
    #[must_use]
    pub fn history(&self) -> &'a [P::Message] {
        self.history
    }

    /// Tells those who listen to the run what the model has just said; nothing happens if nobody does.
    pub fn text_delta(&self, text: &str) {
        if let Some(words) = self.words {
            words.say(text);
        }
    }
}

impl<P: Provider> fmt::Debug for ModelRequest<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelRequest")
            .field("tools", self.tools)
            .field("history", &self.history.len())
            .finish_non_exhaustive()
    }
}
