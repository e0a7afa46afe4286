use std::{sync::Arc, time::Instant};

use serde_json::Value;
use tokio::{runtime, time};
use tracing::{Instrument as _, Span, field};

use super::{CallContext, CallPolicy, Decision, OutcomeStatus, PendingCall, ToolKind, ToolOutcome};
use crate::{
    Arguments, Error, ErrorKind, Result,
    custom_tools::CustomCall,
    models::{CustomAuth, RawJson, Tool, ToolResult},
    processors::Processors,
    schema::{ModelTool, Validator, coerce},
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
    pub(crate) shown: Value,
    pub(crate) shown_validator: Validator,
    pub(crate) validator: Validator,
    pub(crate) kind: ToolKind,
    pub(crate) processors: Processors,
    pub(crate) entity: String,
    pub(crate) account: Option<String>,
    pub(crate) auth: Option<CustomAuth>,
    pub(crate) policy: CallPolicy,
}

impl BoundTool {
    pub(crate) fn new(parts: BoundToolParts) -> Self {
        Self(Arc::new(parts))
    }

    pub(crate) fn parts(
        tool: Tool,
        shown: &ModelTool,
        kind: ToolKind,
        processors: &Processors,
    ) -> BoundToolParts {
        let processors = processors.for_tool(&tool.toolkit.slug, &tool.slug);
        BoundToolParts {
            shown: shown.parameters.clone(),
            shown_validator: Validator::of_value(shown.parameters.clone()),
            validator: Validator::of_raw(tool.input_parameters.clone()),
            tool,
            kind,
            processors,
            entity: "default".to_owned(),
            account: None,
            auth: None,
            policy: CallPolicy::default(),
        }
    }

    /// The tool's own definition.
    #[must_use]
    pub fn tool(&self) -> &Tool {
        &self.0.tool
    }

    /// Makes one call for a model, with the arguments as the model wrote them.
    ///
    /// A gate is asked, and a destructive tool without one is denied.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Stopped`] if the gate stops the run; [`ErrorKind::Unauthorized`], [`ErrorKind::Unavailable`],
    /// [`ErrorKind::Timeout`], [`ErrorKind::UnexpectedResponse`] and [`ErrorKind::Internal`] if the service could not
    /// be asked. Everything else that can go wrong is an outcome.
    pub async fn call(&self, context: CallContext, arguments: &str) -> Result<ToolOutcome> {
        let entity = context.entity.as_deref().unwrap_or(&self.0.entity);
        let account = context.account.as_deref().or(self.0.account.as_deref());
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
        let arguments = match self.admit(arguments) {
            Ok(arguments) => arguments,
            Err(error) => {
                return Ok(ToolOutcome::from_error(
                    slug,
                    OutcomeStatus::InvalidArguments,
                    &error,
                ));
            }
        };
        let arguments = match self.0.processors.pre(self.key(), arguments).await {
            Ok(arguments) => arguments,
            Err(error) => return Ok(ToolOutcome::from_error(slug, OutcomeStatus::Denied, &error)),
        };
        let arguments = match self.decide(context, arguments).await? {
            Ok(arguments) => arguments,
            Err(denied) => return Ok(denied),
        };
        if let Err(error) = self.0.validator.check(&arguments) {
            return Ok(ToolOutcome::from_error(
                slug,
                OutcomeStatus::InvalidArguments,
                &error,
            ));
        }
        self.execute(context, arguments).await
    }

    fn key(&self) -> (&str, &str) {
        (&self.0.tool.toolkit.slug, &self.0.tool.slug)
    }

    fn admit(&self, arguments: &str) -> Result<Arguments> {
        let mut arguments = Arguments::parse(arguments)?;
        coerce(&self.0.shown, &mut arguments);
        self.0.shown_validator.check(&arguments)?;
        Ok(arguments)
    }

    async fn decide(
        &self,
        context: &CallContext,
        arguments: Arguments,
    ) -> Result<Result<Arguments, ToolOutcome>> {
        let policy = context.policy.as_ref().unwrap_or(&self.0.policy);
        if !policy.agent {
            return Ok(Ok(arguments));
        }
        let decision = match (&context.decision, &policy.gate) {
            (Some(decision), _) => decision.clone(),
            (None, Some(gate)) => gate.ask(self.pending(context, &arguments)).await,
            (None, None) if self.0.tool.is_destructive() && !policy.allow_destructive => {
                Decision::Deny(format!(
                    "{} may destroy something: it needs a gate, or allow_destructive()",
                    self.0.tool.slug
                ))
            }
            (None, None) => Decision::Run,
        };
        match decision {
            Decision::Run => Ok(Ok(arguments)),
            Decision::RunWith(others) => Ok(Ok(others)),
            Decision::Deny(why) => {
                let why = format!("denied: {why}");
                Ok(Err(ToolOutcome::refused(
                    &self.0.tool.slug,
                    OutcomeStatus::Denied,
                    why,
                )))
            }
            Decision::Stop(why) => Err(Error::new(ErrorKind::Stopped, why)),
        }
    }

    fn pending(&self, context: &CallContext, arguments: &Arguments) -> PendingCall {
        PendingCall {
            tool: self.0.tool.slug.clone(),
            app: self.0.tool.toolkit.slug.clone(),
            arguments: arguments.clone(),
            call_id: context.call_id.clone(),
            entity: context
                .entity
                .clone()
                .unwrap_or_else(|| self.0.entity.clone()),
            is_destructive: self.0.tool.is_destructive(),
        }
    }

    async fn execute(&self, context: &CallContext, arguments: Arguments) -> Result<ToolOutcome> {
        let slug = &self.0.tool.slug;
        let call_time = context.policy.as_ref().unwrap_or(&self.0.policy).call_time;
        let sent = self.send(context, arguments);
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
            Ok(Err(error)) => (None, ToolResult::from(&error)),
        };
        let result = self.0.processors.post(self.key(), result).await;
        let mut outcome = ToolOutcome::executed(slug, result);
        outcome.status = status.unwrap_or(outcome.status);
        Ok(outcome)
    }

    async fn send(&self, context: &CallContext, arguments: Arguments) -> Result<ToolResult> {
        let entity = context.entity.as_ref().unwrap_or(&self.0.entity);
        let account = context.account.as_ref().or(self.0.account.as_ref());
        let auth = context.auth.as_ref().or(self.0.auth.as_ref());
        match &self.0.kind {
            ToolKind::Remote(client) => {
                let mut execute = client
                    .tools()
                    .execute(&self.0.tool.slug)
                    .user_id(entity)
                    .arguments(RawJson::of(&arguments)?);
                if let Some(account) = account {
                    execute = execute.connected_account_id(account);
                }
                if let Some(auth) = auth {
                    execute = execute.custom_auth(auth.clone());
                }
                execute.await
            }
            ToolKind::Custom(tool, client) => {
                let call = CustomCall {
                    arguments,
                    client: client.clone(),
                    app: self.0.tool.toolkit.slug.clone(),
                    entity: entity.clone(),
                    account: account.cloned(),
                    auth: auth.cloned(),
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
