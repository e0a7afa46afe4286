use std::sync::Arc;

use composio_catalog::{Bundle, Compiled, Integration, Toolkit, compile_with};
use composio_core::{Error, ErrorKind, Result, models::AuthScheme};
use tokio::task::spawn_blocking;

use super::{
    App, Deprecation, LintedApp, NewApp, NewDeprecation, Watch, shipped,
    versions::{digest, ensure_same},
};
use crate::{catalogue, clock, engine::AddedApp, platform::Platform, store::DeprecationRecord};

/// A version to compile under; the catalogue gives the real one.
const UNVERSIONED: &str = "00000000_00";
/// Characters of the reason of a deprecation.
const LONGEST_REASON: usize = 500;

impl Platform {
    /// The apps by slug.
    pub(crate) fn apps(&self) -> Vec<App> {
        self.catalogue.snapshot().apps().map(shown).collect()
    }

    /// One app with its `integration.yaml`.
    pub(crate) async fn app(&self, slug: &str) -> Result<App> {
        let app = self.catalogue.app(slug)?;
        let mut shown = shown(&app);
        let version = &shown.version;
        shown.integration = self.store.app_integration(app.slug(), version).await?;
        Ok(shown)
    }

    pub(crate) async fn add_app(&self, new: NewApp, watch: Watch) -> Result<AddedApp> {
        let new = shipped::complete(new)?;
        let document = self.document(&new, &watch).await?;
        let overlays = self.overlays(&new).await?;
        let (may_move, expected) = (new.accept_hosts, new.digest.clone());
        let (compiled, yaml) = compiled(source(new, overlays), document, watch).await?;
        if let Some(expected) = expected {
            ensure_same(&compiled.toolkit, &expected)?;
        }
        if !may_move && let Ok(before) = self.catalogue.app(&compiled.toolkit.slug) {
            pinned(&before.newest.toolkit, &compiled.toolkit)?;
        }
        self.add_compiled(compiled, &yaml).await
    }

    pub(crate) async fn add_compiled(&self, compiled: Compiled, yaml: &str) -> Result<AddedApp> {
        let app = self.catalogue.add(compiled.toolkit, yaml).await?;
        self.accounts.forget();
        Ok(AddedApp {
            toolkit: app.slug().to_owned(),
            version: app.newest.toolkit.version.clone(),
            tools: app.newest.tools,
            schemes: schemes(&app.newest.toolkit.integration),
            report: compiled.report,
        })
    }

    /// What is wrong with an app. Without a document, or an address of one, it is the `integration.yaml` alone.
    pub(crate) async fn lint_app(&self, new: NewApp, watch: Watch) -> Result<LintedApp> {
        let new = shipped::integration(new)?;
        let mut findings = Vec::new();
        if !new.integration.is_empty() {
            let (integration, found) = Integration::lint(new.integration.as_bytes())?;
            check_name(&integration, new.name.as_deref())?;
            if new.document.is_none() && new.document_url.is_none() {
                return Ok(shipped::linted(&integration, found));
            }
            findings = found;
        }
        let document = self.document(&new, &watch).await?;
        let overlays = self.overlays(&new).await?;
        let (mut compiled, _) = compiled(source(new, overlays), document, watch).await?;
        let known = &compiled.report.problems;
        findings.retain(|finding| !known.contains(finding));
        compiled.report.problems.splice(0..0, findings);
        let toolkit = Arc::new(compiled.toolkit);
        Ok(LintedApp {
            toolkit: toolkit.slug.clone(),
            tools: toolkit.tools.len(),
            schemes: schemes(&toolkit.integration),
            changes: self.changes_by(&toolkit).await?,
            digest: Some(digest(&toolkit)?),
            report: compiled.report,
        })
    }

    pub(crate) async fn remove_app(&self, slug: &str) -> Result<()> {
        self.catalogue.remove(slug).await?;
        self.accounts.forget();
        Ok(())
    }

    /// Marks a version of an app as one to leave.
    pub(crate) async fn deprecate(
        &self,
        slug: &str,
        version: &str,
        new: NewDeprecation,
    ) -> Result<App> {
        let reason = new.reason.filter(|reason| !reason.is_empty());
        if reason
            .as_ref()
            .is_some_and(|reason| reason.chars().count() > LONGEST_REASON)
        {
            return Err(unreadable(format!(
                "reason is longer than {LONGEST_REASON} characters"
            )));
        }
        let sunset_at = new.sunset_at.map(|text| {
            clock::read(&text).ok_or_else(|| {
                unreadable("sunset_at must be a date, or a time of RFC 3339".to_owned())
            })
        });
        let record = DeprecationRecord {
            slug: slug.to_ascii_lowercase(),
            version: version.to_owned(),
            deprecated_at: clock::now(),
            sunset_at: sunset_at.transpose()?,
            reason,
        };
        let app = self
            .catalogue
            .deprecate(slug, version, Some(record))
            .await?;
        Ok(shown(&app))
    }

    /// Takes the mark away.
    pub(crate) async fn undeprecate(&self, slug: &str, version: &str) -> Result<App> {
        let app = self.catalogue.deprecate(slug, version, None).await?;
        Ok(shown(&app))
    }

    async fn document(&self, new: &NewApp, watch: &Watch) -> Result<Vec<u8>> {
        match (&new.document, &new.document_url) {
            (Some(document), None) => Ok(document.clone().into_bytes()),
            (None, Some(url)) => self.fetched(url, watch).await,
            _ => {
                let message = "an app needs its OpenAPI document: give document or document_url";
                Err(Error::new(ErrorKind::InvalidInput, message))
            }
        }
    }

    /// The document at an address, with those that it refers to. One that cannot be had costs what refers to it alone.
    async fn fetched(&self, url: &str, watch: &Watch) -> Result<Vec<u8>> {
        let executor = &self.executions.executor;
        let main = executor.fetch_with(url, watch.reading()).await?;
        let mut bundle = Bundle::new(main, url)?;
        while let Some(address) = bundle
            .missing()
            .first()
            .map(|address| (*address).to_owned())
        {
            let document = executor.fetch_with(&address, watch.reading());
            match document.await {
                Ok(document) => bundle.add(&address, document)?,
                Err(error) => {
                    tracing::warn!(%error, "a document that another refers to cannot be had");
                    bundle.refuse(&address);
                }
            }
        }
        let finished = spawn_blocking(move || bundle.finish()).await;
        let finished = finished.map_err(|error| {
            Error::new(ErrorKind::Internal, "the compiler failed").with_source(error)
        })?;
        Ok(finished?)
    }

    /// The overlays that the `integration.yaml` names: given with it, or fetched.
    async fn overlays(&self, new: &NewApp) -> Result<Overlays> {
        let mut overlays = Overlays::new();
        if !new.integration.contains("overlays") {
            return Ok(overlays);
        }
        let integration = Integration::parse(new.integration.as_bytes())?;
        for name in integration.missing_overlays() {
            let text = match new.overlays.get(name) {
                Some(text) => text.clone().into_bytes(),
                None if name.starts_with("https://") => {
                    self.executions.executor.fetch(name).await?
                }
                None => {
                    let message = format!("the overlay {name} is named and not given");
                    return Err(Error::new(ErrorKind::InvalidInput, message));
                }
            };
            overlays.push((name.to_owned(), text));
        }
        Ok(overlays)
    }
}

/// Names and texts.
type Overlays = Vec<(String, Vec<u8>)>;

/// Where an app's integration comes from.
pub(crate) enum Source {
    /// The `integration.yaml` is there, perhaps with the name that the app should have, and the overlays that it names.
    Given(Vec<u8>, Option<String>, Overlays),
    /// The document tells it of the app with this name.
    Derived(String),
}

fn source(new: NewApp, overlays: Overlays) -> Source {
    match new.name {
        Some(name) if new.integration.is_empty() => Source::Derived(name),
        name => Source::Given(new.integration.into_bytes(), name, overlays),
    }
}

/// Compiles where it does not hold up other requests: a large document takes a while.
pub(crate) async fn compiled(
    source: Source,
    document: Vec<u8>,
    watch: Watch,
) -> Result<(Compiled, String)> {
    let progress = move |done, of| watch.compiling(done, of);
    let compile = move || match source {
        Source::Given(yaml, name, overlays) => {
            let mut integration = Integration::parse(&yaml)?;
            check_name(&integration, name.as_deref())?;
            for (name, overlay) in &overlays {
                integration.give_overlay(name, overlay)?;
            }
            let compiled = compile_with(integration, &document, UNVERSIONED, &progress)?;
            let yaml = String::from_utf8(yaml).map_err(|_| {
                Error::new(ErrorKind::InvalidInput, "integration.yaml is not UTF-8")
            })?;
            Ok((compiled, yaml))
        }
        Source::Derived(name) => {
            let (integration, problems) = Integration::of_document(&name, &document)?;
            // JSON is YAML.
            let yaml = serde_json::to_string(&integration).map_err(|error| {
                Error::new(
                    ErrorKind::Internal,
                    "the derived integration has no JSON form",
                )
                .with_source(error)
            })?;
            let mut compiled = compile_with(integration, &document, UNVERSIONED, &progress)?;
            compiled.report.problems.splice(0..0, problems);
            Ok((compiled, yaml))
        }
    };
    spawn_blocking(compile).await.map_err(|error| {
        Error::new(ErrorKind::Internal, "the compiler failed").with_source(error)
    })?
}

fn check_name(integration: &Integration, name: Option<&str>) -> Result<()> {
    let slug = integration.slug();
    if name.is_none_or(|name| name.eq_ignore_ascii_case(&slug)) {
        return Ok(());
    }
    let message = format!("the integration.yaml is of the app {slug}: its unique_key is the name");
    Err(Error::new(ErrorKind::InvalidInput, message).with_slug("Toolkit_NameMismatch"))
}

/// Refuses a version that leads where the one before it did not.
fn pinned(before: &Toolkit, after: &Toolkit) -> Result<()> {
    let is_known = |host: &String| {
        before.hosts.is_empty()
            || before.hosts.contains(host)
            || before.hosts.iter().any(|own| own == "*")
    };
    let added: Vec<&str> = after
        .hosts
        .iter()
        .filter(|host| !is_known(host))
        .map(String::as_str)
        .collect();
    if added.is_empty() {
        return Ok(());
    }
    let message = format!(
        "this version of {} leads to {}, the last one did not: accept the hosts if they are the vendor's",
        after.slug,
        added.join(", ")
    );
    Err(Error::new(ErrorKind::Conflict, message).with_slug("Toolkit_HostsChanged"))
}

pub(super) fn schemes(integration: &Integration) -> Vec<AuthScheme> {
    let schemes = integration.auth_schemes.iter();
    schemes.map(|scheme| scheme.auth_mode.clone()).collect()
}

fn shown(app: &Arc<catalogue::App>) -> App {
    let toolkit = &app.newest.toolkit;
    App {
        slug: app.slug().to_owned(),
        name: toolkit.integration.name.clone(),
        version: toolkit.version.clone(),
        versions: app.versions.clone(),
        deprecated: app.deprecations.values().map(told).collect(),
        tools: app.newest.tools,
        integration: None,
    }
}

fn told(record: &DeprecationRecord) -> Deprecation {
    Deprecation {
        version: record.version.clone(),
        deprecated_at: clock::rfc3339(record.deprecated_at),
        sunset_at: record.sunset_at.map(clock::rfc3339),
        reason: record.reason.clone(),
    }
}

fn unreadable(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message).with_slug("Deprecation_Invalid")
}
