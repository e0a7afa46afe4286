use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use composio_core::{client::Client, models::RawJson};
use tokio::{runtime, task::JoinSet};

use super::{CALL, Server};
use crate::{
    figures::{
        call::{self, Call},
        demo::LIST,
    },
    harness::{Apart, Outcome, Row, Samples, Table, Upstream},
};

const BAR: f64 = 2.2;
const RATE_BAR: f64 = 10_000.0;
const ROUNDS: usize = 30;
const CALLS: usize = 200;
const CONNECTIONS: usize = 32;
/// How long calls are counted.
const SPAN: Duration = Duration::from_secs(5);

/// Call after call on one thread, beside the bare request, and that through a server that only passes it on.
pub(super) fn latency(upstream: &Upstream, server: &Server, table: &mut Table) -> Outcome {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let passer = upstream.passed_on()?;
        let client = Arc::new(server.client()?);
        let served: Call = Arc::new(move || {
            let client = Arc::clone(&client);
            Box::pin(async move { execute(&client).await })
        });
        let calls = [call::bare(upstream)?, call::bare(&passer)?, served];
        let mut times: [Samples; 3] = Default::default();
        let _apart = Apart::keep(upstream)?;
        for round in 0..=ROUNDS {
            for (call, times) in calls.iter().zip(&mut times) {
                for _ in 0..CALLS {
                    let started = Instant::now();
                    call().await?;
                    if round > 0 {
                        times.push(started.elapsed());
                    }
                }
            }
        }
        let [bare, passed, served] = times.map(|times| times.median());
        let ratio = |median: Duration| median.as_secs_f64() / bare.as_secs_f64();
        let details = format!("median {served:.1?} over {bare:.1?}");
        table.push(Row::at_most(CALL, ratio(served), BAR, call::times).with(&details));
        table.push(Row::shown(
            "the bare request through a server that only passes it on, over bare",
            format!("{} (median {passed:.1?})", call::times(ratio(passed))),
        ));
        Ok(())
    })
}

/// As many calls as two cores make, with the caller and the vendor on the same two.
pub(super) fn rate(server: &Server, table: &mut Table) -> Outcome {
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = Arc::new(server.client()?);
        let mut running: JoinSet<Outcome<u32>> = JoinSet::new();
        let begun = Instant::now();
        for _ in 0..CONNECTIONS {
            let client = Arc::clone(&client);
            running.spawn(async move {
                let mut calls = 0;
                while begun.elapsed() < SPAN {
                    execute(&client).await?;
                    calls += 1;
                }
                Ok(calls)
            });
        }
        let mut calls = 0;
        while let Some(ended) = running.join_next().await {
            calls += ended??;
        }
        let rate = f64::from(calls) / begun.elapsed().as_secs_f64();
        table.push(Row::at_least(
            "served calls a second, caller and vendor on the same two cores",
            rate,
            RATE_BAR,
            |rate| format!("{rate:.0}"),
        ));
        Ok(())
    })
}

async fn execute(client: &Client) -> Outcome {
    let arguments = RawJson::parse(call::ARGUMENTS)?;
    let result = client
        .tools()
        .execute(LIST)
        .user_id("alice")
        .arguments(arguments)
        .await?;
    call::check(result.successful)
}
