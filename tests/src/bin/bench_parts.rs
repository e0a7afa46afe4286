//! Installs what the benches measure on; says why if something cannot be had.

use std::process::ExitCode;

use composio_tests::parts::{GITHUB_OPENAPI, MINILM};

fn main() -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for part in [GITHUB_OPENAPI, MINILM] {
        if let Err(missing) = part.install() {
            eprintln!("{missing}");
            code = ExitCode::FAILURE;
        }
    }
    code
}
