use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Missing, Part, install};
use crate::tree;

/// Python packages in a folder of their own, pinned by a lock file: `name==version --hash=sha256:…` a line.
///
/// Wheels only, so that nothing of them runs when they are installed. What has no wheel comes as a source [`Part`]
/// whose modules are used as they lie.
#[derive(Debug, Clone, Copy)]
pub struct PythonEnvironment {
    /// What the folder under `target/parts` is called.
    pub name: &'static str,
    /// The lock file's text.
    pub lock: &'static str,
    /// Sources, and where in each the modules lie.
    pub sources: &'static [(Part, &'static str)],
}

impl PythonEnvironment {
    /// The value for `PYTHONPATH`; installs the packages first if they are not there yet.
    ///
    /// # Errors
    ///
    /// [`Missing`] if there is no `python3` with `pip`, if one of the packages has no wheel for it, or if one is not
    /// the pinned one.
    pub fn install(&self) -> Result<String, Missing> {
        let parts = tree::root().join("target/parts");
        let home = parts.join(self.name);
        {
            let _turn = install::turn();
            if !self.is_installed(&home) {
                self.fill(&parts, &home)?;
            }
        }
        let mut path = home.display().to_string();
        for (part, modules) in self.sources {
            let modules = part.install()?.join(modules);
            path = format!("{path}:{}", modules.display());
        }
        Ok(path)
    }

    fn is_installed(&self, home: &Path) -> bool {
        fs::read_to_string(marker(home)).is_ok_and(|found| found == self.lock)
    }

    /// Fills a folder beside `home` and moves it there whole, so that nobody finds half of it.
    fn fill(&self, parts: &Path, home: &Path) -> Result<(), Missing> {
        eprintln!("installing {} into target/parts", self.name);
        fs::create_dir_all(parts)?;
        let work = tempfile::Builder::new()
            .prefix(".installing-")
            .tempdir_in(parts)?;
        let lock = work.path().join("lock.txt");
        fs::write(&lock, self.lock)?;
        install::run(
            Command::new("python3")
                .args(["-m", "pip", "install", "--quiet", "--no-input", "--no-deps"])
                .args(["--disable-pip-version-check", "--root-user-action=ignore"])
                .args(["--require-hashes", "--only-binary", ":all:", "--target"])
                .arg(work.path())
                .arg("--requirement")
                .arg(lock),
        )?;
        fs::write(marker(work.path()), self.lock)?;
        if home.exists() && !self.is_installed(home) {
            fs::remove_dir_all(home)?;
        }
        match fs::rename(work.path(), home) {
            // Another process may have been faster.
            Err(_) if self.is_installed(home) => Ok(()),
            moved => Ok(moved?),
        }
    }
}

fn marker(home: &Path) -> PathBuf {
    home.join(".lock")
}
