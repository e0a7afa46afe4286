/// Which tools a processor is for. A `&str` is an action's slug, and `"*"` is every tool.
#[doc(alias = "modifier")]
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// Every tool.
    All,
    /// Every tool of one app, by its slug.
    App(String),
    /// One action, by its slug.
    Action(String),
}

impl Scope {
    /// Every tool of `app`.
    #[must_use]
    pub fn app(app: impl Into<String>) -> Self {
        Self::App(app.into())
    }

    pub(crate) fn covers(&self, app: &str, action: &str) -> bool {
        match self {
            Self::All => true,
            Self::App(own) => own.eq_ignore_ascii_case(app),
            Self::Action(own) => own.eq_ignore_ascii_case(action),
        }
    }
}

impl From<&str> for Scope {
    fn from(text: &str) -> Self {
        match text {
            "*" => Self::All,
            action => Self::Action(action.to_owned()),
        }
    }
}

impl From<String> for Scope {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}
