//! Every figure that the README quotes, measured by the programs of `composio-benches`.

use crate::members;
use crate::shell::{self, Step};

const PACKAGE: &str = "composio-benches";

pub(crate) fn run(arguments: &[String]) -> Step {
    let members = members::all()?;
    let benches = members
        .iter()
        .find(|member| member.name == PACKAGE)
        .ok_or("no package of benches")?;
    shell::run(&mut shell::cargo([
        "build",
        "--release",
        "--package",
        PACKAGE,
    ]))?;
    for program in &benches.programs {
        if arguments.is_empty() || arguments.contains(program) {
            shell::run(&mut shell::cargo([
                "run",
                "--quiet",
                "--release",
                "--package",
                PACKAGE,
                "--bin",
                program,
            ]))?;
        }
    }
    Ok(())
}
