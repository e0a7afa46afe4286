use std::{
    fs::{self, File},
    io::{ErrorKind as IoKind, Read as _, Write as _},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use composio_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use super::{KeyProvider, StaticKey};
use crate::private_file;

// A key is 44 characters; what is much longer is another file.
const LONGEST: u64 = 256;

/// The master key of a file: 32 bytes in base64, readable by its owner alone.
///
/// Losing the file loses every stored credential: keep a copy, and not beside a copy of the database.
#[derive(Debug, Clone)]
pub struct FileKey(StaticKey);

impl FileKey {
    /// Reads the key of `path`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if there is no such file, if others than its owner may read it, or if it holds no key.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let source = format!("the key file {}", path.display());
        let file = File::open(path).map_err(|error| unreadable(&source, error))?;
        refuse_shared(&file, &source)?;
        let mut text = Zeroizing::new(String::new());
        file.take(LONGEST)
            .read_to_string(&mut text)
            .map_err(|error| unreadable(&source, error))?;
        StaticKey::from_base64(&text, &source).map(Self)
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
    Error::new(ErrorKind::Config, message).with_source(error)
}

#[async_trait]
impl KeyProvider for FileKey {
    fn source(&self) -> String {
        self.0.source()
    }

    fn active_key_id(&self) -> String {
        self.0.active_key_id()
    }

    async fn wrap(&self, key_id: &str, data_key: &[u8], context: &[u8]) -> Result<Vec<u8>> {
        self.0.wrap(key_id, data_key, context).await
    }

    async fn unwrap(&self, key_id: &str, wrapped: &[u8], context: &[u8]) -> Result<Vec<u8>> {
        self.0.unwrap(key_id, wrapped, context).await
    }
}
