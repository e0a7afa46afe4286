use std::sync::Arc;

use composio_catalog::{Compiled, Integration, compile};
use composio_core::{Error, ErrorKind, Result};
use tokio::task::spawn_blocking;

use super::{App, LintedApp, NewApp};
use crate::{catalogue, engine::AddedApp, platform::Platform};

/// A version to compile under; the catalogue gives the real one.
const UNVERSIONED: &str = "00000000_00";

impl Platform {
    /// The apps by slug.
    pub(crate) fn apps(&self) -> Vec<App> {
        self.catalogue.snapshot().apps().map(shown).collect()
    }

    /// One app with its `integration.yaml`.
    pub(crate) async fn app(&self, slug: &str) -> Result<App> {
        let app = self.catalogue.app(slug)?;
        let mut shown = shown(&app);
        let record = self.store.app(app.slug(), &shown.version).await?;
        shown.integration = record.map(|record| record.integration);
        Ok(shown)
    }

    pub(crate) async fn add_app(&self, new: NewApp) -> Result<AddedApp> {
        let document = self.document(&new).await?;
        let (compiled, yaml) = compiled(new.integration, document).await?;
        self.add_compiled(compiled, &yaml).await
    }

    pub(crate) async fn add_compiled(&self, compiled: Compiled, yaml: &str) -> Result<AddedApp> {
        let app = self.catalogue.add(compiled.toolkit, yaml).await?;
        self.accounts.forget();
        Ok(AddedApp {
            toolkit: app.slug().to_owned(),
            version: app.newest.toolkit.version.clone(),
            tools: app.newest.toolkit.tools.len(),
            report: compiled.report,
        })
    }

    pub(crate) async fn lint_app(&self, new: NewApp) -> Result<LintedApp> {
        let document = self.document(&new).await?;
        let (compiled, _) = compiled(new.integration, document).await?;
        Ok(LintedApp {
            toolkit: compiled.toolkit.slug.clone(),
            tools: compiled.toolkit.tools.len(),
            report: compiled.report,
        })
    }

    pub(crate) async fn remove_app(&self, slug: &str) -> Result<()> {
        self.catalogue.remove(slug).await?;
        self.accounts.forget();
        Ok(())
    }

    async fn document(&self, new: &NewApp) -> Result<Vec<u8>> {
        match (&new.document, &new.document_url) {
            (Some(document), None) => Ok(document.clone().into_bytes()),
            (None, Some(url)) => self.executions.executor.fetch(url).await,
            _ => {
                let message = "an app needs its OpenAPI document: give document or document_url";
                Err(Error::new(ErrorKind::InvalidInput, message))
            }
        }
    }
}

/// Compiles where it does not hold up other requests: a large document takes a while.
pub(crate) async fn compiled(
    yaml: impl Into<Vec<u8>>,
    document: Vec<u8>,
) -> Result<(Compiled, String)> {
    let yaml = yaml.into();
    let compile = move || {
        let integration = Integration::parse(&yaml)?;
        let compiled = compile(integration, &document, UNVERSIONED)?;
        let yaml = String::from_utf8(yaml)
            .map_err(|_| Error::new(ErrorKind::InvalidInput, "integration.yaml is not UTF-8"))?;
        Ok((compiled, yaml))
    };
    spawn_blocking(compile).await.map_err(|error| {
        Error::new(ErrorKind::Internal, "the compiler failed").with_source(error)
    })?
}

fn shown(app: &Arc<catalogue::App>) -> App {
    let toolkit = &app.newest.toolkit;
    App {
        slug: app.slug().to_owned(),
        name: toolkit.integration.name.clone(),
        version: toolkit.version.clone(),
        versions: app.versions.clone(),
        tools: toolkit.tools.len(),
        integration: None,
    }
}
