use std::{borrow::Borrow, future::Future};

use crate::{Provider, Result, Tools};

/// Something that answers a history, in a provider's own types.
///
/// A closure from the history to a future of the answer is one; adapters have one for their framework's client.
pub trait Model<P: Provider>: Send {
    /// The answer.
    type Response: Borrow<P::Response> + Send;

    /// Asks the model once.
    ///
    /// # Errors
    ///
    /// Whatever kept the answer away; it ends the run.
    fn respond(
        &mut self,
        tools: &Tools<P>,
        history: &[P::Message],
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

    fn respond(
        &mut self,
        _: &Tools<P>,
        history: &[P::Message],
    ) -> impl Future<Output = Result<R>> + Send {
        self(history.to_vec())
    }
}
