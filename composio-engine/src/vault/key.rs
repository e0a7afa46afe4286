use std::fmt;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use composio_core::{Error, ErrorKind, Result, Secret};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::cipher::{decrypt, encrypt};
use crate::config::{self, MASTER_KEY};

/// Wraps and unwraps the data keys that seal credentials: a key file, the environment, or an external KMS.
///
/// The engine makes a fresh data key for each record, hands it over to be wrapped and keeps the wrapped form beside
/// the record. `context` names the record; a provider authenticates it along with the key (a KMS calls it additional
/// authenticated data, or encryption context), so that a wrapped key is of no use elsewhere.
///
/// ```
/// use composio_core::Result;
/// use composio_engine::KeyProvider;
///
/// #[derive(Debug)]
/// struct Kms { /* a client */ }
///
/// #[async_trait::async_trait]
/// impl KeyProvider for Kms {
///     fn source(&self) -> String { "the KMS key alias/composio".to_owned() }
///     fn active_key_id(&self) -> String { "alias/composio".to_owned() }
///     async fn wrap(&self, key_id: &str, data_key: &[u8], context: &[u8]) -> Result<Vec<u8>> {
///         # let _ = (key_id, data_key, context);
///         todo!("the KMS's Encrypt")
///     }
///     async fn unwrap(&self, key_id: &str, wrapped: &[u8], context: &[u8]) -> Result<Vec<u8>> {
///         # let _ = (key_id, wrapped, context);
///         todo!("the KMS's Decrypt")
///     }
/// }
/// ```
#[async_trait]
pub trait KeyProvider: fmt::Debug + Send + Sync + 'static {
    /// Where the key comes from, for messages to the operator: `the key file composio.db.key`. Never the key.
    fn source(&self) -> String;

    /// The id of the key that wraps new data keys, at most 65,535 bytes. It is stored in the clear.
    fn active_key_id(&self) -> String;

    /// Wraps `data_key`, 32 bytes, under the key `key_id`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] if the key cannot be reached now, [`ErrorKind::Config`] if it cannot be used.
    async fn wrap(&self, key_id: &str, data_key: &[u8], context: &[u8]) -> Result<Vec<u8>>;

    /// Unwraps what [`wrap`](Self::wrap) gave for the same key and context. The engine wipes the answer after use.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if this provider does not have the key `key_id` or it is not the one that wrapped,
    /// [`ErrorKind::Unavailable`] if it cannot be reached now.
    async fn unwrap(&self, key_id: &str, wrapped: &[u8], context: &[u8]) -> Result<Vec<u8>>;
}

/// A master key that the program holds itself, with the previous ones for records sealed before.
///
/// ```
/// use composio_engine::StaticKey;
///
/// # fn keys() -> ([u8; 32], [u8; 32]) { ([7; 32], [6; 32]) }
/// let (new, old) = keys();
/// let key = StaticKey::new(new).with_previous(old);
/// ```
#[derive(Clone)]
pub struct StaticKey {
    source: String,
    active: LocalKey,
    previous: Vec<LocalKey>,
}

#[derive(Clone)]
struct LocalKey {
    id: String,
    bytes: Zeroizing<[u8; 32]>,
}

impl StaticKey {
    /// Wraps new data keys under `key`.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            source: "the key given by the program".to_owned(),
            active: LocalKey::new(key),
            previous: Vec::new(),
        }
    }

    /// Also opens records that were sealed under `key`.
    #[must_use]
    pub fn with_previous(mut self, key: [u8; 32]) -> Self {
        self.previous.push(LocalKey::new(key));
        self
    }

    /// A key of random bytes, good for one process.
    pub(crate) fn random() -> Self {
        Self::new(rand::random()).named("the random key of this process")
    }

    pub(super) fn named(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    pub(super) fn from_base64(text: &str, source: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new);
        let key = bytes
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok())
            .map(Zeroizing::new)
            .ok_or_else(|| {
                let message =
                    format!("{source} does not hold a key: it must be 32 bytes in base64");
                Error::new(ErrorKind::Config, message)
            })?;
        Ok(Self::new(*key).named(source))
    }

    /// Keys of 32 bytes in base64, one a line: the active one, then former ones.
    pub(super) fn from_lines(text: &str, source: &str) -> Result<Self> {
        let mut lines = text.trim().lines();
        let mut key = Self::from_base64(lines.next().unwrap_or_default(), source)?;
        for line in lines {
            let former = Self::from_base64(line, source)?;
            key.previous.push(former.active);
        }
        Ok(key)
    }

    fn key(&self, id: &str) -> Result<&LocalKey> {
        std::iter::once(&self.active)
            .chain(&self.previous)
            .find(|key| key.id == id)
            .ok_or_else(|| {
                let message = format!("{} does not have the key {id}", self.source);
                Error::new(ErrorKind::Config, message)
                    .with_reader_message("the stored credentials cannot be read")
            })
    }
}

impl LocalKey {
    fn new(bytes: [u8; 32]) -> Self {
        let bytes = Zeroizing::new(bytes);
        let digest = Sha256::new()
            .chain_update(b"composio master key id")
            .chain_update(*bytes)
            .finalize();
        // Eight bytes of a one-way digest tell keys apart and say nothing about them.
        let id = digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self { id, bytes }
    }
}

impl fmt::Debug for StaticKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticKey")
            .field("source", &self.source)
            .field("id", &self.active.id)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl KeyProvider for StaticKey {
    fn source(&self) -> String {
        self.source.clone()
    }

    fn active_key_id(&self) -> String {
        self.active.id.clone()
    }

    async fn wrap(&self, key_id: &str, data_key: &[u8], context: &[u8]) -> Result<Vec<u8>> {
        encrypt(&self.key(key_id)?.bytes, context, data_key)
    }

    async fn unwrap(&self, key_id: &str, wrapped: &[u8], context: &[u8]) -> Result<Vec<u8>> {
        let mut key = decrypt(&self.key(key_id)?.bytes, context, wrapped)?;
        Ok(std::mem::take(&mut *key))
    }
}

/// The master key of the environment variable `COMPOSIO_MASTER_KEY`: 32 bytes in base64.
#[derive(Debug, Clone)]
pub struct EnvKey(StaticKey);

impl EnvKey {
    /// Reads the variable; `None` if it is not set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if it is set to anything but 32 bytes in base64.
    pub fn from_env() -> Result<Option<Self>> {
        config::master_key()?
            .map(|text| Self::parse(&text))
            .transpose()
    }

    pub(super) fn parse(text: &Secret) -> Result<Self> {
        let source = format!("the environment variable {MASTER_KEY}");
        StaticKey::from_base64(text.expose(), &source).map(Self)
    }
}

#[async_trait]
impl KeyProvider for EnvKey {
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
