//! What must not be in a tracked file: secrets, hosts of package registries, paths of a machine.

use std::path::Path;

use composio_tests::tree;

/// How a secret begins, and how many letters, digits, `-` or `_` follow at least.
const SECRETS: &[(&str, usize)] = &[
    ("sk-proj-", 20),
    ("ghp_", 30),
    ("gho_", 30),
    ("github_pat_", 30),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("AKIA", 16),
    ("AIza", 30),
];

/// Written in pieces, so that this file does not hold them itself.
fn forbidden() -> Vec<String> {
    let hosts = [
        ["crates", "io"],
        ["pypi", "org"],
        ["npmjs", "org"],
        ["npmjs", "com"],
        ["pythonhosted", "org"],
    ];
    let paths = [
        ["", "root", ""],
        ["", "work", "main"],
        ["", "work", "shared"],
        ["", "tmp", "target"],
    ];
    let keys = [
        ["-----BEGIN PRIVATE", "KEY"],
        ["-----BEGIN RSA PRIVATE", "KEY"],
    ];
    let mut found: Vec<String> = hosts.iter().map(|parts| parts.join(".")).collect();
    found.extend(paths.iter().map(|parts| parts.join("/")));
    found.extend(keys.iter().map(|parts| parts.join(" ")));
    found
}

/// The first thing in the text that looks like a secret, shortened.
fn secret(text: &str) -> Option<&'static str> {
    let is_part = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let looks_real = |after: &str, least: usize| {
        let run: Vec<char> = after.chars().take_while(is_part).collect();
        let kinds = run.iter().collect::<std::collections::BTreeSet<_>>().len();
        run.len() >= least && kinds > 8
    };
    SECRETS.iter().find_map(|(start, least)| {
        text.match_indices(start)
            .find(|(at, _)| looks_real(&text[at + start.len()..], *least))
            .map(|_| *start)
    })
}

#[test]
fn tracked_files_hold_no_secret_host_or_machine_path() {
    let mut found = Vec::new();
    // The lock file names the registry of every package; cargo writes it so.
    for path in tree::tracked_files()
        .iter()
        .filter(|path| *path != Path::new("Cargo.lock"))
    {
        let text = tree::text(path).unwrap_or_default();
        found.extend(secret(&text).map(|start| format!("{}: {start}…", path.display())));
        let words = forbidden();
        found.extend(
            words
                .iter()
                .filter(|word| text.contains(*word))
                .map(|word| format!("{}: {word}", path.display())),
        );
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn secrets_are_recognised() {
    let real = ["ghp", "_Zx81LqPw04NvTyRb72KdMs95HcJfGa36UeQo"].concat();
    assert_eq!(secret(&format!("token: {real};")), Some("ghp_"));
    assert_eq!(secret("ghp_test"), None);
    assert_eq!(secret("ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), None);
}
