//! The `composio` program in a home of its own.

use std::env;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use composio_tests::tree;
use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Cli {
    program: PathBuf,
    pub(crate) home: TempDir,
}

impl Cli {
    /// Builds the program, if it is not built yet, for a new home.
    pub(crate) fn new() -> Self {
        // This test is <target>/<profile>/deps/servers-<hash>.
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

    /// Runs a command that has to succeed, with `input` on its standard input, and gives what it printed.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Value {
        let output = self.output(arguments, input);
        let [printed, said] =
            [&output.stdout, &output.stderr].map(|out| String::from_utf8_lossy(out));
        assert!(output.status.success(), "{arguments:?}: {printed}{said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs an action that has to succeed.
    pub(crate) fn execute(&self, action: &str, arguments: &Value) -> Value {
        let result = self.run(&["execute", action, "-p", "-"], &arguments.to_string());
        assert_eq!(result["successful"], true, "{action}: {result}");
        result["data"].clone()
    }

    /// Runs an action that has to fail, and gives its error.
    pub(crate) fn fails(&self, action: &str, arguments: &Value) -> String {
        let output = self.output(&["execute", action, "-p", "-"], &arguments.to_string());
        assert_eq!(output.status.code(), Some(1), "{action}");
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(result["successful"], false, "{action}: {result}");
        result["error"].as_str().unwrap().to_owned()
    }

    fn output(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(&self.program)
            .args(["--json", "--local", "--allow", "loopback", "--home"])
            .arg(self.home.path())
            .args(arguments)
            .env_remove("COMPOSIO_API_KEY")
            .env_remove("COMPOSIO_BASE_URL")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().unwrap()
    }
}
