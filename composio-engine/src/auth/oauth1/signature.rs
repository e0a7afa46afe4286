use base64::{Engine as _, prelude::BASE64_STANDARD};
use composio_core::{Error, ErrorKind, Result, Secret};
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rsa::{
    RsaPrivateKey,
    pkcs1::DecodeRsaPrivateKey as _,
    pkcs1v15::SigningKey,
    pkcs8::DecodePrivateKey as _,
    signature::{SignatureEncoding as _, Signer as _},
    traits::PublicKeyParts as _,
};
use rustls::pki_types::PrivateKeyDer;
use sha1::Sha1;
use sha2::Sha256;
use url::Url;

use super::Token;
use crate::auth::{Values, jwt::read_pem};

/// Everything but letters, digits and `-._~` (RFC 5849, 3.6).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How requests are signed (RFC 5849, 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignatureMethod {
    HmacSha1,
    HmacSha256,
    /// By the client's private key (RFC 5849, 3.4.3): no secret is shared.
    RsaSha1,
    /// The secrets themselves: over TLS alone.
    Plaintext,
}

impl SignatureMethod {
    /// The method that an integration names; `HMAC-SHA1` if it names none.
    ///
    /// Errors: `NotSupported` for any other.
    pub(crate) fn parse(name: Option<&str>) -> Result<Self> {
        match name.map(str::to_ascii_uppercase).as_deref() {
            None | Some("" | "HMAC-SHA1") => Ok(Self::HmacSha1),
            Some("HMAC-SHA256") => Ok(Self::HmacSha256),
            Some("RSA-SHA1") => Ok(Self::RsaSha1),
            Some("PLAINTEXT") => Ok(Self::Plaintext),
            Some(_) => {
                let message =
                    "the signature_method must be HMAC-SHA1, HMAC-SHA256, RSA-SHA1 or PLAINTEXT";
                Err(Error::new(ErrorKind::NotSupported, message))
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
            Self::RsaSha1 => "RSA-SHA1",
            Self::Plaintext => "PLAINTEXT",
        }
    }
}

/// Signs requests of one client, for one account if it has a token.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    pub(crate) method: SignatureMethod,
    pub(crate) consumer_key: String,
    /// What it signs with: a shared secret, or a private key as a PEM text for [`SignatureMethod::RsaSha1`].
    pub(crate) consumer_secret: Secret,
    pub(crate) token: Option<Token>,
}

/// A request to be signed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a Url,
    /// The members of a form-encoded body.
    pub(crate) form: &'a [(String, String)],
    /// Members of the protocol that only this request has, such as `oauth_verifier`.
    pub(crate) own: &'a [(&'a str, &'a str)],
    pub(crate) nonce: &'a str,
    /// Seconds since 1970.
    pub(crate) timestamp: i64,
}

impl Signer {
    /// A signer from the fields of an account and its auth config.
    ///
    /// Errors: `Config` without a consumer key or secret, `NotSupported` for another method.
    pub(crate) fn of(values: &Values, method: Option<&str>) -> Result<Self> {
        let first = |name: &str, other: &str| {
            let found = values.get(name).or_else(|| values.get(other));
            found.cloned().ok_or_else(|| {
                let message = format!("OAuth 1 needs the developer's {name}");
                Error::new(ErrorKind::Config, message).with_slug("Auth_FieldMissing")
            })
        };
        let method = SignatureMethod::parse(method)?;
        let consumer_secret = match method {
            SignatureMethod::RsaSha1 => first("private_key", "consumer_secret")?,
            _ => first("consumer_secret", "client_secret")?,
        };
        let token = match (values.get("oauth_token"), values.get("oauth_token_secret")) {
            (Some(token), Some(secret)) => Some(Token {
                token: token.clone(),
                secret: secret.clone(),
            }),
            _ => None,
        };
        Ok(Self {
            method,
            consumer_key: first("consumer_key", "client_id")?.expose().to_owned(),
            consumer_secret,
            token,
        })
    }

    /// The value of `Authorization` (RFC 5849, 3.5.1).
    pub(crate) fn authorization(&self, request: Signed<'_>) -> Result<Secret> {
        let mut protocol = self.protocol(request);
        let signature = self.signature(request, &protocol)?;
        protocol.push(("oauth_signature", signature));
        let members: Vec<String> = protocol
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", encode(value)))
            .collect();
        Ok(Secret::from(format!("OAuth {}", members.join(", "))))
    }

    pub(super) fn protocol<'a>(&self, request: Signed<'a>) -> Vec<(&'a str, String)> {
        let mut members = vec![
            ("oauth_consumer_key", self.consumer_key.clone()),
            ("oauth_signature_method", self.method.name().to_owned()),
            ("oauth_timestamp", request.timestamp.to_string()),
            ("oauth_nonce", request.nonce.to_owned()),
            ("oauth_version", "1.0".to_owned()),
        ];
        if let Some(token) = &self.token {
            members.push(("oauth_token", token.token.expose().to_owned()));
        }
        let own = request.own.iter();
        members.extend(own.map(|(name, value)| (*name, (*value).to_owned())));
        members
    }

    pub(super) fn signature(
        &self,
        request: Signed<'_>,
        protocol: &[(&str, String)],
    ) -> Result<String> {
        let key = self.key();
        let base = || base_string(request, protocol);
        match self.method {
            SignatureMethod::Plaintext => Ok(key),
            SignatureMethod::HmacSha1 => {
                let mut code: Hmac<Sha1> = Hmac::new_from_slice(key.as_bytes()).map_err(no_key)?;
                code.update(base().as_bytes());
                Ok(BASE64_STANDARD.encode(code.finalize().into_bytes()))
            }
            SignatureMethod::HmacSha256 => {
                let mut code: Hmac<Sha256> =
                    Hmac::new_from_slice(key.as_bytes()).map_err(no_key)?;
                code.update(base().as_bytes());
                Ok(BASE64_STANDARD.encode(code.finalize().into_bytes()))
            }
            SignatureMethod::RsaSha1 => rsa_sha1(&self.consumer_secret, base().as_bytes()),
        }
    }

    /// Both secrets (RFC 5849, 3.4.2).
    fn key(&self) -> String {
        let token = self.token.as_ref().map(|token| token.secret.expose());
        let secret = self.consumer_secret.expose();
        format!("{}&{}", encode(secret), encode(token.unwrap_or_default()))
    }
}

/// RSASSA-PKCS1-v1_5 with SHA-1 (RFC 5849, 3.4.3). Vendors that still have it have old keys too: 1024 bits are taken.
fn rsa_sha1(pem: &Secret, message: &[u8]) -> Result<String> {
    let unusable = || {
        let message = "the private key cannot be used: it is no RSA key of 1024 to 8192 bits";
        Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldInvalid")
    };
    let key = match read_pem(pem)? {
        PrivateKeyDer::Pkcs8(der) => RsaPrivateKey::from_pkcs8_der(der.secret_pkcs8_der()).ok(),
        PrivateKeyDer::Pkcs1(der) => RsaPrivateKey::from_pkcs1_der(der.secret_pkcs1_der()).ok(),
        _ => None,
    };
    let key = key.filter(|key| (128..=1024).contains(&key.size()));
    let signature = SigningKey::<Sha1>::new(key.ok_or_else(unusable)?).try_sign(message);
    let signature = signature.map_err(|_| unusable())?;
    Ok(BASE64_STANDARD.encode(signature.to_bytes()))
}

/// What is signed (RFC 5849, 3.4.1).
pub(super) fn base_string(request: Signed<'_>, protocol: &[(&str, String)]) -> String {
    let query = request.url.query_pairs();
    let mut members: Vec<(String, String)> = query
        .map(|(name, value)| (encode(&name), encode(&value)))
        .collect();
    let form = request.form.iter();
    members.extend(form.map(|(name, value)| (encode(name), encode(value))));
    members.extend(
        protocol
            .iter()
            .map(|(name, value)| (encode(name), encode(value))),
    );
    members.sort();
    let members: Vec<String> = members
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let method = request.method.to_ascii_uppercase();
    let (address, members) = (address(request.url), members.join("&"));
    format!("{method}&{}&{}", encode(&address), encode(&members))
}

/// Scheme, host, the port that is not the usual one, and the path (RFC 5849, 3.4.1.2). The parser has taken the usual
/// port away and put the rest in lower case.
fn address(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}"));
    let (scheme, port, path) = (url.scheme(), port.unwrap_or_default(), url.path());
    format!("{scheme}://{host}{port}{path}")
}

pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

fn no_key(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Internal, "no key to sign with").with_source(error)
}
