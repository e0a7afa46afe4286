use std::path::Path;

use composio_core::{Error, ErrorKind};
use sqlx::error::ErrorKind as SqlKind;

const READER: &str = "the store failed";

/// What an error of the database means to the caller.
pub(super) fn store_error(error: sqlx::Error) -> Error {
    let (kind, message) = match &error {
        sqlx::Error::Database(fault) => match (fault.kind(), code(fault.code().as_deref())) {
            (SqlKind::UniqueViolation, _) => (ErrorKind::Conflict, "the record exists already"),
            (SqlKind::ForeignKeyViolation, _) => (
                ErrorKind::NotFound,
                "what the record belongs to does not exist",
            ),
            (_, SQLITE_BUSY | SQLITE_LOCKED) => (ErrorKind::Unavailable, "the database is busy"),
            (_, SQLITE_FULL) => (ErrorKind::Unavailable, "there is no space for the database"),
            (_, SQLITE_READONLY) => (ErrorKind::Unavailable, "the database cannot be written"),
            (_, SQLITE_IOERR) => (
                ErrorKind::Unavailable,
                "the disk of the database is full or does not work",
            ),
            (_, SQLITE_CORRUPT | SQLITE_NOTADB) => (ErrorKind::Internal, "the database is damaged"),
            _ => (ErrorKind::Internal, "the database failed"),
        },
        sqlx::Error::PoolTimedOut => (ErrorKind::Unavailable, "the database is busy"),
        sqlx::Error::PoolClosed => (ErrorKind::Unavailable, "the engine is closed"),
        _ => (ErrorKind::Internal, "the database failed"),
    };
    let reader = match kind {
        ErrorKind::Internal => READER,
        _ => message,
    };
    let mapped = Error::new(kind, message).with_reader_message(reader);
    let is_of_the_disk = matches!(&error, sqlx::Error::Database(fault)
        if [SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR].contains(&code(fault.code().as_deref())));
    let mapped = if is_of_the_disk {
        mapped.with_slug("Store_NotWritable")
    } else {
        mapped
    };
    mapped.with_source(error)
}

/// A file that is no database, or a damaged one.
pub(super) fn damaged(path: &Path) -> Error {
    let message = format!(
        "{} is damaged or not a database of this engine: put back a copy; nothing was changed",
        path.display()
    );
    Error::new(ErrorKind::Internal, message).with_reader_message(READER)
}

// https://sqlite.org/rescode.html
const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_READONLY: u32 = 8;
const SQLITE_IOERR: u32 = 10;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_FULL: u32 = 13;
const SQLITE_NOTADB: u32 = 26;
/// The file ends before its pages do.
const SQLITE_IOERR_SHORT_READ: u32 = 522;

// The low byte of an extended code is the primary one.
fn code(code: Option<&str>) -> u32 {
    match code.and_then(|code| code.parse::<u32>().ok()).unwrap_or(0) {
        SQLITE_IOERR_SHORT_READ => SQLITE_CORRUPT,
        extended => extended & 0xff,
    }
}
