//! An app on loopback with a key in the vault.

use composio_core::Transport;
use composio_engine::{EgressPolicy, Engine};
use tempfile::TempDir;

use crate::harness::Outcome;

/// The key that the vendor asks for.
pub(super) const KEY: &str = "demo-key-0123456789";
/// The header it stands in.
pub(super) const KEY_HEADER: &str = "x-api-key";
/// Reads a list.
pub(super) const LIST: &str = "DEMO_LIST_ISSUES";

const INTEGRATION: &str = r#"
name: Demo
unique_key: demo
auth_schemes:
  - name: key
    auth_mode: API_KEY
    fields:
      - name: api_key
        type: string
        required: true
        expected_from_customer: true
    proxy:
      base_url: BASE
      headers:
        X-Api-Key: "{{api_key}}"
"#;

pub(super) const DOCUMENT: &str = r#"{
  "openapi": "3.1.0",
  "info": {"title": "Demo", "version": "1"},
  "paths": {
    "/repos/{owner}/{repo}/issues": {"get": {
      "summary": "List issues",
      "parameters": [
        {"name": "owner", "in": "path", "required": true, "schema": {"type": "string"}},
        {"name": "repo", "in": "path", "required": true, "schema": {"type": "string"}},
        {"name": "state", "in": "query", "schema": {"type": "string", "enum": ["open", "closed", "all"]}},
        {"name": "per_page", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}}
      ],
      "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {
        "type": "array", "items": {"type": "object"}}}}}}
    }}
  }
}"#;

/// The `integration.yaml` of the app at `base`.
pub(super) fn integration(base: &str) -> String {
    INTEGRATION.replace("BASE", base)
}

/// An engine on a file of its own, with the app and an account of the user `alice`.
pub(super) struct Demo {
    pub(super) engine: Engine,
    // Deleted when this is dropped.
    _folder: TempDir,
}

impl Demo {
    pub(super) async fn open(base: &str) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let engine = Engine::builder()
            .database(folder.path().join("composio.db"))
            .egress(EgressPolicy::default().allow_loopback())
            .build()
            .await?;
        engine.add_app(integration(base), DOCUMENT).await?;
        engine
            .connect("demo")
            .entity("alice")
            .field("api_key", KEY)
            .await?;
        Ok(Self {
            engine,
            _folder: folder,
        })
    }

    pub(super) fn transport(&self) -> Transport {
        Transport::new(self.engine.clone())
    }
}
