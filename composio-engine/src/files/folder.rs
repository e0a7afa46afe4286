use std::{
    fs::{self, DirBuilder, File},
    io,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, SystemTime},
};

use composio_core::{Error, ErrorKind, Result};
use tempfile::TempDir;

use super::faults::failed;
use crate::private_file;

/// The ending of files that are being written.
const DRAFT: &str = ".part";
/// Digits of a blob's name.
const NAME: usize = 32;

/// Where blobs are kept, for their owner alone. It is made when the first one comes.
#[derive(Debug)]
pub(super) struct Folder {
    beside: Option<PathBuf>,
    temporary: Mutex<Option<TempDir>>,
}

impl Folder {
    /// The folder `<database>.files`, or one that ends with the engine.
    pub(super) fn new(database: Option<&Path>) -> Self {
        let beside = database.map(|database| {
            let mut path = database.as_os_str().to_owned();
            path.push(".files");
            PathBuf::from(path)
        });
        Self {
            beside,
            temporary: Mutex::new(None),
        }
    }

    /// A new file to write.
    pub(super) fn draft(&self) -> Result<(Draft, File)> {
        let name = format!("{:032x}", rand::random::<u128>());
        let folder = self.made()?;
        let path = folder.join(format!("{name}{DRAFT}"));
        let file = private_file::create(&path).map_err(failed)?;
        let draft = Draft {
            path,
            folder,
            name,
            is_kept: false,
        };
        Ok((draft, file))
    }

    pub(super) fn open(&self, name: &str) -> Result<File> {
        // Names are ours; a database that says otherwise must not lead out of the folder.
        if !is_blob(name) {
            return Err(super::faults::damaged());
        }
        let path = self.path().ok_or_else(super::faults::damaged)?.join(name);
        File::open(path).map_err(|error| super::faults::damaged().with_source(error))
    }

    /// Removes a blob; one that is not there is removed.
    pub(super) fn remove(&self, name: &str) {
        let Some(folder) = self.path().filter(|_| is_blob(name)) else {
            return;
        };
        if let Err(error) = fs::remove_file(folder.join(name))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a file could not be removed");
        }
    }

    /// Removes drafts that nobody has written to for `age`, and gives the names of blobs that are as old.
    pub(super) fn leftovers(&self, age: Duration) -> Vec<String> {
        let entries = self.path().and_then(|folder| fs::read_dir(folder).ok());
        let mut blobs = Vec::new();
        for entry in entries.into_iter().flatten().flatten() {
            let is_old = entry
                .metadata()
                .and_then(|metadata| metadata.modified())
                .is_ok_and(|time| {
                    SystemTime::now()
                        .duration_since(time)
                        .is_ok_and(|own| own >= age)
                });
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|_| is_old) else {
                continue;
            };
            match name.strip_suffix(DRAFT) {
                Some(stem) if is_blob(stem) => {
                    fs::remove_file(entry.path()).ok();
                }
                None if is_blob(name) => blobs.push(name.to_owned()),
                _ => {}
            }
        }
        blobs
    }

    /// Removes what ends with the engine.
    pub(super) fn close(&self) {
        let temporary = self.temporary.lock().ok().and_then(|mut own| own.take());
        if let Some(temporary) = temporary
            && let Err(error) = temporary.close()
        {
            tracing::warn!(%error, "the folder of files could not be removed");
        }
    }

    fn path(&self) -> Option<PathBuf> {
        match &self.beside {
            Some(path) => Some(path.clone()),
            None => {
                let temporary = self.temporary.lock().ok()?;
                temporary.as_ref().map(|folder| folder.path().to_owned())
            }
        }
    }

    fn made(&self) -> Result<PathBuf> {
        if let Some(path) = &self.beside {
            return match private_builder().create(path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
                _ => Ok(path.clone()),
            };
        }
        let mut temporary = self.temporary.lock().map_err(|_| {
            Error::new(
                ErrorKind::Internal,
                "the folder of files is in an unknown state",
            )
        })?;
        if temporary.is_none() {
            let made = tempfile::Builder::new().prefix("composio-files-").tempdir();
            *temporary = Some(made.map_err(failed)?);
        }
        temporary
            .as_ref()
            .map(|folder| folder.path().to_owned())
            .ok_or_else(super::faults::damaged)
    }
}

fn private_builder() -> DirBuilder {
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        let mut builder = DirBuilder::new();
        builder.mode(0o700);
        builder
    }
    #[cfg(not(unix))]
    DirBuilder::new()
}

fn is_blob(name: &str) -> bool {
    name.len() == NAME && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A file that is being written. It is removed when it is dropped before it is kept.
#[derive(Debug)]
pub(super) struct Draft {
    path: PathBuf,
    folder: PathBuf,
    name: String,
    is_kept: bool,
}

impl Draft {
    /// The name under which it will be kept.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Gives the file its name, so that a power failure does not take it away again. Its bytes must be on the disk.
    pub(super) fn keep(mut self) -> io::Result<()> {
        fs::rename(&self.path, self.folder.join(&self.name))?;
        self.is_kept = true;
        #[cfg(unix)]
        File::open(&self.folder)?.sync_all()?;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_kept {
            fs::remove_file(&self.path).ok();
        }
    }
}
