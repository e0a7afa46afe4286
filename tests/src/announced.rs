//! A server that says in its first line where it is.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::parts::Missing;

/// A running server. It is stopped when this is dropped.
#[derive(Debug)]
pub struct Announced {
    /// The line that it has printed, without its end.
    pub line: String,
    child: Child,
}

impl Announced {
    /// Starts `command`, and waits for its line. It ends with its standard input.
    ///
    /// # Errors
    ///
    /// [`Missing`] if it cannot be started, or ends without a line.
    pub fn start(command: &mut Command) -> Result<Self, Missing> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        if let Some(printed) = child.stdout.take() {
            BufReader::new(printed).read_line(&mut line)?;
        }
        let line = line.trim().to_owned();
        let server = Self { line, child };
        if server.line.is_empty() {
            let name = command.get_program().to_string_lossy().into_owned();
            return Err(Missing::absent(&format!(
                "{name} does not start {command:?}"
            )));
        }
        Ok(server)
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
