//! How the bytes of a file are encrypted: in chunks, each of which opens alone.
//!
//! A blob is a format byte, a random prefix of eight bytes, and the AES-256-GCM ciphertexts of chunks of 64 KiB with
//! their tags. The nonce is the prefix and the chunk's number; whether a chunk is the last is authenticated with it. So
//! chunks cannot be left out, moved or cut off. Each blob has a key of its own, which the vault seals for the file.

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{Aead as _, Nonce, Payload},
};
use composio_core::Result;
use zeroize::Zeroizing;

use super::faults::damaged;

/// Bytes of a chunk before encryption.
pub(super) const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
/// Bytes of a chunk after encryption.
pub(super) const SEALED_CHUNK: usize = CHUNK + TAG;
const FORMAT: u8 = 1;
const PREFIX: usize = 8;
/// Bytes before the first chunk.
pub(super) const HEADER: usize = 1 + PREFIX;

/// Seals and opens the chunks of one blob.
pub(super) struct Chunks {
    cipher: Aes256Gcm,
    prefix: [u8; PREFIX],
}

impl Chunks {
    /// For a new blob.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self {
            cipher: Aes256Gcm::new(key.into()),
            prefix: rand::random(),
        }
    }

    /// For a blob that begins with `header`.
    pub(super) fn open(key: &[u8; 32], header: [u8; HEADER]) -> Result<Self> {
        let [format, prefix @ ..] = header;
        if format != FORMAT {
            return Err(damaged());
        }
        Ok(Self {
            cipher: Aes256Gcm::new(key.into()),
            prefix,
        })
    }

    pub(super) fn header(&self) -> Vec<u8> {
        let mut header = vec![FORMAT];
        header.extend_from_slice(&self.prefix);
        header
    }

    pub(super) fn seal(&self, number: u32, is_last: bool, plain: &[u8]) -> Result<Vec<u8>> {
        let payload = Payload {
            msg: plain,
            aad: &[FORMAT, u8::from(is_last)],
        };
        self.cipher
            .encrypt(&self.nonce(number), payload)
            .map_err(|_| damaged())
    }

    pub(super) fn unseal(
        &self,
        number: u32,
        is_last: bool,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        let payload = Payload {
            msg: sealed,
            aad: &[FORMAT, u8::from(is_last)],
        };
        self.cipher
            .decrypt(&self.nonce(number), payload)
            .map(Zeroizing::new)
            .map_err(|_| damaged())
    }

    fn nonce(&self, number: u32) -> Nonce<Aes256Gcm> {
        let mut nonce = [0; PREFIX + 4];
        let (prefix, counter) = nonce.split_at_mut(PREFIX);
        prefix.copy_from_slice(&self.prefix);
        counter.copy_from_slice(&number.to_be_bytes());
        nonce.into()
    }
}

/// How many chunks `size` bytes are; no bytes are one empty chunk.
pub(super) fn count(size: u64) -> u64 {
    size.div_ceil(CHUNK as u64).max(1)
}

/// Bytes of the blob of a file of `size` bytes.
pub(super) fn sealed_size(size: u64) -> u64 {
    HEADER as u64 + size + count(size) * TAG as u64
}
