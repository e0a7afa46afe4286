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

#[cfg(test)]
mod tests {
    use std::{fs::File, io::Write as _};

    use super::{BlobReader, CHUNK, Chunks, HEADER, SEALED_CHUNK};

    const KEY: [u8; 32] = [7; 32];
    const SIZE: u64 = 2 * CHUNK as u64 + 100;

    /// The header and the sealed chunks of a file of [`SIZE`] bytes.
    fn blob() -> (Vec<u8>, Vec<Vec<u8>>) {
        let chunks = Chunks::new(&KEY);
        let sealed = [CHUNK, CHUNK, 100].into_iter().zip(0..);
        let sealed = sealed.map(|(length, number)| {
            let plain = vec![u8::try_from(number).unwrap(); length];
            chunks.seal(number, number == 2, &plain).unwrap()
        });
        (chunks.header(), sealed.collect())
    }

    fn read(key: &[u8; 32], size: u64, header: &[u8], chunks: &[Vec<u8>]) -> Option<Vec<u8>> {
        let mut written = tempfile::NamedTempFile::new().unwrap();
        written.write_all(header).unwrap();
        written.write_all(&chunks.concat()).unwrap();
        let file = File::open(written.path()).unwrap();
        let mut reader = BlobReader::open(file, key, size, 0..size).ok()?;
        let mut out = Vec::new();
        while let Some(bytes) = reader.next().ok()? {
            out.extend_from_slice(&bytes);
        }
        Some(out)
    }

    #[test]
    fn a_blob_opens_as_it_was_written_and_not_otherwise() {
        let (header, sound) = blob();
        let opened = read(&KEY, SIZE, &header, &sound).unwrap();
        assert!(opened.len() as u64 == SIZE && opened[CHUNK] == 1 && opened[2 * CHUNK] == 2);
        assert_eq!(read(&[8; 32], SIZE, &header, &sound), None, "another key");
        let (other_header, other) = blob();
        assert_eq!(
            read(&KEY, SIZE, &other_header, &sound),
            None,
            "another prefix"
        );
        let mut mixed = sound.clone();
        mixed[1].clone_from(&other[1]);
        assert_eq!(
            read(&KEY, SIZE, &header, &mixed),
            None,
            "another blob's chunk"
        );
        let mut swapped = sound.clone();
        swapped.swap(0, 1);
        assert_eq!(read(&KEY, SIZE, &header, &swapped), None, "swapped");
        let mut format = header;
        format[0] = 2;
        assert_eq!(read(&KEY, SIZE, &format, &sound), None, "another format");
    }

    #[test]
    fn a_blob_cut_between_two_chunks_does_not_open_even_if_its_size_was_changed() {
        let (header, sound) = blob();
        let two = 2 * CHUNK as u64;
        assert_eq!(read(&KEY, two, &header, &sound[..2]), None);
        assert_eq!(read(&KEY, CHUNK as u64, &header, &sound[..1]), None);
        let mut longer = sound.clone();
        longer[2] = sound[1].clone();
        longer.push(sound[2].clone());
        assert_eq!(read(&KEY, SIZE + CHUNK as u64, &header, &longer), None);
    }

    #[test]
    fn a_blob_with_any_part_changed_does_not_open() {
        let (header, sound) = blob();
        let whole = [header, sound.concat()].concat();
        for position in [1, HEADER, HEADER + SEALED_CHUNK - 1, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[position] ^= 1;
            let (header, rest) = changed.split_at(HEADER);
            assert_eq!(
                read(&KEY, SIZE, header, &[rest.to_vec()]),
                None,
                "{position}"
            );
        }
    }
}
