//! A crate outside the workspace, for code that was written a moment ago.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use composio_tests::tree;

/// A library with a module `composio` and one that uses it.
pub struct Scratch {
    folder: PathBuf,
    target: PathBuf,
}

impl Scratch {
    /// An empty one, in the target folder.
    pub fn new(name: &str) -> Result<Self, String> {
        // This test is <target>/<profile>/deps/types-<hash>.
        let here = env::current_exe().map_err(|error| error.to_string())?;
        let target = here
            .ancestors()
            .nth(3)
            .ok_or("no target folder")?
            .to_owned();
        let folder = target.join("types").join(name);
        let scratch = Self { folder, target };
        let core = tree::root().join("composio-core");
        let manifest = format!(
            "[package]\nname = '{name}'\nversion = '0.0.0'\nedition = '2024'\npublish = false\n\n[workspace]\n\n\
             [dependencies]\ncomposio-core = {{ path = '{}', default-features = false }}\n\n\
             [profile.dev]\ndebug = 'line-tables-only'\n\n[profile.dev.package.'*']\ndebug = false\n",
            core.display()
        );
        scratch.keep("Cargo.toml", &manifest)?;
        let lock = fs::read_to_string(tree::root().join("Cargo.lock"));
        scratch.keep("Cargo.lock", &lock.map_err(|error| error.to_string())?)?;
        Ok(scratch)
    }

    /// Writes the module and its use; both empty for a crate of nothing.
    pub fn write(&self, module: &str, uses: &str) -> Result<(), String> {
        self.keep("src/composio.rs", module)?;
        self.keep("src/uses.rs", uses)?;
        let both = if uses.is_empty() {
            ""
        } else {
            "pub mod composio;\npub mod uses;\n"
        };
        let library = format!("//! Typed.\n#![deny(warnings)]\n{both}");
        self.keep("src/lib.rs", &library)
    }

    /// Runs `cargo check` or `cargo build`; the error is what it said. What is needed was fetched for the workspace.
    pub fn cargo(&self, command: &str) -> Result<(), String> {
        let run = |mode: &[&str]| {
            let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let mut cargo = Command::new(program);
            cargo
                .current_dir(&self.folder)
                .args([command, "--color", "never"])
                .args(mode)
                .arg("--target-dir")
                .arg(&self.target);
            let output = cargo.output().map_err(|error| error.to_string())?;
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            if output.status.success() {
                Ok(())
            } else {
                Err(told)
            }
        };
        // Where the compiler has spoken, another try says the same.
        match run(&["--offline"]) {
            Err(told) if !told.contains("could not compile") => run(&[]),
            other => other,
        }
    }

    /// A file with this text. Its time is new, so that cargo looks at it.
    fn keep(&self, name: &str, text: &str) -> Result<(), String> {
        let path = self.folder.join(name);
        let parent = path.parent().unwrap_or(Path::new("."));
        let kept = fs::create_dir_all(parent).and_then(|()| fs::write(&path, text));
        kept.map_err(|error| format!("{}: {error}", path.display()))
    }
}
