use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use composio_core::{Result, Secret};
use serde_json::{Map, Value, json};

use super::SigningKey;

/// Signs `claims`; `key_id` is the `kid` of the header.
///
/// Errors: `Internal` if the system has no random numbers.
pub(in crate::auth) fn sign(
    key: &SigningKey,
    key_id: Option<&str>,
    claims: &Map<String, Value>,
) -> Result<Secret> {
    let header = match key_id {
        Some(id) => json!({"alg": key.name(), "typ": "JWT", "kid": id}),
        None => json!({"alg": key.name(), "typ": "JWT"}),
    };
    let encode = |value: String| BASE64_URL_SAFE_NO_PAD.encode(value);
    let claims = Value::from(claims.clone()).to_string();
    let message = format!("{}.{}", encode(header.to_string()), encode(claims));
    let signature = key.signature(message.as_bytes())?;
    let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
    Ok(Secret::from(format!("{message}.{signature}")))
}

/// When a token says that it runs out, in seconds since 1970; `None` for what is no JWT or does not say. Nobody's
/// signature is checked: it is for knowing when to ask again, and for nothing else.
pub(in crate::auth) fn expiry(token: &str) -> Option<i64> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&claims).ok()?;
    let at = claims.get("exp")?;
    at.as_i64().or_else(|| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "what is too large saturates"
        )]
        at.as_f64().map(|at| at as i64)
    })
}
