//! The seed's words and the wire's words stand beside each other in composio-core.

use std::path::Path;

use composio_tests::tree;

/// The word of `ToolSet`, and the word of the wire and of the typed client.
const WORDS: &[(&str, &str)] = &[
    ("app", "toolkit"),
    ("action", "tool"),
    ("entity", "user"),
    ("integration", "auth config"),
    ("connection", "connected account"),
    ("processors", "modifiers"),
    ("trigger", "trigger instance"),
];

/// Cells of the rows of a documentation table, in lower case and without marks.
fn rows(source: &str) -> Vec<Vec<String>> {
    let lines = source
        .lines()
        .map(|line| line.trim_start_matches("//!").trim());
    let tables = lines.filter(|line| line.starts_with('|'));
    tables
        .map(|line| {
            line.split('|')
                .map(|cell| cell.replace('`', "").trim().to_lowercase())
                .collect()
        })
        .collect()
}

fn names(cell: &str, word: &str) -> bool {
    let plural = format!("{word}s");
    cell.split([',', '(', ';']).any(|part| {
        part.trim() == word || part.trim() == plural || part.trim().starts_with(&format!("{word} "))
    })
}

fn documentation() -> String {
    let files = tree::tracked_files();
    let inside = files
        .iter()
        .filter(|path| path.starts_with("composio-core"));
    inside
        .filter_map(|path| tree::text(path))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn glossary_of_the_core_crate_holds_every_pair() {
    let crate_page = tree::text(Path::new("composio-core/src/lib.rs")).unwrap();
    let readme = tree::text(Path::new("composio-core/README.md")).unwrap_or_default();
    let rows = rows(&format!("{crate_page}\n{readme}"));
    for (seed, wire) in WORDS {
        let row = rows.iter().find(|cells| {
            cells.iter().any(|cell| names(cell, seed)) && cells.iter().any(|cell| names(cell, wire))
        });
        assert!(row.is_some(), "no row has `{seed}` and `{wire}`");
    }
}

#[test]
fn each_vocabulary_is_found_by_the_words_of_the_other() {
    let source = documentation();
    let aliases = [
        "app",
        "action",
        "integration",
        "connection",
        "toolkits",
        "tools",
        "user_id",
        "modifiers",
    ];
    for word in aliases {
        let alias = format!("#[doc(alias = \"{word}\")]");
        assert!(
            source.contains(&alias),
            "no item of composio-core has the alias `{word}`"
        );
    }
}
