//! The `composio` program, in a home of its own, as a person or a script runs it.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::tree;

/// The program and its home, which is deleted when this is dropped. Its tools may reach loopback.
#[derive(Debug)]
pub struct Program {
    program: PathBuf,
    home: TempDir,
}

impl Program {
    /// Builds the program, if it is not built yet, for a new home.
    ///
    /// # Panics
    ///
    /// If it does not build.
    #[must_use]
    pub fn new() -> Self {
        // This test is <target>/<profile>/deps/<suite>-<hash>.
        let here = env::current_exe().unwrap();
        let target = here.ancestors().nth(3).unwrap();
        let built = Command::new(env!("CARGO"))
            .current_dir(tree::root())
            .args(["build", "--quiet", "--locked", "--package", "composio-cli"])
            .arg("--target-dir")
            .arg(target)
            .status()
            .unwrap();
        assert!(built.success(), "composio-cli does not build");
        Self {
            program: target.join("debug/composio"),
            home: tempfile::tempdir().unwrap(),
        }
    }

    /// The folder of its state.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs a command that has to succeed, with `input` on its standard input, and gives the JSON it printed.
    ///
    /// # Panics
    ///
    /// If it fails or prints anything but JSON.
    #[must_use]
    pub fn run(&self, arguments: &[&str], input: &str) -> Value {
        let output = self.output(arguments, input);
        let [printed, said] =
            [&output.stdout, &output.stderr].map(|out| String::from_utf8_lossy(out));
        assert!(output.status.success(), "{arguments:?}: {printed}{said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs a command, with `input` on its standard input.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[must_use]
    pub fn output(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    /// Starts `composio serve` on a free port, with a master key of its own, and waits until it says where.
    ///
    /// # Panics
    ///
    /// If it ends before it says so.
    #[must_use]
    pub fn serve(&self) -> Served {
        if !self.home().join("master.key").exists() {
            let _told = self.run(&["vault", "init"], "");
        }
        let child = self
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut served = Served {
            base: String::new(),
            child,
        };
        let mut told = BufReader::new(served.child.stdout.take().unwrap());
        let mut text = String::new();
        while served.base.is_empty() {
            assert_ne!(told.read_line(&mut text).unwrap(), 0, "it ended: {text}");
            if let Ok(told) = serde_json::from_str::<Value>(&text) {
                told["url"].as_str().unwrap().clone_into(&mut served.base);
            }
        }
        served
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["--json", "--local", "--allow", "loopback", "--home"])
            .arg(self.home())
            .args(arguments)
            .env_remove("COMPOSIO_API_KEY")
            .env_remove("COMPOSIO_BASE_URL")
            .stdout(Stdio::piped());
        command
    }
}

impl Default for Program {
    fn default() -> Self {
        Self::new()
    }
}

/// A running `composio serve`. It is ended when this is dropped.
#[derive(Debug)]
pub struct Served {
    /// Such as `http://127.0.0.1:4000`.
    pub base: String,
    child: Child,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
