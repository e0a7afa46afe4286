use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CallPolicy, Decision, PendingCall, Progress};
use crate::models::CustomAuth;

/// A call as the model made it. `Debug` shows no arguments.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolCall {
    /// The framework's id of the call; some servers leave it empty.
    pub id: String,
    /// The name the model used.
    pub name: String,
    /// The arguments as the model wrote them: JSON text, or what was meant to be.
    pub arguments: String,
}

impl ToolCall {
    /// A call of `name`.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            arguments: arguments.into(),
        }
    }

    /// A call whose arguments the framework has decoded already.
    #[must_use]
    pub fn with_value(id: impl Into<String>, name: impl Into<String>, arguments: &Value) -> Self {
        Self::new(id, name, arguments.to_string())
    }
}

impl fmt::Debug for ToolCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ToolCall({} {}, {} bytes)",
            self.id,
            self.name,
            self.arguments.len()
        )
    }
}

/// For whom and how one call is made. What is not set comes from the [`ToolSet`](crate::ToolSet).
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct CallContext {
    pub(crate) entity: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) call_id: Option<String>,
    pub(crate) auth: Option<CustomAuth>,
    pub(crate) decision: Option<Decision>,
    pub(crate) policy: Option<CallPolicy>,
    /// The step and the position in its turn.
    pub(crate) place: (u32, usize),
    /// What was shown to whoever made the decision.
    pub(crate) pending: Option<PendingCall>,
    pub(crate) progress: Progress,
}

impl CallContext {
    /// A context in which everything comes from the toolset.
    pub fn new() -> Self {
        Self::default()
    }

    /// The end user.
    pub fn entity(mut self, entity: impl Into<String>) -> Self {
        self.entity = Some(entity.into());
        self
    }

    /// The connected account.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Credentials for this call alone.
    pub fn auth(mut self, auth: CustomAuth) -> Self {
        self.auth = Some(auth);
        self
    }

    /// The framework's id of the call.
    pub fn call_id(mut self, call_id: impl Into<String>) -> Self {
        self.call_id = Some(call_id.into());
        self
    }

    /// A decision made earlier, in place of asking the gate.
    pub fn decision(mut self, decision: Decision) -> Self {
        self.decision = Some(decision);
        self
    }

    pub(crate) fn policy(mut self, policy: CallPolicy) -> Self {
        self.policy = Some(policy);
        self
    }
}
