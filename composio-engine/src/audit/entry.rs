use serde::{Deserialize, Serialize};

/// What was done with a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// A tool was called.
    Call,
    /// A request of the program's own was sent.
    Proxy,
    /// The service was asked whose account it is.
    Identify,
    /// Tokens were asked for, for somebody who connects.
    Connect,
    /// Tokens were renewed.
    Refresh,
    /// Tokens were given back.
    Revoke,
    /// An operator took them out.
    Export,
    /// Everything was put under a new master key.
    Reseal,
    /// No use: a part of the log could not be read, or its end was not where it should have been.
    Damage,
}

impl Action {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Proxy => "proxy",
            Self::Identify => "identify",
            Self::Connect => "connect",
            Self::Refresh => "refresh",
            Self::Revoke => "revoke",
            Self::Export => "export",
            Self::Reseal => "reseal",
            Self::Damage => "damage",
        }
    }
}

/// On whose behalf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who<'a> {
    /// Whoever holds the API key of this id.
    Key(&'a str),
    /// The program around the engine.
    Program,
    /// The engine itself: refreshes, and what a person's browser brings.
    Engine,
}

impl<'a> Who<'a> {
    fn as_str(self) -> &'a str {
        match self {
            Self::Key(id) => id,
            Self::Program => "program",
            Self::Engine => "engine",
        }
    }
}

/// One use of a credential that is about to happen. No member holds any of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use<'a> {
    pub(crate) action: Action,
    pub(crate) who: Who<'a>,
    pub(crate) project: &'a str,
    /// The user, who is written down under a pseudonym.
    pub(crate) user: Option<&'a str>,
    pub(crate) account: Option<&'a str>,
    pub(crate) toolkit: Option<&'a str>,
    pub(crate) tool: Option<&'a str>,
    /// Where it goes; `None` if it leaves for no host.
    pub(crate) host: Option<&'a str>,
}

/// Proof that a use has its entry. Whatever sends requests takes one.
#[derive(Debug)]
#[must_use = "nothing is sent yet"]
pub(crate) struct Noted(());

impl Noted {
    pub(super) fn new() -> Self {
        Self(())
    }

    /// For requests that no stored credential goes along with.
    pub(crate) fn nothing_used() -> Self {
        Self(())
    }
}

/// One line of the log, as it is kept and as its code is made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line<'a> {
    /// Microseconds since 1970.
    pub(super) at: i64,
    #[serde(borrow)]
    pub(super) action: Text<'a>,
    #[serde(borrow)]
    pub(super) by: Text<'a>,
    #[serde(borrow)]
    pub(super) project: Text<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) toolkit: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) tool: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) host: Option<Text<'a>>,
    /// What else there is to say of damage.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<Text<'a>>,
    /// Of the process that wrote it, with its number there.
    #[serde(borrow)]
    pub(super) journal: Text<'a>,
    pub(super) number: i64,
}

/// A text that is borrowed where it can be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) std::borrow::Cow<'a, str>);

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(std::borrow::Cow::Borrowed(text))
    }
}

impl<'a> Line<'a> {
    pub(super) fn new(
        used: &Use<'a>,
        user: Option<&'a str>,
        at: i64,
        journal: &'a str,
        number: i64,
    ) -> Self {
        Self {
            at,
            action: used.action.as_str().into(),
            by: used.who.as_str().into(),
            project: used.project.into(),
            user: user.map(Text::from),
            account: used.account.map(Text::from),
            toolkit: used.toolkit.map(Text::from),
            tool: used.tool.map(Text::from),
            host: used.host.map(Text::from),
            note: None,
            journal: journal.into(),
            number,
        }
    }
}
