use std::sync::Arc;

/// On whose behalf a request comes: a project, and perhaps one of its users alone.
///
/// It travels as an entry of [`http::Extensions`], put there by the program or by a layer that has authenticated the
/// request, never as a header. A request without one belongs to the project `default` and may act for every user.
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
}

impl Caller {
    /// Someone who may act for every user of `project`.
    #[must_use]
    pub fn project(project: impl Into<Arc<str>>) -> Self {
        Self {
            project: project.into(),
            user: None,
        }
    }

    /// Narrows the caller to `user`: other users' accounts do not exist for them.
    #[must_use]
    pub fn user(mut self, user: impl Into<Arc<str>>) -> Self {
        self.user = Some(user.into());
        self
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
}

impl Default for Caller {
    fn default() -> Self {
        Self::project("default")
    }
}
