//! The program from its arguments to its exit code.

use std::process::ExitCode;

use tokio::{runtime::Builder, signal};

use crate::{
    cli::Cli,
    commands,
    context::Context,
    failure::{Exit, Failure},
    log, output, prompt,
};

pub(crate) fn run() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    let runtime = match Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let failure = Failure::new(Exit::Failed, format!("the program cannot start: {error}"));
            return failure.report(false);
        }
    };
    let is_json = cli.options.json;
    let ended = runtime.block_on(interruptible(cli));
    // What still runs is nobody's business any more, a read from the terminal among it.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(is_json),
    }
}

/// The command, unless the user ends it first. What has reached the store by then is whole: each write is one
/// transaction.
async fn interruptible(cli: Cli) -> Result<(), Failure> {
    let is_server = cli.command.handles_signals();
    let finds_actions = cli.command.finds_actions();
    let work = async {
        let context = Context::new(cli.options, finds_actions)?;
        log::start(&context, is_server)?;
        let done = commands::run(&context, cli.command).await;
        context.close().await;
        done
    };
    if is_server {
        return work.await;
    }
    tokio::select! {
        done = work => done,
        _ = signal::ctrl_c() => {
            prompt::restore_echo();
            Err(Failure::interrupted())
        }
    }
}
