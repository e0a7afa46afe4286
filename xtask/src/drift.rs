//! composio-rig on the versions of rig that this toolchain can build: `cargo xtask drift [--tests] [VERSION]…`.
//!
//! rig breaks its interface often, so what builds is found out, not believed: for each version the two crates are
//! copied to `target/drift/`, the copy asks for that version of rig, and cargo says what comes of it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::shell::{self, Step};

/// Versions of rig that are tried unless others are named, oldest first.
const VERSIONS: &[&str] = &["0.42", "0.43", "0.44", "0.45", "0.46"];
/// What a copy holds; composio-core's features reach for no other crate of ours.
const COPIED: &[&str] = &["composio-core", "composio-macros", "composio-rig"];
const RIG: &[&str] = &["rig-agent", "rig-core"];

pub(crate) fn run(arguments: &[String]) -> Step {
    let with_tests = arguments.iter().any(|argument| argument == "--tests");
    let named = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"));
    let mut versions: Vec<&str> = named.map(String::as_str).collect();
    if versions.is_empty() {
        versions.extend(VERSIONS);
    }
    let manifest = fs::read_to_string(shell::root().join("Cargo.toml"))?;
    let own = declared(&manifest).ok_or("the workspace names no version of rig")?;
    let mut told = Vec::new();
    for version in versions {
        let folder = copy(&manifest, version)?;
        let found = build(&folder, with_tests)?;
        eprintln!("rig {version}: {found}");
        told.push((version.to_owned(), found));
    }
    let width = told
        .iter()
        .map(|(version, _)| version.len())
        .max()
        .unwrap_or(0);
    println!("\nrig     composio-rig");
    for (version, found) in &told {
        println!("{version:<width$}    {found}");
    }
    match told.iter().find(|(version, _)| *version == own) {
        Some((_, found)) if *found != Found::Builds => {
            Err(format!("rig {own}, which composio-rig asks for: {found}").into())
        }
        _ => Ok(()),
    }
}

/// What cargo said about one version.
#[derive(Debug, PartialEq)]
enum Found {
    Builds,
    NeedsRustc(String),
    Breaks(usize, String),
    Absent(String),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builds => f.write_str("works"),
            Self::NeedsRustc(version) => write!(f, "cannot be built here: needs rustc {version}"),
            Self::Breaks(errors, first) => {
                write!(f, "does not work: {errors} errors, the first: {first}")
            }
            Self::Absent(why) => write!(f, "could not be had: {why}"),
        }
    }
}

/// The version of rig in the workspace's manifest.
fn declared(manifest: &str) -> Option<String> {
    let line = manifest
        .lines()
        .find(|line| line.starts_with("rig-core = "))?;
    let (_, rest) = line.split_once("version = \"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// Copies the crates to a workspace of their own that asks for `version` of rig.
fn copy(manifest: &str, version: &str) -> Step<PathBuf> {
    let folder = shell::root().join("target/drift").join(version);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("Cargo.toml"), asking_for(manifest, version))?;
    fs::copy(shell::root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    for name in COPIED.iter().copied().chain(["clippy.toml"]) {
        copy_all(&shell::root().join(name), &folder.join(name))?;
    }
    Ok(folder)
}

fn copy_all(from: &Path, to: &Path) -> Step {
    if from.is_file() {
        fs::copy(from, to)?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// The workspace's manifest with no more members than are copied, and another version of rig.
fn asking_for(manifest: &str, version: &str) -> String {
    let own = declared(manifest).unwrap_or_default();
    let is_rig = |line: &str| {
        RIG.iter()
            .any(|name| line.starts_with(&format!("{name} = ")))
    };
    let mut text = String::new();
    let mut in_list = false;
    for line in manifest.lines() {
        let begins = line.starts_with("members = [") || line.starts_with("default-members = [");
        if line.starts_with("members = [") {
            text.push_str(&format!("members = {COPIED:?}\n"));
        }
        if is_rig(line) {
            text.push_str(&line.replace(&format!("\"{own}\""), &format!("\"{version}\"")));
            text.push('\n');
        } else if !in_list && !begins {
            text.push_str(line);
            text.push('\n');
        }
        in_list = (in_list || begins) && !line.trim_end().ends_with(']');
    }
    text
}

fn build(folder: &Path, with_tests: bool) -> Step<Found> {
    let verb = if with_tests { "test" } else { "check" };
    let mut command = shell::cargo([verb, "--package", "composio-rig", "--all-features"]);
    command.arg("--target-dir");
    command.arg(shell::root().join("target/drift/build"));
    command.current_dir(folder).stdin(Stdio::null());
    let output = command.output()?;
    if output.status.success() {
        return Ok(Found::Builds);
    }
    let said = [output.stderr, output.stdout].concat();
    Ok(read(&String::from_utf8_lossy(&said)))
}

/// What cargo's complaint is about.
fn read(said: &str) -> Found {
    if let Some((_, rest)) = said.split_once("requires rustc ") {
        let version = rest.split_whitespace().next().unwrap_or_default();
        return Found::NeedsRustc(version.to_owned());
    }
    let mut errors = said
        .lines()
        .filter(|line| line.starts_with("error"))
        .filter(|line| !line.starts_with("error: could not compile"));
    let first = errors.next().unwrap_or("no reason given").to_owned();
    if said.contains("could not compile") || said.contains("test failed") {
        Found::Breaks(errors.count() + 1, first)
    } else {
        Found::Absent(first)
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, asking_for, declared, read};

    const MANIFEST: &str = r#"[workspace]
resolver = "3"
members = [
    "a",
]
default-members = ["a"]

[workspace.dependencies]
rig-agent = { version = "0.44", default-features = false }
rig-core = { version = "0.44", default-features = false }
"#;

    #[test]
    fn a_copy_holds_our_crates_and_asks_for_another_rig() {
        assert_eq!(declared(MANIFEST).as_deref(), Some("0.44"));
        let other = asking_for(MANIFEST, "0.43");
        assert_eq!(declared(&other).as_deref(), Some("0.43"));
        assert!(
            other.contains(r#"members = ["composio-core", "composio-macros", "composio-rig"]"#)
        );
        assert!(!other.contains("\"a\"") && !other.contains("0.44"));
        assert!(!other.contains("default-members"));
    }

    #[test]
    fn cargos_complaints_are_told_apart() {
        let needs = "error: rustc 1.95.0 is not supported by the following package:\n  rig-core@0.45.0 requires rustc 1.97.1\n";
        assert_eq!(read(needs), Found::NeedsRustc("1.97.1".to_owned()));
        let breaks = "error[E0432]: unresolved import\nerror: could not compile `composio-rig`\n";
        assert_eq!(
            read(breaks),
            Found::Breaks(1, "error[E0432]: unresolved import".to_owned())
        );
        let absent = "error: failed to select a version for the requirement `rig-core = \"^9\"`\n";
        assert!(matches!(read(absent), Found::Absent(_)));
    }
}
