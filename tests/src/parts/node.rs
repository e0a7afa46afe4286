use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::{Missing, install};
use crate::tree;

/// Node packages in a folder of their own, pinned by `package.json` and `package-lock.json`, hashes included.
///
/// None of their scripts runs when they are installed.
#[derive(Debug, Clone, Copy)]
pub struct NodeEnvironment {
    /// What the folder under `target/parts` is called.
    pub name: &'static str,
    /// The text of `package.json`.
    pub manifest: &'static str,
    /// The text of `package-lock.json`.
    pub lock: &'static str,
}

impl NodeEnvironment {
    /// The folder that `node_modules` lies in; installs the packages first if they are not there yet.
    ///
    /// # Errors
    ///
    /// [`Missing`] if there is no `npm` or it fails.
    pub fn install(&self) -> Result<PathBuf, Missing> {
        let parts = tree::root().join("target/parts");
        let home = parts.join(self.name);
        let _turn = install::turn();
        if self.is_installed(&home) {
            return Ok(home);
        }
        eprintln!("installing {} into target/parts", self.name);
        fs::create_dir_all(&parts)?;
        let work = tempfile::Builder::new()
            .prefix(".installing-")
            .tempdir_in(&parts)?;
        fs::write(work.path().join("package.json"), self.manifest)?;
        fs::write(work.path().join("package-lock.json"), self.lock)?;
        install::run(
            Command::new("npm")
                .args(["ci", "--loglevel=error", "--ignore-scripts"])
                .args(["--no-audit", "--no-fund", "--fetch-retries=1"])
                .current_dir(work.path()),
        )?;
        fs::write(work.path().join(".lock"), self.lock)?;
        if home.exists() && !self.is_installed(&home) {
            fs::remove_dir_all(&home)?;
        }
        match fs::rename(work.path(), &home) {
            // Another process may have been faster.
            Err(_) if self.is_installed(&home) => Ok(home),
            moved => Ok(moved.map(|()| home)?),
        }
    }

    fn is_installed(&self, home: &std::path::Path) -> bool {
        fs::read_to_string(home.join(".lock")).is_ok_and(|found| found == self.lock)
    }
}
