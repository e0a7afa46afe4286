use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{ExecuteAction, FindActions, GetActionSchemas, GetTools, fetch};
use crate::{
    BoundTool, CustomTool, Gate, Plain, Provider, Result, ResultBudget, ToolCall, ToolOutcome,
    ToolkitVersions, Transport,
    client::Client,
    files::FileAccess,
    models::CustomAuth,
    processors::{Processors, processor_setters},
    tool::{CallContext, CallPolicy, OutcomeStatus, ToolLayer, ToolService},
};

const REMEMBERED: Duration = Duration::from_secs(300);

/// Tools for one user in one framework's spelling. Cheap to clone, and never changes after it is built: every setter
/// gives a new one, so what one user's toolset does never reaches another's.
///
/// ```no_run
/// # async fn example(backend: composio_core::Transport) -> composio_core::Result<()> {
/// use composio_core::{Plain, ToolSet};
/// use serde_json::json;
///
/// let toolset: ToolSet<Plain> = ToolSet::new(backend).entity("alice");
/// let tools = toolset.get_tools().actions(["GITHUB_GET_THE_AUTHENTICATED_USER"]).await?;
/// let result = toolset.execute_action("GITHUB_CREATE_AN_ISSUE", json!({
///     "owner": "octocat", "repo": "hello-world", "title": "Hello",
/// })).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ToolSet<P> {
    pub(super) client: Client,
    pub(super) provider: P,
    pub(super) binding: Binding,
    pub(super) custom_tools: Vec<CustomTool>,
    // Tools looked up by name, so that repeated direct calls ask for a schema once.
    known: Arc<Mutex<HashMap<String, (Instant, BoundTool)>>>,
}

/// What every tool of a toolset is bound to.
#[derive(Debug, Clone)]
pub(super) struct Binding {
    pub(super) entity: String,
    pub(super) account: Option<String>,
    pub(super) auth: HashMap<String, CustomAuth>,
    pub(super) processors: Processors,
    pub(super) policy: CallPolicy,
    pub(super) service: Option<ToolService>,
    pub(super) files: FileAccess,
}

impl Binding {
    pub(super) fn add_layer(&mut self, layer: &impl ToolLayer) {
        let service = self.service.take();
        self.service = Some(layer.around(service.unwrap_or_else(ToolService::innermost)));
    }
}

impl<P: Provider + Default> ToolSet<P> {
    /// Tools from `backend`: an engine in this process, or an `HttpTransport`. The user is `default`.
    pub fn new(backend: impl Into<Transport>) -> Self {
        Self::with_provider(P::default(), backend)
    }

    /// Tools from the service that the environment names: [`Config::from_env`](crate::Config::from_env), in the versions
    /// that it pins: [`ToolkitVersions::from_env`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the environment names none.
    #[cfg(feature = "reqwest")]
    pub fn from_env() -> Result<Self> {
        let toolset = Self::new(crate::HttpTransport::from_env()?);
        Ok(toolset.toolkit_versions(ToolkitVersions::from_env()))
    }
}

impl<P: Provider> ToolSet<P> {
    /// As [`ToolSet::new`], with a provider that has settings of its own.
    pub fn with_provider(provider: P, backend: impl Into<Transport>) -> Self {
        Self {
            client: Client::new(backend).framework(P::NAME),
            provider,
            binding: Binding {
                entity: "default".to_owned(),
                account: None,
                auth: HashMap::new(),
                processors: Processors::default(),
                policy: CallPolicy::default(),
                service: None,
                files: FileAccess::default(),
            },
            custom_tools: Vec::new(),
            known: Arc::default(),
        }
    }

    /// The same tools for another user.
    #[doc(alias = "user_id")]
    pub fn entity(&self, entity_id: impl Into<String>) -> Self {
        let mut other = self.fresh();
        other.binding.entity = entity_id.into();
        other
    }

    /// The same tools on one connected account; without it the user's newest active one of each app is used.
    #[doc(alias = "connected_account_id")]
    pub fn connected_account(&self, id: impl Into<String>) -> Self {
        let mut other = self.fresh();
        other.binding.account = Some(id.into());
        other
    }

    /// Pins versions of apps: their tools are shown and run as they were then, whatever a vendor has changed since. The
    /// newest are used by default, whatever the environment says: [`ToolkitVersions::from_env`] reads it.
    ///
    /// ```
    /// # fn example(backend: composio_core::Transport) {
    /// use composio_core::{Plain, ToolSet, ToolkitVersions};
    ///
    /// let toolset = ToolSet::<Plain>::new(backend)
    ///     .toolkit_versions(ToolkitVersions::from_env().toolkit("github", "20250905_00"));
    /// # }
    /// ```
    pub fn toolkit_versions(mut self, versions: ToolkitVersions) -> Self {
        self.client = self.client.toolkit_versions(versions);
        self.fresh()
    }

    /// Uses credentials of the program's own for `app`: they override every connection and are never stored.
    #[doc(alias = "custom_auth_params")]
    pub fn add_auth(mut self, app: &str, auth: CustomAuth) -> Self {
        self.binding.auth.insert(app.to_lowercase(), auth);
        self.fresh()
    }

    /// Adds a tool of the program's own; `actions` finds it by its name.
    pub fn custom_tool(self, tool: CustomTool) -> Self {
        self.custom_tools([tool])
    }

    /// As [`ToolSet::custom_tool`], for several.
    pub fn custom_tools(mut self, tools: impl IntoIterator<Item = CustomTool>) -> Self {
        self.custom_tools.extend(tools);
        self.fresh()
    }

    /// Asks `gate` about every call that a model makes.
    pub fn gate(mut self, gate: Gate) -> Self {
        self.binding.policy.gate = Some(gate);
        self.fresh()
    }

    /// Lets models call destructive tools without a gate.
    pub fn allow_destructive(mut self) -> Self {
        self.binding.policy.allow_destructive = true;
        self.fresh()
    }

    /// Sets how long one call may take; 60 s by default.
    pub fn call_time(mut self, limit: Duration) -> Self {
        self.binding.policy.call_time = Some(limit);
        self.fresh()
    }

    /// Limits how much of a result a model reads; unlimited by default.
    pub fn result_budget(mut self, budget: ResultBudget) -> Self {
        self.binding.policy.budget = Some(budget);
        self.fresh()
    }

    /// Puts a tower layer around every call: retry, cache, rate limit, audit. It sees the arguments as they are sent,
    /// after validation, processors and gate, once per call whoever makes it; its time counts as the call's. A layer
    /// added later is around those added before.
    ///
    /// An error of the layer's own is an outcome that the model reads; an [`Error`](crate::Error) is treated as one of
    /// the service.
    ///
    /// ```
    /// # fn example(backend: composio_core::Transport) -> composio_core::ToolSet<composio_core::Plain> {
    /// use composio_core::{Plain, Result, ToolRequest, ToolSet, models::ToolResult};
    /// use tower::{retry::{Policy, RetryLayer}, util::MapRequestLayer};
    ///
    /// /// Calls that only read are made once more if the service says that it may work.
    /// #[derive(Clone)]
    /// struct OnceMore(bool);
    ///
    /// impl Policy<ToolRequest, ToolResult, composio_core::Error> for OnceMore {
    ///     type Future = std::future::Ready<()>;
    ///
    ///     fn retry(
    ///         &mut self, request: &mut ToolRequest, result: &mut Result<ToolResult>,
    ///     ) -> Option<Self::Future> {
    ///         let again = matches!(result, Err(error) if error.is_retryable());
    ///         let again = again && request.tool().is_read_only() && !std::mem::replace(&mut self.0, true);
    ///         again.then(|| std::future::ready(()))
    ///     }
    ///
    ///     fn clone_request(&mut self, request: &ToolRequest) -> Option<ToolRequest> {
    ///         Some(request.clone())
    ///     }
    /// }
    ///
    /// ToolSet::<Plain>::new(backend)
    ///     .layer(&RetryLayer::new(OnceMore(false)))
    ///     .layer(&MapRequestLayer::new(|request: ToolRequest| {
    ///         println!("{} calls {}", request.entity(), request.tool().slug);
    ///         request
    ///     }))
    /// # }
    /// ```
    pub fn layer(mut self, layer: &impl ToolLayer) -> Self {
        self.binding.add_layer(layer);
        self.fresh()
    }

    processor_setters!(binding.processors);

    #[cfg(feature = "files")]
    crate::files::file_setters!(binding.files);

    fn renewed(self) -> Self {
        self.fresh()
    }

    // What was looked up is bound to the old settings.
    fn fresh(&self) -> Self {
        Self {
            known: Arc::default(),
            ..self.clone()
        }
    }

    /// The typed client behind the toolset.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Fetches tools.
    pub fn get_tools(&self) -> GetTools<P> {
        GetTools::new(self.clone())
    }

    /// Fetches definitions as they are, for inspection.
    pub fn get_action_schemas(&self) -> GetActionSchemas {
        GetActionSchemas::new(self.clone())
    }

    /// Finds the slugs of actions that fit a description, best first.
    pub fn find_actions_by_use_case(&self, use_case: impl Into<String>) -> FindActions {
        FindActions::new(self.client.clone(), use_case.into())
    }

    /// Executes an action by the program's own decision: processors apply, gates do not.
    pub fn execute_action(
        &self,
        action: impl Into<String>,
        params: impl Into<Value>,
    ) -> ExecuteAction<P> {
        ExecuteAction::new(self.clone(), action.into(), params.into())
    }

    /// Runs the calls in a model's answer, of any action there is, by the program's own decision: the toolset's
    /// processors apply, gates do not. The answers come in call order, ready for the history.
    ///
    /// [`Tools::handle_tool_calls`](super::Tools::handle_tool_calls) runs only what was offered, with the processors
    /// of its fetch, and knows names that were shortened or changed; prefer it where there is a fetch.
    ///
    /// # Errors
    ///
    /// As [`BoundTool::call`].
    pub async fn handle_tool_calls(&self, response: &P::Response) -> Result<Vec<P::Message>> {
        let mut messages = Vec::new();
        for call in self.provider.tool_calls(response)? {
            let outcome = self.call(&call).await?;
            messages.push(self.provider.tool_result(&call, &outcome)?);
        }
        Ok(self.provider.join_results(messages))
    }

    async fn call(&self, call: &ToolCall) -> Result<ToolOutcome> {
        let context = self.program_context().call_id(&call.id);
        match self.look_up(&call.name).await {
            Ok(tool) => tool.call(context, &call.arguments).await,
            Err(error) if error.kind() == crate::ErrorKind::NotFound => Ok(
                ToolOutcome::from_error(&call.name, OutcomeStatus::UnknownTool, &error),
            ),
            Err(error) => Err(error),
        }
    }

    /// The same toolset with no framework's spelling.
    pub(super) fn into_plain(self) -> ToolSet<Plain> {
        ToolSet {
            client: self.client,
            provider: Plain,
            binding: self.binding,
            custom_tools: self.custom_tools,
            known: Arc::default(),
        }
    }

    pub(super) fn program_context(&self) -> CallContext {
        CallContext::new().policy(self.binding.policy.by_program())
    }

    /// The tool `name`, bound; definitions are asked for again after five minutes.
    pub(super) async fn look_up(&self, name: &str) -> Result<BoundTool> {
        if let Some(tool) = self.remembered(name) {
            return Ok(tool);
        }
        let tool = fetch::bind_one(self, name).await?;
        if let Ok(mut known) = self.known.lock() {
            known.insert(name.to_owned(), (Instant::now(), tool.clone()));
        }
        Ok(tool)
    }

    fn remembered(&self, name: &str) -> Option<BoundTool> {
        let known = self.known.lock().ok()?;
        let (since, tool) = known.get(name)?;
        (since.elapsed() < REMEMBERED).then(|| tool.clone())
    }
}
