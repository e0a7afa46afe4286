//! The commands that the documents show.

use std::path::Path;

use composio_tests::tree;

/// Lines of the fenced shell blocks of a page.
fn commands(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_shell = false;
    for line in page.lines() {
        match line.trim().strip_prefix("```") {
            Some(language) => is_shell = matches!(language, "sh" | "console" | "bash"),
            None if is_shell => found.push(line.trim().to_owned()),
            None => {}
        }
    }
    found
}

fn pages() -> Vec<(String, String)> {
    let files = tree::tracked_files();
    let pages = files
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages
        .filter_map(|path| Some((path.display().to_string(), tree::text(path)?)))
        .collect()
}

fn is_known(command: &str, packages: &[String], verbs: &str) -> bool {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.as_slice() {
        ["cargo", "xtask", verb, ..] => verbs.contains(&format!("\"{verb}\",")),
        ["cargo", "run", "-p", package, ..] | ["cargo", "test", "-p", package, ..] => {
            packages.iter().any(|known| known == package)
        }
        _ => true,
    }
}

#[test]
fn commands_that_the_documents_show_exist() {
    let packages: Vec<String> = tree::packages()
        .into_iter()
        .map(|package| package.name)
        .collect();
    let verbs = tree::text(Path::new("xtask/src/main.rs")).unwrap();
    for (name, page) in pages() {
        for command in commands(&page) {
            assert!(is_known(&command, &packages, &verbs), "{name}: {command}");
        }
    }
}

#[test]
fn readme_starts_with_its_two_commands() {
    let page = tree::text(Path::new("README.md")).unwrap();
    let commands = commands(&page);
    let first: Vec<&str> = commands
        .iter()
        .take(2)
        .map(|command| command.split('#').next().unwrap().trim())
        .collect();
    assert_eq!(first, ["cargo run -p quickstart", "cargo xtask test"]);
}

#[test]
fn unknown_commands_are_found() {
    let packages = ["quickstart".to_owned()];
    let verbs = "(\"test\", \"all tests\", test::run)";
    assert!(is_known("cargo xtask test -p x", &packages, verbs));
    assert!(!is_known("cargo xtask tests", &packages, verbs));
    assert!(!is_known("cargo run -p quickstarts", &packages, verbs));
}
