//! A vendor that errs, is slow, lies, or dies.

use std::time::{Duration, Instant};

use axum::http::Method;
use composio_core::{ErrorKind, Result, models::ToolResult};
use composio_tests::suite::{Outcome, Suite};

use crate::{case, ensure, world::World};

pub fn cases(suite: Suite) -> Suite {
    let suite = case(
        suite,
        "the vendor's 4xx and 5xx are failed results with their status",
        statuses,
    );
    let suite = case(
        suite,
        "a vendor that does not answer is given up in time",
        slow,
    );
    let suite = case(
        suite,
        "a redirect to another origin loses the credentials",
        redirect_away,
    );
    let suite = case(
        suite,
        "a redirect to a private address is refused",
        redirect_private,
    );
    let suite = case(
        suite,
        "an answer that is not UTF-8 is told and not passed on broken",
        not_utf8,
    );
    let suite = case(suite, "half an answer is no answer", cut);
    let suite = case(
        suite,
        "a GET waits as Retry-After says and is tried again",
        retry_after,
    );
    case(
        suite,
        "a POST is sent once whatever the vendor does",
        post_once,
    )
}

fn why(ended: Result<ToolResult>) -> Result<String, String> {
    match ended {
        Ok(result) if result.successful => Err(format!("it worked: {}", result.data())),
        Ok(result) => Ok(result.error.unwrap_or_default()),
        Err(error) => Ok(error.to_string()),
    }
}

async fn statuses() -> Outcome {
    let world = World::new().await;
    let missing = world.execute("MISSING").await?;
    let error = missing.error.clone().unwrap_or_default();
    ensure(!missing.successful && error.contains("404"), &error)?;
    ensure(
        missing.data.as_str().contains("no such note"),
        "the vendor's own words are kept",
    )?;
    let broken = world.execute("POST_BROKEN").await?;
    ensure(
        broken.error.unwrap_or_default().contains("500"),
        "the status is told",
    )
}

async fn slow() -> Outcome {
    let world = World::new().await;
    let started = Instant::now();
    let said = why(world.execute("POST_SLOW").await)?;
    ensure(
        started.elapsed() < Duration::from_secs(30),
        "given up in time",
    )?;
    ensure(
        said.to_lowercase().contains("time") || said.contains("within"),
        said,
    )?;
    ensure(
        world.vendor.count(&Method::POST, "/slow") == 1,
        "asked once",
    )
}

async fn redirect_away() -> Outcome {
    let world = World::new().await;
    let ended = world.execute("AWAY").await;
    let strangers = world.stranger.seen.lock().unwrap().clone();
    for seen in &strangers {
        let told = format!("{:?} {}", seen.headers, seen.path);
        ensure(
            !told.contains("needle"),
            format!("another origin saw {told}"),
        )?;
    }
    ensure(
        !strangers.is_empty() || why(ended).is_ok(),
        "followed without credentials, or refused",
    )
}

async fn redirect_private() -> Outcome {
    let world = World::new().await;
    let said = why(world.execute("PRIVATE").await)?;
    ensure(
        said.contains("address") || said.contains("private") || said.contains("policy"),
        said,
    )
}

async fn not_utf8() -> Outcome {
    let world = World::new().await;
    let result = world.execute("BYTES").await;
    let shown = format!(
        "{:?}",
        result
            .as_ref()
            .map(|result| (result.data(), result.error.clone()))
    );
    // Whatever is made of it, it is JSON a model can read, or a refusal that says so.
    ensure(result.is_ok() || shown.contains("UTF-8"), shown)
}

async fn cut() -> Outcome {
    let world = World::new().await;
    let said = why(world.execute("POST_CUT").await)?;
    ensure(
        said.contains("broke off") || said.contains("unavailable"),
        said,
    )
}

async fn retry_after() -> Outcome {
    let world = World::new().await;
    let started = Instant::now();
    let result = world.execute("BUSY").await?;
    ensure(result.successful, format!("{result:?}"))?;
    ensure(
        started.elapsed() >= Duration::from_millis(950),
        "it waited as it was told",
    )?;
    ensure(
        world.vendor.count(&Method::GET, "/busy") == 2,
        "tried again once",
    )
}

async fn post_once() -> Outcome {
    let world = World::new().await;
    for (slug, path) in [
        ("POST_OVERLOADED", "/overloaded"),
        ("POST_BROKEN", "/broken"),
        ("POST_MOVED", "/moved"),
        ("POST_MOVED_FOR_GOOD", "/moved-for-good"),
        ("POST_AWAY", "/away"),
    ] {
        let before = world.vendor.count(&Method::POST, "/notes");
        let said = why(world.execute(slug).await)?;
        ensure(
            world.vendor.count(&Method::POST, path) == 1,
            format!("{slug} was sent again: {said}"),
        )?;
        ensure(
            world.vendor.count(&Method::POST, "/notes") == before,
            format!("{slug} was sent on: {said}"),
        )?;
    }
    let error = world
        .execute("POST_CUT")
        .await
        .err()
        .map(|error| error.kind());
    ensure(
        error.is_none_or(|kind| kind == ErrorKind::Unavailable),
        format!("{error:?}"),
    )
}
