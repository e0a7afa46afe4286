use std::sync::Arc;

use composio_core::{Error, ErrorKind, Result};

use crate::audit::Who;

/// On whose behalf a request comes: a project, and perhaps one of its users or some apps alone.
///
/// It travels as an entry of [`http::Extensions`], put there by the program or by a layer that has authenticated the
/// request, never as a header. A request without one comes from the program itself: it belongs to the project
/// `default`, may act for every user and is an operator's.
///
/// ```
/// use composio_engine::Caller;
/// # use composio_core::Body;
///
/// let mut request = http::Request::get("/api/v3.1/connected_accounts").body(Body::empty())?;
/// request.extensions_mut().insert(Caller::project("acme").user("alice"));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    project: Arc<str>,
    user: Option<Arc<str>>,
    apps: Option<Arc<[String]>>,
    operator: bool,
    /// The id of the key that was shown.
    key: Option<Arc<str>>,
}

impl Caller {
    /// Someone who may act for every user of `project`.
    #[must_use]
    pub fn project(project: impl Into<Arc<str>>) -> Self {
        Self {
            project: project.into(),
            user: None,
            apps: None,
            operator: false,
            key: None,
        }
    }

    /// Narrows the caller to `user`: what belongs to another user is refused.
    #[must_use]
    pub fn user(mut self, user: impl Into<Arc<str>>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Narrows the caller to these apps, by their slugs in lower case. Others can be read about, not used.
    #[must_use]
    pub fn apps(mut self, apps: impl Into<Arc<[String]>>) -> Self {
        self.apps = Some(apps.into());
        self
    }

    /// Lets the caller add apps, make keys and delete users too: `/api/v3/engine/…`.
    #[must_use]
    pub fn operator(mut self) -> Self {
        self.operator = true;
        self
    }

    /// Says by which key they came.
    pub(crate) fn with_key(mut self, id: &str) -> Self {
        self.key = Some(id.into());
        self
    }

    /// Who they are to the audit log.
    pub(crate) fn who(&self) -> Who<'_> {
        self.key.as_deref().map_or(Who::Program, Who::Key)
    }

    pub(crate) fn project_id(&self) -> &str {
        &self.project
    }

    /// The one user the caller may act for; `None` for every user.
    pub(crate) fn only_user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Whether the caller may act for `user`.
    pub(crate) fn may_act_for(&self, user: &str) -> bool {
        self.only_user().is_none_or(|own| own == user)
    }

    /// Whether the caller may use the app `slug`.
    pub(crate) fn may_use(&self, slug: &str) -> bool {
        self.only_apps()
            .is_none_or(|apps| apps.iter().any(|app| app == slug))
    }

    /// The apps the caller may use; `None` for all.
    pub(crate) fn only_apps(&self) -> Option<&[String]> {
        self.apps.as_deref()
    }

    /// Refuses a caller that may not act for `user`.
    pub(crate) fn check_user(&self, user: &str) -> Result<()> {
        if self.may_act_for(user) {
            return Ok(());
        }
        let user: String = user.chars().filter(|c| !c.is_control()).take(80).collect();
        let message = format!("the caller may not act for the user {user}");
        Err(Error::new(ErrorKind::Forbidden, message).with_slug("Caller_UserMismatch"))
    }

    /// Refuses a caller that may not use the app `slug`.
    pub(crate) fn check_app(&self, slug: &str) -> Result<()> {
        if self.may_use(slug) {
            return Ok(());
        }
        let message = format!("the caller may not use the app {slug}");
        Err(Error::new(ErrorKind::Forbidden, message).with_slug("Caller_AppMismatch"))
    }

    /// Refuses a caller that is no operator's.
    pub(crate) fn check_operator(&self) -> Result<()> {
        if self.operator {
            return Ok(());
        }
        let message = "this is for an operator's key alone";
        Err(Error::new(ErrorKind::Forbidden, message).with_slug("Caller_NotOperator"))
    }
}

impl Default for Caller {
    fn default() -> Self {
        Self::project("default").operator()
    }
}
