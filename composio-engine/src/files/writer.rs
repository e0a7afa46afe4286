use std::{
    fmt,
    fs::File,
    io::{BufWriter, Write as _},
};

use composio_core::Result;
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::{
    chunks::{CHUNK, Chunks, SEALED_CHUNK},
    faults::{failed, too_large},
    folder::{Draft, Folder},
};

/// Writes one blob. It blocks.
pub(super) struct BlobWriter {
    draft: Draft,
    file: BufWriter<File>,
    key: Zeroizing<[u8; 32]>,
    chunks: Chunks,
    /// What is not a whole chunk yet; the last chunk is known as such only at the end.
    rest: Zeroizing<Vec<u8>>,
    number: u32,
    md5: Md5,
    size: u64,
}

/// A blob on the disk that has no name yet. Dropped, it is gone.
pub(super) struct Written {
    pub(super) draft: Draft,
    pub(super) key: Zeroizing<[u8; 32]>,
    /// Hexadecimal digits.
    pub(super) md5: String,
    pub(super) size: u64,
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl BlobWriter {
    pub(super) fn create(folder: &Folder) -> Result<Self> {
        let (draft, file) = folder.draft()?;
        let key = Zeroizing::new(rand::random::<[u8; 32]>());
        let chunks = Chunks::new(&key);
        let mut file = BufWriter::with_capacity(4 * SEALED_CHUNK, file);
        file.write_all(&chunks.header()).map_err(failed)?;
        Ok(Self {
            draft,
            file,
            key,
            chunks,
            rest: Zeroizing::new(Vec::with_capacity(2 * CHUNK)),
            number: 0,
            md5: Md5::new(),
            size: 0,
        })
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.md5.update(bytes);
        self.size += bytes.len() as u64;
        for part in bytes.chunks(CHUNK) {
            self.rest.extend_from_slice(part);
            if self.rest.len() > CHUNK {
                self.push(CHUNK, false)?;
            }
        }
        Ok(())
    }

    /// Writes the last chunk, and has the disk confirm all of them.
    pub(super) fn finish(mut self) -> Result<Written> {
        self.push(self.rest.len(), true)?;
        let file = self
            .file
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        let md5 = self.md5.finalize();
        Ok(Written {
            draft: self.draft,
            key: self.key,
            md5: md5.iter().map(|byte| format!("{byte:02x}")).collect(),
            size: self.size,
        })
    }

    fn push(&mut self, length: usize, is_last: bool) -> Result<()> {
        let chunk = self.rest.get(..length).unwrap_or_default();
        let sealed = self.chunks.seal(self.number, is_last, chunk)?;
        self.file.write_all(&sealed).map_err(failed)?;
        self.rest.drain(..length);
        // The number is part of the nonce and must not come round.
        let next = self.number.checked_add(1);
        self.number = next.ok_or_else(|| too_large(self.size))?;
        Ok(())
    }
}
