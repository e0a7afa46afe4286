//! `SERVICE_ACCOUNT`: an application signs for itself (RFC 7523), as the scheme's `assertion` says.

use std::time::Duration;

use composio_catalog::{AssertionUse, SigningAlgorithm};
use composio_core::{Result, Secret};
use http::header;
use serde_json::{Map, Value};
use url::Url;

use super::{
    fields::Values,
    jwt::{self, SigningKey},
    oauth2::Tokens,
    obtain::{Obtain, Request, TokenRequest},
    scheme::{Scheme, anything},
};
use crate::clock;

pub(super) const SCHEME: Scheme = Scheme {
    names: &[],
    members: &[],
    check: anything,
};

/// RFC 7523, 2.1.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// How far behind the provider's clock may be, in seconds.
const SKEW: i64 = 30;

/// Who signs, with what.
pub(super) struct Signing {
    pub(super) key: SigningKey,
    pub(super) key_id: Option<String>,
    /// What the assertion says if the scheme does not.
    pub(super) issuer: Option<String>,
    pub(super) claims: Map<String, Value>,
}

/// The request for a token; without a token endpoint, the assertion itself.
pub(super) fn request(request: &Request<'_>) -> Result<Obtain> {
    let assertion = &request.scheme.assertion;
    let field = assertion.key_field.as_deref().unwrap_or("private_key");
    let algorithm = assertion.algorithm.unwrap_or_default();
    let signing = Signing {
        key: SigningKey::read(algorithm, request.field(field)?)?,
        key_id: None,
        issuer: request.text("assertion.issuer", "{{application_id}}")?,
        claims: Map::new(),
    };
    if request.scheme.token_url.is_none() {
        return alone(request, signing);
    }
    let url = request.token_url(field)?;
    send(request, signing, url)
}

/// The request for a token at `url` with what was signed.
pub(super) fn send(request: &Request<'_>, signing: Signing, url: Url) -> Result<Obtain> {
    let token = sign(request, signing, Some(&url))?;
    let mut asked = TokenRequest::new(url, request)?;
    asked.scrubber.add(token.expose());
    match request.scheme.assertion.sent_as.unwrap_or_default() {
        AssertionUse::Bearer => {
            let value = format!("Bearer {}", token.expose());
            asked.authorize(&value, header::AUTHORIZATION)?;
        }
        _ => {
            asked.push("grant_type", GRANT);
            asked.push("assertion", token.expose());
        }
    }
    asked.body = request.scheme.oauth.token_body();
    Ok(Obtain::Ask(Box::new(asked)))
}

fn alone(request: &Request<'_>, signing: Signing) -> Result<Obtain> {
    let token = sign(request, signing, None)?;
    let life = request.scheme.assertion.lifetime();
    Ok(Obtain::Signed(Tokens {
        values: Values::from([("access_token".to_owned(), token)]),
        expires_in: Some(Duration::from_secs(life)),
    }))
}

fn sign(request: &Request<'_>, signing: Signing, url: Option<&Url>) -> Result<Secret> {
    let assertion = &request.scheme.assertion;
    let text = |name: &str, template: &Option<String>| match template {
        Some(template) => request.text(&format!("assertion.{name}"), template),
        None => Ok(None),
    };
    let now = clock::now() / 1_000_000;
    let life = i64::try_from(assertion.lifetime()).unwrap_or(i64::MAX);
    let mut claims = signing.claims;
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            claims.insert(name.to_owned(), value.into());
        }
    };
    put("iss", text("issuer", &assertion.issuer)?.or(signing.issuer));
    put("sub", text("subject", &assertion.subject)?);
    let endpoint = url.map(|url| url.as_str().to_owned());
    put("aud", text("audience", &assertion.audience)?.or(endpoint));
    for (name, template) in &assertion.claims {
        put(
            name,
            request.text(&format!("assertion.claims.{name}"), template)?,
        );
    }
    claims.insert("iat".to_owned(), (now - SKEW).into());
    claims.insert("exp".to_owned(), (now + life).into());
    let key_id = text("key_id", &assertion.key_id)?.or(signing.key_id);
    jwt::sign(&signing.key, key_id.as_deref(), &claims)
}

/// The algorithm of keys that bring none.
pub(super) const USUAL: SigningAlgorithm = SigningAlgorithm::Rs256;
