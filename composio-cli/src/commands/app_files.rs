//! An app's OpenAPI document and `integration.yaml`, as the command line names them.

use composio_core::models::AuthScheme;
use composio_engine::NewApp;
use tokio::fs;

use crate::{cli::AppFiles, failure::Failure};

/// Reads the files. An address is left to the engine, whose egress policy it has to pass.
pub(super) async fn read(name: &str, files: &AppFiles) -> Result<NewApp, Failure> {
    let Some(spec) = &files.spec else {
        return Err(
            Failure::usage(format!("no app {name} comes with this version"))
                .hint("give the vendor's OpenAPI document with --spec FILE or --spec URL"),
        );
    };
    let mut app = NewApp::derived(name);
    if let Some(path) = &files.integration {
        app.integration = text(path).await?;
    }
    if spec.starts_with("https://") || spec.starts_with("http://") {
        return Ok(app.document_url(spec));
    }
    Ok(app.document(text(spec).await?))
}

async fn text(path: &str) -> Result<String, Failure> {
    fs::read_to_string(path)
        .await
        .map_err(|error| Failure::usage(format!("{path}: {error}")))
}

/// How users connect, where nobody wrote that down.
pub(super) fn derived(files: &AppFiles, schemes: &[AuthScheme]) -> Option<String> {
    if files.integration.is_some() {
        return None;
    }
    let modes: Vec<&str> = schemes.iter().map(AuthScheme::as_str).collect();
    Some(if modes.is_empty() {
        "derived from the document: no credentials are needed".to_owned()
    } else {
        format!(
            "derived from the document: users connect by {}",
            modes.join(" or ")
        )
    })
}
