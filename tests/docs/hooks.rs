//! Every row of the table of hooks leads to an example that is compiled.

use std::path::Path;

use composio_tests::tree;

const PAGE: &str = "docs/hooks.md";

/// The anchor of a heading, as it is shown on the web.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Each section's anchor, and whether it has a compiled example.
fn sections(page: &str) -> Vec<(String, bool)> {
    let sections = page.split("\n## ").skip(1);
    sections
        .map(|section| {
            let (heading, text) = section.split_once('\n').unwrap_or((section, ""));
            (anchor(heading), text.contains("```rust\n"))
        })
        .collect()
}

fn rows(page: &str) -> Vec<&str> {
    let table = page.lines().filter(|line| line.starts_with('|'));
    table.skip(2).collect()
}

#[test]
fn every_row_of_the_hooks_leads_to_a_compiled_example() {
    let page = tree::text(Path::new(PAGE)).unwrap();
    let sections = sections(&page);
    let rows = rows(&page);
    assert!(rows.len() >= 15, "{} rows", rows.len());
    for row in &rows {
        assert_eq!(row.matches(" | ").count(), 5, "{row}");
        let target = row
            .split("](#")
            .nth(1)
            .and_then(|rest| rest.split(')').next())
            .unwrap();
        let found = sections.iter().find(|(anchor, _)| anchor == target);
        assert!(found.is_some_and(|(_, is_compiled)| *is_compiled), "{row}");
    }
    assert_eq!(rows.len(), sections.len(), "each section is a row's");
}
