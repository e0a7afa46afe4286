//! One tool call through `ToolSet`, `Transport` and the engine, against the request it comes down to.

use std::{future::Future, pin::Pin, sync::Arc, time::Instant};

use composio_core::{CallContext, Plain, ToolCall, ToolSet};
use http::header;
use rustls::crypto::ring;
use serde_json::Value;
use tokio::{runtime, task::JoinSet};

use super::demo::{Demo, KEY, KEY_HEADER, LIST};
use crate::{
    arguments::Arguments,
    harness::{Apart, Outcome, REPLY_BYTES, Row, Samples, Table, Upstream, cpu, per_call},
};

const ROUNDS: usize = 60;
const CALLS: usize = 200;
const CONNECTIONS: usize = 32;
const BAR: f64 = 1.3;

pub(super) const ARGUMENTS: &str =
    r#"{"owner":"octocat","repo":"hello-world","state":"open","per_page":10}"#;
const TARGET: &str = "/repos/octocat/hello-world/issues?state=open&per_page=10";

/// One call, to its end.
pub(super) type Call = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

pub(super) fn measure(_: &Arguments, table: &mut Table) -> Outcome {
    let upstream = Upstream::start()?;
    latency(&upstream, table)?;
    throughput(&upstream, table)
}

/// Call after call on one thread, so that nothing but the work itself is compared.
fn latency(upstream: &Upstream, table: &mut Table) -> Outcome {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let demo = Demo::open(&upstream.base).await?;
        let (bare, ours) = (bare(upstream)?, through_toolset(&demo).await?);
        let (mut bare_times, mut our_times) = (Samples::default(), Samples::default());
        // Not before all threads are there: they would be kept on this one's core.
        let _apart = Apart::keep(upstream)?;
        for round in 0..=ROUNDS {
            for (call, times) in [(&bare, &mut bare_times), (&ours, &mut our_times)] {
                for _ in 0..CALLS {
                    let started = Instant::now();
                    call().await?;
                    // The first round opens connections and fills caches.
                    if round > 0 {
                        times.push(started.elapsed());
                    }
                }
            }
        }
        demo.engine.close().await;
        let details = format!(
            "median {:.1?} over {:.1?}; p99 {:.1?} over {:.1?}",
            our_times.median(),
            bare_times.median(),
            our_times.p99(),
            bare_times.p99()
        );
        let ratio = our_times.median().as_secs_f64() / bare_times.median().as_secs_f64();
        table.push(
            Row::at_most("tool call in process, over bare", ratio, BAR, times).with(&details),
        );
        Ok(())
    })
}

/// Many connections at once on two threads: what a call costs the processor.
fn throughput(upstream: &Upstream, table: &mut Table) -> Outcome {
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let demo = Demo::open(&upstream.base).await?;
        let calls = [bare(upstream)?, through_toolset(&demo).await?];
        let mut costs = [Samples::default(), Samples::default()];
        for round in 0..=ROUNDS / 3 {
            for (call, costs) in calls.iter().zip(&mut costs) {
                let before = cpu()?;
                together(call).await?;
                if round > 0 {
                    let spent = cpu()?.saturating_sub(before);
                    costs.push(per_call(spent, CONNECTIONS * CALLS)?);
                }
            }
        }
        demo.engine.close().await;
        let [bare, ours] = costs.map(|costs| costs.median());
        let ratio = ours.as_secs_f64() / bare.as_secs_f64();
        table.push(Row::shown(
            &format!("CPU per call at {CONNECTIONS} connections, over bare"),
            format!("{} ({ours:.1?} over {bare:.1?})", times(ratio)),
        ));
        Ok(())
    })
}

async fn together(call: &Call) -> Outcome {
    let mut running: JoinSet<Outcome> = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let call = Arc::clone(call);
        running.spawn(async move {
            for _ in 0..CALLS {
                call().await?;
            }
            Ok(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(())
}

/// What a program without us would write: the request, and the reply as a value.
pub(super) fn bare(upstream: &Upstream) -> Outcome<Call> {
    // Built as reqwest is for a user who sets nothing, but for the proxy of the environment.
    let _ = ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("{}{TARGET}", upstream.base);
    Ok(Arc::new(move || {
        let request = client
            .get(&url)
            .header(header::ACCEPT, "application/json")
            .header(KEY_HEADER, KEY);
        Box::pin(async move {
            let reply = request.send().await?.error_for_status()?.bytes().await?;
            let reply: Value = serde_json::from_slice(&reply)?;
            check(reply.is_array())
        })
    }))
}

/// The same through everything: what the model wrote in, what the model reads out.
async fn through_toolset(demo: &Demo) -> Outcome<Call> {
    let toolset: ToolSet<Plain> = ToolSet::new(demo.transport()).entity("alice");
    let tools = Arc::new(toolset.get_tools().actions([LIST]).await?);
    let call = Arc::new(ToolCall::new("call_1", LIST, ARGUMENTS));
    Ok(Arc::new(move || {
        let (tools, call) = (Arc::clone(&tools), Arc::clone(&call));
        Box::pin(async move {
            let outcome = tools.call(&call, CallContext::new()).await?;
            check(outcome.is_success() && outcome.model_text().len() > REPLY_BYTES)
        })
    }))
}

pub(super) fn check(is_right: bool) -> Outcome {
    if is_right {
        Ok(())
    } else {
        Err("the call did not bring the reply".into())
    }
}

pub(super) fn times(ratio: f64) -> String {
    format!("{ratio:.2} ×")
}
