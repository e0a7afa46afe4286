use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use composio_core::{Error, ErrorKind, Result, Secret};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::Settings;

/// A PKCE verifier (RFC 7636): 32 random bytes.
#[derive(Debug, Clone)]
pub(crate) struct Verifier(Secret);

impl Verifier {
    pub(crate) fn random() -> Self {
        let bytes = rand::random::<[u8; 32]>();
        Self(Secret::from(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The verifier that was kept.
    pub(crate) fn kept(secret: Secret) -> Self {
        Self(secret)
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }

    /// `S256` (RFC 7636, 4.2).
    fn challenge(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.0.expose()))
    }
}

/// What the address of one authorization says besides the settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Authorization<'a> {
    pub(crate) state: &'a Secret,
    pub(crate) redirect_uri: &'a str,
    pub(crate) verifier: Option<&'a Verifier>,
}

impl Settings {
    /// A new verifier, where the provider takes one.
    pub(crate) fn verifier(&self) -> Option<Verifier> {
        self.uses_pkce.then(Verifier::random)
    }

    /// The address where the user consents (RFC 6749, 4.1.1).
    ///
    /// The scheme's own parameters win, except over those that make the flow safe.
    ///
    /// Errors: `Config` if the scheme has no such address.
    pub(crate) fn authorize(&self, asked: Authorization<'_>) -> Result<Url> {
        let mut url = self
            .authorization_url
            .clone()
            .ok_or_else(|| Error::new(ErrorKind::Config, "the scheme has no authorization_url"))?;
        let challenge = asked.verifier.map(Verifier::challenge);
        let mut fixed = vec![
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", asked.redirect_uri),
            ("state", asked.state.expose()),
        ];
        if let Some(challenge) = &challenge {
            fixed.push(("code_challenge", challenge));
            fixed.push(("code_challenge_method", "S256"));
        }
        let is_fixed = |name: &str| fixed.iter().any(|(own, _)| *own == name);
        let mut pairs: Vec<(String, String)> = Vec::new();
        let own = url
            .query_pairs()
            .into_owned()
            .chain(self.authorization_params.iter().cloned());
        for (name, value) in own.filter(|(name, _)| !is_fixed(name)) {
            pairs.retain(|(known, _)| *known != name);
            pairs.push((name, value));
        }
        let mut usual = vec![("response_type", "code")];
        if !self.scopes.is_empty() {
            usual.push((&self.scope_parameter, &self.scopes));
        }
        if let Some(resource) = &self.resource {
            usual.push(("resource", resource));
        }
        usual.retain(|(name, _)| !pairs.iter().any(|(own, _)| own == name));
        url.set_query(None);
        url.query_pairs_mut()
            .extend_pairs(usual)
            .extend_pairs(pairs)
            .extend_pairs(fixed);
        Ok(url)
    }
}
