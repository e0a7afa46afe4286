use base64::{Engine as _, prelude::BASE64_STANDARD};
use composio_core::{Error, ErrorKind, Result};
use http::StatusCode;
use minijinja::{Environment, UndefinedBehavior, context, value::Serde};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::PageField;
use crate::accounts::Linked;

const LAYOUT: &str = include_str!("layout.html");
const CONNECT: &str = include_str!("connect.html");
const LEAVE: &str = include_str!("leave.html");
const DONE: &str = include_str!("done.html");
const PROBLEM: &str = include_str!("problem.html");
const STYLE: &str = include_str!("style.css");

/// A page on its way to a browser.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) html: String,
}

/// The page on which a person connects. `fault` says what was wrong with what they entered before.
pub(crate) fn connect(
    linked: &Linked,
    fields: &[PageField],
    csrf: &str,
    fault: Option<&str>,
) -> Result<Page> {
    let status = match fault {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let app = &linked.release.toolkit.integration;
    let html = render(
        CONNECT,
        None,
        &context! {
            title => format!("Connect {}", app.name),
            app => app.name.clone(),
            about => app.description.clone(),
            consents => linked.needs_consent(),
            application => linked.application.clone(),
            fields => minijinja::Value::from(Serde(fields)),
            csrf,
            fault,
        },
    )?;
    Ok(Page { status, html })
}

/// The page that takes the browser to the provider. A redirect would not do: browsers hold those that follow a form to
/// the policy of the form.
pub(crate) fn leave(app: &str, next: &Url) -> Result<Page> {
    let html = render(
        LEAVE,
        Some(next),
        &context! { title => format!("On to {app}"), app, next => next.as_str(), host => host(next) },
    )?;
    Ok(Page {
        status: StatusCode::OK,
        html,
    })
}

/// The page that says that it is done, and takes the browser on to `next`.
pub(crate) fn done(app: &str, next: Option<&Url>, waits: bool) -> Result<Page> {
    let state = if waits {
        "is almost connected"
    } else {
        "is connected"
    };
    let html = render(
        DONE,
        next,
        &context! {
            title => format!("{app} {state}"),
            waits,
            next => next.map(Url::as_str),
            host => next.map(host),
        },
    )?;
    Ok(Page {
        status: StatusCode::OK,
        html,
    })
}

/// The page that says what went wrong and what to do now.
pub(crate) fn problem(
    status: StatusCode,
    title: &str,
    text: &str,
    next: Option<&Url>,
) -> Result<Page> {
    let html = render(
        PROBLEM,
        None,
        &context! { title, text, next => next.map(Url::as_str), host => next.map(host) },
    )?;
    Ok(Page { status, html })
}

/// What the browser may do with a page: show it, and send its form back here.
pub(crate) fn content_security_policy() -> String {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// What an address is called. One of an app on a phone has no host.
fn host(url: &Url) -> &str {
    url.host_str().unwrap_or("the application")
}

/// `refresh` is where the browser goes on its own.
fn render(template: &str, refresh: Option<&Url>, values: &minijinja::Value) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let broken = |error: minijinja::Error| {
        Error::new(ErrorKind::Internal, "a page cannot be written").with_source(error)
    };
    // The ending of the names is what turns escaping on.
    let main = environment
        .render_named_str("main.html", template, values)
        .map_err(broken)?;
    let whole = context! {
        title => values.get_attr("title").map_err(broken)?,
        style => minijinja::Value::from_safe_string(STYLE.to_owned()),
        next => refresh.map(Url::as_str),
        main => minijinja::Value::from_safe_string(main),
    };
    environment
        .render_named_str("layout.html", LAYOUT, &whole)
        .map_err(broken)
}
