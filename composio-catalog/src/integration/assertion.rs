//! How an account signs for itself.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

use super::lenient;

/// The signed assertion (a JWT, RFC 7519) by which a `SERVICE_ACCOUNT` or `GOOGLE_SERVICE_ACCOUNT` gets its tokens: a
/// scheme's `assertion` mapping.
///
/// An extension of ours; everything is optional. Texts are Jinja templates over the scheme's fields, and a claim whose
/// template lacks a field is left out. The token endpoint is the scheme's `token_url`; where there is none, the
/// assertion itself is the access token.
///
/// ```
/// use composio_catalog::{AssertionUse, Integration};
///
/// let app = Integration::parse(br#"
/// name: Forge
/// unique_key: forge
/// auth_schemes:
///   - auth_mode: SERVICE_ACCOUNT
///     token_url: https://api.forge.example/installations/{{installation_id}}/tokens
///     assertion:
///       sent_as: bearer
///       lifetime: 540
/// "#)?;
/// assert_eq!(app.auth_schemes[0].assertion.sent_as, Some(AssertionUse::Bearer));
/// # Ok::<(), composio_catalog::CompileError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AssertionConfig {
    /// How it is signed (RFC 7518 section 3.1); `RS256` if absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "algorithm"
    )]
    pub algorithm: Option<SigningAlgorithm>,
    /// The field that holds the key: a PEM text, or the shared secret of `HS256`; `private_key` if absent. A Google key
    /// file brings its own.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub key_field: Option<String>,
    /// `kid` of the header: which of its keys the account signs with.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub key_id: Option<String>,
    /// `iss`; `{{application_id}}` if absent, the `client_email` of a Google key file.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub issuer: Option<String>,
    /// `sub`: for whom the account acts. None if absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub subject: Option<String>,
    /// `aud`; the address of the token endpoint if absent (RFC 7523 section 3).
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub audience: Option<String>,
    /// How many seconds it is good for; 300 if absent, 3600 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<u64>,
    /// Further claims.
    #[serde(
        default,
        skip_serializing_if = "IndexMap::is_empty",
        deserialize_with = "lenient::text_map"
    )]
    pub claims: IndexMap<String, String>,
    /// How the token endpoint gets it; as a grant if absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "sent_as"
    )]
    pub sent_as: Option<AssertionUse>,
}

impl AssertionConfig {
    /// The longest life of an assertion, in seconds.
    pub const LONGEST_LIFETIME: u64 = 3600;

    /// How many seconds it is good for, the default and the limit applied.
    #[must_use]
    pub fn lifetime(&self) -> u64 {
        self.lifetime
            .unwrap_or(300)
            .clamp(1, Self::LONGEST_LIFETIME)
    }

    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Every template, with its member's name.
    pub(super) fn templates(&self) -> impl Iterator<Item = (String, &str)> {
        let own = [
            ("key_id", &self.key_id),
            ("issuer", &self.issuer),
            ("subject", &self.subject),
            ("audience", &self.audience),
        ];
        let own = own
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), text.as_deref()?)));
        let claims = self.claims.iter();
        own.chain(claims.map(|(name, text)| (format!("claims.{name}"), text.as_str())))
    }
}

/// How an assertion is signed (RFC 7518 section 3.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum SigningAlgorithm {
    /// RSA with SHA-256.
    #[default]
    Rs256,
    /// ECDSA on the curve P-256 with SHA-256.
    Es256,
    /// HMAC with SHA-256: both sides have the same secret.
    Hs256,
}

/// How the token endpoint gets an assertion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AssertionUse {
    /// As the grant `urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 section 2.1).
    #[default]
    Grant,
    /// As `Authorization: Bearer` of a request for a token, as GitHub has it for its apps.
    Bearer,
}

fn algorithm<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SigningAlgorithm>, D::Error> {
    let Some(text) = lenient::optional_text(deserializer)? else {
        return Ok(None);
    };
    match text.to_ascii_uppercase().as_str() {
        "RS256" => Ok(Some(SigningAlgorithm::Rs256)),
        "ES256" => Ok(Some(SigningAlgorithm::Es256)),
        "HS256" => Ok(Some(SigningAlgorithm::Hs256)),
        _ => Err(D::Error::custom("algorithm is `RS256`, `ES256` or `HS256`")),
    }
}

fn sent_as<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AssertionUse>, D::Error> {
    let Some(text) = lenient::optional_text(deserializer)? else {
        return Ok(None);
    };
    match text.to_ascii_lowercase().as_str() {
        "grant" => Ok(Some(AssertionUse::Grant)),
        "bearer" => Ok(Some(AssertionUse::Bearer)),
        _ => Err(D::Error::custom("sent_as is `grant` or `bearer`")),
    }
}
