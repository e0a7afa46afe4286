//! What processes left behind that ended without a word.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use composio_core::{Error, ErrorKind, Result};
use tokio::task::spawn_blocking;

use super::{
    chain::Chain,
    entry::Line,
    journal::{Batch, beside},
    service::{Audit, BATCH, damage},
};
use crate::hex::hex;

/// A dead process's journal. While it is open nobody else takes it up.
struct Leftover {
    path: PathBuf,
    id: String,
    text: Vec<u8>,
    _file: File,
}

impl Audit {
    /// Takes up the journals of processes that are dead.
    pub(crate) async fn take_leftovers(&self) -> Result<()> {
        let Some(database) = self.options.database.clone() else {
            return Ok(());
        };
        let found = spawn_blocking(move || leftovers(&database)).await;
        let found = found.map_err(io::Error::other).and_then(|found| found);
        for leftover in found.map_err(unreadable)? {
            self.take_up(leftover).await?;
        }
        Ok(())
    }

    async fn take_up(&self, leftover: Leftover) -> Result<()> {
        let taken = self.store.audit_taken(&leftover.id).await?;
        let (entries, is_sound) = read(&self.chain, &leftover, taken);
        let mut last = taken;
        for entries in entries.chunks(BATCH) {
            last = entries.last().map_or(last, |(number, _)| *number);
            let batch = Batch::new(last, entries.iter().map(|(_, entry)| entry.as_str()));
            self.take(&leftover.id, &batch).await?;
        }
        if !is_sound {
            let id = &leftover.id;
            let note = format!("what the journal {id} holds after its entry {last} is not legible");
            tracing::error!(note);
            let batch = Batch::new(last, [damage(&note).as_str()].into_iter());
            self.take(&leftover.id, &batch).await?;
        }
        let done = if is_sound {
            fs::remove_file(&leftover.path)
        } else {
            let mut name = leftover.path.clone().into_os_string();
            name.push(".damaged");
            fs::rename(&leftover.path, name)
        };
        done.map_err(unreadable)
    }
}

fn leftovers(database: &Path) -> io::Result<Vec<Leftover>> {
    let mut found = Vec::new();
    for (path, id) in beside(database)? {
        found.extend(leftover(path, id)?);
    }
    Ok(found)
}

/// The journal, unless its process is alive or somebody else is at it.
fn leftover(path: PathBuf, id: String) -> io::Result<Option<Leftover>> {
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        // Whoever was faster may have finished with it.
        Ok(()) if path.exists() => {}
        Ok(()) | Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(Some(Leftover {
        path,
        id,
        text,
        _file: file,
    }))
}

/// The entries that the database has not with their numbers, and whether everything was legible. A line without its end
/// was never finished, so what it speaks of did not happen.
fn read(chain: &Chain, leftover: &Leftover, taken: i64) -> (Vec<(i64, String)>, bool) {
    let mut entries = Vec::new();
    for line in leftover.text.split_inclusive(|byte| *byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\n") else {
            break;
        };
        let Some((number, entry)) = checked(chain, line, &leftover.id) else {
            return (entries, false);
        };
        if number > taken {
            entries.push((number, entry));
        }
    }
    (entries, true)
}

fn checked(chain: &Chain, line: &[u8], id: &str) -> Option<(i64, String)> {
    let line = std::str::from_utf8(line).ok()?;
    let (code, entry) = line.split_once(' ')?;
    let parsed: Line<'_> = serde_json::from_str(entry).ok()?;
    let is_ours = parsed.journal.0 == id && code == hex(&chain.line(entry.as_bytes()));
    is_ours.then(|| (parsed.number, entry.to_owned()))
}

fn unreadable(error: io::Error) -> Error {
    let message = "a journal of the audit log cannot be read";
    Error::new(ErrorKind::Unavailable, message).with_source(error)
}
