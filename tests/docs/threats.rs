//! `docs/threat-model.md`: attacker, control, name of the test.

use composio_tests::tree;

const PAGE: &str = "docs/threat-model.md";

/// A row of the table: what is attacked, and the tests that hold the control.
struct Threat {
    attack: String,
    tests: Vec<String>,
}

fn threats(page: &str) -> Vec<Threat> {
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| attack"));
    rows.map(threat).collect()
}

fn threat(row: &str) -> Threat {
    let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
    let tests = cells.last().copied().unwrap_or_default();
    Threat {
        attack: cells[0].trim().to_owned(),
        tests: tests
            .split('`')
            .skip(1)
            .step_by(2)
            .map(ToOwned::to_owned)
            .collect(),
    }
}

/// Whether a test function of this name, or a case of a suite, is in the tree.
fn exists(name: &str, sources: &[String]) -> bool {
    let function = format!("fn {name}(");
    let case = format!("\"{name}\"");
    sources
        .iter()
        .any(|source| is_test(source, &function) || source.contains(&case))
}

/// Whether `#[test]` or `#[tokio::test]`, perhaps with other attributes, stands above the function.
fn is_test(source: &str, function: &str) -> bool {
    source.match_indices(function).any(|(at, _)| {
        let above = source[..at].rsplit('\n').skip(1).map(str::trim);
        let mut attributes = above.take_while(|line| !line.is_empty() && *line != "}");
        attributes.any(|line| line.starts_with("#[") && line.contains("test"))
    })
}

fn rust_sources() -> Vec<String> {
    let files = tree::tracked_files();
    let rust = files
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.filter_map(|path| tree::text(path)).collect()
}

#[test]
fn every_test_of_the_threat_model_exists() {
    let page = tree::text(PAGE.as_ref()).unwrap();
    let sources = rust_sources();
    let mut absent = Vec::new();
    for threat in threats(&page) {
        for name in threat.tests.iter().filter(|name| !exists(name, &sources)) {
            absent.push(format!("{}: {name}", threat.attack));
        }
    }
    assert_eq!(absent, Vec::<String>::new());
}

#[test]
fn every_threat_names_a_test() {
    let page = tree::text(PAGE.as_ref()).unwrap();
    let threats = threats(&page);
    assert!(
        threats.len() >= 15,
        "only {} threats were read",
        threats.len()
    );
    for threat in threats {
        assert!(!threat.tests.is_empty(), "{} names no test", threat.attack);
    }
}

#[test]
fn name_that_is_no_test_is_found() {
    let sources = ["/// Helper.\nfn helper() {}\n\n#[test]\nfn holds() {}\n".to_owned()];
    assert!(exists("holds", &sources));
    assert!(!exists("helper", &sources));
    assert!(!exists("holds_not", &sources));
}
