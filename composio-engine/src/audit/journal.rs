use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use composio_core::{Error, ErrorKind, Result};
use tempfile::Builder;

use super::{
    chain::Chain,
    entry::{Line, Use},
};
use crate::{clock, hex::hex};

/// Between the database's name and the journal's id.
const MARK: &str = ".audit-";
/// Bytes of entries that may wait for the database; nothing is used when there are so many.
const MOST: usize = 64 * 1024 * 1024;
/// Where the uses of this process stand until the database has them: a file beside it, in memory where that is.
///
/// The file is made at the first use and held locked, so that others can tell whether this process is alive.
#[derive(Debug)]
pub(super) struct Journal {
    id: String,
    database: Option<PathBuf>,
    file: Option<Open>,
    /// The number of the newest entry.
    number: i64,
    /// Entries that the database has not, without line ends.
    waiting: Vec<String>,
    bytes: usize,
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
    length: u64,
    is_broken: bool,
}

/// Some entries on their way to the database.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The number of the last.
    pub(super) last: i64,
    pub(super) count: usize,
    /// A line each.
    pub(super) entries: String,
}

impl Batch {
    /// Entries of which the last has the number `last`.
    pub(super) fn new<'l>(last: i64, lines: impl Iterator<Item = &'l str>) -> Self {
        let (mut count, mut entries) = (0, String::new());
        for line in lines {
            if count > 0 {
                entries.push('\n');
            }
            entries.push_str(line);
            count += 1;
        }
        Self {
            last,
            count,
            entries,
        }
    }
}

impl Journal {
    pub(super) fn new(database: Option<PathBuf>) -> Self {
        Self {
            id: hex(&rand::random::<[u8; 8]>()),
            database,
            file: None,
            number: 0,
            waiting: Vec::new(),
            bytes: 0,
            buffer: Vec::new(),
        }
    }

    /// Writes an entry down; how many wait then.
    ///
    /// Errors: `Unavailable` if it cannot be written. There is no entry then, and nothing may be used.
    pub(super) fn append(
        &mut self,
        chain: &Chain,
        used: &Use<'_>,
        user: Option<&str>,
    ) -> Result<usize> {
        if self.bytes > MOST {
            return Err(unwritable("the database takes no more of them"));
        }
        let number = self.number + 1;
        let line = Line::new(used, user, clock::now(), &self.id, number);
        let line = serde_json::to_string(&line).map_err(unwritable)?;
        if self.file.is_none()
            && let Some(database) = &self.database
        {
            self.file = Some(Open::create(database, &self.id).map_err(unwritable)?);
        }
        if let Some(open) = &mut self.file {
            self.buffer.clear();
            let code = hex(&chain.line(line.as_bytes()));
            for part in [code.as_bytes(), b" ", line.as_bytes(), b"\n"] {
                self.buffer.extend_from_slice(part);
            }
            open.write(&self.buffer).map_err(unwritable)?;
        }
        self.number = number;
        self.bytes += line.len();
        self.waiting.push(line);
        Ok(self.waiting.len())
    }

    /// At most `count` of the oldest entries that wait.
    fn batch(&self, count: usize) -> Batch {
        let rest = self.waiting.len().saturating_sub(count);
        let last = self.number - i64::try_from(rest).unwrap_or(i64::MAX);
        Batch::new(last, self.waiting.iter().take(count).map(String::as_str))
    }

    /// The database has the oldest `count`.
    fn taken(&mut self, count: usize) {
        let count = count.min(self.waiting.len());
        let bytes: usize = self.waiting.drain(..count).map(|line| line.len()).sum();
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Bytes in the file.
    fn length(&self) -> u64 {
        self.file.as_ref().map_or(0, |open| open.length)
    }

    fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Lets go of the file, which goes if nothing in it waits.
    fn close(&mut self) {
        if let Some(open) = self.file.take()
            && self.waiting.is_empty()
        {
            fs::remove_file(&open.path).ok();
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}

impl Open {
    // It gets its name when it is locked, so that nobody takes it for a dead process's.
    fn create(database: &Path, id: &str) -> io::Result<Self> {
        let path = journal_path(database, id);
        let folder = database.parent().filter(|path| *path != Path::new(""));
        let draft = Builder::new()
            .prefix(".audit-")
            .append(true)
            .tempfile_in(folder.unwrap_or(Path::new(".")))?;
        draft.as_file().lock()?;
        let file = draft
            .persist_noclobber(&path)
            .map_err(|error| error.error)?;
        Ok(Self {
            path,
            file,
            length: 0,
            is_broken: false,
        })
    }

    /// Appends whole lines, or nothing.
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.is_broken {
            return Err(io::Error::other("an earlier entry is only half there"));
        }
        if let Err(error) = self.file.write_all(lines) {
            self.is_broken = self.file.set_len(self.length).is_err();
            return Err(error);
        }
        self.length += lines.len() as u64;
        Ok(())
    }
}

/// The journal that this process writes, and the one before it until the database has all of it: a file ends somewhere,
/// however busy its process is.
#[derive(Debug)]
pub(super) struct Journals {
    database: Option<PathBuf>,
    largest: u64,
    former: Option<Journal>,
    current: Journal,
}

impl Journals {
    /// Journals beside `database`, each of about `largest` bytes at most.
    pub(super) fn new(database: Option<PathBuf>, largest: u64) -> Self {
        Self {
            current: Journal::new(database.clone()),
            former: None,
            database,
            largest,
        }
    }

    /// Writes an entry down; how many wait then.
    ///
    /// Errors: those of [`Journal::append`].
    pub(super) fn append(
        &mut self,
        chain: &Chain,
        used: &Use<'_>,
        user: Option<&str>,
    ) -> Result<usize> {
        if self.former.is_none() && self.current.length() > self.largest {
            let next = Journal::new(self.database.clone());
            self.former = Some(std::mem::replace(&mut self.current, next));
        }
        self.current.append(chain, used, user)
    }

    /// At most `count` of the oldest entries that wait, and whose they are.
    pub(super) fn batch(&mut self, count: usize) -> (String, Batch) {
        // One that the database has whole goes with its file.
        self.former.take_if(|former| former.waiting() == 0);
        let oldest = self.former.as_ref().unwrap_or(&self.current);
        (oldest.id.clone(), oldest.batch(count))
    }

    /// The database has the oldest `count`.
    pub(super) fn taken(&mut self, count: usize) {
        let oldest = self.former.as_mut().unwrap_or(&mut self.current);
        oldest.taken(count);
    }

    pub(super) fn waiting(&self) -> usize {
        self.former.as_ref().map_or(0, Journal::waiting) + self.current.waiting()
    }

    /// Lets go of the files.
    pub(super) fn close(&mut self) {
        self.former = None;
        self.current.close();
    }
}

fn journal_path(database: &Path, id: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(MARK);
    name.push(id);
    PathBuf::from(name)
}

/// The journals beside `database`, with their ids.
pub(super) fn beside(database: &Path) -> io::Result<Vec<(PathBuf, String)>> {
    let mut start = database.file_name().unwrap_or_default().to_owned();
    start.push(MARK);
    let (Some(start), folder) = (start.to_str(), database.parent()) else {
        return Ok(Vec::new());
    };
    let folder = folder.filter(|path| *path != Path::new(""));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.unwrap_or(Path::new(".")))? {
        let entry = entry?;
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_prefix(start));
        if let Some(id) = id.filter(|id| is_id(id)) {
            found.push((entry.path(), id.to_owned()));
        }
    }
    Ok(found)
}

fn is_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn unwritable(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    let message = "the audit log cannot be written, so no credential is used";
    Error::new(ErrorKind::Unavailable, message)
        .with_slug("Audit_Unavailable")
        .with_source(why)
}
