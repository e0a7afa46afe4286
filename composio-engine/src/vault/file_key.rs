use std::{
    fs::{self, File},
    io::{ErrorKind as IoKind, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use composio_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use super::{KeyProvider, StaticKey};
use crate::private_file;

// A key is 44 characters; what is much longer than some of them is another file.
const LONGEST: u64 = 1024;

/// The master key of a file: 32 bytes in base64, readable by its owner alone. Former keys may follow it, one a line.
///
/// A running engine reads the file anew when it has changed. [`FileKey::rotate`] puts a new key before the others, and
/// [`Engine::reseal`](crate::Engine::reseal) seals everything under it; then the former ones can be taken out.
///
/// Losing the file loses every stored credential: keep a copy, and not beside a copy of the database.
#[derive(Debug, Clone)]
pub struct FileKey {
    path: PathBuf,
    keys: Arc<RwLock<Read>>,
}

/// What the file held when it was read.
#[derive(Debug)]
struct Read {
    key: StaticKey,
    changed: Option<SystemTime>,
}

impl FileKey {
    /// Reads the key of `path`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if there is no such file, if others than its owner may read it, or if it holds no key.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let keys = Arc::new(RwLock::new(read(&path)?));
        Ok(Self { path, keys })
    }

    /// Puts a new random key before those of `path`, which stay for what was sealed under them. Engines that have the
    /// file open take it up by themselves.
    ///
    /// # Errors
    ///
    /// As [`FileKey::open`], and [`ErrorKind::Config`] if the file cannot be written: it is as it was then.
    pub fn rotate(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        read(path)?;
        let failed = |error| {
            let message = format!("the key file {} cannot be written", path.display());
            Error::new(ErrorKind::Config, message).with_source(error)
        };
        let former = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
        let key = Zeroizing::new(rand::random::<[u8; 32]>());
        let text = Zeroizing::new(format!("{}\n{}\n", STANDARD.encode(*key), former.trim()));
        if text.len() as u64 > LONGEST {
            let message = format!(
                "{} holds too many former keys: take out those that nothing is sealed under",
                path.display()
            );
            return Err(Error::new(ErrorKind::Config, message));
        }
        let draft = draft_path(path);
        let written =
            write_private(&draft, text.as_bytes()).and_then(|()| fs::rename(&draft, path));
        if written.is_err() {
            fs::remove_file(&draft).ok();
        }
        written.map_err(failed)?;
        Self::open(path)
    }

    /// The keys of the file as it is now; those that were read if it cannot be.
    fn current(&self) -> StaticKey {
        let changed = changed(&self.path);
        {
            let known = self.keys.read().unwrap_or_else(PoisonError::into_inner);
            if known.changed == changed {
                return known.key.clone();
            }
        }
        let mut known = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        match read(&self.path) {
            Ok(found) => *known = found,
            Err(error) => {
                tracing::warn!(%error, "the key file has changed and cannot be read anew")
            }
        }
        known.key.clone()
    }

    /// Reads the key of `path`, or creates the file with a random one and mode 0600.
    ///
    /// Several processes may do this at once: all end up with the same key.
    ///
    /// # Errors
    ///
    /// As [`FileKey::open`], and [`ErrorKind::Config`] if the file cannot be written.
    pub fn open_or_create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        if !path.exists() {
            create(path).map_err(|error| {
                let message = format!("the key file {} cannot be created", path.display());
                Error::new(ErrorKind::Config, message).with_source(error)
            })?;
        }
        Self::open(path)
    }
}

fn read(path: &Path) -> Result<Read> {
    let source = format!("the key file {}", path.display());
    let changed = changed(path);
    let file = File::open(path).map_err(|error| unreadable(&source, error))?;
    refuse_shared(&file, &source)?;
    let mut text = Zeroizing::new(String::new());
    file.take(LONGEST)
        .read_to_string(&mut text)
        .map_err(|error| unreadable(&source, error))?;
    let key = StaticKey::from_lines(&text, &source)?;
    Ok(Read { key, changed })
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}

// The file gets its name only when it is whole, and only if nobody else was faster.
fn create(path: &Path) -> std::io::Result<()> {
    let key = Zeroizing::new(rand::random::<[u8; 32]>());
    let text = Zeroizing::new(STANDARD.encode(*key) + "\n");
    let draft = draft_path(path);
    let written = write_private(&draft, text.as_bytes()).and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft).ok();
    match written {
        Err(error) if error.kind() == IoKind::AlreadyExists && path.exists() => Ok(()),
        other => other,
    }
}

fn draft_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:016x}", rand::random::<u64>()));
    PathBuf::from(name)
}

fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut file = private_file::create(path)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(unix)]
fn refuse_shared(file: &File, source: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = file.metadata().map_err(|error| unreadable(source, error))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let message = format!(
            "{source} is open to others (mode {mode:04o}): run chmod 600 on it, and think of a new key"
        );
        return Err(Error::new(ErrorKind::Config, message));
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_shared(_file: &File, _source: &str) -> Result<()> {
    Ok(())
}

fn unreadable(source: &str, error: std::io::Error) -> Error {
    let message = match error.kind() {
        IoKind::NotFound => format!("{source} is missing"),
        _ => format!("{source} cannot be read"),
    };
    Error::new(ErrorKind::Config, message)
        .with_slug("Vault_NoKeyFile")
        .with_source(error)
}

#[async_trait]
impl KeyProvider for FileKey {
    fn source(&self) -> String {
        format!("the key file {}", self.path.display())
    }

    fn active_key_id(&self) -> String {
        self.current().active_key_id()
    }

    async fn wrap(&self, key_id: &str, data_key: &[u8], context: &[u8]) -> Result<Vec<u8>> {
        self.current().wrap(key_id, data_key, context).await
    }

    async fn unwrap(&self, key_id: &str, wrapped: &[u8], context: &[u8]) -> Result<Vec<u8>> {
        self.current().unwrap(key_id, wrapped, context).await
    }
}
