//! The pages behind links. Whoever has a link may open it: the token in its path is all that lets them in.

use std::sync::Arc;

use axum::{Router, body::Body as AxumBody, extract::State, response::IntoResponse, routing::get};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use composio_core::{Error, ErrorKind, Result, models::Fields};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use serde_json::Value;
use sha2::Sha256;
use url::form_urlencoded;

use super::{body, params::Segments};
use crate::{
    accounts::{Linked, Step},
    ids,
    pages::{self, Page},
    platform::Platform,
};

const COOKIE: &str = "composio_link";
/// The largest form, in bytes.
const LARGEST: usize = 256 * 1024;
const BEFORE_FIELDS: &str = "field.";

pub(super) fn routes() -> Router<Arc<Platform>> {
    Router::new().route("/link/{token}", get(show).post(enter))
}

async fn show(
    State(platform): State<Arc<Platform>>,
    Segments(token): Segments<String>,
    headers: HeaderMap,
) -> Response<AxumBody> {
    let shown = async {
        let Some(linked) = platform.accounts.linked(&token).await? else {
            return Ok((gone()?, None));
        };
        let cookie = cookie(&headers).unwrap_or_else(ids::csrf);
        let fields = pages::fields(&linked, &[]);
        let page = pages::connect(&linked, &fields, &csrf(&cookie, &token)?, None)?;
        Ok((page, Some(cookie)))
    };
    answer(&platform, shown.await)
}

async fn enter(
    State(platform): State<Arc<Platform>>,
    Segments(token): Segments<String>,
    request: Request<AxumBody>,
) -> Response<AxumBody> {
    let (parts, body) = request.into_parts();
    let entered = async {
        let Some(entered) = form(&parts.headers, body).await? else {
            return Ok((not_ours()?, None));
        };
        let sent = entered.iter().find(|(name, _)| name == "csrf");
        let cookie = cookie(&parts.headers);
        let is_ours = match (&cookie, sent) {
            (Some(cookie), Some((_, sent))) => is_own(&parts.headers, cookie, &token, sent),
            _ => false,
        };
        let Some(linked) = platform.accounts.linked(&token).await? else {
            return Ok((gone()?, None));
        };
        if !is_ours {
            return Ok((not_ours()?, None));
        }
        let page = take(&platform, linked, &token, entered, cookie.as_deref()).await?;
        Ok((page, None))
    };
    answer(&platform, entered.await)
}

async fn take(
    platform: &Arc<Platform>,
    linked: Linked,
    token: &str,
    entered: Vec<(String, String)>,
    cookie: Option<&str>,
) -> Result<Page> {
    let entered: Vec<(String, String)> = entered
        .into_iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(BEFORE_FIELDS)?.to_owned(), value)))
        .collect();
    let given: Fields = entered
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(without_ends(value))))
        .collect();
    let app = linked.release.toolkit.integration.name.clone();
    let write =
        |platform: Arc<Platform>| async move { platform.accounts.enter(linked, given).await };
    match platform.finish(write).await {
        Ok(Step::Consent(address)) => pages::leave(&app, &address),
        Ok(Step::Settled(settled)) => pages::done(&app, settled.next.as_ref(), settled.waits),
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            let Some(linked) = platform.accounts.linked(token).await? else {
                return gone();
            };
            let fields = pages::fields(&linked, &entered);
            let csrf = csrf(cookie.unwrap_or_default(), token)?;
            pages::connect(&linked, &fields, &csrf, Some(error.reader_message()))
        }
        Err(error) if error.kind() == ErrorKind::Conflict => gone(),
        // What is left is the developer's to mend: a client that is not configured, an address that is none.
        Err(error) if !error.kind().http_status().is_server_error() => not_ready(&app, &error),
        Err(error) => Err(error),
    }
}

// People paste keys with the blanks and line ends around them.
fn without_ends(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_ascii_whitespace())
}

/// The form's names and values; `None` if it is no form of a page.
async fn form(headers: &HeaderMap, body: AxumBody) -> Result<Option<Vec<(String, String)>>> {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Ok(None);
    }
    let bytes = body::read(body, LARGEST).await.map_err(|_| {
        let message = "what was entered did not arrive whole";
        Error::new(ErrorKind::Timeout, message)
    })?;
    Ok(Some(form_urlencoded::parse(&bytes).into_owned().collect()))
}

/// Whether a form comes from the page that this browser was given for this very link.
fn is_own(headers: &HeaderMap, cookie: &str, token: &str, sent: &str) -> bool {
    let is_foreign = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin" && site != "none");
    let sent = BASE64_URL_SAFE_NO_PAD.decode(sent).unwrap_or_default();
    let code = code(cookie, token);
    !is_foreign && code.is_ok_and(|code| code.verify_slice(&sent).is_ok())
}

fn csrf(cookie: &str, token: &str) -> Result<String> {
    let code = code(cookie, token)?.finalize().into_bytes();
    Ok(BASE64_URL_SAFE_NO_PAD.encode(code))
}

fn code(cookie: &str, token: &str) -> Result<Hmac<Sha256>> {
    let mut code: Hmac<Sha256> = Hmac::new_from_slice(cookie.as_bytes())
        .map_err(|error| Error::new(ErrorKind::Internal, "no key for a form").with_source(error))?;
    code.update(token.as_bytes());
    Ok(code)
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let mut pairs = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, value)| *name == COOKIE && value.len() == ids::csrf().len())
        .map(|(_, value)| value.to_owned())
}

fn gone() -> Result<Page> {
    pages::problem(
        StatusCode::NOT_FOUND,
        "This link leads nowhere",
        "It was used already, or its time is over. Go back to the application and start again.",
        None,
    )
}

fn not_ours() -> Result<Page> {
    pages::problem(
        StatusCode::FORBIDDEN,
        "The form could not be taken",
        "It did not come from the page that this browser was shown, or the browser keeps no cookies. Nothing was stored. Open the link again.",
        None,
    )
}

fn not_ready(app: &str, error: &Error) -> Result<Page> {
    tracing::warn!(%error, "an account cannot be connected");
    pages::problem(
        StatusCode::CONFLICT,
        &format!("{app} cannot be connected yet"),
        "The application is not set up for it. Tell its makers; there is nothing that you can do here.",
        None,
    )
}

pub(super) fn failed(error: &Error) -> Page {
    tracing::error!(%error, "a page failed");
    let page = pages::problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong here",
        "It is not your fault. Try again in a moment.",
        None,
    );
    page.unwrap_or_else(|_| Page {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        html: String::new(),
    })
}

fn answer(platform: &Platform, shown: Result<(Page, Option<String>)>) -> Response<AxumBody> {
    let (page, cookie) = shown.unwrap_or_else(|error| (failed(&error), None));
    let mut response = shown_as(page);
    let cookie = cookie.map(|cookie| set_cookie(platform, &cookie));
    if let Some(Ok(value)) = cookie.map(HeaderValue::try_from) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

/// A page as a browser gets it.
pub(super) fn shown_as(page: Page) -> Response<AxumBody> {
    let mut response = (page.status, page.html).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        // `no-referrer` would make the browser hide where a form comes from, too.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::try_from(pages::content_security_policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn set_cookie(platform: &Platform, cookie: &str) -> String {
    let base = platform.public_url.get().unwrap_or_default();
    let secure = if base.starts_with("https:") {
        "; Secure"
    } else {
        ""
    };
    format!("{COOKIE}={cookie}; Path=/; Max-Age=900; HttpOnly; SameSite=Lax{secure}")
}
