//! What a token endpoint answers (RFC 6749, 5), and what providers answer in its place.

use std::time::Duration;

use composio_catalog::{Integration, OauthConfig};
use composio_core::Secret;
use http::StatusCode;
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::TokenFault;
use crate::{
    auth::{Values, jwt},
    executor::{Reply, Scrubber, retry_after},
};

/// The members that every answer may have; the others are kept only if the toolkit names them.
const STANDARD: [&str; 5] = [
    "access_token",
    "refresh_token",
    "token_type",
    "scope",
    "id_token",
];
/// A token longer than this is none.
const LONGEST_TOKEN: usize = 64 * 1024;
/// Characters of the provider's own words that a reason quotes.
const EXCERPT: usize = 200;
/// A life longer than ten years is a mistake, and time cannot be computed with it.
const LONGEST_LIFE: u64 = 10 * 365 * 24 * 60 * 60;
/// `invalid_grant` (RFC 6749, 5.2) and what some providers say for it.
const NO_GRANT: [&str; 8] = [
    "invalid_grant",
    "bad_refresh_token",
    "bad_verification_code",
    "code_already_used",
    "expired_code",
    "invalid_code",
    "invalid_refresh_token",
    "token_revoked",
];
/// What says of itself that it will pass.
const PASSING: [&str; 6] = [
    "temporarily_unavailable",
    "server_error",
    "slow_down",
    "rate_limited",
    "ratelimited",
    "internal_error",
];

/// The names of an access token: of OAuth, and of everything else.
const TOKEN: &[&str] = &["access_token"];
const TOKEN_OF_OWN: &[&str] = &["access_token", "token", "jwt"];

/// How the answers of one token endpoint are read.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// The host of the endpoint, for messages.
    pub(crate) host: String,
    /// Where in the answer the members are.
    token_path: Option<String>,
    /// What the access token is called: the scheme's own name for it, else the first of the usual ones that is there.
    token_member: Option<String>,
    usual_members: &'static [&'static str],
    /// Further members of the answer that are kept.
    metadata: Vec<String>,
    /// Seconds that a token lives if the answer does not say.
    token_lifetime: Option<u64>,
    expires_in_milliseconds: bool,
    /// What the provider says for `invalid_grant`, in lower case.
    lost_grant_codes: Vec<String>,
    /// Whether a plain 401 says that the account's own credentials are no longer good.
    is_own: bool,
}

impl Shape {
    /// Answers of an OAuth token endpoint.
    pub(super) fn of_oauth(url: &Url, integration: &Integration, oauth: &OauthConfig) -> Self {
        Self {
            host: url.host_str().unwrap_or_default().to_owned(),
            token_path: oauth.token_path.clone(),
            token_member: oauth.token_member.clone(),
            usual_members: TOKEN,
            metadata: integration.token_response_metadata.clone(),
            token_lifetime: oauth.token_lifetime,
            expires_in_milliseconds: oauth.expires_in_milliseconds,
            lost_grant_codes: oauth
                .lost_grant_codes
                .iter()
                .map(|code| code.to_ascii_lowercase())
                .collect(),
            is_own: false,
        }
    }

    /// Answers to an account's own credentials.
    pub(in crate::auth) fn of_own(
        url: &Url,
        integration: &Integration,
        oauth: &OauthConfig,
    ) -> Self {
        Self {
            usual_members: TOKEN_OF_OWN,
            is_own: true,
            ..Self::of_oauth(url, integration, oauth)
        }
    }

    fn token(&self, members: &Map<String, Value>) -> Option<String> {
        match &self.token_member {
            Some(name) => text(members, name),
            None => self
                .usual_members
                .iter()
                .find_map(|name| text(members, name)),
        }
    }

    /// Seconds that `token` lives. What the answer says wins over what the token says of itself.
    fn life(&self, places: [&Map<String, Value>; 2], token: &str, now: i64) -> Option<u64> {
        let said = places.into_iter().find_map(|place| life(place, self, now));
        let of_itself = || {
            let at = jwt::expiry(token).filter(|_| self.is_own)?;
            u64::try_from(at - now / 1_000_000)
                .ok()
                .filter(|life| *life > 0)
        };
        said.or_else(of_itself).or(self.token_lifetime)
    }
}

/// What a token endpoint gave.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    /// `access_token`, and what else came of the standard members and of those the toolkit names.
    pub(crate) values: Values,
    /// How long the access token lives; `None` if nobody says.
    pub(crate) expires_in: Option<Duration>,
}

impl Tokens {
    /// Puts the tokens of a new consent into an account's fields: nothing of an earlier one stays.
    pub(crate) fn replace(self, fields: &mut Values) {
        for name in STANDARD {
            fields.remove(name);
        }
        fields.extend(self.values);
    }

    /// Puts renewed tokens into an account's fields: an old refresh token stays if no new one came.
    pub(crate) fn renew(self, fields: &mut Values) {
        fields.extend(self.values);
    }
}

/// Reads an answer; `now` in microseconds since 1970.
pub(in crate::auth) fn read(
    reply: &Reply,
    shape: &Shape,
    scrubber: &Scrubber,
    now: i64,
) -> Result<Tokens, TokenFault> {
    let reader = Reader {
        reply,
        shape,
        scrubber,
    };
    let Some(members) = members(reply) else {
        return Err(reader.unreadable());
    };
    if let Some(fault) = reader.fault(&members) {
        return Err(fault);
    }
    let place = reader.place(&members);
    let token = shape.token(place);
    let token = token.ok_or_else(|| reader.refused("the answer has no access_token"))?;
    if !is_token(&token) {
        return Err(reader.refused("the access_token has characters that no token has"));
    }
    let mut values = Values::new();
    for name in STANDARD {
        let found = text(place, name).filter(|text| text.len() <= LONGEST_TOKEN);
        values.extend(found.map(|text| (name.to_owned(), Secret::from(text))));
    }
    let expires_in = shape.life([place, &members], &token, now);
    values.insert("access_token".to_owned(), Secret::from(token));
    for path in &shape.metadata {
        let found = at(&members, path).or_else(|| at(place, path));
        if let Some(text) = found
            .and_then(plain)
            .filter(|text| text.len() <= LONGEST_TOKEN)
        {
            values.insert(path.replace('.', "_"), Secret::from(text));
        }
    }
    Ok(Tokens {
        values,
        expires_in: expires_in.map(|seconds| Duration::from_secs(seconds.min(LONGEST_LIFE))),
    })
}

struct Reader<'a> {
    reply: &'a Reply,
    shape: &'a Shape,
    scrubber: &'a Scrubber,
}

impl Reader<'_> {
    /// Where the tokens are: at the top, or where the toolkit says.
    fn place<'m>(&self, members: &'m Map<String, Value>) -> &'m Map<String, Value> {
        let named = self.shape.token_path.as_deref();
        let named = named.and_then(|path| at(members, path)?.as_object());
        named.unwrap_or(members)
    }

    /// The fault that the answer tells; `None` if it tells none.
    fn fault(&self, members: &Map<String, Value>) -> Option<TokenFault> {
        let is_success = self.reply.status.is_success();
        // Some say `"ok": false` or `"error": …` with a 200.
        let denies = ["ok", "success"]
            .iter()
            .any(|name| members.get(*name) == Some(&Value::Bool(false)));
        let code = code(members);
        if is_success && !denies && code.is_none() {
            return None;
        }
        let code = code.unwrap_or_default();
        let said = self.said(&code, members);
        if self.is_passing(&code) {
            return Some(self.transient(said));
        }
        Some(if self.is_lost(&code, members) {
            TokenFault::InvalidGrant { reason: said }
        } else {
            TokenFault::Refused { reason: said }
        })
    }

    /// An answer that is neither JSON nor a form.
    fn unreadable(&self) -> TokenFault {
        let status = self.reply.status.as_u16();
        let what = if self.reply.body.trim_ascii().is_empty() {
            "nothing"
        } else if looks_like_html(&self.reply.body) {
            "a web page, not tokens"
        } else {
            "something that is neither JSON nor a form"
        };
        let reason = format!("{} answered {status} with {what}", self.shape.host);
        if self.is_passing("") {
            self.transient(reason)
        } else if self.shape.is_own && self.reply.status == StatusCode::UNAUTHORIZED {
            TokenFault::InvalidGrant { reason }
        } else {
            TokenFault::Refused { reason }
        }
    }

    /// Whether only the user can help, by the common codes or by the toolkit's own.
    fn is_lost(&self, code: &str, members: &Map<String, Value>) -> bool {
        if self.shape.is_own && self.reply.status == StatusCode::UNAUTHORIZED {
            return true;
        }
        let lost = &self.shape.lost_grant_codes;
        let own = text(members, "errcode").map(|code| code.to_ascii_lowercase());
        [Some(code), own.as_deref()]
            .into_iter()
            .flatten()
            .any(|code| NO_GRANT.contains(&code) || lost.iter().any(|own| own == code))
    }

    fn is_passing(&self, code: &str) -> bool {
        let status = self.reply.status;
        status.is_server_error()
            || matches!(status.as_u16(), 408 | 425 | 429)
            || PASSING.contains(&code)
    }

    fn transient(&self, reason: String) -> TokenFault {
        TokenFault::Transient {
            reason,
            is_unsent: false,
            retry_after: retry_after(&self.reply.headers),
        }
    }

    fn refused(&self, why: &str) -> TokenFault {
        TokenFault::Refused {
            reason: format!("{}: {why}", self.shape.host),
        }
    }

    /// What the provider said, without secrets and cut to a line.
    fn said(&self, code: &str, members: &Map<String, Value>) -> String {
        let description = ["error_description", "message", "error_message", "detail"]
            .iter()
            .find_map(|name| text(members, name))
            .or_else(|| text(members.get("error")?.as_object()?, "message"));
        let status = self.reply.status.as_u16();
        let said = match (code, description) {
            ("", None) => format!("status {status}"),
            ("", Some(text)) => text,
            (code, None) => code.to_owned(),
            (code, Some(text)) => format!("{code}: {text}"),
        };
        let said = excerpt(&self.scrubber.scrub(said));
        format!("{} refused: {said}", self.shape.host)
    }
}

/// A line of someone else's words.
pub(crate) fn excerpt(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(EXCERPT)
        .collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The members of a JSON object, or of a form.
fn members(reply: &Reply) -> Option<Map<String, Value>> {
    let body = reply.body.trim_ascii();
    if body.starts_with(b"{") {
        return serde_json::from_slice(body).ok();
    }
    let text = str::from_utf8(body).ok()?;
    let is_form = reply.is("x-www-form-urlencoded")
        // Some call their form plain text or a page.
        || text.split('&').any(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            ["access_token", "error"].contains(&name)
        });
    if !is_form || looks_like_html(body) {
        return None;
    }
    let pairs = form_urlencoded::parse(body).into_owned();
    Some(pairs.map(|(name, value)| (name, value.into())).collect())
}

fn looks_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// The error's code: a text, or what an object has for it.
fn code(members: &Map<String, Value>) -> Option<String> {
    let code = match members.get("error")? {
        Value::String(code) if !code.is_empty() => code.clone(),
        Value::Object(error) => ["code", "type", "status", "error"]
            .iter()
            .find_map(|name| error.get(*name)?.as_str().map(str::to_owned))
            .unwrap_or_else(|| "error".to_owned()),
        Value::Bool(true) => "error".to_owned(),
        Value::Number(number) if number.as_f64() != Some(0.0) => number.to_string(),
        _ => return None,
    };
    Some(code.to_ascii_lowercase())
}

/// How many seconds the access token lives.
///
/// Zero and less come from providers whose tokens do not expire, and mean what absence means.
fn life(members: &Map<String, Value>, shape: &Shape, now: i64) -> Option<u64> {
    if let Some(number) = members.get("expires_in").and_then(number) {
        let seconds = if shape.expires_in_milliseconds {
            number / 1_000.0
        } else {
            number
        };
        return whole(seconds);
    }
    if let Some(number) = members.get("expires_in_ms").and_then(number) {
        return whole(number / 1_000.0);
    }
    let at = ["expires_at", "expires_on"]
        .iter()
        .find_map(|name| moment(members.get(*name)?))?;
    // Seconds since 1970, or milliseconds: those of today are larger than any seconds of this age.
    let at = if at > 1e11 { at / 1_000.0 } else { at };
    #[expect(clippy::cast_precision_loss, reason = "microseconds of this age fit")]
    let now = now as f64 / 1e6;
    whole(at - now)
}

/// A number, or a date and time (RFC 3339) in seconds since 1970.
fn moment(value: &Value) -> Option<f64> {
    number(value).or_else(|| {
        let at: jiff::Timestamp = value.as_str()?.parse().ok()?;
        Some(f64::from(u32::try_from(at.as_second()).ok()?))
    })
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is positive, and what is too large saturates"
)]
fn whole(seconds: f64) -> Option<u64> {
    (seconds >= 1.0).then_some(seconds as u64)
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    let text = members.get(name)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// The member that a path with dots names.
fn at<'m>(members: &'m Map<String, Value>, path: &str) -> Option<&'m Value> {
    let mut names = path.split('.');
    let mut value = members.get(names.next()?)?;
    for name in names {
        value = value.get(name)?;
    }
    Some(value)
}

/// A member as a field's text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// RFC 6749, A.12: visible characters of ASCII.
fn is_token(text: &str) -> bool {
    text.len() <= LONGEST_TOKEN && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}
