use composio_core::{Result, Secret};
use http::{HeaderMap, HeaderValue, Method, header};
use rand::distr::{Alphanumeric, SampleString as _};
use url::{Url, form_urlencoded};

use super::{Signed, Signer};
use crate::{
    audit::Noted,
    clock,
    executor::{Exchange, Executor},
};

/// The longest token and secret that are taken, in bytes.
const LONGEST: usize = 8 * 1024;
const ACCEPT: HeaderValue =
    HeaderValue::from_static("application/x-www-form-urlencoded, */*;q=0.5");

/// A token and its secret: of a request (RFC 5849, 2.1) or of an account (2.3).
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) token: Secret,
    pub(crate) secret: Secret,
}

/// The members of a token endpoint's answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) token: Token,
    /// Everything else that the provider said.
    pub(crate) others: Vec<(String, String)>,
}

/// Asks a token endpoint, signed. Redirects are not followed, and the egress policy holds.
///
/// Errors: why it did not work, in words for the user.
pub(crate) async fn token_request(
    executor: &Executor,
    signer: &Signer,
    url: &Url,
    own: &[(&str, &str)],
    noted: Noted,
) -> Result<Answer, String> {
    let authorization = signer.authorization(Signed {
        method: "POST",
        url,
        form: &[],
        own,
        nonce: &nonce(),
        timestamp: clock::now() / 1_000_000,
    });
    let authorization = authorization.map_err(|error| error.reader_message().to_owned())?;
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, ACCEPT);
    let mut value = HeaderValue::try_from(authorization.expose())
        .map_err(|_| "the consumer key cannot stand in a header".to_owned())?;
    value.set_sensitive(true);
    headers.insert(header::AUTHORIZATION, value);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    let request = Exchange {
        method: Method::POST,
        url: url.clone(),
        headers,
        body: None,
    };
    let reply = executor.exchange(request, noted).await;
    let reply = reply.map_err(|failure| failure.error.message().to_owned())?;
    if !reply.status.is_success() {
        let status = reply.status.as_u16();
        return Err(format!(
            "the provider refused the signed request ({status})"
        ));
    }
    read_token(&reply.body)
}

/// Reads a token endpoint's answer (RFC 5849, 2.1): a form.
pub(crate) fn read_token(body: &[u8]) -> Result<Answer, String> {
    let unreadable = || "the provider's answer holds no token".to_owned();
    let text = std::str::from_utf8(body).map_err(|_| unreadable())?;
    let (mut token, mut secret, mut others) = (None, None, Vec::new());
    for (name, value) in form_urlencoded::parse(text.trim().as_bytes()).into_owned() {
        if value.len() > LONGEST {
            return Err(unreadable());
        }
        match name.as_str() {
            "oauth_token" if !value.is_empty() => token = Some(Secret::from(value)),
            "oauth_token_secret" => secret = Some(Secret::from(value)),
            _ => others.push((name, value)),
        }
    }
    match (token, secret) {
        (Some(token), Some(secret)) => Ok(Answer {
            token: Token { token, secret },
            others,
        }),
        _ => Err(unreadable()),
    }
}

/// A nonce: 32 of 62 characters.
pub(crate) fn nonce() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 32)
}
