//! An app's OpenAPI document and `integration.yaml`, as the command line names them.

use std::path::{Component, Path};

use composio_catalog::Integration;
use composio_core::models::AuthScheme;
use composio_engine::{NewApp, shipped_apps};
use tokio::fs;

use crate::{cli::AppFiles, failure::Failure};

/// The file that makes a folder a toolkit.
const INTEGRATION: &str = "integration.yaml";

/// Reads the files. An address is left to the engine, whose egress policy it has to pass.
pub(super) async fn read(name: &str, files: &AppFiles) -> Result<NewApp, Failure> {
    let folder = Path::new(name);
    if files.integration.is_none() && folder.join(INTEGRATION).is_file() {
        return of_folder(folder, files).await;
    }
    let app = if let Some(path) = &files.integration {
        let mut app = NewApp::derived(name);
        app.integration = text(path).await?;
        app
    } else if is_shipped(name) {
        NewApp::shipped(name)
    } else if files.spec.is_some() {
        NewApp::derived(name)
    } else {
        let failure = Failure::usage(format!("no app {name} comes with this version"));
        return Err(
            failure.hint("give the vendor's OpenAPI document with --spec FILE or --spec URL")
        );
    };
    with_document(app, files).await
}

/// A toolkit's folder: its `integration.yaml`, and the document beside it unless another is given.
async fn of_folder(folder: &Path, files: &AppFiles) -> Result<NewApp, Failure> {
    let integration = text(folder.join(INTEGRATION)).await?;
    let spec = Integration::parse(integration.as_bytes())
        .ok()
        .and_then(|integration| integration.spec)
        .filter(|spec| files.spec.is_none() && !is_address(spec));
    let app = with_document(NewApp::new(integration), files).await?;
    let Some(spec) = spec else {
        return Ok(app);
    };
    // A folder may come from anywhere: it names a file of its own, not one of this machine's.
    let is_own = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !Path::new(&spec).components().all(is_own) {
        return Err(Failure::usage(format!(
            "{spec} is no file of the toolkit's folder"
        )));
    }
    Ok(app.document(text(folder.join(spec)).await?))
}

async fn with_document(app: NewApp, files: &AppFiles) -> Result<NewApp, Failure> {
    let app = if files.accept_hosts {
        app.accept_hosts()
    } else {
        app
    };
    match &files.spec {
        None => Ok(app),
        Some(spec) if is_address(spec) => Ok(app.document_url(spec)),
        Some(spec) => Ok(app.document(text(spec).await?)),
    }
}

/// Whether the app comes with this version.
pub(super) fn is_shipped(name: &str) -> bool {
    let mut apps = shipped_apps().iter();
    apps.any(|app| app.slug.eq_ignore_ascii_case(name))
}

fn is_address(spec: &str) -> bool {
    spec.starts_with("https://") || spec.starts_with("http://")
}

async fn text(path: impl AsRef<Path>) -> Result<String, Failure> {
    let path = path.as_ref();
    fs::read_to_string(path)
        .await
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// How users connect, where nobody wrote that down.
pub(super) fn derived(app: &NewApp, schemes: &[AuthScheme]) -> Option<String> {
    if app.shipped || !app.integration.is_empty() {
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
