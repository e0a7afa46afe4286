//! What can be wrong with a file, in words and as a status.

use std::io;

use composio_core::{BoxError, Error, ErrorKind};
use http::StatusCode;

pub(super) fn not_found() -> Error {
    let message =
        "there is no such file: its time is over, it never came, or it belongs to someone else";
    Error::new(ErrorKind::NotFound, message).with_slug("File_NotFound")
}

pub(super) fn link_invalid() -> Error {
    let message = "this address was not signed by this engine";
    Error::new(ErrorKind::Forbidden, message).with_slug("File_LinkInvalid")
}

pub(super) fn link_expired() -> Error {
    let message = "the time of this address is over: ask for a new one";
    Error::new(ErrorKind::Forbidden, message).with_slug("File_LinkExpired")
}

pub(super) fn link_used() -> Error {
    let message = "the file has come already: ask for a new address to send another";
    Error::new(ErrorKind::Forbidden, message).with_slug("File_LinkUsed")
}

pub(super) fn other_media_type(expected: &str) -> Error {
    let message = format!("the address is for a file of the media type {expected}");
    Error::new(ErrorKind::Forbidden, message).with_slug("File_LinkInvalid")
}

pub(super) fn too_large(limit: u64) -> Error {
    let message = format!("the file is larger than {limit} bytes");
    Error::new(ErrorKind::LimitReached, message)
        .with_status(StatusCode::PAYLOAD_TOO_LARGE)
        .with_slug("File_TooLarge")
}

pub(super) fn no_room() -> Error {
    let message = "the project has no room for this file";
    Error::new(ErrorKind::LimitReached, message)
        .with_status(StatusCode::FORBIDDEN)
        .with_slug("File_QuotaExceeded")
}

pub(super) fn too_many_awaited() -> Error {
    let message = "too many files of the project are awaited: send them, or wait";
    Error::new(ErrorKind::RateLimited, message).with_slug("File_TooManyAwaited")
}

pub(super) fn wrong_md5() -> Error {
    let message = "the bytes are not those that the MD5 was given for";
    Error::new(ErrorKind::InvalidInput, message).with_slug("File_Md5Mismatch")
}

pub(super) fn wrong_length() -> Error {
    let message = "the body has another length than was announced";
    Error::new(ErrorKind::InvalidInput, message).with_slug("File_LengthMismatch")
}

pub(super) fn broken_off(source: BoxError) -> Error {
    let message = "the bytes of the file broke off";
    Error::new(ErrorKind::Unavailable, message)
        .with_status(StatusCode::BAD_REQUEST)
        .with_slug("File_BrokenOff")
        .with_source(source)
}

pub(super) fn too_slow() -> Error {
    let message = "the bytes of the file came too slowly";
    Error::new(ErrorKind::Timeout, message)
        .with_status(StatusCode::REQUEST_TIMEOUT)
        .with_slug("File_TooSlow")
}

pub(super) fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, message).with_slug("File_Invalid")
}

/// Bytes that are not what was written.
pub(super) fn damaged() -> Error {
    let message = "a stored file does not open: it is damaged, cut or not the one that was written";
    Error::new(ErrorKind::Internal, message).with_reader_message("the stored file cannot be read")
}

/// A file of ours that cannot be read or written.
pub(super) fn failed(error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::Unavailable,
        _ => ErrorKind::Internal,
    };
    Error::new(kind, "the folder of files cannot be read or written")
        .with_reader_message("the file store failed")
        .with_source(error)
}
