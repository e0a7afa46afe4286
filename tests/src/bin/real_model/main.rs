//! A real model decides: each adapter against an endpoint that speaks OpenAI's protocol, with the demo's help desk.
//!
//! `cargo xtask real-model --endpoint URL` runs it. It is never part of the tests: the model is the operator's choice.

mod adapters;
mod arguments;
mod desk;
mod prompts;
mod score;

use std::process::ExitCode;

use adapters::Adapter;
use arguments::Arguments;
use desk::Desk;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("{message}\n\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    // No framework brings a TLS provider of its own here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(&arguments).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every adapter got from a prompt to a tool and from its result to an answer.
async fn run(arguments: &Arguments) -> Result<bool, composio_core::Error> {
    let chosen: Vec<Adapter> = adapters::all()
        .into_iter()
        .filter(|adapter| arguments.wants(adapter.name))
        .collect();
    println!("{} at {}", arguments.endpoint.model, arguments.endpoint.url);
    let mut all_answered = true;
    if !arguments.skips_transcripts {
        for adapter in &chosen {
            let desk = Desk::start().await?;
            all_answered &= desk::transcript(&desk, adapter, arguments).await;
        }
    }
    if arguments.prompts > 0 {
        let desk = Desk::start().await?;
        let mut sums = Vec::new();
        for adapter in &chosen {
            sums.push(score::count(&desk, adapter, arguments).await);
        }
        println!("\n{}", sums.join("\n"));
    }
    Ok(all_answered)
}
