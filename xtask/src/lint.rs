//! Format, clippy and rustdoc; a warning is a failure.

use crate::docs;
use crate::headers;
use crate::members;
use crate::shell::{self, Step};

/// Crates that must also build without their default features.
const BARE: &[&str] = &["composio-core", "composio-openai", "composio-rig"];

pub(crate) fn run(_: &[String]) -> Step {
    shell::run(&mut shell::cargo(["fmt", "--all", "--check"]))?;
    clippy(&workspace())?;
    for name in BARE {
        clippy(&["--package", name, "--no-default-features"].map(ToOwned::to_owned))?;
    }
    docs::run(&[])
}

/// Everything with every feature; without OpenSSL's headers, all that does without them.
fn workspace() -> Vec<String> {
    let mut arguments = members::buildable();
    arguments.push("--all-targets".to_owned());
    if headers::are_there() {
        arguments.push("--all-features".to_owned());
    }
    arguments
}

fn clippy(arguments: &[String]) -> Step {
    let mut command = shell::cargo(["clippy", "--quiet"]);
    shell::run(command.args(arguments).args(["--", "--deny", "warnings"]))
}
