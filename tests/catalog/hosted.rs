use std::{collections::HashSet, fs};

use composio_tests::{parts::GITHUB_OPENAPI, tree};
use libtest_mimic::{Completion, Failed};
use serde_json::Value;

use crate::github;

/// Relative to the workspace: tools as the hosted product lists them. Not part of the repository.
const SAMPLE: &str = "../shared/data/composio/tools-sample.json";
const SAME_NAMES: f64 = 79.0;
const SAME_REQUIRED: f64 = 95.0;

/// The rest of the names was written by hand, or is of operations that GitHub has removed since.
pub fn names_and_required_arguments_are_those_of_the_hosted_product() -> Result<Completion, Failed>
{
    let Ok(sample) = fs::read_to_string(tree::root().join(SAMPLE)) else {
        return Ok(Completion::ignored_with(format!("{SAMPLE} is not there")));
    };
    let folder = match GITHUB_OPENAPI.install() {
        Ok(folder) => folder,
        Err(missing) => return Ok(Completion::ignored_with(missing.to_string())),
    };
    let sample: Vec<Value> = serde_json::from_str(&sample)?;
    let theirs: Vec<&Value> = sample
        .iter()
        .filter(|tool| slug(tool).starts_with("GITHUB_"))
        .collect();
    let toolkit = &github::toolkit(&folder).toolkit;
    let mut same_names = 0;
    let mut same_required = 0;
    for tool in &theirs {
        let Some(plan) = toolkit.tools.get(slug(tool)) else {
            continue;
        };
        same_names += 1;
        let ours = plan.input.to_value();
        if required(&ours) == required(&tool["input_parameters"]) {
            same_required += 1;
        } else {
            let theirs = required(&tool["input_parameters"]);
            let ours = required(&ours);
            println!(
                "{}: only theirs {:?}, only ours {:?}",
                plan.slug,
                theirs.difference(&ours),
                ours.difference(&theirs)
            );
        }
    }
    let names = percent(same_names, theirs.len());
    let arguments = percent(same_required, same_names);
    println!(
        "names: {same_names} of {} are the same ({names:.1} %)",
        theirs.len()
    );
    println!("required arguments: {same_required} of {same_names} are the same ({arguments:.1} %)");
    assert!(names >= SAME_NAMES, "{names}");
    assert!(arguments >= SAME_REQUIRED, "{arguments}");
    Ok(Completion::Completed)
}

fn slug(tool: &Value) -> &str {
    tool["slug"].as_str().unwrap_or_default()
}

fn required(schema: &Value) -> HashSet<&str> {
    schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}
