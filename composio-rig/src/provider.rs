use composio_core::{
    BoundTool, CallContext, Dialect, Error, ErrorKind, ModelTool, OutcomeStatus, Provider, Result,
    ToolCall, ToolOutcome, Usage,
};
use rig_core::{
    completion::CompletionResponse,
    message::{self, CallId, LocalCallId, Message, ToolName, UserContent},
    tool::{
        ContextValue, DynamicTool, ToolContext, ToolContextError, ToolErrorKind,
        ToolExecutionError, ToolOutput,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Begins the code of a tool error that must end the run: a stop, or a service that cannot be reached.
pub(crate) const ENDS_RUN: &str = "composio.";

// Marks the text of an id that rig issued because the server sent none.
const LOCAL: &str = "rig-local:";

/// rig's spelling of tools: `DynamicTool`s, completion responses and messages.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rig;

/// The end user of a call, in rig's `ToolContext`. Without it the toolset's is used.
///
/// ```
/// use composio_rig::{Entity, rig_core::tool::ToolContext};
///
/// let mut context = ToolContext::new();
/// context.insert(Entity("alice".to_owned()))?;
/// # Ok::<(), composio_rig::rig_core::tool::ToolContextError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Entity(pub String);

impl ContextValue for Entity {
    const KEY: &'static str = "composio.entity";
}

/// The connected account of a call, in rig's `ToolContext`. Without it the toolset's is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectedAccount(pub String);

impl ContextValue for ConnectedAccount {
    const KEY: &'static str = "composio.connected_account";
}

/// The service's id of the execution: result metadata that hooks read and the model does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogId(pub String);

impl ContextValue for LogId {
    const KEY: &'static str = "composio.log_id";
}

impl Provider for Rig {
    const NAME: &'static str = "rig";
    type Tool = DynamicTool;
    type Tools = Vec<DynamicTool>;
    type Response = CompletionResponse;
    type Message = Message;

    fn dialect(&self) -> Dialect {
        Dialect::OpenAi
    }

    fn wrap_tool(&self, tool: ModelTool, call: BoundTool) -> Result<DynamicTool> {
        Ok(DynamicTool::new_with_context(
            tool_name(&tool.name)?,
            tool.description,
            tool.parameters,
            move |context: &mut ToolContext, arguments: Value| {
                let call = call.clone();
                Box::pin(async move { run(&call, context, &arguments).await })
            },
        ))
    }

    fn tool_calls(&self, response: &CompletionResponse) -> Result<Vec<ToolCall>> {
        if response.stop().is_failure() {
            return Err(Error::new(
                ErrorKind::UnexpectedResponse,
                format!("the model's turn failed: {:?}", response.stop()),
            )
            .with_reader_message("the model's turn failed"));
        }
        Ok(response.tool_calls().map(tool_call).collect())
    }

    fn turn(&self, response: &CompletionResponse) -> Result<Vec<Message>> {
        Ok(response.message().into_iter().collect())
    }

    fn text(&self, response: &CompletionResponse) -> String {
        response.text()
    }

    fn usage(&self, response: &CompletionResponse) -> Option<Usage> {
        let usage = &response.usage;
        Some(Usage::new(usage.input_tokens?, usage.output_tokens?))
    }

    fn prompt(&self, text: &str) -> Result<Message> {
        Ok(Message::user(text))
    }

    fn tool_result(&self, call: &ToolCall, outcome: &ToolOutcome) -> Result<Message> {
        let result = message::ToolResult {
            call: call_id(&call.id)?,
            name: tool_name(&call.name)?,
            content: output(outcome).into_content(),
            is_error: !outcome.is_success(),
        };
        Ok(Message::from(UserContent::ToolResult(result)))
    }
}

async fn run(
    call: &BoundTool,
    context: &mut ToolContext,
    arguments: &Value,
) -> Result<ToolOutput, ToolExecutionError> {
    // A context that cannot be read must not fall back to another user.
    let call_context = call_context(context).map_err(|error| {
        ToolExecutionError::other(error.to_string())
            .with_model_feedback("the call could not be made")
    })?;
    let outcome = call
        .call(call_context, &arguments.to_string())
        .await
        .map_err(ends_run)?;
    if let Some(log_id) = &outcome.result.log_id {
        // Metadata alone: a result is not worth losing for it.
        let _ = context.insert_result(LogId(log_id.clone()));
    }
    if outcome.is_success() {
        Ok(output(&outcome))
    } else {
        Err(failure(&outcome))
    }
}

fn call_context(context: &ToolContext) -> Result<CallContext, ToolContextError> {
    let mut call_context = CallContext::new();
    if let Some(Entity(entity)) = context.get()? {
        call_context = call_context.entity(entity);
    }
    if let Some(ConnectedAccount(account)) = context.get()? {
        call_context = call_context.account(account);
    }
    Ok(call_context)
}

fn output(outcome: &ToolOutcome) -> ToolOutput {
    let text = outcome.model_text();
    match serde_json::from_str(&text) {
        Ok(value) => ToolOutput::json(value),
        Err(_) => ToolOutput::text(text),
    }
}

fn failure(outcome: &ToolOutcome) -> ToolExecutionError {
    let message = outcome.result.error.clone().unwrap_or_default();
    let error = match outcome.status {
        OutcomeStatus::UnknownTool => ToolExecutionError::not_found(message),
        OutcomeStatus::InvalidArguments => ToolExecutionError::invalid_args(message),
        OutcomeStatus::Denied => ToolExecutionError::refused(message),
        // The tool may have run: no reason to run it again unasked.
        OutcomeStatus::TimedOut => ToolExecutionError::timeout(message).with_retryable(false),
        _ => ToolExecutionError::provider(message).with_retryable(false),
    };
    error
        .with_code(outcome.status.as_str())
        .with_model_output(output(outcome))
}

fn ends_run(error: Error) -> ToolExecutionError {
    let kind = match error.kind() {
        ErrorKind::Stopped => ToolErrorKind::Cancelled,
        ErrorKind::Unauthorized => ToolErrorKind::PermissionDenied,
        ErrorKind::Timeout => ToolErrorKind::Timeout,
        ErrorKind::Unavailable => ToolErrorKind::Network,
        _ => ToolErrorKind::Other,
    };
    let told = ToolOutcome::refused("", OutcomeStatus::Failed, error.reader_message());
    ToolExecutionError::new(kind, error.to_string())
        .with_code(format!("{ENDS_RUN}{}", error.kind().as_str()))
        .with_retryable(error.is_retryable())
        .with_model_output(output(&told))
        .with_source(error)
}

/// The answer to `call`.
#[cfg(feature = "agent")]
pub(crate) fn result_content(call: &message::ToolCall, outcome: &ToolOutcome) -> UserContent {
    let content = output(outcome).into_content();
    UserContent::ToolResult(if outcome.is_success() {
        call.result(content)
    } else {
        call.error_result(content)
    })
}

pub(crate) fn tool_call(call: &message::ToolCall) -> ToolCall {
    let id = match &call.id {
        CallId::Local(local) => format!("{LOCAL}{local}"),
        CallId::Provider(id) => id.as_str().to_owned(),
    };
    let name = call.function.name.as_str();
    match &call.function.invalid_arguments {
        Some(text) => ToolCall::new(id, name, text),
        None => ToolCall::with_value(id, name, &call.function.arguments_value()),
    }
}

fn call_id(id: &str) -> Result<CallId> {
    let local = id.strip_prefix(LOCAL).and_then(|id| {
        serde_json::from_value::<LocalCallId>(Value::from(id))
            .map(CallId::Local)
            .ok()
    });
    if local.is_none() && id.is_empty() {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "a call without an id cannot be answered",
        ));
    }
    Ok(local.unwrap_or_else(|| CallId::from_wire(id)))
}

fn tool_name(name: &str) -> Result<ToolName> {
    ToolName::new(name).map_err(|error| {
        Error::new(ErrorKind::InvalidInput, "a tool has a name").with_source(error)
    })
}

/// Answers every call of `history` that has no answer, with a failure that says `why`, and puts the answers of one
/// turn in one message, as rig has them.
///
/// A history that ends where a run was stopped is one that models accept again after this.
///
/// ```
/// use composio_rig::{answer_unanswered, rig_core::transcript::validate_canonical};
/// # use composio_rig::rig_core::message::{AssistantContent, Message, ToolName};
/// # let call = AssistantContent::tool_call("call_1", ToolName::new("PING")?, serde_json::json!({}));
/// # let history = vec![Message::user("Ping it."), Message::from(call)];
/// assert!(validate_canonical(&history).is_err());
/// assert!(validate_canonical(&answer_unanswered(history, "the user stopped the run")).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn answer_unanswered(history: Vec<Message>, why: &str) -> Vec<Message> {
    let mut answered: Vec<Message> = Vec::with_capacity(history.len() + 1);
    let mut waiting: Vec<message::ToolCall> = Vec::new();
    for message in history {
        match message {
            Message::User { content } if !waiting.is_empty() => {
                let (results, others): (Vec<_>, Vec<_>) = content
                    .into_iter()
                    .partition(|part| matches!(part, UserContent::ToolResult(_)));
                take_answered(&mut waiting, &results);
                join(&mut answered, results);
                if !others.is_empty() {
                    join(&mut answered, unanswered(&mut waiting, why));
                    join(&mut answered, others);
                }
            }
            other => {
                join(&mut answered, unanswered(&mut waiting, why));
                if let Message::Assistant(turn) = &other {
                    waiting.extend(turn.tool_calls().cloned());
                }
                answered.push(other);
            }
        }
    }
    join(&mut answered, unanswered(&mut waiting, why));
    answered
}

fn take_answered(waiting: &mut Vec<message::ToolCall>, results: &[UserContent]) {
    for result in results {
        let position = waiting.iter().position(
            |call| matches!(result, UserContent::ToolResult(result) if result.call == call.id),
        );
        if let Some(position) = position {
            waiting.remove(position);
        }
    }
}

fn unanswered(waiting: &mut Vec<message::ToolCall>, why: &str) -> Vec<UserContent> {
    let content = |call: message::ToolCall| {
        let name = call.function.name.as_str();
        let outcome = ToolOutcome::refused(name, OutcomeStatus::Failed, why);
        UserContent::ToolResult(call.error_result(output(&outcome).into_content()))
    };
    waiting.drain(..).map(content).collect()
}

fn join(history: &mut Vec<Message>, content: Vec<UserContent>) {
    if content.is_empty() {
        return;
    }
    if let Some(Message::User { content: last }) = history.last_mut() {
        last.extend(content);
    } else {
        history.push(Message::User { content });
    }
}
