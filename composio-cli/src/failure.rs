//! What went wrong, for the person or the script that called.

use std::{
    fmt::Write as _,
    io::{self, ErrorKind as IoKind, Write as _},
    process::ExitCode,
};

use anstyle::{AnsiColor, Style};
use composio_core::{
    Error, ErrorKind,
    models::{ErrorBody, ErrorEnvelope},
};

use crate::output::clean;

/// How the program ends, as `composio --help` documents it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The tool or the request failed.
    Failed = 1,
    /// The command line, or what was given with it, is not acceptable.
    Usage = 2,
    /// There is no key, or it may not do this.
    NotAuthorised = 3,
    /// There is no such thing.
    NotFound = 4,
    /// The state does not allow it.
    Conflict = 5,
    /// Nobody answered in time: try again later.
    Unavailable = 6,
    /// The user ended it.
    Interrupted = 130,
}

/// Why a command ends early.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Option<Exit>,
    body: Box<ErrorBody>,
    is_silent: bool,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        let mut body = ErrorBody::default();
        body.message = message.into();
        Self {
            exit: Some(exit),
            body: Box::new(body),
            is_silent: false,
        }
    }

    /// A failure of what was given on the command line.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A failure that the output tells already.
    pub(crate) fn told(exit: Exit) -> Self {
        let mut failure = Self::new(exit, "");
        failure.is_silent = true;
        failure
    }

    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted")
    }

    /// Says what to do next, unless something better was said already.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.body.suggested_fix.get_or_insert(hint.into());
        self
    }

    pub(crate) fn slug(&self) -> Option<&str> {
        self.body.slug.as_deref()
    }

    pub(crate) fn exit(&self) -> Option<Exit> {
        self.exit
    }

    /// Tells the user on standard error, in the wire's shape if JSON was asked for.
    pub(crate) fn report(mut self, is_json: bool) -> ExitCode {
        let code = self.exit.map_or(0, |exit| exit as u8);
        if !self.is_silent {
            self.body.code = i64::from(self.body.status);
            let text = if is_json {
                let mut envelope = ErrorEnvelope::default();
                envelope.error = *self.body;
                serde_json::to_string_pretty(&envelope).unwrap_or_default()
            } else {
                shown(&self.body)
            };
            // Whoever closed standard error does not want to know.
            writeln!(anstream::stderr(), "{text}").ok();
        }
        ExitCode::from(code)
    }
}

fn shown(body: &ErrorBody) -> String {
    let bad = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let good = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
    let mut text = format!("{bad}error{bad:#}: {}", clean(&body.message));
    if let Some(id) = &body.request_id
        && body.status >= 500
    {
        write!(text, " (request {})", clean(id)).ok();
    }
    if let Some(hint) = &body.suggested_fix {
        write!(text, "\n{good}hint{good:#}: {}", clean(hint)).ok();
    }
    text
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let exit = match error.kind() {
            ErrorKind::Config | ErrorKind::InvalidInput => Exit::Usage,
            ErrorKind::Unauthorized | ErrorKind::Forbidden => Exit::NotAuthorised,
            ErrorKind::NotFound => Exit::NotFound,
            ErrorKind::Conflict => Exit::Conflict,
            ErrorKind::RateLimited | ErrorKind::Timeout | ErrorKind::Unavailable => {
                Exit::Unavailable
            }
            _ => Exit::Failed,
        };
        let mut failure = Self::new(exit, error.message());
        failure.body.slug = error.slug().map(ToOwned::to_owned);
        failure.body.request_id = error.request_id().map(ToOwned::to_owned);
        failure.body.status = error.status().map_or(0, |status| status.as_u16());
        failure
    }
}

impl From<io::Error> for Failure {
    /// A failure of standard output. Whoever closed it has read enough.
    fn from(error: io::Error) -> Self {
        if error.kind() == IoKind::BrokenPipe {
            let mut quiet = Self::told(Exit::Failed);
            quiet.exit = None;
            return quiet;
        }
        Self::new(
            Exit::Failed,
            format!("the output cannot be written: {error}"),
        )
    }
}
