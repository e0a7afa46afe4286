use std::{num::NonZero, thread};

use composio_engine::{Engine, Operator, ServeOptions};
use serde_json::json;
use tokio::{net::TcpListener, signal};

use crate::{
    backend, cli,
    context::Context,
    failure::{Exit, Failure},
};

/// Serves the engine of the home folder until somebody ends it; requests under way are finished.
pub(super) async fn run(context: &Context, asked: cli::Serve) -> Result<(), Failure> {
    backend::require_master_key(context)?;
    let ended = ended()?;
    let mut builder = backend::engine(context)?;
    if let Some(url) = &asked.public_url {
        builder = builder.public_url(url);
    }
    let engine = builder.build().await?;
    let served = serve(context, &engine, asked, ended).await;
    engine.close().await;
    served
}

async fn serve(
    context: &Context,
    engine: &Engine,
    asked: cli::Serve,
    ended: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let unbound = |error| {
        Failure::new(
            Exit::Failed,
            format!("{} cannot be listened on: {error}", asked.listen),
        )
        .hint("name another address with --listen ADDRESS")
    };
    let listener = TcpListener::bind(asked.listen).await.map_err(unbound)?;
    let url = format!("http://{}", listener.local_addr().map_err(unbound)?);
    if Operator::new(engine.clone()).keys().await?.is_empty() {
        context
            .out
            .note("nobody has a key yet; `composio keys create` makes one");
    }
    if context.out.is_json() {
        context.out.json(&json!({"url": url}))?;
    } else {
        context.out.text(&format!("serving on {url}"))?;
    }
    engine.serve(listener, options(asked), ended).await;
    context.out.note("the server has ended");
    Ok(())
}

fn options(asked: cli::Serve) -> ServeOptions {
    // The program does nothing else meanwhile, so that each core may have its own calls.
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let mut options = ServeOptions::new().threads(cores);
    for host in asked.allow_host {
        options = options.allow_host(host);
    }
    for origin in asked.allow_origin {
        options = options.allow_origin(origin);
    }
    if asked.allow_any_host {
        options = options.allow_any_host();
    }
    match asked.max_connections {
        Some(connections) => options.max_connections(connections),
        None => options,
    }
}

/// Done when the user or the system ends the program.
fn ended() -> Result<impl Future<Output = ()>, Failure> {
    #[cfg(unix)]
    let mut terminated = {
        use signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate())
            .map_err(|error| Failure::new(Exit::Failed, format!("no signals: {error}")))?
    };
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        }
        #[cfg(not(unix))]
        {
            signal::ctrl_c().await.ok();
        }
    })
}
