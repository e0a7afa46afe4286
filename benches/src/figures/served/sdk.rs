use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use composio_core::models::RawJson;
use tokio::runtime;

use super::Server;
use crate::{
    figures::{call, demo::LIST},
    harness::{Outcome, Row, Samples, Table},
};

const WHAT: &str = "a call by the official Python SDK (0.21.0), over ours, on the same server";
const CALLS: usize = 300;
/// Prints the median of its calls in microseconds.
const SCRIPT: &str = r#"
import os, statistics, sys, time
from composio import Composio
sdk = Composio(base_url=os.environ["COMPOSIO_BASE_URL"], allow_tracking=False)
times = []
for call in range(int(sys.argv[1])):
    begun = time.perf_counter()
    done = sdk.tools.execute(sys.argv[2], {"owner": "octocat", "repo": "hello-world"}, user_id="alice",
                             dangerously_skip_version_check=True)
    times.append(time.perf_counter() - begun)
    assert done["successful"], done
print(statistics.median(times[10:]) * 1e6)
"#;

/// The same call by two clients.
pub(super) fn measure(server: &Server, table: &mut Table) -> Outcome {
    let Some(path) = python_path() else {
        let why =
            "needs the SDK, which the tests install: cargo xtask test -p composio-tests --test sdk";
        table.push(Row::skipped(WHAT, why));
        return Ok(());
    };
    let output = Command::new("python3")
        .args(["-S", "-c", SCRIPT, &CALLS.to_string(), LIST])
        .env("PYTHONPATH", path)
        .env("COMPOSIO_BASE_URL", &server.base)
        .env("COMPOSIO_API_KEY", server.key.expose())
        // The SDK reports its use to its maker; nothing leaves this machine.
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()?;
    let theirs: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    let ours = ours(server)?.median().as_secs_f64() * 1e6;
    let details = format!("median {theirs:.0} µs over {ours:.0} µs");
    table.push(Row::shown(WHAT, call::times(theirs / ours)).with(&details));
    Ok(())
}

fn ours(server: &Server) -> Outcome<Samples> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = server.client()?;
        let mut times = Samples::default();
        for _ in 0..CALLS {
            let begun = Instant::now();
            let call = client.tools().execute(LIST).user_id("alice");
            let result = call.arguments(RawJson::parse(call::ARGUMENTS)?).await?;
            times.push(begun.elapsed());
            call::check(result.successful)?;
        }
        Ok(times)
    })
}

/// Where the tests keep the SDK.
fn python_path() -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/parts");
    let folders = ["composio-0.21.0", "pysher-1.0.8/src"].map(|folder| root.join(folder));
    folders.iter().all(|folder| folder.is_dir()).then(|| {
        let [sdk, library] = folders.map(|folder| folder.display().to_string());
        format!("{sdk}:{library}")
    })
}
