use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::Path,
    sync::OnceLock,
};

use composio_catalog::{Compiled, Integration, Location, compile};
use composio_tests::suite::Outcome;
use jsonschema::draft202012;
use serde_json::Value;

/// How many operations the document has.
pub const OPERATIONS: usize = 1_223;
/// An `integration.yaml` for the document.
pub const INTEGRATION: &str =
    "name: GitHub\nunique_key: github\nauth_schemes: [{auth_mode: OAUTH2}]\n";

/// The toolkit of GitHub's document, compiled once.
pub fn toolkit(folder: &Path) -> &'static Compiled {
    static COMPILED: OnceLock<Compiled> = OnceLock::new();
    COMPILED.get_or_init(|| compiled(&text(folder)))
}

fn text(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("generated/api.github.com.json")).expect("the part is installed")
}

fn compiled(document: &[u8]) -> Compiled {
    let integration = Integration::parse(INTEGRATION.as_bytes()).expect("the YAML is sound");
    compile(integration, document, "20260101_00").expect("GitHub's document compiles")
}

pub fn every_operation_becomes_a_tool(folder: &Path) -> Outcome {
    let document: Value = serde_json::from_slice(&text(folder))?;
    let mut expected: Vec<(String, String)> = Vec::new();
    for (path, item) in document["paths"].as_object().ok_or("no paths")? {
        for method in item.as_object().ok_or("no path item")?.keys() {
            expected.push((method.to_uppercase(), path.clone()));
        }
    }
    assert_eq!(expected.len(), OPERATIONS);
    let compiled = toolkit(folder);
    let mut found: Vec<_> = compiled
        .toolkit
        .tools
        .values()
        .map(|plan| (plan.method.clone(), plan.path.clone()))
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert!(compiled.report.is_clean(), "{:?}", compiled.report);
    assert_eq!(
        compiled.toolkit.base_url.as_deref(),
        Some("https://api.github.com")
    );
    Ok(())
}

pub fn every_name_is_valid_and_unique(folder: &Path) -> Outcome {
    let tools = &toolkit(folder).toolkit.tools;
    assert_eq!(tools.len(), OPERATIONS);
    for (slug, plan) in tools.iter() {
        let is_valid = slug.starts_with("GITHUB_")
            && slug
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        assert!(is_valid && slug == plan.slug, "{slug}");
        let names: HashSet<&str> = plan
            .arguments
            .iter()
            .map(|argument| argument.name.as_str())
            .collect();
        assert_eq!(names.len(), plan.arguments.len(), "{slug}");
        assert!(
            !plan.name.is_empty() && !plan.description.is_empty(),
            "{slug}"
        );
    }
    Ok(())
}

pub fn every_placeholder_has_an_argument(folder: &Path) -> Outcome {
    for plan in toolkit(folder).toolkit.tools.values() {
        let placeholders: HashSet<&str> = plan
            .path
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next())
            .collect();
        let arguments: HashSet<&str> = plan
            .arguments
            .iter()
            .filter(|argument| argument.location == Location::Path)
            .map(|argument| argument.wire_name.as_str())
            .collect();
        assert_eq!(placeholders, arguments, "{}", plan.slug);
    }
    Ok(())
}

pub fn every_schema_is_valid_and_stands_alone(folder: &Path) -> Outcome {
    let toolkit = &toolkit(folder).toolkit;
    for plan in toolkit.tools.values() {
        let tool = toolkit.tool_model(plan);
        for schema in [
            toolkit.input_schema(plan).to_value(),
            toolkit.output_schema(plan).to_value(),
            tool.output_parameters.to_value(),
        ] {
            if let Err(error) = draft202012::meta::validate(&schema) {
                return Err(format!("{}: {error}", plan.slug).into());
            }
            let needed = references(&schema, &schema, &plan.slug);
            let given = schema["$defs"].as_object().map_or(0, serde_json::Map::len);
            assert_eq!(
                needed.len(),
                given,
                "{} has definitions it does not need",
                plan.slug
            );
        }
        draft202012::new(&toolkit.input_schema(plan).to_value())?;
    }
    Ok(())
}

/// The targets of every reference in `node`, each looked up in `root`.
fn references(node: &Value, root: &Value, slug: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    match node {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                let pointer = reference.strip_prefix('#').unwrap_or("none");
                assert!(root.pointer(pointer).is_some(), "{slug}: {reference}");
                found.insert(reference.clone());
            }
            for value in members.values() {
                found.extend(references(value, root, slug));
            }
        }
        Value::Array(items) => {
            for item in items {
                found.extend(references(item, root, slug));
            }
        }
        _ => {}
    }
    found
}

/// `serde_json` sorts the members, which is another order than GitHub's.
pub fn names_survive_another_order_of_the_document(folder: &Path) -> Outcome {
    let sorted: Value = serde_json::from_slice(&text(folder))?;
    let again = compiled(&serde_json::to_vec(&sorted)?);
    let names = |compiled: &Compiled| -> BTreeMap<String, (String, String)> {
        let plans = compiled.toolkit.tools.values();
        plans
            .map(|plan| (plan.slug.clone(), (plan.method.clone(), plan.path.clone())))
            .collect()
    };
    assert_eq!(names(&again), names(toolkit(folder)));
    Ok(())
}
