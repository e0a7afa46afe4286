//! Every tool of a corpus in every family.

use std::{collections::BTreeSet, fs, path::Path};

use composio_catalog::{Integration, compile};
use composio_core::{CompiledSchema, Dialect, LossKind};
use composio_tests::{suite::Outcome, tree};
use libtest_mimic::{Completion, Failed};
use serde_json::Value;

use crate::{
    rules::{self, names, schemas},
    way_back::{self, Original},
};

/// Relative to the workspace: tools as the hosted product lists them. Not part of the repository.
const SAMPLE: &str = "../shared/data/composio/tools-sample.json";
const OPERATIONS: usize = 1_223;
const VALUES: u64 = 12;

pub const ALL: [Dialect; 8] = [
    Dialect::JsonSchema,
    Dialect::Mcp,
    Dialect::OpenAi,
    Dialect::Anthropic,
    Dialect::Gemini,
    Dialect::OpenAiStrict,
    Dialect::OpenAiStrictRequired,
    Dialect::GeminiLegacy,
];

type Tool = (String, Value);

/// The operations of GitHub's document.
pub fn github(folder: &Path) -> Outcome {
    let document = fs::read(folder.join("generated/api.github.com.json"))?;
    let yaml = "name: GitHub\nunique_key: github\nauth_schemes: [{auth_mode: OAUTH2}]\n";
    let toolkit = compile(
        Integration::parse(yaml.as_bytes())?,
        &document,
        "20260101_00",
    )?
    .toolkit;
    let tools: Vec<Tool> = toolkit
        .tools
        .values()
        .map(|plan| (plan.slug.clone(), toolkit.input_schema(plan).to_value()))
        .collect();
    assert_eq!(tools.len(), OPERATIONS);
    hold("GitHub", &tools)
}

/// The tools of the hosted product.
pub fn hosted() -> Result<Completion, Failed> {
    let Ok(sample) = fs::read_to_string(tree::root().join(SAMPLE)) else {
        return Ok(Completion::ignored_with(format!("{SAMPLE} is not there")));
    };
    let sample: Vec<Value> = serde_json::from_str(&sample)?;
    let slug = |tool: &Value| tool["slug"].as_str().unwrap_or_default().to_owned();
    let tools: Vec<Tool> = sample
        .iter()
        .map(|tool| (slug(tool), tool["input_parameters"].clone()))
        .collect();
    hold("hosted", &tools).map(|()| Completion::Completed)
}

#[derive(Default)]
struct Share {
    clean: usize,
    as_text: usize,
    fell_back: usize,
    values: u64,
}

fn hold(corpus: &str, tools: &[Tool]) -> Outcome {
    let originals: Vec<Option<Original>> = tools
        .iter()
        .map(|(_, schema)| Original::new(schema))
        .collect();
    let mut faults = Vec::new();
    let mut table = format!(
        "\n{corpus}: {} tools\n{:<24}{:>12}{:>14}{:>12}{:>10}\n",
        tools.len(),
        "family",
        "loss-free",
        "text at most",
        "fallbacks",
        "values"
    );
    for dialect in ALL {
        let mut share = Share::default();
        for ((slug, schema), original) in tools.iter().zip(&originals) {
            let compiled = dialect.compile(schema.clone());
            let told = |fault: String| format!("{slug} {dialect:?}: {fault}");
            faults.extend(rules::faults(dialect, &compiled).into_iter().map(told));
            faults.extend(emptied(schema, &compiled).map(told));
            if let Some(original) = original {
                match way_back::check(original, &compiled, dialect, VALUES) {
                    Ok(values) => share.values += values,
                    Err(fault) => faults.push(told(fault)),
                }
            }
            count(&mut share, &compiled);
        }
        table.push_str(&row(dialect, &share, tools.len()));
        assert!(
            share.values > tools.len() as u64,
            "{dialect:?}: hardly a value was made"
        );
    }
    println!("{table}");
    let number = faults.len();
    faults.truncate(12);
    if number > 0 {
        return Err(format!("{number} faults, such as\n{}", faults.join("\n")).into());
    }
    Ok(())
}

fn count(share: &mut Share, compiled: &CompiledSchema) {
    let fell_back = compiled.fallback.is_some();
    share.fell_back += usize::from(fell_back);
    share.clean += usize::from(compiled.losses.is_empty() && !fell_back);
    let all_text = compiled
        .losses
        .iter()
        .all(|loss| loss.kind == LossKind::Text);
    share.as_text += usize::from(all_text && !fell_back);
}

fn row(dialect: Dialect, share: &Share, tools: usize) -> String {
    let percent = |part: usize| format!("{:.1} %", 100.0 * part as f64 / tools as f64);
    let name = format!("{dialect:?}");
    format!(
        "{name:<24}{:>12}{:>14}{:>12}{:>10}\n",
        percent(share.clean),
        percent(share.as_text),
        share.fell_back,
        share.values
    )
}

/// A name that is no longer shown, or an object that lost its names, though nothing was reported.
pub fn emptied(original: &Value, compiled: &CompiledSchema) -> Option<String> {
    if !compiled.losses.is_empty() || compiled.fallback.is_some() {
        return None;
    }
    let shown: BTreeSet<String> = all_names(&compiled.schema);
    let is_changed = |name: &String| {
        name.len() > 64
            || !name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let missing = all_names(original)
        .into_iter()
        .find(|name| !shown.contains(name) && !is_changed(name));
    if let Some(name) = missing {
        return Some(format!("{name} is gone without a word"));
    }
    let empty = |schema: &Value| {
        let nested = schemas(schema).into_iter().skip(1);
        nested.filter(|(_, schema)| is_empty_object(schema)).count()
    };
    let (before, after) = (empty(original), empty(&compiled.schema));
    (after > before).then(|| "an object was emptied".to_owned())
}

fn is_empty_object(schema: &serde_json::Map<String, Value>) -> bool {
    let is_object = schema
        .get("type")
        .is_some_and(|name| name == "object" || name == "OBJECT");
    is_object && names(schema).count() == 0
}

fn all_names(schema: &Value) -> BTreeSet<String> {
    let all = schemas(schema);
    all.into_iter()
        .flat_map(|(_, schema)| names(schema).map(str::to_owned).collect::<Vec<_>>())
        .collect()
}
