//! Where an OAuth provider leaves the common path.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

use super::lenient;

/// What a provider's OAuth endpoints expect beyond the product documents' members: a scheme's `oauth` mapping.
///
/// An extension of ours; everything is optional, and the default is what RFC 6749 and RFC 7636 say. Addresses, parameter
/// values and header values are Jinja templates over the scheme's fields, like `token_url`.
///
/// ```
/// use composio_catalog::{ClientAuthentication, Integration};
///
/// let app = Integration::parse(br#"
/// name: Desk
/// unique_key: desk
/// auth_schemes:
///   - auth_mode: OAUTH2
///     authorization_url: https://desk.example/authorize
///     token_url: https://desk.example/token
///     oauth:
///       client_authentication: basic
///       token_body: json
///       pkce: false
///       token_lifetime: 7200
/// "#)?;
/// let oauth = &app.auth_schemes[0].oauth;
/// assert_eq!(oauth.client_authentication, Some(ClientAuthentication::Basic));
/// assert!(!oauth.uses_pkce());
/// # Ok::<(), composio_catalog::CompileError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OauthConfig {
    /// How the client shows who it is at the token endpoint (RFC 6749 section 2.3); in the body if absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "client_authentication"
    )]
    pub client_authentication: Option<ClientAuthentication>,
    /// How the body of a token request is written; a form (RFC 6749 section 4.1.3) if absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "token_body"
    )]
    pub token_body: Option<TokenBody>,
    /// Whether the code is bound to a verifier (RFC 7636, `S256`); yes if absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_flag"
    )]
    pub pkce: Option<bool>,
    /// The name of the parameter that carries the scopes in the authorization request; `scope` if absent. Slack asks for
    /// a person's scopes as `user_scope`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub scope_parameter: Option<String>,
    /// Further parameters of the request that exchanges a code, or of the client credentials request.
    #[serde(
        default,
        skip_serializing_if = "IndexMap::is_empty",
        deserialize_with = "lenient::text_map"
    )]
    pub token_params: IndexMap<String, String>,
    /// Further headers of every token request.
    #[serde(
        default,
        skip_serializing_if = "IndexMap::is_empty",
        deserialize_with = "lenient::text_map"
    )]
    pub token_headers: IndexMap<String, String>,
    /// Where in the token response the members are, as names with dots between them; at its top if absent. Slack
    /// puts a person's token under `authed_user`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub token_path: Option<String>,
    /// The name of the member that is the access token, where it is none of the usual: `access_token` (RFC 6749 section
    /// 5.1), and for what is no OAuth `token` and `jwt` too.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub token_member: Option<String>,
    /// Whether `expires_in` of the token response counts milliseconds, not seconds (RFC 6749 section 5.1).
    #[serde(
        default,
        skip_serializing_if = "std::ops::Not::not",
        deserialize_with = "lenient::flag"
    )]
    pub expires_in_milliseconds: bool,
    /// Further error codes, as `error` or `errcode` of a token response has them, that say the same as `invalid_grant`
    /// (RFC 6749 section 5.2): the user has to consent again.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "lenient::texts"
    )]
    pub lost_grant_codes: Vec<String>,
    /// How many seconds an access token lives if the token response does not say. Absent: until the API refuses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_lifetime: Option<u64>,
    /// Where tokens are refreshed, if not at `token_url`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub refresh_url: Option<String>,
    /// Further parameters of a refresh request.
    #[serde(
        default,
        skip_serializing_if = "IndexMap::is_empty",
        deserialize_with = "lenient::text_map"
    )]
    pub refresh_params: IndexMap<String, String>,
    /// Where tokens are revoked (RFC 7009).
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub revoke_url: Option<String>,
    /// The authorization server's issuer identifier: its metadata is read there (RFC 8414) and `iss` of a callback has to
    /// equal it (RFC 9207).
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub issuer: Option<String>,
    /// Where clients register themselves (RFC 7591), if the metadata of `issuer` does not say.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub registration_url: Option<String>,
    /// The address of the protected resource: sent as `resource` (RFC 8707), its metadata names the issuer (RFC 9728).
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub resource: Option<String>,
    /// The vendor's page where a developer registers an OAuth client: for people to open, never fetched.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub register_at: Option<String>,
}

impl OauthConfig {
    /// How the client shows who it is at the token endpoint, the default applied.
    #[must_use]
    pub fn client_authentication(&self) -> ClientAuthentication {
        self.client_authentication.unwrap_or_default()
    }

    /// How the body of a token request is written, the default applied.
    #[must_use]
    pub fn token_body(&self) -> TokenBody {
        self.token_body.unwrap_or_default()
    }

    /// Whether the code is bound to a verifier, the default applied.
    #[must_use]
    pub fn uses_pkce(&self) -> bool {
        self.pkce.unwrap_or(true)
    }

    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Every address, with its member's name.
    pub(super) fn urls(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let urls = [
            ("refresh_url", &self.refresh_url),
            ("revoke_url", &self.revoke_url),
            ("issuer", &self.issuer),
            ("registration_url", &self.registration_url),
            ("resource", &self.resource),
        ];
        urls.into_iter()
            .filter_map(|(name, url)| Some((name, url.as_deref()?)))
    }

    /// Every map of templates, with its member's name.
    pub(super) fn maps(&self) -> [(&'static str, &IndexMap<String, String>); 3] {
        [
            ("token_params", &self.token_params),
            ("token_headers", &self.token_headers),
            ("refresh_params", &self.refresh_params),
        ]
    }
}

/// How a client shows who it is at the token endpoint (RFC 6749 section 2.3.1; the names are those of RFC 8414's
/// `token_endpoint_auth_methods_supported` without `client_secret_`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// `Authorization: Basic`, of `client_id` and `client_secret`.
    Basic,
    /// `client_id` and `client_secret` in the body: what most providers take.
    #[default]
    Post,
    /// `client_id` alone: a public client.
    None,
}

/// How the body of a token request is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TokenBody {
    /// `application/x-www-form-urlencoded`.
    #[default]
    Form,
    /// `application/json`.
    Json,
}

fn client_authentication<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<ClientAuthentication>, D::Error> {
    let Some(text) = lenient::optional_text(deserializer)? else {
        return Ok(None);
    };
    match text.to_ascii_lowercase().as_str() {
        "basic" | "client_secret_basic" | "header" => Ok(Some(ClientAuthentication::Basic)),
        "post" | "client_secret_post" | "body" => Ok(Some(ClientAuthentication::Post)),
        "none" => Ok(Some(ClientAuthentication::None)),
        _ => Err(D::Error::custom(
            "client_authentication is `basic`, `post` or `none`",
        )),
    }
}

fn token_body<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<TokenBody>, D::Error> {
    let Some(text) = lenient::optional_text(deserializer)? else {
        return Ok(None);
    };
    match text.to_ascii_lowercase().as_str() {
        "form" => Ok(Some(TokenBody::Form)),
        "json" => Ok(Some(TokenBody::Json)),
        _ => Err(D::Error::custom("token_body is `form` or `json`")),
    }
}
