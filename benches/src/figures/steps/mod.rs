//! What a step of the loop costs more than in the bare framework: the same model and the same tool in memory.

#[cfg(feature = "langchain")]
mod langchain;
mod openai;
mod rig;

use std::{collections::BTreeMap, future::Future};

use composio_core::{
    Body, BoxError, CustomTool, Error, ErrorKind, Provider, ToolSet, Tools, Transport,
};
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::runtime;
use tower::service_fn;

use crate::{
    arguments::Arguments,
    harness::{Outcome, Row, Samples, Table, cpu, per_call},
};

/// How often the model calls the tool in a run, before it is done.
const STEPS: u32 = 8;
const RUNS: usize = 50;
const ROUNDS: usize = 40;
const MICROSECONDS: f64 = 50.0;

const TOOL: &str = "echo";
const DESCRIPTION: &str = "Gives back what it is given.";
const ARGUMENTS: &str = r#"{"owner":"octocat","repo":"hello-world"}"#;
const DONE: &str = "done";

pub(super) fn measure(_: &Arguments, table: &mut Table) -> Outcome {
    openai::measure(table)?;
    rig::measure(table)?;
    #[cfg(feature = "langchain")]
    langchain::measure(table)?;
    Ok(())
}

/// Runs of both kinds in turns; each is prepared outside of what is measured.
fn compare<Bare, Ours>(
    framework: &str,
    table: &mut Table,
    mut bare: impl FnMut() -> Outcome<Bare>,
    mut ours: impl FnMut() -> Outcome<Ours>,
) -> Outcome
where
    Bare: Future<Output = Outcome>,
    Ours: Future<Output = Outcome>,
{
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut bare_costs, mut our_costs) = (Samples::default(), Samples::default());
    for round in 0..=ROUNDS {
        let of_bare = runtime.block_on(cost(&mut bare))?;
        let of_ours = runtime.block_on(cost(&mut ours))?;
        // The first round fills caches.
        if round > 0 {
            bare_costs.push(of_bare);
            our_costs.push(of_ours);
        }
    }
    let (bare, ours) = (bare_costs.median(), our_costs.median());
    let more = (ours.as_secs_f64() - bare.as_secs_f64()) * 1e6;
    let what = format!("CPU of a step over the bare loop, {framework}");
    let row = Row::at_most(&what, more, MICROSECONDS, |value| format!("{value:.1} µs"));
    table.push(row.with(&format!("{ours:.1?} over {bare:.1?}")));
    Ok(())
}

/// The CPU time of a step.
async fn cost<F: Future<Output = Outcome>>(
    prepare: &mut impl FnMut() -> Outcome<F>,
) -> Outcome<std::time::Duration> {
    let runs: Vec<F> = (0..RUNS).map(|_| prepare()).collect::<Outcome<_>>()?;
    let before = cpu()?;
    for run in runs {
        run.await?;
    }
    let spent = cpu()?.saturating_sub(before);
    per_call(spent, RUNS * usize::try_from(STEPS)?)
}

type Input = BTreeMap<String, String>;

/// What the tool does: with us, and without us.
fn echo(input: Input) -> Input {
    input
}

/// The tool by hand: arguments and result as a model writes and reads them.
fn echo_by_hand(arguments: &str) -> Outcome<String> {
    let input: Input = serde_json::from_str(arguments)?;
    Ok(serde_json::to_string(&echo(input))?)
}

fn parameters() -> Value {
    json!({"type": "object", "additionalProperties": {"type": "string"}})
}

/// The tool with everything that happens to a call of ours.
fn tools<P: Provider + Default>() -> Outcome<Tools<P>> {
    let nobody = Transport::new(service_fn(|_: Request<Body>| async {
        Err::<Response<Body>, _>(Error::new(ErrorKind::Unavailable, "nobody is asked"))
    }));
    let tool = CustomTool::new(TOOL, DESCRIPTION, |input: Input| async move {
        Ok::<_, BoxError>(echo(input))
    });
    let toolset: ToolSet<P> = ToolSet::new(nobody);
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let fetch = toolset.get_tools().custom_tool(tool);
    Ok(runtime.block_on(async { fetch.await })?)
}

fn check(text: &str, steps: u32) -> Outcome {
    if text == DONE && steps == STEPS {
        return Ok(());
    }
    Err(format!("{text:?} after {steps} calls").into())
}
