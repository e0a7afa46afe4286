//! What each action is given, and what its vendor must receive for it.

use std::{collections::BTreeMap, fs};

use composio_catalog::Integration;
use composio_engine::shipped_apps;
use composio_tests::{suite::Outcome, tree};
use libtest_mimic::Failed;
use serde::Deserialize;
use serde_json::{Map, Value};

/// One file of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct App {
    pub(crate) app: String,
    /// The path of the vendor's server in its own document.
    pub(crate) server: String,
    /// The runs of each action.
    pub(crate) actions: BTreeMap<String, Vec<Run>>,
    pub(crate) refuses: Refusal,
}

/// One call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    pub(crate) arguments: Value,
    pub(crate) sends: Vec<Expected>,
    /// The result; of files, what must be in it.
    #[serde(default)]
    pub(crate) gives: Option<Value>,
    /// What the file of the result holds.
    #[serde(default)]
    pub(crate) file: Option<String>,
}

/// One request, and its answer. What is not said must not be sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Expected {
    /// Method and path as they are on the wire.
    pub(crate) to: String,
    pub(crate) query: Map<String, Value>,
    pub(crate) json: Option<Value>,
    pub(crate) form: Option<Map<String, Value>>,
    /// Of a GraphQL request; its document stands in the `integration.yaml`.
    pub(crate) variables: Option<Value>,
    /// Lines of the message.
    pub(crate) mail: Vec<String>,
    pub(crate) parts: Option<Vec<PartOf>>,
    pub(crate) answer: Option<Value>,
    pub(crate) status: Option<u16>,
    #[serde(rename = "type")]
    pub(crate) media_type: Option<String>,
    pub(crate) text: Option<String>,
    /// No description of the vendor's has it, or not as the vendor's documentation has it: the table alone judges.
    pub(crate) by_hand: bool,
}

/// One part of a body.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PartOf {
    #[serde(rename = "type")]
    pub(crate) media_type: String,
    pub(crate) json: Option<Value>,
    pub(crate) has: Vec<String>,
    /// It is the uploaded file.
    pub(crate) file: bool,
}

/// How a vendor says no.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refusal {
    pub(crate) action: String,
    pub(crate) arguments: Value,
    pub(crate) to: String,
    pub(crate) status: u16,
    pub(crate) answer: Value,
    /// What of it the caller reads.
    pub(crate) words: String,
}

/// Every file of the table.
pub(crate) fn read() -> Result<Vec<App>, Failed> {
    let mut apps = Vec::new();
    for entry in fs::read_dir(tree::root().join("tests/curated/table"))? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        let app = serde_saphyr::from_str::<App>(&text);
        apps.push(app.map_err(|error| format!("{}: {error}", path.display()))?);
    }
    apps.sort_by(|one, other| one.app.cmp(&other.app));
    Ok(apps)
}

/// The slugs of the actions that an app has in its `tools`.
pub(crate) fn actions_of(app: &str) -> Result<Vec<String>, Failed> {
    let shipped = shipped_apps().iter().find(|own| own.slug == app);
    let shipped = shipped.ok_or_else(|| format!("{app} is not shipped"))?;
    let integration = Integration::parse(shipped.integration.as_bytes())?;
    Ok(integration
        .tools
        .into_iter()
        .map(|tool| tool.slug)
        .collect())
}

pub(crate) fn is_whole() -> Outcome {
    let table = read()?;
    let mut count = 0;
    for app in shipped_apps() {
        let mut actions = actions_of(app.slug)?;
        let own = table.iter().find(|own| own.app == app.slug);
        let mut listed: Vec<String> =
            own.map_or_else(Vec::new, |own| own.actions.keys().cloned().collect());
        actions.sort();
        listed.sort();
        if actions != listed {
            return Err(format!("{}: {actions:?} are not {listed:?}", app.slug).into());
        }
        count += actions.len();
    }
    println!("{count} actions of {} apps", table.len());
    if count < 100 {
        return Err("the dozen most used of ten apps are more".into());
    }
    Ok(())
}
