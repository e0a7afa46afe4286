use std::future::IntoFuture;

use serde_json::Value;

use super::ToolSet;
use crate::{
    Error, ErrorKind, Provider, Result, ToolOutcome,
    client::BoxFuture,
    models::{CustomAuth, DryRun, ToolResult},
    tool::{CallContext, OutcomeStatus},
};

/// An action executed by the program's own decision. Await it.
///
/// A failure of the action is a [`ToolResult`]. Arguments that are wrong are an error of kind
/// [`ErrorKind::InvalidInput`], an action that does not exist of kind [`ErrorKind::NotFound`], and a call that took
/// too long of kind [`ErrorKind::Timeout`].
#[derive(Debug, Clone)]
#[must_use = "the action is executed when it is awaited"]
pub struct ExecuteAction<P> {
    toolset: ToolSet<P>,
    action: String,
    params: Value,
    text: Option<String>,
    context: CallContext,
}

impl<P: Provider> ExecuteAction<P> {
    pub(super) fn new(toolset: ToolSet<P>, action: String, params: Value) -> Self {
        // The program reads the result itself.
        let mut policy = toolset.binding.policy.by_program();
        policy.budget = None;
        let context = CallContext::new().policy(policy);
        Self {
            toolset,
            action,
            params,
            text: None,
            context,
        }
    }

    /// The end user, in place of the toolset's.
    #[doc(alias = "user_id")]
    pub fn entity_id(mut self, entity_id: impl Into<String>) -> Self {
        self.context = self.context.entity(entity_id);
        self
    }

    /// The connected account, in place of the user's newest active one.
    pub fn connected_account_id(mut self, id: impl Into<String>) -> Self {
        self.context = self.context.account(id);
        self
    }

    /// Credentials for this call alone: they override every connection and are never stored.
    pub fn auth(mut self, auth: CustomAuth) -> Self {
        self.context = self.context.auth(auth);
        self
    }

    /// A sentence in place of arguments, for services with a model of their own.
    ///
    /// An engine has none and answers with [`ErrorKind::NotSupported`].
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// The HTTP request that the engine would send to the app, after the pre-processors, with its secrets masked.
    /// Nothing is sent to the app, and no post-processor runs.
    ///
    /// # Errors
    ///
    /// As awaiting the action; [`ErrorKind::NotSupported`] for a tool of the program's own, for a call with a text in
    /// place of arguments, and for a service that has no dry run.
    pub async fn dry_run(self) -> Result<DryRun> {
        if self.text.is_some() {
            let message = "a dry run needs arguments, not a text";
            return Err(Error::new(ErrorKind::NotSupported, message));
        }
        let tool = self.toolset.look_up(&self.action).await?;
        tool.dry_run(self.context, &self.params.to_string()).await
    }

    async fn execute(self) -> Result<ToolResult> {
        if let Some(text) = self.text {
            return execute_text(&self.toolset, &self.context, &self.action, text).await;
        }
        let tool = self.toolset.look_up(&self.action).await?;
        let outcome = tool.call(self.context, &self.params.to_string()).await?;
        into_result(outcome)
    }
}

// The arguments are the service's to find, so processors of arguments have nothing to see.
async fn execute_text<P: Provider>(
    toolset: &ToolSet<P>,
    context: &CallContext,
    action: &str,
    text: String,
) -> Result<ToolResult> {
    let entity = context.entity.as_ref().unwrap_or(&toolset.binding.entity);
    let mut execute = toolset
        .client
        .tools()
        .execute(action)
        .text(text)
        .user_id(entity);
    let mut auth = context.auth.clone();
    if auth.is_none() && !toolset.binding.auth.is_empty() {
        auth = toolset.look_up(action).await?.auth().cloned();
    }
    let account = context.account.as_ref();
    if let Some(auth) = auth {
        execute = execute.custom_auth(auth);
    } else if let Some(account) = account.or(toolset.binding.account.as_ref()) {
        execute = execute.connected_account_id(account);
    }
    execute.await
}

fn into_result(outcome: ToolOutcome) -> Result<ToolResult> {
    let kind = match outcome.status {
        OutcomeStatus::InvalidArguments => ErrorKind::InvalidInput,
        OutcomeStatus::Denied => ErrorKind::Processor,
        OutcomeStatus::UnknownTool => ErrorKind::NotFound,
        OutcomeStatus::TimedOut => ErrorKind::Timeout,
        OutcomeStatus::NotRun | OutcomeStatus::Interrupted => ErrorKind::Unavailable,
        OutcomeStatus::Succeeded | OutcomeStatus::Failed => return Ok(outcome.result),
    };
    Err(Error::new(kind, outcome.result.error.unwrap_or_default()))
}

impl<P: Provider> IntoFuture for ExecuteAction<P> {
    type Output = Result<ToolResult>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.execute())
    }
}
