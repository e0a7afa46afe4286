//! The repository itself: where it is, its tracked files, its packages and their dependencies.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The folder of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the workspace exists")
}

/// Paths, relative to the root, of the files that git tracks and that exist.
///
/// # Panics
///
/// If `git` is absent or the tree is not a repository.
#[must_use]
pub fn tracked_files() -> Vec<PathBuf> {
    let listed = output(Command::new("git").args(["ls-files", "-z"]));
    let root = root();
    listed
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .filter(|path| root.join(path).is_file())
        .collect()
}

/// The text of a tracked file; `None` if it is not UTF-8.
#[must_use]
pub fn text(path: &Path) -> Option<String> {
    std::fs::read_to_string(root().join(path)).ok()
}

/// A package of the workspace.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The folder of its manifest, relative to the root.
    pub folder: PathBuf,
    /// Direct dependencies of every kind.
    pub dependencies: Vec<Dependency>,
}

/// A direct dependency of a [`Package`].
#[derive(Debug, Clone)]
pub struct Dependency {
    /// The package depended on.
    pub name: String,
    /// Whether only tests and benches of the package see it.
    pub development: bool,
}

/// The packages of the workspace, as `cargo metadata` tells them.
///
/// # Panics
///
/// If `cargo metadata` fails.
#[must_use]
pub fn packages() -> Vec<Package> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let told = output(Command::new(cargo).args([
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]));
    let metadata: Value = serde_json::from_str(&told).expect("cargo metadata is JSON");
    let root = root();
    list(&metadata["packages"])
        .iter()
        .map(|package| self::package(package, &root))
        .collect()
}

fn package(package: &Value, root: &Path) -> Package {
    let manifest = Path::new(string(&package["manifest_path"]));
    let folder = manifest
        .parent()
        .and_then(|folder| folder.strip_prefix(root).ok())
        .unwrap_or(manifest);
    Package {
        name: string(&package["name"]).to_owned(),
        folder: folder.to_owned(),
        dependencies: list(&package["dependencies"])
            .iter()
            .map(|dependency| Dependency {
                name: string(&dependency["name"]).to_owned(),
                development: dependency["kind"] == "dev",
            })
            .collect(),
    }
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn output(command: &mut Command) -> String {
    let output = command
        .current_dir(root())
        .output()
        .expect("the program starts");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("the output is UTF-8")
}
