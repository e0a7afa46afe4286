//! Format, clippy and rustdoc; a warning is a failure.

use crate::docs;
use crate::headers;
use crate::members;
use crate::shell::{self, Step};

/// Crates that must also build without their default features.
const BARE: &[&str] = &["composio-core", "composio-openai", "composio-rig"];

/// Every check runs, so that one failure does not hide another.
pub(crate) fn run(_: &[String]) -> Step {
    let mut checks = vec![
        shell::run(&mut shell::cargo(["fmt", "--all", "--check"])),
        clippy(&workspace()),
    ];
    for name in BARE {
        checks.push(clippy(
            &["--package", name, "--no-default-features"].map(ToOwned::to_owned),
        ));
    }
    checks.push(docs::run(&[]));
    let failures: Vec<String> = checks
        .into_iter()
        .filter_map(Result::err)
        .map(|failure| failure.to_string())
        .collect();
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failures.join("\n").into())
    }
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
