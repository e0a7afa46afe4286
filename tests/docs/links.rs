//! Relative links between the documents.

use std::path::{Path, PathBuf};

use composio_tests::tree;

/// Targets of `[text](target)` outside code, without their anchors.
fn targets(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if !is_code {
            found.extend(
                line.split("](")
                    .skip(1)
                    .filter_map(|rest| rest.split(')').next())
                    .map(without_anchor),
            );
        }
    }
    found.retain(|target| {
        !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:")
    });
    found
}

fn without_anchor(target: &str) -> String {
    target.split('#').next().unwrap_or_default().to_owned()
}

fn broken(path: &Path, page: &str) -> Vec<String> {
    let folder: PathBuf = tree::root().join(path.parent().unwrap_or(Path::new("")));
    let mut targets = targets(page);
    targets.retain(|target| !folder.join(target).exists() && !is_item(target));
    targets
        .into_iter()
        .map(|target| format!("{}: {target}", path.display()))
        .collect()
}

/// A link to an item of the code, which `cargo xtask docs` checks.
fn is_item(target: &str) -> bool {
    target.contains("::") || target.starts_with("crate") || target.ends_with("()")
}

#[test]
fn no_relative_link_is_broken() {
    let mut found = Vec::new();
    for path in tree::tracked_files() {
        if path.extension().is_some_and(|extension| extension == "md") {
            found.extend(broken(&path, &tree::text(&path).unwrap_or_default()));
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn broken_links_are_found() {
    let page =
        "[a](docs/none.md#part) [b](README.md) [c](https://example.com/x)\n```\n[d](none)\n```";
    assert_eq!(
        broken(Path::new("PAGE.md"), page),
        ["PAGE.md: docs/none.md"]
    );
}
