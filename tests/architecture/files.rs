//! How large files may be, and where a framework's types may appear.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use composio_tests::tree;

const MOST_LINES: usize = 600;
const MOST_LINES_OF_AN_EXAMPLE: usize = 80;
const MOST_ROOMS_WITH_FRAMEWORK_TYPES: usize = 2;

/// Each adapter and the names by which its source reaches the framework.
const ADAPTERS: &[(&str, &[&str])] = &[
    ("composio-openai", &["async_openai"]),
    ("composio-rig", &["rig_core", "rig_agent"]),
    ("composio-langchain", &["langchain_rust"]),
];

fn rust_files() -> Vec<PathBuf> {
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    tree::tracked_files().into_iter().filter(is_rust).collect()
}

fn is_test_file(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs")
}

/// The file without its inline test module, which stands at the end.
fn source(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let is_module = |line: &&str| line.starts_with("mod ") && line.ends_with('{');
    let tests = lines
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && is_module(&pair[1]));
    lines[..tests.unwrap_or(lines.len())].to_vec()
}

/// Whether a line of code, not of documentation, names the framework; its re-export does not count.
fn touches(line: &str, framework: &str) -> bool {
    let line = line.trim_start();
    !line.starts_with("//") && line != format!("pub use {framework};") && line.contains(framework)
}

/// The rooms of a crate, a file `room.rs` or a folder `room/`, where its framework is named.
fn rooms_that_touch(crate_name: &str, frameworks: &[&str]) -> BTreeSet<PathBuf> {
    let folder = Path::new(crate_name).join("src");
    let mut files = rust_files();
    files.retain(|path| path.starts_with(&folder) && !is_test_file(path));
    files.retain(|path| {
        let text = tree::text(path).unwrap_or_default();
        source(&text)
            .iter()
            .any(|line| frameworks.iter().any(|framework| touches(line, framework)))
    });
    let depth = folder.components().count() + 1;
    let room = |path: &PathBuf| path.with_extension("").components().take(depth).collect();
    files.iter().map(room).collect()
}

#[test]
fn no_file_is_longer_than_its_limit() {
    let mut long = Vec::new();
    for path in rust_files().iter().filter(|path| !is_test_file(path)) {
        let lines = source(&tree::text(path).unwrap_or_default()).len();
        let is_example = path.starts_with("examples") && path.ends_with("main.rs");
        let most = if is_example {
            MOST_LINES_OF_AN_EXAMPLE
        } else {
            MOST_LINES
        };
        if lines > most {
            long.push(format!("{}: {lines} lines, at most {most}", path.display()));
        }
    }
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn framework_types_are_touched_in_two_rooms_at_most() {
    for (crate_name, frameworks) in ADAPTERS {
        let rooms = rooms_that_touch(crate_name, frameworks);
        assert!(
            rooms.len() <= MOST_ROOMS_WITH_FRAMEWORK_TYPES,
            "{crate_name}: {rooms:?}"
        );
    }
}

#[test]
fn inline_tests_and_documentation_do_not_count() {
    let text = "fn one() {}\n#[cfg(test)]\nmod tests {\n    use rig_core::Tool;\n}";
    assert_eq!(source(text), ["fn one() {}"]);
    assert!(touches("use rig_core::Tool;", "rig_core"));
    assert!(!touches("    /// [`rig_core`]", "rig_core"));
    assert!(!touches("pub use rig_core;", "rig_core"));
}
