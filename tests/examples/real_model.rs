//! The program that tries adapters on a real model, on a script.

use std::process::{Command, Output};

use composio_tests::suite::Outcome;
use demo::StandIn;
use libtest_mimic::Failed;

fn asked(arguments: &[&str]) -> Result<Output, Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let stand_in = runtime.block_on(StandIn::start())?;
    let output = Command::new(env!("CARGO_BIN_EXE_real-model"))
        .args(["--endpoint", &stand_in.base_url(), "--timeout", "30"])
        .args(arguments)
        .output()?;
    Ok(output)
}

pub(crate) fn runs() -> Outcome {
    let output = asked(&["--prompts", "20"])?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut adapters = vec![
        "chat",
        "chat-sse",
        "responses",
        "resp-sse",
        "rig",
        "rig-sse",
    ];
    if cfg!(feature = "langchain") {
        adapters.extend(["langchain", "langchain-sse"]);
    }
    let answered = said.matches("the answer speaks of the result").count();
    let right = said
        .matches("right tool with valid arguments 7 of 20")
        .count();
    if !output.status.success() || answered != adapters.len() || right != adapters.len() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {said}{errors}", output.status).into());
    }
    for adapter in adapters {
        let sse = said
            .split(&format!("\n{adapter}\n"))
            .nth(1)
            .unwrap_or_default();
        let pieces = sse.split("words in ").nth(1).unwrap_or_default();
        let pieces: usize = pieces.split(' ').next().unwrap_or_default().parse()?;
        if adapter.ends_with("-sse") != (pieces > 1) {
            return Err(format!("{adapter} has not streamed as it says: {said}").into());
        }
    }
    let unreachable = Command::new(env!("CARGO_BIN_EXE_real-model"))
        .args(["--endpoint", "http://127.0.0.1:1/v1", "--adapter", "chat"])
        .output()?;
    if unreachable.status.success() {
        return Err("an endpoint that is not there passes".into());
    }
    Ok(())
}
