use std::{future::IntoFuture, marker::PhantomData, ops::Deref};

use super::{Decode, Reader};
use crate::{
    Error, ErrorKind, ExecuteAction, Provider, Result,
    client::BoxFuture,
    models::{CustomAuth, DryRun, ToolResult},
};

/// A [`TypedAction`](super::TypedAction) on its way. Await it.
///
/// An action that fails is an error of kind [`ErrorKind::ToolFailed`], whose message is what the app said. A result that
/// has nothing in common with its description is one of kind [`ErrorKind::UnexpectedResponse`]; the action was executed
/// then. Other errors are those of [`ExecuteAction`].
#[derive(Debug)]
#[must_use = "the action is executed when it is awaited"]
pub struct ExecuteTyped<P, T> {
    action: ExecuteAction<P>,
    output: PhantomData<fn() -> T>,
}

impl<P: Provider, T: Decode> ExecuteTyped<P, T> {
    pub(super) fn new(action: ExecuteAction<P>) -> Self {
        Self {
            action,
            output: PhantomData,
        }
    }

    /// The end user, in place of the toolset's.
    #[doc(alias = "user_id")]
    pub fn entity_id(self, entity_id: impl Into<String>) -> Self {
        Self::new(self.action.entity_id(entity_id))
    }

    /// The connected account, in place of the user's newest active one.
    pub fn connected_account_id(self, id: impl Into<String>) -> Self {
        Self::new(self.action.connected_account_id(id))
    }

    /// Credentials for this call alone: they override every connection and are never stored.
    pub fn auth(self, auth: CustomAuth) -> Self {
        Self::new(self.action.auth(auth))
    }

    /// The HTTP request that the engine would send to the app: [`ExecuteAction::dry_run`].
    ///
    /// # Errors
    ///
    /// As [`ExecuteAction::dry_run`].
    pub async fn dry_run(self) -> Result<DryRun> {
        self.action.dry_run().await
    }

    /// Executes the action and leaves its result as it is, a failure of the action too.
    ///
    /// # Errors
    ///
    /// As [`ExecuteAction`].
    pub async fn untyped(self) -> Result<ToolResult> {
        self.action.await
    }

    async fn execute(self) -> Result<Executed<T>> {
        Executed::read(self.untyped().await?)
    }
}

impl<P: Provider, T: Decode + 'static> IntoFuture for ExecuteTyped<P, T> {
    type Output = Result<Executed<T>>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.execute())
    }
}

/// What a [`TypedAction`](super::TypedAction) gave back. It dereferences to the typed value.
#[derive(Debug)]
pub struct Executed<T> {
    value: T,
    result: ToolResult,
    deviations: Vec<String>,
}

impl<T: Decode> Executed<T> {
    fn read(result: ToolResult) -> Result<Self> {
        if !result.successful {
            let message = result.error.unwrap_or_default();
            return Err(Error::new(ErrorKind::ToolFailed, message));
        }
        let mut reader = Reader::new();
        let Some(value) = T::decode(result.data(), &mut reader) else {
            let message = "the action was executed, and its result is not of the type described";
            return Err(Error::new(ErrorKind::UnexpectedResponse, message));
        };
        Ok(Self {
            value,
            result,
            deviations: reader.into_deviations(),
        })
    }
}

impl<T> Executed<T> {
    /// The typed value.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// The result as it came, with members that the description does not have.
    #[must_use]
    pub fn result(&self) -> &ToolResult {
        &self.result
    }

    /// Where the result is not of the type that its description says, as JSON pointers (RFC 6901), 32 at most. What stands
    /// there is left out of the typed value.
    #[must_use]
    pub fn deviations(&self) -> &[String] {
        &self.deviations
    }
}

impl<T> Deref for Executed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
