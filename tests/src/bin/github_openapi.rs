//! Installs GitHub's OpenAPI document, for the benches; says why if it cannot be had.

use std::process::ExitCode;

use composio_tests::parts::GITHUB_OPENAPI;

fn main() -> ExitCode {
    match GITHUB_OPENAPI.install() {
        Ok(_) => ExitCode::SUCCESS,
        Err(missing) => {
            eprintln!("{missing}");
            ExitCode::FAILURE
        }
    }
}
