//! GitHub's tools in the words of each model family.

use composio_core::Dialect;
use serde_json::Value;

use super::import;
use crate::{
    arguments::Arguments,
    harness::{Outcome, Row, Samples, Table, time_of},
};

const ROUNDS: usize = 15;
const MILLISECONDS: f64 = 200.0;
const FAMILIES: &[(&str, Dialect)] = &[
    ("OpenAI, strict", Dialect::OpenAiStrict),
    ("OpenAI", Dialect::OpenAi),
    ("Anthropic", Dialect::Anthropic),
    ("Gemini", Dialect::Gemini),
    ("Gemini's parameters", Dialect::GeminiLegacy),
    ("MCP", Dialect::Mcp),
];

pub(super) fn measure(arguments: &Arguments, table: &mut Table) -> Outcome {
    let what = |family: &str| format!("schemas of GitHub's tools for {family}");
    let Some(document) = &arguments.github else {
        for (family, _) in FAMILIES {
            table.push(Row::skipped(
                &what(family),
                "GitHub's document could not be had",
            ));
        }
        return Ok(());
    };
    let toolkit = import::github(document)?.toolkit;
    let plans = toolkit.tools.values();
    let schemas: Vec<Value> = plans
        .map(|plan| toolkit.input_schema(plan).to_value())
        .collect();
    for (family, dialect) in FAMILIES {
        let mut samples = Samples::default();
        let mut clean = 0_usize;
        for _ in 0..ROUNDS {
            let own = schemas.clone();
            let mut compiled = Vec::with_capacity(own.len());
            samples.push(time_of(|| {
                compiled.extend(own.into_iter().map(|schema| dialect.compile(schema)))
            }));
            clean = compiled
                .iter()
                .filter(|compiled| compiled.losses.is_empty() && compiled.fallback.is_none())
                .count();
        }
        let median = samples.median().as_secs_f64() * 1e3;
        let details = format!("{} tools, {clean} without a loss", schemas.len());
        let row = Row::at_most(&what(family), median, MILLISECONDS, |value| {
            format!("{value:.0} ms")
        });
        table.push(row.with(&details));
    }
    Ok(())
}
