//! The apps that come with the engine.

use composio_catalog::{Diagnostic, Integration, Report};
use composio_core::{Error, ErrorKind, Result};
use composio_toolkits::ShippedApp;

use super::{LintedApp, NewApp, apps::schemes};

/// The apps that this engine comes with, by slug; [`NewApp::shipped`] adds one.
///
/// ```
/// let names: Vec<&str> = composio_engine::shipped_apps().iter().map(|app| app.slug).collect();
/// assert!(names.contains(&"github"));
/// ```
#[must_use]
pub fn shipped_apps() -> &'static [ShippedApp] {
    composio_toolkits::APPS
}

/// The app with the `integration.yaml` that it comes with, if it is a shipped one.
pub(super) fn integration(mut new: NewApp) -> Result<NewApp> {
    if new.shipped {
        let app = find(&new)?;
        app.integration.clone_into(&mut new.integration);
        if new.document.is_none() && new.document_url.is_none() {
            new.document = app.document.map(str::to_owned);
        }
    }
    Ok(new)
}

/// The app with all that is known of it: where its document is, too.
pub(super) fn complete(new: NewApp) -> Result<NewApp> {
    let mut new = integration(new)?;
    if new.integration.is_empty() || new.document.is_some() || new.document_url.is_some() {
        return Ok(new);
    }
    let integration = Integration::parse(new.integration.as_bytes())?;
    match integration.spec {
        Some(url) if url.starts_with("https://") => new.document_url = Some(url),
        _ if new.shipped => {
            let message = format!(
                "the vendor of {} publishes no OpenAPI document: give one, {} is the documentation",
                integration.name, integration.docs
            );
            return Err(
                Error::new(ErrorKind::InvalidInput, message).with_slug("Toolkit_DocumentNeeded")
            );
        }
        _ => {}
    }
    Ok(new)
}

/// What there is to say about an `integration.yaml` without its document.
pub(super) fn linted(integration: &Integration, problems: Vec<Diagnostic>) -> LintedApp {
    let mut report = Report::default();
    report.problems = problems;
    LintedApp {
        toolkit: integration.slug(),
        tools: 0,
        schemes: schemes(integration),
        report,
        changes: None,
        digest: None,
    }
}

fn find(new: &NewApp) -> Result<&'static ShippedApp> {
    let name = new.name.as_deref().unwrap_or_default();
    composio_toolkits::find(name).ok_or_else(|| {
        let message = format!("no app {name} comes with this version: give its OpenAPI document");
        Error::new(ErrorKind::NotFound, message).with_slug("Toolkit_NotShipped")
    })
}
