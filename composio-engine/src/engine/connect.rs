use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
};

use composio_core::{
    Result, Secret,
    models::{AuthScheme, ConnectedAccount},
};
use serde_json::Value;

use crate::{accounts::NewConnection, caller::Caller, platform::Platform};

/// An account about to be connected. Awaiting it connects.
///
/// ```
/// # async fn connect(engine: composio_engine::Engine) -> composio_core::Result<()> {
/// let account = engine.connect("github").entity("alice").field("api_key", "ghp_…").await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is connected until this is awaited"]
pub struct ConnectRequest {
    platform: Arc<Platform>,
    caller: Caller,
    new: NewConnection,
}

impl ConnectRequest {
    pub(super) fn new(platform: Arc<Platform>, app: &str) -> Self {
        Self {
            platform,
            caller: Caller::default(),
            new: NewConnection {
                toolkit: app.to_owned(),
                user: "default".to_owned(),
                ..NewConnection::default()
            },
        }
    }

    /// Sets the user whose account it is; `default` without it.
    #[doc(alias = "user")]
    pub fn entity(mut self, entity: impl Into<String>) -> Self {
        self.new.user = entity.into();
        self
    }

    /// Gives one of the fields that the app asks for, such as `api_key`.
    pub fn field(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        let value: Secret = value.into();
        self.new
            .fields
            .insert(name.into(), Value::from(value.expose()));
        self
    }

    /// Sets the scheme. Without it, it is the first that asks for just the given fields.
    pub fn scheme(mut self, scheme: AuthScheme) -> Self {
        self.new.scheme = Some(scheme);
        self
    }

    /// Connects through this auth config, `ac_…`. Without it, it is the newest enabled one of the scheme; if there is
    /// none, one is made.
    #[doc(alias = "integration")]
    pub fn auth_config(mut self, id: impl Into<String>) -> Self {
        self.new.auth_config = Some(id.into());
        self
    }

    /// Gives the account a name of the program's own.
    pub fn alias(mut self, alias: impl Into<String>) -> Self {
        self.new.alias = Some(alias.into());
        self
    }

    /// Belongs to this project; `default` without it.
    pub fn project(mut self, project: impl Into<Arc<str>>) -> Self {
        self.caller = Caller::project(project);
        self
    }
}

impl IntoFuture for ConnectRequest {
    type Output = Result<ConnectedAccount>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    /// Checks the fields and stores the account. Dropping the future does not stop a write that has begun.
    fn into_future(self) -> Self::IntoFuture {
        let Self {
            platform,
            caller,
            new,
        } = self;
        let connect =
            |platform: Arc<Platform>| async move { platform.accounts.connect(&caller, new).await };
        Box::pin(async move { platform.finish(connect).await })
    }
}

impl fmt::Debug for ConnectRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectRequest")
            .field("caller", &self.caller)
            .field("new", &self.new)
            .finish_non_exhaustive()
    }
}
