//! The published crates as others get them, and a crate outside the workspace on top.

use std::{
    env,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use composio_tests::tree;
use libtest_mimic::Failed;

/// What the outsider depends on, directly or not.
const CRATES: &[&str] = &[
    "composio-macros",
    "composio-core",
    "composio-kernels",
    "composio-catalog",
    "composio-toolkits",
    "composio-engine",
    "composio-rig",
];

const MANIFEST: &str = include_str!("app/manifest.toml");

/// Writes the scratch crate with this `main.rs`; its dependencies are the unpacked packages.
pub fn scratch_crate(main: &str) -> Result<PathBuf, Failed> {
    let home = target().join("outsider");
    let mut manifest = format!("{MANIFEST}\n[patch.crates-io]\n");
    for package in package(&home)? {
        let folder = unpack(&package, &home.join("crates"))?;
        let name = name(&folder).ok_or("a package without a name")?;
        manifest.push_str(&format!("{name} = {{ path = '{}' }}\n", folder.display()));
    }
    let app = home.join("app");
    fs::create_dir_all(app.join("src"))?;
    fs::write(app.join("Cargo.toml"), manifest)?;
    fs::write(app.join("src/main.rs"), main)?;
    fs::copy(tree::root().join("Cargo.lock"), app.join("Cargo.lock"))?;
    Ok(app)
}

/// Builds the scratch crate and returns its program.
pub fn build(app: &Path) -> Result<PathBuf, Failed> {
    cargo(app, &["build"], &target())?;
    Ok(target().join("debug/outsider"))
}

/// The `.crate` files of a fresh `cargo package`.
fn package(home: &Path) -> Result<Vec<PathBuf>, Failed> {
    let packaging = home.join("packaging");
    remove(&packaging)?;
    let mut arguments = vec!["package", "--no-verify", "--allow-dirty"];
    CRATES
        .iter()
        .for_each(|name| arguments.extend(["--package", name]));
    cargo(&tree::root(), &arguments, &packaging)?;
    let files = fs::read_dir(packaging.join("package"))?.map(|entry| Ok(entry?.path()));
    let mut files: Vec<PathBuf> = files.collect::<io::Result<_>>()?;
    files.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "crate")
    });
    Ok(files)
}

fn unpack(package: &Path, into: &Path) -> Result<PathBuf, Failed> {
    let folder = into.join(package.file_stem().unwrap_or_default());
    remove(&folder)?;
    fs::create_dir_all(into)?;
    let mut tar = Command::new("tar");
    // Packages bear no dates, and cargo tells what has changed by them.
    tar.args(["--extract", "--touch", "--gzip", "--file"])
        .arg(package)
        .arg("--directory")
        .arg(into);
    succeeded(&tar.output()?)?;
    Ok(folder)
}

/// `composio-core` of `…/composio-core-0.1.0`.
fn name(folder: &Path) -> Option<String> {
    let (name, _) = folder
        .file_name()
        .and_then(OsStr::to_str)?
        .rsplit_once('-')?;
    Some(name.to_owned())
}

fn remove(folder: &Path) -> Result<(), Failed> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}

/// Everything needed was fetched for the workspace, so the network is asked only if that does not do.
fn cargo(place: &Path, arguments: &[&str], target: &Path) -> Result<(), Failed> {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = |mode: &[&str]| {
        let mut command = Command::new(&program);
        command
            .current_dir(place)
            .args(arguments)
            .args(mode)
            .arg("--target-dir")
            .arg(target)
            .output()
    };
    if run(&["--offline"])?.status.success() {
        return Ok(());
    }
    succeeded(&run(&[])?)
}

fn succeeded(output: &Output) -> Result<(), Failed> {
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }
}

/// The target folder of this very test, so that what is built there is used again.
fn target() -> PathBuf {
    let program = env::current_exe().expect("a test has a path");
    program
        .ancestors()
        .nth(3)
        .expect("target/debug/deps/outsider")
        .to_owned()
}
