use std::{sync::Arc, time::Duration};

use composio_core::{
    Error, ErrorKind, Result,
    models::{ProjectConfig, UpdateProjectConfig},
};
use moka::future::Cache;
use url::{Host, Url};

use crate::{
    caller::Caller,
    clock,
    store::{ProjectRecord, Store},
};

/// How long a change that another process made may go unseen.
const LIFE: Duration = Duration::from_secs(30);
const CAPACITY: u64 = 10_000;
/// The longest text, in bytes.
const LONGEST: usize = 2048;
const KEEPS: &str = "show_all";
const KEEPS_NOT: &str = "dont_store_data";

/// The configuration of projects, read from the store now and then.
#[derive(Debug)]
pub(crate) struct Projects {
    store: Arc<dyn Store>,
    cache: Cache<Arc<str>, Arc<ProjectRecord>>,
    /// Whether a project that says nothing keeps arguments and results.
    keeps_payloads: bool,
    /// Where people of a project that says nothing are sent to be recognised.
    verifier: Option<Url>,
}

impl Projects {
    pub(crate) fn new(store: Arc<dyn Store>, keeps_payloads: bool, verifier: Option<Url>) -> Self {
        let cache = Cache::builder().max_capacity(CAPACITY).time_to_live(LIFE);
        Self {
            store,
            cache: cache.build(),
            keeps_payloads,
            verifier,
        }
    }

    /// Where people are sent so that the application says who they are; `None` if it does not want to.
    ///
    /// Read from the store each time: a setting that has just been made must hold for who comes next.
    pub(crate) async fn verifier(&self, project: &str) -> Result<Option<Url>> {
        let record = self.store.project(project).await?.unwrap_or_default();
        self.verifier_of(&record)
    }

    fn verifier_of(&self, record: &ProjectRecord) -> Result<Option<Url>> {
        match record.callback_verifier_url.as_deref() {
            None => Ok(self.verifier.clone()),
            Some("") => Ok(None),
            Some(text) => verifier_url(text).map(Some),
        }
    }

    /// The name that users see.
    pub(crate) async fn display_name(&self, project: &str) -> Option<String> {
        let record = self.record(project).await.ok()?;
        record.display_name.clone().filter(|name| !name.is_empty())
    }

    /// Whether the log keeps arguments and results. What is not known is not kept.
    pub(crate) async fn keeps_payloads(&self, caller: &Caller) -> bool {
        match self.record(caller.project_id()).await {
            Ok(record) => record.keeps_payloads.unwrap_or(self.keeps_payloads),
            Err(error) => {
                tracing::warn!(%error, "a project's configuration cannot be read");
                false
            }
        }
    }

    pub(crate) async fn config(&self, caller: &Caller) -> Result<ProjectConfig> {
        Ok(self.shown(&*self.record(caller.project_id()).await?))
    }

    /// Changes what the request names.
    pub(crate) async fn update(
        &self,
        caller: &Caller,
        change: UpdateProjectConfig,
    ) -> Result<ProjectConfig> {
        if caller.only_user().is_some() || caller.only_apps().is_some() {
            let message =
                "a caller that acts for one user or for some apps may not change the project";
            return Err(Error::new(ErrorKind::Forbidden, message).with_slug("Caller_NotAllowed"));
        }
        let project = caller.project_id();
        let change = checked(change)?;
        let changed = self.store.change_project(project, &change).await?;
        self.cache.invalidate(project).await;
        Ok(self.shown(&changed))
    }

    /// When the project was first changed, in microseconds since 1970; 0 if it never was.
    pub(crate) async fn created_at(&self, caller: &Caller) -> Result<i64> {
        Ok(self.record(caller.project_id()).await?.created_at)
    }

    async fn record(&self, project: &str) -> Result<Arc<ProjectRecord>> {
        if let Some(record) = self.cache.get(project).await {
            return Ok(record);
        }
        let record = self.store.project(project).await?.unwrap_or_default();
        let record = Arc::new(record);
        let kept = Arc::clone(&record);
        self.cache.insert(Arc::from(project), kept).await;
        Ok(record)
    }

    fn shown(&self, record: &ProjectRecord) -> ProjectConfig {
        let keeps = record.keeps_payloads.unwrap_or(self.keeps_payloads);
        let mut config = ProjectConfig::default();
        config.logo_url.clone_from(&record.logo_url);
        config.display_name.clone_from(&record.display_name);
        config.mask_secret_keys_in_connected_account = true;
        config.log_visibility_setting = if keeps { KEEPS } else { KEEPS_NOT }.to_owned();
        config.require_mcp_api_key = record.require_mcp_api_key;
        let verifier = self.verifier_of(record).ok().flatten();
        config.oauth_callback_verifier_url = verifier.map(String::from);
        config
    }
}

fn checked(change: UpdateProjectConfig) -> Result<ProjectRecord> {
    // A switch that turns nothing would be a promise.
    if change.is_2fa_enabled == Some(true) {
        return Err(refused("the engine has no sign-in, so no second factor"));
    }
    if change.mask_secret_keys_in_connected_account == Some(false) {
        return Err(refused("the engine always shows credentials masked"));
    }
    let keeps_payloads = match change.log_visibility_setting.as_deref() {
        None => None,
        Some(KEEPS) => Some(true),
        Some(KEEPS_NOT) => Some(false),
        Some(_) => {
            return Err(refused(
                "log_visibility_setting must be show_all or dont_store_data",
            ));
        }
    };
    let is_bad = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or_default();
        text.len() > LONGEST || text.contains(char::is_control)
    };
    if is_bad(&change.logo_url) || is_bad(&change.display_name) {
        let message = format!("a text must be at most {LONGEST} bytes without control characters");
        return Err(refused(&message));
    }
    if let Some(url) = change.oauth_callback_verifier_url.as_deref()
        && !url.is_empty()
    {
        verifier_url(url)?;
    }
    Ok(ProjectRecord {
        logo_url: change.logo_url,
        display_name: change.display_name,
        keeps_payloads,
        require_mcp_api_key: change.require_mcp_api_key,
        callback_verifier_url: change.oauth_callback_verifier_url,
        created_at: 0,
        updated_at: clock::now(),
    })
}

/// Reads where people are sent to be recognised: `https`, or `http` on this machine.
///
/// Errors: `InvalidInput` for anything else.
pub(crate) fn verifier_url(text: &str) -> Result<Url> {
    let url = Url::parse(text).ok().filter(|url| {
        let is_loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        };
        let is_private = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
        let is_plain = url.username().is_empty() && url.password().is_none();
        text.len() <= LONGEST && is_private && is_plain && url.has_host()
    });
    url.ok_or_else(|| refused("oauth_callback_verifier_url must be an https address"))
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, message).with_slug("Project_InvalidConfig")
}
