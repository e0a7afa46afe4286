use std::fmt;

use crate::{Arguments, client::Client, models::CustomAuth};

/// One call of a custom tool: for whom it is made, and with what. `Debug` shows no arguments.
#[derive(Clone)]
pub struct CustomCall {
    pub(crate) arguments: Arguments,
    pub(crate) client: Client,
    pub(crate) app: String,
    pub(crate) entity: String,
    pub(crate) account: Option<String>,
    pub(crate) auth: Option<CustomAuth>,
    pub(crate) call_id: Option<String>,
}

impl CustomCall {
    /// The user for whom the tool runs.
    #[doc(alias = "user_id")]
    #[must_use]
    pub fn entity(&self) -> &str {
        &self.entity
    }

    /// The connected account that the caller chose; `None` if the user's newest active one is meant.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The app the tool belongs to, `custom` if it named none.
    #[doc(alias = "toolkit")]
    #[must_use]
    pub fn app(&self) -> &str {
        &self.app
    }

    /// The framework's id of the call; `None` if the program itself made it.
    #[must_use]
    pub fn call_id(&self) -> Option<&str> {
        self.call_id.as_deref()
    }

    /// The credentials that the toolset was given for the app, if any.
    #[must_use]
    pub fn auth(&self) -> Option<&CustomAuth> {
        self.auth.as_ref()
    }

    /// The arguments as the gate let them pass; those that a function has taken are gone.
    #[must_use]
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }
}

impl fmt::Debug for CustomCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomCall")
            .field("app", &self.app)
            .field("entity", &self.entity)
            .field("account", &self.account)
            .field("call_id", &self.call_id)
            .finish_non_exhaustive()
    }
}
