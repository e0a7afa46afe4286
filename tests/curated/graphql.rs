//! GraphQL requests, judged by the reference implementation over the types of Linear's own client.

use std::{fs, path::Path, process::Command};

use composio_tests::{parts::NodeEnvironment, suite::CaseError, tree};
use serde_json::{Value, json};

/// npm's `graphql`.
const GRAPHQL: NodeEnvironment = NodeEnvironment {
    name: "graphql-16.9.0",
    manifest: include_str!("package.json"),
    lock: include_str!("package-lock.json"),
};

/// What is wrong with each of `requests`, nothing where the list is empty.
pub(crate) fn verdicts(client: &Path, requests: &[Value]) -> Result<Vec<Vec<String>>, CaseError> {
    let failed = |why: String| CaseError::failed(&why);
    let modules = GRAPHQL.install()?;
    let folder = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
    let file = folder.path().join("requests.json");
    fs::write(&file, json!(requests).to_string()).map_err(|error| failed(error.to_string()))?;
    let output = Command::new("node")
        .arg(tree::root().join("tests/curated/linear.mjs"))
        .arg(declarations(client).map_err(failed)?)
        .arg(&file)
        .env("MODULES", modules)
        .output()
        .map_err(|error| failed(format!("node: {error}")))?;
    let said: Value = serde_json::from_slice(&output.stdout)
        .map_err(|_| failed(String::from_utf8_lossy(&output.stderr).into_owned()))?;
    let verdicts = serde_json::from_value(said["verdicts"].clone());
    verdicts.map_err(|error| failed(error.to_string()))
}

/// The file that declares all types; its name holds a hash.
fn declarations(client: &Path) -> Result<std::path::PathBuf, String> {
    let entries = fs::read_dir(client.join("dist")).map_err(|error| error.to_string())?;
    let mut found = entries.flatten().map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("index-") && name.ends_with(".d.mts")
    });
    found
        .next()
        .ok_or_else(|| "the client declares no types".to_owned())
}
