//! An app's OpenAPI document and `integration.yaml`, as files.

use composio_catalog::{Diagnostic, Integration};
use composio_core::{Error, models::AuthScheme};
use tokio::fs;

use crate::{
    cli::AppFiles,
    failure::{Exit, Failure},
};

/// An app as the engine takes it.
pub(super) struct Source {
    pub(super) integration: Vec<u8>,
    pub(super) document: Vec<u8>,
    /// What the integration was made of, if it was not given.
    pub(super) derived: Option<Derived>,
}

/// An integration that nobody wrote.
pub(super) struct Derived {
    schemes: Vec<AuthScheme>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Derived {
    /// What was derived, in a sentence.
    pub(super) fn told(&self) -> String {
        let modes: Vec<&str> = self.schemes.iter().map(AuthScheme::as_str).collect();
        if modes.is_empty() {
            return "the document asks for no credentials, so none are used".to_owned();
        }
        format!(
            "users connect by {}, as the document says",
            modes.join(" or ")
        )
    }
}

impl Source {
    /// Reads the files; what they say about credentials is derived from the document if there is no integration.
    pub(super) async fn read(name: &str, files: &AppFiles) -> Result<Self, Failure> {
        let Some(spec) = &files.spec else {
            return Err(
                Failure::usage(format!("no app {name} comes with this version"))
                    .hint("give the vendor's OpenAPI document with --spec FILE"),
            );
        };
        let document = read(spec).await?;
        if let Some(path) = &files.integration {
            let integration = read(path).await?;
            let slug = Integration::parse(&integration)
                .map_err(Error::from)?
                .slug();
            if slug != name.to_lowercase() {
                let message = format!("{path} is of the app {slug}, not of {name}");
                return Err(Failure::usage(message).hint("its unique_key is the app's name"));
            }
            return Ok(Self {
                integration,
                document,
                derived: None,
            });
        }
        let (derived, diagnostics) =
            Integration::of_document(name, &document).map_err(Error::from)?;
        let integration = serde_json::to_vec(&derived)
            .map_err(|error| Failure::new(Exit::Failed, format!("no JSON form: {error}")))?;
        let schemes = derived.auth_schemes.into_iter();
        Ok(Self {
            integration,
            document,
            derived: Some(Derived {
                schemes: schemes.map(|scheme| scheme.auth_mode).collect(),
                diagnostics,
            }),
        })
    }
}

async fn read(path: &str) -> Result<Vec<u8>, Failure> {
    if path.contains("://") {
        return Err(
            Failure::usage("documents are read from files in this version")
                .hint("download it, and give the file"),
        );
    }
    fs::read(path)
        .await
        .map_err(|error| Failure::usage(format!("{path}: {error}")))
}
