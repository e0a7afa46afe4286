use std::sync::Arc;

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{Aead as _, Nonce, Payload},
};
use composio_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use super::KeyProvider;

const FORMAT: u8 = 1;
const NONCE_LENGTH: usize = 12;

/// Where a sealed record belongs. A record moved to any other place does not open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) project: &'a str,
    pub(crate) record: &'a str,
    pub(crate) field: &'a str,
    pub(crate) generation: i64,
}

impl Place<'_> {
    // Every part is preceded by its length, so that no two places share an encoding.
    fn context(&self) -> Vec<u8> {
        let mut context = vec![FORMAT];
        for part in [self.project, self.record, self.field] {
            context.extend_from_slice(&(part.len() as u64).to_be_bytes());
            context.extend_from_slice(part.as_bytes());
        }
        context.extend_from_slice(&self.generation.to_be_bytes());
        context
    }
}

/// Seals and opens records.
///
/// A sealed record is: format, length and text of the key id, length and bytes of the wrapped data key, nonce, and
/// the AES-256-GCM ciphertext with its tag (NIST SP 800-38D). A data key seals one record only, so no nonce repeats.
#[derive(Debug, Clone)]
pub(crate) struct Vault {
    keys: Arc<dyn KeyProvider>,
}

impl Vault {
    pub(crate) fn new(keys: Arc<dyn KeyProvider>) -> Self {
        Self { keys }
    }

    /// Where the master key comes from, for messages.
    pub(crate) fn key_source(&self) -> String {
        self.keys.source()
    }

    /// Seals `plain` for `place`.
    pub(crate) async fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>> {
        let context = place.context();
        let key_id = self.keys.active_key_id();
        let data_key = Zeroizing::new(rand::random::<[u8; 32]>());
        let wrapped = self.keys.wrap(&key_id, &*data_key, &context).await?;
        let sealed = encrypt(&data_key, &context, plain)?;
        let mut record = vec![FORMAT];
        push_part(&mut record, key_id.as_bytes())?;
        push_part(&mut record, &wrapped)?;
        record.extend_from_slice(&sealed);
        Ok(record)
    }

    /// Puts the data key of `record` under the active master key, and leaves what it seals as it is; `None` if it is
    /// there already.
    pub(crate) async fn rewrap(&self, place: Place<'_>, record: &[u8]) -> Result<Option<Vec<u8>>> {
        let (key_id, wrapped, sealed) = split(record)?;
        let active = self.keys.active_key_id();
        if key_id == active {
            return Ok(None);
        }
        let context = place.context();
        let data_key = Zeroizing::new(self.keys.unwrap(key_id, wrapped, &context).await?);
        let wrapped = self.keys.wrap(&active, &data_key, &context).await?;
        let mut record = vec![FORMAT];
        push_part(&mut record, active.as_bytes())?;
        push_part(&mut record, &wrapped)?;
        record.extend_from_slice(sealed);
        Ok(Some(record))
    }

    /// Opens what [`Vault::seal`] made for the same place.
    pub(crate) async fn open(&self, place: Place<'_>, record: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let context = place.context();
        let (key_id, wrapped, sealed) = split(record)?;
        let data_key = Zeroizing::new(self.keys.unwrap(key_id, wrapped, &context).await?);
        let data_key = <&[u8; 32]>::try_from(data_key.as_slice()).map_err(|_| damaged())?;
        decrypt(data_key, &context, sealed)
    }
}

/// Key id, wrapped data key, and what it seals.
fn split(record: &[u8]) -> Result<(&str, &[u8], &[u8])> {
    let (&format, rest) = record.split_first().ok_or_else(damaged)?;
    if format != FORMAT {
        return Err(damaged());
    }
    let (key_id, rest) = take_part(rest)?;
    let (wrapped, sealed) = take_part(rest)?;
    let key_id = str::from_utf8(key_id).map_err(|_| damaged())?;
    Ok((key_id, wrapped, sealed))
}

/// The nonce and the ciphertext of `plain`.
pub(super) fn encrypt(key: &[u8; 32], context: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let nonce = rand::random::<[u8; NONCE_LENGTH]>();
    let payload = Payload {
        msg: plain,
        aad: context,
    };
    let sealed = Aes256Gcm::new(key.into())
        .encrypt(&Nonce::<Aes256Gcm>::from(nonce), payload)
        .map_err(|_| Error::new(ErrorKind::Internal, "a record could not be sealed"))?;
    Ok([&nonce[..], &sealed].concat())
}

pub(super) fn decrypt(key: &[u8; 32], context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed
        .split_first_chunk::<NONCE_LENGTH>()
        .ok_or_else(damaged)?;
    let payload = Payload {
        msg: sealed,
        aad: context,
    };
    Aes256Gcm::new(key.into())
        .decrypt(&Nonce::<Aes256Gcm>::from(*nonce), payload)
        .map(Zeroizing::new)
        .map_err(|_| damaged())
}

pub(super) fn damaged() -> Error {
    let message =
        "a sealed record does not open: it is damaged, or it was moved from another record";
    Error::new(ErrorKind::Internal, message)
        .with_reader_message("the stored credentials cannot be read")
}

fn push_part(record: &mut Vec<u8>, part: &[u8]) -> Result<()> {
    let length = u16::try_from(part.len()).map_err(|_| {
        let message = "the key provider's key id or wrapped key is longer than 65,535 bytes";
        Error::new(ErrorKind::Config, message)
    })?;
    record.extend_from_slice(&length.to_be_bytes());
    record.extend_from_slice(part);
    Ok(())
}

fn take_part(record: &[u8]) -> Result<(&[u8], &[u8])> {
    let (length, rest) = record.split_first_chunk::<2>().ok_or_else(damaged)?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        .ok_or_else(damaged)
}
