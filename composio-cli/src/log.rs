//! What happens inside, on standard error.

use std::io;

use tracing_subscriber::{EnvFilter, fmt};

use crate::{context::Context, failure::Failure};

/// A server says what it does unless it is told otherwise; a command only if it is asked to.
pub(crate) fn start(context: &Context, is_server: bool) -> Result<(), Failure> {
    let filter = match &context.environment.log {
        Some(filter) => filter,
        None if is_server => "info",
        None => return Ok(()),
    };
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::usage(format!("COMPOSIO_LOG: {error}"))
            .hint("it is a level such as info, or a filter such as composio_engine=debug")
    })?;
    let log = fmt().with_env_filter(filter).with_writer(io::stderr);
    // Nobody else starts a log in this program.
    if context.out.is_json() {
        log.json().try_init().ok();
    } else {
        log.with_ansi(anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never)
            .try_init()
            .ok();
    }
    Ok(())
}
