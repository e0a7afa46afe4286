//! Questions to the user: on the terminal, secrets without echo; else the answers are lines of standard input.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use composio_core::Secret;
use tokio::task::spawn_blocking;

use crate::{
    failure::{Exit, Failure},
    output::clean,
};

/// Whether there is somebody to ask.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a secret. It is not shown while it is typed.
pub(crate) async fn secret(label: &str) -> Result<Secret, Failure> {
    let question = format!("{}: ", clean(label));
    let answer = asked(move || {
        if io::stdin().is_terminal() {
            echo::remember();
            rpassword::prompt_password(question)
        } else {
            line()
        }
    });
    Ok(Secret::from(answer.await?))
}

/// Asks for something that may be seen.
pub(crate) async fn text(label: &str) -> Result<String, Failure> {
    let question = format!("{}: ", clean(label));
    asked(move || {
        if io::stdin().is_terminal() {
            write!(io::stderr(), "{question}")?;
        }
        line()
    })
    .await
}

/// Asks for a yes; refuses if there is nobody to ask.
pub(crate) async fn confirm(question: &str) -> Result<(), Failure> {
    if !is_interactive() {
        return Err(
            Failure::usage(format!("{question} Nobody is there to ask.")).hint("say so with --yes"),
        );
    }
    let answer = text(&format!("{question} [y/N]")).await?;
    if ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
        return Ok(());
    }
    Err(Failure::new(Exit::Interrupted, "nothing was changed"))
}

/// Shows again what is typed, after a question for a secret was interrupted.
pub(crate) fn restore_echo() {
    echo::restore();
}

async fn asked(
    ask: impl FnOnce() -> io::Result<String> + Send + 'static,
) -> Result<String, Failure> {
    let answer = spawn_blocking(ask).await;
    let unread = |cause: &str| Failure::usage(format!("nothing could be read: {cause}"));
    answer
        .map_err(|_| unread("the terminal is gone"))?
        .map_err(|error| {
            // The question hears of an interruption too, and may be first to.
            if error.kind() == io::ErrorKind::Interrupted {
                echo::restore();
                return Failure::interrupted();
            }
            unread(&error.to_string())
        })
}

fn line() -> io::Result<String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    if line.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "standard input is at its end",
        ));
    }
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(unix)]
mod echo {
    use std::{io, sync::OnceLock};

    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

    static BEFORE: OnceLock<Termios> = OnceLock::new();

    pub(super) fn remember() {
        if let Ok(before) = tcgetattr(io::stdin()) {
            BEFORE.get_or_init(|| before);
        }
    }

    pub(super) fn restore() {
        if let Some(before) = BEFORE.get() {
            tcsetattr(io::stdin(), OptionalActions::Now, before).ok();
        }
    }
}

#[cfg(not(unix))]
mod echo {
    pub(super) fn remember() {}

    pub(super) fn restore() {}
}
