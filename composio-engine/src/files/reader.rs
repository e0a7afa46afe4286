use std::{
    fmt,
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    ops::Range,
    sync::Arc,
};

use bytes::Bytes;
use composio_core::{Error, ErrorKind, Result};
use futures_util::{Stream, stream};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::{
    chunks::{self, CHUNK, Chunks, HEADER, SEALED_CHUNK},
    faults::{damaged, failed},
    folder::Folder,
};

/// Chunks that are read at once.
const BATCH: usize = 4;

/// The bytes of one file, to be read any number of times.
#[derive(Clone)]
pub(crate) struct Content {
    pub(super) folder: Arc<Folder>,
    pub(super) blob: String,
    pub(super) key: Zeroizing<[u8; 32]>,
    pub(super) size: u64,
}

impl Content {
    /// Bytes of the file.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The bytes of `range`, read as the stream is.
    pub(crate) fn stream(
        &self,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes>> + Send + use<> {
        let content = self.clone();
        let unopened = Reading::Unopened(Box::new((content, range)));
        stream::try_unfold(unopened, |reading| async {
            let read = move || reading.next();
            spawn_blocking(read).await.map_err(|error| {
                Error::new(ErrorKind::Internal, "reading a file failed").with_source(error)
            })?
        })
    }
}

#[cfg(test)]
impl Content {
    /// A file in a folder that ends with it.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let folder = Arc::new(Folder::new(None));
        let mut writer = super::writer::BlobWriter::create(&folder).unwrap();
        writer.write(bytes).unwrap();
        let written = writer.finish().unwrap();
        let blob = written.draft.name().to_owned();
        written.draft.keep().unwrap();
        Self {
            folder,
            blob,
            key: written.key,
            size: written.size,
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

enum Reading {
    Unopened(Box<(Content, Range<u64>)>),
    Opened(Box<BlobReader>),
}

impl Reading {
    fn next(self) -> Result<Option<(Bytes, Self)>> {
        let mut reader = match self {
            Self::Opened(reader) => reader,
            Self::Unopened(unopened) => {
                let (content, range) = *unopened;
                let file = content.folder.open(&content.blob)?;
                Box::new(BlobReader::open(file, &content.key, content.size, range)?)
            }
        };
        let batch = reader.next()?;
        Ok(batch.map(|bytes| (bytes, Self::Opened(reader))))
    }
}

/// Reads part of one blob. It blocks.
pub(super) struct BlobReader {
    file: File,
    chunks: Chunks,
    /// Bytes of the whole file.
    size: u64,
    /// What is still to be given.
    range: Range<u64>,
}

impl BlobReader {
    /// A blob that is shorter or longer than a file of `size` bytes makes is refused at once.
    pub(super) fn open(
        mut file: File,
        key: &[u8; 32],
        size: u64,
        range: Range<u64>,
    ) -> Result<Self> {
        let length = file.metadata().map_err(failed)?.len();
        if length != chunks::sealed_size(size) || range.end > size {
            return Err(damaged());
        }
        let mut header = [0; HEADER];
        file.read_exact(&mut header).map_err(failed)?;
        let chunks = Chunks::open(key, header)?;
        let first = range.start / CHUNK as u64;
        if first > 0 {
            let offset = HEADER as u64 + first * SEALED_CHUNK as u64;
            file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        }
        Ok(Self {
            file,
            chunks,
            size,
            range,
        })
    }

    /// The next bytes; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>> {
        if self.range.is_empty() {
            return Ok(None);
        }
        let first = self.range.start / CHUNK as u64;
        let last = (self.range.end - 1) / CHUNK as u64;
        let end = (first + BATCH as u64).min(last + 1);
        let mut out = Vec::with_capacity(BATCH * CHUNK);
        let mut sealed = Vec::with_capacity(SEALED_CHUNK);
        for number in first..end {
            sealed.clear();
            let part = (&mut self.file).take(SEALED_CHUNK as u64);
            { part }.read_to_end(&mut sealed).map_err(failed)?;
            let is_last = number + 1 == chunks::count(self.size);
            let index = u32::try_from(number).map_err(|_| damaged())?;
            let plain = self.chunks.unseal(index, is_last, &sealed)?;
            let start = number * CHUNK as u64;
            let skip = self.range.start.saturating_sub(start);
            let stop = (self.range.end - start).min(plain.len() as u64);
            let skip = usize::try_from(skip).map_err(|_| damaged())?;
            let stop = usize::try_from(stop).map_err(|_| damaged())?;
            out.extend_from_slice(plain.get(skip..stop).ok_or_else(damaged)?);
        }
        self.range.start = (end * CHUNK as u64).min(self.range.end);
        Ok(Some(out.into()))
    }
}
