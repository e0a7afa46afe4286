//! Actions of the `composio` program.

use std::path::Path;

use composio_tests::program::Program;
use serde_json::Value;

pub(crate) struct Cli(Program);

impl Cli {
    pub(crate) fn new() -> Self {
        Self(Program::new())
    }

    pub(crate) fn home(&self) -> &Path {
        self.0.home()
    }

    /// Runs a command that has to succeed, with `input` on its standard input, and gives what it printed.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Value {
        self.0.run(arguments, input)
    }

    /// Runs an action that has to succeed.
    pub(crate) fn execute(&self, action: &str, arguments: &Value) -> Value {
        let result = self.run(&["execute", action, "-p", "-"], &arguments.to_string());
        assert_eq!(result["successful"], true, "{action}: {result}");
        result["data"].clone()
    }

    /// Runs an action that has to fail, and gives its error.
    pub(crate) fn fails(&self, action: &str, arguments: &Value) -> String {
        let command = ["execute", action, "-p", "-"];
        let output = self.0.output(&command, &arguments.to_string());
        assert_eq!(output.status.code(), Some(1), "{action}");
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(result["successful"], false, "{action}: {result}");
        result["error"].as_str().unwrap().to_owned()
    }
}
