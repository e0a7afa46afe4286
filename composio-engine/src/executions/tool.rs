use std::{collections::HashMap, sync::Arc};

use composio_catalog::ToolPlan;
use composio_core::{
    Error, ErrorKind, Result,
    models::{DryRun, ExecuteRequestBody, RawJson, ToolResult},
};
use serde_json::{Map, Value};
use tracing::Instrument as _;

use super::{Executions, lack::Lack, payload::Kept, record::Record};
use crate::{
    accounts::{Lease, Wanted},
    audit::{Action, Noted},
    caller::Caller,
    catalogue::FoundTool,
    executor::{Answer, Call, Credentials, file_keys, named_files},
    files::{Content, ResultFiles},
};

/// Files that one call may name.
const MOST_FILES: usize = 50;

impl Executions {
    /// Runs the tool. What the vendor answers, failures included, is a result; so is a vendor that does not
    /// answer. Dropping the future cancels the request and logs that.
    pub(crate) async fn execute(
        &self,
        caller: &Caller,
        tool: &FoundTool,
        body: ExecuteRequestBody,
    ) -> Result<ToolResult> {
        let toolkit = &tool.release.toolkit;
        caller.check_app(&toolkit.slug)?;
        if let Some(user) = &body.user_id {
            caller.check_user(user)?;
        }
        let mut record = Record::begin(&self.logs, caller, toolkit, &tool.plan()?.slug);
        record.user = user_of(caller, body.user_id.as_deref());
        if self.projects.keeps_payloads(caller).await {
            record.kept = Some(Kept::new(body.arguments.as_ref()));
        }
        let span = record.span();
        let ran = self
            .run(caller, tool, body, &mut record)
            .instrument(span)
            .await;
        let result = match ran {
            Ok(result) => result,
            Err(error) if is_vendors(error.kind()) => {
                record.failed(&error);
                ToolResult::from(&error)
            }
            Err(error) => {
                record.refused(&error);
                return Err(error);
            }
        };
        Ok(record.finish(result))
    }

    /// What would be sent for the tool `slug`, with its secrets masked: of several requests, the first. Nothing is sent,
    /// and nothing logged.
    pub(crate) async fn dry_run(
        &self,
        caller: &Caller,
        slug: &str,
        body: ExecuteRequestBody,
    ) -> Result<DryRun> {
        let (_, tool) = self.catalogue.tool(slug, body.version.as_deref()).await?;
        let toolkit = &tool.release.toolkit;
        caller.check_app(&toolkit.slug)?;
        if let Some(user) = &body.user_id {
            caller.check_user(user)?;
        }
        let mut record = Record::begin(&self.logs, caller, toolkit, &tool.plan()?.slug);
        record.only_shown();
        record.user = user_of(caller, body.user_id.as_deref());
        let (call, _) = self.call_of(caller, &tool, body, &mut record).await?;
        let call = match &call.plan.steps {
            Some(steps) => self.first_step(caller, call, steps)?,
            None => call,
        };
        self.executor.dry_run(call)
    }

    async fn run(
        &self,
        caller: &Caller,
        tool: &FoundTool,
        body: ExecuteRequestBody,
        record: &mut Record,
    ) -> Result<ToolResult> {
        let (call, lease) = self.call_of(caller, tool, body, record).await?;
        // Credentials that came with the call are refused for their own reasons.
        let lease = lease.filter(|lease| lease.is_renewable && call.custom.is_none());
        let lack = Lack::of(&call);
        let result = if call.plan.steps.is_some() {
            // A run of many requests is large, and most calls are one.
            Box::pin(self.run_steps(caller, call, lease, record)).await?
        } else {
            let answer = self.answer(caller, call, lease.as_deref(), record).await?;
            answer.into_tool_result()
        };
        Ok(lack.told_in(result))
    }

    /// Sends a call, a second time if its credentials turn out to be stale and `lease` can be renewed.
    pub(super) async fn answer(
        &self,
        caller: &Caller,
        call: Call<'_>,
        lease: Option<&Lease>,
        record: &Record,
    ) -> Result<Answer> {
        let Some(lease) = lease else {
            return self.send(call, record).await;
        };
        let again = call.clone();
        let answer = self.send(call, record).await?;
        let answer = self.or_renewed(caller, answer, lease, |credentials| {
            let credentials = Some(credentials);
            self.send(
                Call {
                    credentials,
                    ..again
                },
                record,
            )
        });
        answer.await
    }

    async fn send(&self, call: Call<'_>, record: &Record) -> Result<Answer> {
        let has_credentials = call.credentials.is_some() || call.custom.is_some();
        let request = self.executor.prepare(call)?;
        let noted = match has_credentials {
            true => record.note(&self.audit, Action::Call, request.host())?,
            false => Noted::nothing_used(),
        };
        record.sent();
        self.executor.send(request, noted).await
    }

    /// The answer; if it refuses the credentials of `lease` and newer ones are to be had, the answer to those.
    ///
    /// Whatever was asked for, a service that did not accept who asked has done nothing.
    pub(super) async fn or_renewed<F>(
        &self,
        caller: &Caller,
        answer: Answer,
        lease: &Lease,
        again: impl FnOnce(Arc<Credentials>) -> F,
    ) -> Result<Answer>
    where
        F: Future<Output = Result<Answer>>,
    {
        if !answer.is_unauthorized() {
            return Ok(answer);
        }
        let project = caller.project_id();
        let Some(newer) = self.accounts.renewed(project, lease).await? else {
            return Ok(answer);
        };
        let second = again(Arc::clone(&newer.credentials)).await?;
        if second.is_unauthorized() {
            self.accounts.refused_anyway(&newer);
        }
        Ok(second)
    }

    /// Everything that it takes to send the request.
    async fn call_of<'t>(
        &self,
        caller: &Caller,
        tool: &'t FoundTool,
        body: ExecuteRequestBody,
        record: &mut Record,
    ) -> Result<(Call<'t>, Option<Arc<Lease>>)> {
        let arguments = arguments(&body)?;
        let arguments = checked(tool, arguments)?;
        let plan = tool.plan()?;
        let needs_account = !(plan.no_auth || body.custom_auth_params.is_some());
        let mut lease = None;
        let credentials = if let Some(given) = body.custom_connection_data {
            let given = self.accounts.given_credentials(&tool.release, given)?;
            Some(Arc::new(given))
        } else if needs_account || body.connected_account_id.is_some() {
            let wanted = Wanted {
                account: body.connected_account_id.as_deref(),
                user: body.user_id.as_deref(),
                toolkit: Some(&tool.release.toolkit.slug),
            };
            let found = self.lease(caller, wanted, &plan.slug, record).await?;
            let credentials = Arc::clone(&found.credentials);
            lease = Some(found);
            Some(credentials)
        } else {
            None
        };
        let call = Call {
            toolkit: &tool.release.toolkit,
            plan,
            files: self.files_of(caller, plan, &arguments, record).await?,
            results: Some(self.results_of(caller, tool, plan, record)),
            arguments,
            credentials,
            custom: body.custom_auth_params,
        };
        Ok((call, lease))
    }

    /// The files that the arguments name, if they are the caller's and the user's.
    async fn files_of(
        &self,
        caller: &Caller,
        plan: &ToolPlan,
        arguments: &Map<String, Value>,
        record: &Record,
    ) -> Result<HashMap<String, Content>> {
        let keys = match &plan.steps {
            Some(steps) => named_files(&steps.files, arguments),
            None => file_keys(plan, arguments),
        };
        if keys.len() > MOST_FILES {
            let message = format!("a call may name {MOST_FILES} files");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let mut files = HashMap::new();
        for key in keys {
            let user = record.user.as_deref();
            let (_, content) = self.files.take(caller, user, key).await?;
            files.insert(key.to_owned(), content);
        }
        Ok(files)
    }

    fn results_of(
        &self,
        caller: &Caller,
        tool: &FoundTool,
        plan: &ToolPlan,
        record: &Record,
    ) -> ResultFiles {
        let user = record.user.as_deref().or(caller.only_user());
        ResultFiles {
            files: Arc::clone(&self.files),
            project: caller.project_id().to_owned(),
            user: user.map(str::to_owned),
            toolkit: tool.release.toolkit.slug.clone(),
            tool: plan.slug.clone(),
            name: None,
            is_around_file: false,
        }
    }

    async fn lease(
        &self,
        caller: &Caller,
        wanted: Wanted<'_>,
        tool: &str,
        record: &mut Record,
    ) -> Result<Arc<Lease>> {
        let lease = self.accounts.lease(caller, wanted).await?;
        record.runs_on(&lease);
        let is_allowed = lease
            .tools
            .as_ref()
            .is_none_or(|tools| tools.iter().any(|allowed| allowed == tool));
        if !is_allowed {
            let message = format!("the auth config of {} does not allow {tool}", lease.account);
            return Err(
                Error::new(ErrorKind::Forbidden, message).with_slug("AuthConfig_ToolNotAllowed")
            );
        }
        Ok(lease)
    }
}

/// Whose call it is before an account says so.
pub(super) fn user_of(caller: &Caller, named: Option<&str>) -> Option<String> {
    named.or(caller.only_user()).map(str::to_owned)
}

/// Whether an error says something about the vendor or the way there, not about the call.
fn is_vendors(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Timeout
            | ErrorKind::Unavailable
            | ErrorKind::UnexpectedResponse
            | ErrorKind::RateLimited
            | ErrorKind::LimitReached
    )
}

fn arguments(body: &ExecuteRequestBody) -> Result<Map<String, Value>> {
    if body.text.is_some() {
        return Err(no_model());
    }
    let text = body.arguments.as_ref().map_or("{}", RawJson::as_str);
    match serde_json::from_str(text) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(Value::Null) => Ok(Map::new()),
        _ => {
            let message = "arguments must be a JSON object";
            Err(Error::new(ErrorKind::InvalidInput, message).with_slug("Tool_InvalidArguments"))
        }
    }
}

/// Arguments as a sentence need a model, and the engine has none.
pub(crate) fn no_model() -> Error {
    let message = "this engine has no model: give arguments, not text";
    Error::new(ErrorKind::NotSupported, message).with_slug("Tool_TextNotSupported")
}

fn checked(tool: &FoundTool, arguments: Map<String, Value>) -> Result<Map<String, Value>> {
    let arguments = Value::Object(arguments);
    tool.validate(&arguments)?;
    match arguments {
        Value::Object(arguments) => Ok(arguments),
        _ => Ok(Map::new()),
    }
}
