use std::{sync::Arc, time::Instant};

use tokio::{runtime, time};
use tracing::{Instrument as _, Span, field};

use super::{
    CallContext, CallPolicy, Decision, OutcomeStatus, PendingCall, ToolKind, ToolOutcome,
    ToolRequest, ToolService,
};
use crate::{
    Arguments, Error, ErrorKind, Result,
    client::{Client, Execute},
    custom_tools::CustomCall,
    files::{self, FileAccess},
    models::{CustomAuth, DryRun, RawJson, Tool, ToolResult},
    processors::Processors,
    schema::{ModelTool, Restoration, Validator, coerce},
};

/// A tool with everything that happens to a call of it: validation, processors, gate, limits, execution.
///
/// Whoever executes the tool, a framework or our own loop, calls this once per call, and so everything happens
/// exactly once. Cheap to clone; dropping the future of a call cancels it.
#[derive(Debug, Clone)]
pub struct BoundTool(Arc<BoundToolParts>);

#[derive(Debug)]
pub(crate) struct BoundToolParts {
    pub(crate) tool: Tool,
    // What the model was shown, before it was put into a model family's words.
    pub(crate) shown: Validator,
    // The way back from those words.
    pub(crate) restoration: Restoration,
    // The tool's own schema, where processors showed another one.
    pub(crate) own: Option<Validator>,
    pub(crate) kind: ToolKind,
    pub(crate) processors: Processors,
    pub(crate) entity: String,
    pub(crate) account: Option<String>,
    pub(crate) auth: Option<CustomAuth>,
    pub(crate) policy: CallPolicy,
    /// The layers around the sending of a call, if there are any.
    pub(crate) service: Option<ToolService>,
    pub(crate) files: FileAccess,
}

/// The arguments to run with and whether they are others than those that were admitted; or why the call does not run.
type Decided = std::result::Result<(Arguments, bool), ToolOutcome>;

impl BoundTool {
    pub(crate) fn new(parts: BoundToolParts) -> Self {
        Self(Arc::new(parts))
    }

    pub(crate) fn parts(
        tool: Tool,
        shown: &ModelTool,
        restoration: Restoration,
        kind: ToolKind,
        processors: &Processors,
    ) -> BoundToolParts {
        let processors = processors.for_tool(&tool.toolkit.slug, &tool.slug);
        let schema = &tool.input_parameters;
        // The model's copy is the provider's; a second one of every tool would be made for few calls.
        let (shown, own) = if let Some(own) = files::own(&tool) {
            let shown = Validator::of_value(shown.parameters.clone());
            (shown, Some(Validator::of_value(own)))
        } else if processors.change_schemas() {
            let own = Validator::of_raw(schema.clone());
            (Validator::of_value(shown.parameters.clone()), Some(own))
        } else {
            (Validator::of_raw(schema.clone()), None)
        };
        BoundToolParts {
            shown,
            restoration,
            own,
            tool,
            kind,
            processors,
            entity: "default".to_owned(),
            account: None,
            auth: None,
            policy: CallPolicy::default(),
            service: None,
            files: FileAccess::default(),
        }
    }

    /// The tool's own definition.
    #[must_use]
    pub fn tool(&self) -> &Tool {
        &self.0.tool
    }

    /// The credentials of the program's own that the toolset has for the tool's app.
    pub(crate) fn auth(&self) -> Option<&CustomAuth> {
        self.0.auth.as_ref()
    }

    /// Makes one call for a model, with the arguments as the model wrote them.
    ///
    /// A gate is asked, and a destructive tool without one is denied.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Stopped`] if the gate stops the run; [`ErrorKind::AwaitsDecision`] if it does not decide now;
    /// [`ErrorKind::Conflict`] if the decision in `context` is about a call of another tool or user;
    /// [`ErrorKind::Unauthorized`], [`ErrorKind::Unavailable`], [`ErrorKind::Timeout`],
    /// [`ErrorKind::UnexpectedResponse`] and [`ErrorKind::Internal`] if the service could not be asked. Everything
    /// else that can go wrong is an outcome.
    pub async fn call(&self, context: CallContext, arguments: &str) -> Result<ToolOutcome> {
        let (entity, account) = self.user(&context);
        let span = tracing::info_span!(
            "tool_call",
            tool = self.0.tool.slug,
            user = entity,
            account = account,
            outcome = field::Empty,
            duration_ms = field::Empty,
        );
        let started = Instant::now();
        let outcome = self
            .call_in_span(&context, arguments)
            .instrument(span.clone())
            .await;
        record(&span, &outcome, started);
        outcome
    }

    async fn call_in_span(&self, context: &CallContext, arguments: &str) -> Result<ToolOutcome> {
        let slug = &self.0.tool.slug;
        let decided = match &context.pending {
            Some(pending) => self.decided(context, pending)?,
            None => self.prepare(context, arguments).await?,
        };
        let (mut arguments, was_replaced) = match decided {
            Ok(decided) => decided,
            Err(refused) => return Ok(refused),
        };
        if let Err(error) = self.check_own(&mut arguments, was_replaced) {
            return Ok(ToolOutcome::from_error(
                slug,
                OutcomeStatus::InvalidArguments,
                &error,
            ));
        }
        self.execute(context, arguments).await
    }

    /// Everything before the decision, and the decision.
    async fn prepare(&self, context: &CallContext, arguments: &str) -> Result<Decided> {
        let slug = &self.0.tool.slug;
        let refuse = |status, error| Ok(Err(ToolOutcome::from_error(slug, status, &error)));
        let arguments = match self.admit(arguments) {
            Ok(arguments) => arguments,
            Err(error) => return refuse(OutcomeStatus::InvalidArguments, error),
        };
        match self.0.processors.pre(self.key(), arguments).await {
            Ok(arguments) => self.decide(context, arguments).await,
            Err(error) => refuse(OutcomeStatus::Denied, error),
        }
    }

    fn key(&self) -> (&str, &str) {
        (&self.0.tool.toolkit.slug, &self.0.tool.slug)
    }

    fn admit(&self, arguments: &str) -> Result<Arguments> {
        let mut arguments = Arguments::parse(arguments)?;
        if !self.0.restoration.is_identity() {
            arguments = self
                .0
                .restoration
                .apply(arguments.into_value())
                .try_into()?;
        }
        coerce(self.0.shown.schema(), &mut arguments);
        self.0.shown.check(&mut arguments)?;
        Ok(arguments)
    }

    // What was admitted, and neither shown otherwise nor changed since, has been checked.
    fn check_own(&self, arguments: &mut Arguments, was_replaced: bool) -> Result<()> {
        match &self.0.own {
            Some(own) => own.check(arguments),
            None if was_replaced || self.0.processors.change_arguments() => {
                self.0.shown.check(arguments)
            }
            None => Ok(()),
        }
    }

    async fn decide(&self, context: &CallContext, arguments: Arguments) -> Result<Decided> {
        let policy = context.policy.as_ref().unwrap_or(&self.0.policy);
        let is_denied = self.0.tool.is_destructive() && !policy.allow_destructive;
        if !policy.agent || context.decision.is_none() && policy.gate.is_none() && !is_denied {
            return Ok(Ok((arguments, false)));
        }
        let pending = self.pending(context, arguments);
        let decision = match (&context.decision, &policy.gate) {
            (Some(decision), _) => decision.clone(),
            (None, Some(gate)) => gate.ask(pending.clone()).await,
            (None, None) => Decision::Deny(format!(
                "{} may destroy something: it needs a gate, or allow_destructive()",
                self.0.tool.slug
            )),
        };
        self.apply(context, pending, decision)
    }

    /// Applies what was decided about `pending` since it was made. Nothing of it is made again, so that what was
    /// approved is what is sent.
    fn decided(&self, context: &CallContext, pending: &PendingCall) -> Result<Decided> {
        let now = self.pending(context, Arguments::new());
        if (&now.tool, &now.entity, &now.account)
            != (&pending.tool, &pending.entity, &pending.account)
        {
            let message = format!(
                "the decision is about {} for {}, the call would be of {} for {}",
                pending.tool, pending.entity, now.tool, now.entity
            );
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        let decision = context.decision.clone().unwrap_or(Decision::Wait);
        let decided = self.apply(context, pending.clone(), decision)?;
        Ok(decided.map(|(arguments, _)| (arguments, true)))
    }

    fn apply(
        &self,
        context: &CallContext,
        pending: PendingCall,
        decision: Decision,
    ) -> Result<Decided> {
        let slug = &self.0.tool.slug;
        match decision {
            Decision::Run => Ok(Ok((pending.arguments, false))),
            Decision::RunWith(others) => Ok(Ok((others, true))),
            Decision::Deny(why) => {
                let why = format!("denied: {why}");
                Ok(Err(ToolOutcome::refused(slug, OutcomeStatus::Denied, why)))
            }
            Decision::Stop(why) => {
                context.progress.wait(pending);
                Err(Error::new(ErrorKind::Stopped, why))
            }
            Decision::Wait => {
                context.progress.wait(pending);
                let message = format!("a call of {slug} waits for a decision");
                Err(Error::new(ErrorKind::AwaitsDecision, message))
            }
        }
    }

    fn pending(&self, context: &CallContext, arguments: Arguments) -> PendingCall {
        let (entity, account) = self.user(context);
        PendingCall {
            step: context.place.0,
            position: context.place.1,
            tool: self.0.tool.slug.clone(),
            app: self.0.tool.toolkit.slug.clone(),
            arguments,
            call_id: context.call_id.clone(),
            entity: entity.to_owned(),
            account: account.map(ToOwned::to_owned),
            is_read_only: self.0.tool.is_read_only(),
            is_destructive: self.0.tool.is_destructive(),
        }
    }

    /// The end user and the connected account of a call.
    pub(super) fn user<'a>(&'a self, context: &'a CallContext) -> (&'a str, Option<&'a str>) {
        let entity = context.entity.as_deref().unwrap_or(&self.0.entity);
        let account = context.account.as_deref().or(self.0.account.as_deref());
        (entity, account)
    }

    async fn execute(&self, context: &CallContext, arguments: Arguments) -> Result<ToolOutcome> {
        let slug = &self.0.tool.slug;
        let policy = context.policy.as_ref().unwrap_or(&self.0.policy);
        let call_time = policy.call_time;
        context.progress.send();
        let sent = self.send_through_layers(context, arguments);
        let answer = match call_time {
            // Without a runtime there is no clock to stop the call with.
            Some(limit) if runtime::Handle::try_current().is_ok() => {
                time::timeout(limit, sent).await
            }
            _ => Ok(sent.await),
        };
        let (status, result) = match answer {
            Err(_) => {
                let limit = call_time.unwrap_or_default();
                (
                    Some(OutcomeStatus::TimedOut),
                    ToolResult::failure(format!(
                        "no answer within {limit:?}; the tool may have run all the same"
                    )),
                )
            }
            Ok(Ok(result)) => (None, result),
            Ok(Err(error)) if ends_the_run(&error) => return Err(error),
            Ok(Err(error)) => (files::refusal(&error), ToolResult::from(&error)),
        };
        let result = self.0.processors.post(self.key(), result).await;
        let mut outcome = ToolOutcome::executed(slug, result);
        outcome.status = status.unwrap_or(outcome.status);
        Ok(match &policy.budget {
            Some(budget) => {
                let (entity, _) = self.user(context);
                budget
                    .apply(outcome, context.call_id.as_deref(), entity)
                    .await
            }
            None => outcome,
        })
    }

    fn request(
        &self,
        client: &Client,
        context: &CallContext,
        arguments: &Arguments,
    ) -> Result<Execute> {
        let (entity, account) = self.user(context);
        let execute = client
            .tools()
            .execute(&self.0.tool.slug)
            .user_id(entity)
            .arguments(RawJson::of(arguments)?);
        // What the model was shown is what runs.
        let pinned = client.versions().pinned(&self.0.tool.toolkit.slug);
        let execute = match pinned {
            Some(version) => execute.version(version),
            None => execute,
        };
        let auth = context.auth.as_ref().or(self.0.auth.as_ref());
        Ok(match (auth, account) {
            (Some(auth), _) => execute.custom_auth(auth.clone()),
            (None, Some(account)) => execute.connected_account_id(account),
            (None, None) => execute,
        })
    }

    /// What the service would send for a call by the program itself.
    pub(crate) async fn dry_run(&self, context: CallContext, arguments: &str) -> Result<DryRun> {
        let ToolKind::Remote(client) = &self.0.kind else {
            let message = format!("{} is a function of the program", self.0.tool.slug);
            return Err(Error::new(ErrorKind::NotSupported, message));
        };
        let arguments = self.admit(arguments)?;
        let mut arguments = self.0.processors.pre(self.key(), arguments).await?;
        self.check_own(&mut arguments, false)?;
        if files::has_any(&self.0.tool, &mut arguments) {
            let message = "a dry run sends no file: give one that was uploaded";
            return Err(Error::new(ErrorKind::NotSupported, message));
        }
        self.request(client, &context, &arguments)?.dry_run().await
    }

    async fn send_through_layers(
        &self,
        context: &CallContext,
        arguments: Arguments,
    ) -> Result<ToolResult> {
        match &self.0.service {
            None => self.send(context, arguments).await,
            Some(service) => {
                let request = ToolRequest::new(self.clone(), context.clone(), arguments);
                service.send(request).await
            }
        }
    }

    pub(super) async fn send(
        &self,
        context: &CallContext,
        mut arguments: Arguments,
    ) -> Result<ToolResult> {
        let (entity, account) = self.user(context);
        let auth = context.auth.as_ref().or(self.0.auth.as_ref());
        match &self.0.kind {
            ToolKind::Remote(client) => {
                files::upload(&self.0.files, client, &self.0.tool, &mut arguments).await?;
                let result = self.request(client, context, &arguments)?.await?;
                Ok(files::download(&self.0.files, client, &self.0.tool, result).await)
            }
            ToolKind::Custom(tool, client) => {
                let call = CustomCall {
                    arguments,
                    client: client.clone(),
                    app: self.0.tool.toolkit.slug.clone(),
                    entity: entity.to_owned(),
                    account: account.map(ToOwned::to_owned),
                    auth: auth.cloned(),
                    call_id: context.call_id.clone(),
                };
                Ok(tool.run(call).await)
            }
        }
    }
}

// A refusal the model can act on is an outcome; not reaching the service is not.
fn ends_the_run(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unauthorized
            | ErrorKind::Unavailable
            | ErrorKind::Timeout
            | ErrorKind::UnexpectedResponse
            | ErrorKind::Config
            | ErrorKind::Internal
    )
}

fn record(span: &Span, outcome: &Result<ToolOutcome>, started: Instant) {
    let name = match outcome {
        Ok(outcome) => outcome.status.as_str(),
        Err(error) => error.kind().as_str(),
    };
    span.record("outcome", name);
    span.record(
        "duration_ms",
        u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    );
}
