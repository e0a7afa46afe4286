//! The certified OpenID provider as a process of its own, with an API behind it.

use std::process::Command;

use serde_json::{Value, json};

use crate::announced::Announced;
use crate::parts::{Missing, NodeEnvironment};
use crate::tree;
use crate::visitor::Visitor;

/// npm's `oidc-provider`.
pub const OIDC_PROVIDER: NodeEnvironment = NodeEnvironment {
    name: "oidc-provider-9.13.3",
    manifest: include_str!("../oidc/package.json"),
    lock: include_str!("../oidc/package-lock.json"),
};

/// What an [`OidcProvider`] is started with.
#[derive(Debug, Clone)]
pub struct OidcOptions {
    /// Where its clients `composio-post`, `composio-basic` and `composio-public` may send users back to.
    pub redirect_uris: Vec<String>,
    /// How long access tokens live.
    pub access_token_seconds: u64,
    /// Whether a refresh token is good once.
    pub rotate: bool,
    /// Whether users see its pages; otherwise they consent at once, as `login_hint` says.
    pub interactive: bool,
}

impl Default for OidcOptions {
    fn default() -> Self {
        Self {
            redirect_uris: Vec::new(),
            access_token_seconds: 3600,
            rotate: true,
            interactive: false,
        }
    }
}

/// A running provider. It is stopped when this is dropped.
#[derive(Debug)]
pub struct OidcProvider {
    /// Such as `http://127.0.0.1:4000`.
    pub issuer: String,
    _process: Announced,
}

impl OidcProvider {
    /// Installs and starts it.
    ///
    /// # Errors
    ///
    /// [`Missing`] if its packages cannot be had, or if Node does not start it.
    pub fn start(options: &OidcOptions) -> Result<Self, Missing> {
        let modules = OIDC_PROVIDER.install()?;
        let options = json!({
            "redirect_uris": options.redirect_uris,
            "access_token_seconds": options.access_token_seconds,
            "rotate": options.rotate,
            "interactive": options.interactive,
        });
        let process = Announced::start(
            Command::new("node")
                .arg(tree::root().join("tests/oidc/provider.mjs"))
                .arg(options.to_string())
                .env("MODULES", modules),
        )?;
        Ok(Self {
            issuer: process.line.clone(),
            _process: process,
        })
    }

    /// What a client of this provider has for a secret: of `post` or `basic`.
    #[must_use]
    pub fn secret(client: &str) -> String {
        format!("secret of {client}: +/%&")
    }

    /// What it has granted and refused so far, by name, and how many families of tokens it has revoked.
    #[must_use]
    pub fn stats(&self) -> Value {
        let answer = Visitor::new().get(&format!("{}/stats", self.issuer));
        serde_json::from_str(&answer.body).unwrap_or_default()
    }

    /// The `integration.yaml` of an app `desk` whose users this provider knows, with `more` in its scheme.
    #[must_use]
    pub fn integration(&self, more: &str) -> String {
        let issuer = &self.issuer;
        format!(
            "name: Desk\nunique_key: desk\nget_current_user_endpoint: /me\nproxy:\n  base_url: {issuer}/api\n\
             auth_schemes:\n  - auth_mode: OAUTH2\n    name: desk_oauth2\n    authorization_url: {issuer}/auth\n    \
             token_url: {issuer}/token\n    default_scopes: [openid, offline_access, read]\n    \
             authorization_params: {{prompt: consent}}\n{more}"
        )
    }

    /// The OpenAPI document of that app: the tool `DESK_GET_ME`.
    #[must_use]
    pub fn document() -> String {
        json!({"openapi": "3.1.0", "info": {"title": "Desk", "version": "1"}, "paths": {"/me": {"get": {
            "operationId": "me", "summary": "Get me", "responses": {"200": {"description": "ok"}}}}}})
        .to_string()
    }
}
