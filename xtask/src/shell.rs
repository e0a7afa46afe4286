//! Runs programs in the workspace's folder and says what it runs.

use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// What a step of a verb gives: nothing, or a line that says what went wrong; an empty one if that
/// was said already.
pub(crate) type Step<T = ()> = Result<T, Box<dyn Error>>;

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// Whether this runs in continuous integration.
pub(crate) fn is_ci() -> bool {
    env::var_os("CI").is_some_and(|value| value == "true")
}

/// `cargo` with these arguments, not yet started.
pub(crate) fn cargo<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// Runs to the end; a bad exit is an error that shows the command.
pub(crate) fn run(command: &mut Command) -> Step {
    let shown = show(command);
    eprintln!("$ {shown}");
    let status = command.current_dir(root()).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{shown}: {status}").into())
    }
}

/// Runs to the end, gives every line of the standard output to `see`, and returns how it exited.
pub(crate) fn run_seeing(command: &mut Command, mut see: impl FnMut(&str)) -> Step<ExitStatus> {
    eprintln!("$ {}", show(command));
    let mut child = command.current_dir(root()).stdout(Stdio::piped()).spawn()?;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).split(b'\n') {
            see(&String::from_utf8_lossy(&line?));
        }
    }
    Ok(child.wait()?)
}

/// The standard output of a program that has to succeed.
pub(crate) fn output(command: &mut Command) -> Step<String> {
    let shown = show(command);
    let output = command
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output()?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    Err(format!("{shown}: {}", output.status).into())
}

fn show(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let words = command
        .get_args()
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>();
    format!("{} {}", program.to_string_lossy(), words.join(" "))
}
