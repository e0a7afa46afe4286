//! Real OpenAPI documents through the catalogue.

use std::process::ExitCode;

use composio_tests::parts::GITHUB_OPENAPI;
use composio_tests::suite::Suite;

fn main() -> ExitCode {
    Suite::new()
        .case_on(GITHUB_OPENAPI, "github_document_is_there", |folder| {
            let size = std::fs::metadata(folder.join("generated/api.github.com.json"))?.len();
            if size > 10_000_000 {
                Ok(())
            } else {
                Err(format!("{size} bytes").into())
            }
        })
        .run()
}
