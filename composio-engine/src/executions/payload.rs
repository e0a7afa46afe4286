//! Arguments and results in the log, for projects that ask for it.

use composio_core::{Error, ErrorKind, Result, Secret, models::RawJson};
use serde_json::{Map, Value};

use crate::{
    store::{LogPayload, LogRecord},
    vault::{Place, Vault},
};

/// Arguments or a result longer than this are left out, in bytes of JSON.
const LARGEST: usize = 256 * 1024;

/// What will be kept of an execution.
#[derive(Debug)]
pub(super) struct Kept {
    arguments: Secret,
    result: Option<Secret>,
}

impl Kept {
    pub(super) fn new(arguments: Option<&RawJson>) -> Self {
        Self {
            arguments: fitting(arguments.map_or("{}", RawJson::as_str)),
            result: None,
        }
    }

    pub(super) fn answered(&mut self, result: &str) {
        self.result = Some(fitting(result));
    }

    pub(super) fn finish(self) -> LogPayload {
        let result = self.result.as_ref().map_or("null", Secret::expose);
        let arguments = self.arguments.expose();
        let text = format!(r#"{{"arguments":{arguments},"result":{result}}}"#);
        LogPayload::Plain(Secret::from(text))
    }
}

/// The bytes that an entry's payload holds in memory.
pub(super) fn size(record: &LogRecord) -> usize {
    match &record.payload {
        Some(LogPayload::Plain(text)) => text.expose().len(),
        Some(LogPayload::Sealed(bytes)) => bytes.len(),
        None => 0,
    }
}

/// The record with its payload sealed. One that cannot be sealed is not kept; the entry is.
pub(super) async fn seal(vault: &Vault, mut record: LogRecord) -> LogRecord {
    if let Some(LogPayload::Plain(text)) = &record.payload {
        let place = place(&record.project, &record.id);
        record.payload = match vault.seal(place, text.expose().as_bytes()).await {
            Ok(sealed) => Some(LogPayload::Sealed(sealed)),
            Err(error) => {
                tracing::warn!(%error, "arguments and result of a log entry are not kept");
                None
            }
        };
    }
    record
}

/// What [`seal`] made of the entry `id`.
pub(super) async fn open(
    vault: &Vault,
    project: &str,
    id: &str,
    sealed: &[u8],
) -> Result<Map<String, Value>> {
    let plain = vault.open(place(project, id), sealed).await?;
    serde_json::from_slice(&plain).map_err(|error| {
        let message = format!("a log entry is not readable at column {}", error.column());
        Error::new(ErrorKind::Internal, message)
    })
}

fn fitting(text: &str) -> Secret {
    if text.len() <= LARGEST {
        return Secret::from(text);
    }
    Secret::from(format!(r#"{{"left_out_bytes":{}}}"#, text.len()))
}

fn place<'a>(project: &'a str, id: &'a str) -> Place<'a> {
    Place {
        project,
        record: id,
        field: "payload",
        generation: 0,
    }
}
