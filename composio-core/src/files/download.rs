use std::{
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::{FileAccess, leaves};
use crate::{
    Error, ErrorKind, Result,
    client::Client,
    disk,
    models::{FileResult, Tool, ToolResult},
};

const MOST_FILES: usize = 50;

/// Saves the files in a result, where the program wants that, and puts their paths in their place.
///
/// A file that cannot be saved is said in its place; its address is not, since who has it needs no key.
pub(crate) async fn download(
    access: &FileAccess,
    client: &Client,
    tool: &Tool,
    result: ToolResult,
) -> ToolResult {
    let Some(folder) = &access.downloads else {
        return result;
    };
    if !result.successful || !leaves::gives_files(tool) {
        return result;
    }
    let schema = tool.output_parameters.to_value();
    let mut envelope = json!({"data": result.data()});
    let mut files = Vec::new();
    leaves::downloaded(&schema, &mut envelope, &mut |leaf| {
        if let Ok(file) = serde_json::from_value::<FileResult>(leaf.clone()) {
            *leaf = leaves::placeholder(files.len());
            files.push(file);
        }
    });
    if files.is_empty() {
        return result;
    }
    let mut saved = Vec::with_capacity(files.len());
    for (number, file) in files.iter().enumerate() {
        let path = if number < MOST_FILES {
            save(client, folder, file, access.limit).await
        } else {
            let message = format!("a call saves at most {MOST_FILES} files");
            Err(Error::new(ErrorKind::LimitReached, message))
        };
        saved.push(match path {
            Ok(path) => json!(path),
            Err(error) => json!({
                "name": disk::file_name(&file.name),
                "mimetype": file.mimetype,
                "error": format!("not saved: {}", error.reader_message()),
            }),
        });
    }
    leaves::downloaded(&schema, &mut envelope, &mut |leaf| {
        if let Some(path) = leaves::number_of(leaf).and_then(|number| saved.get(number)) {
            leaf.clone_from(path);
        }
    });
    let data = envelope.get_mut("data").map(Value::take);
    result.with_data(data.unwrap_or_default())
}

async fn save(client: &Client, folder: &Path, file: &FileResult, limit: u64) -> Result<PathBuf> {
    let mut body = client.files().download(file).await?;
    let (folder, name) = (folder.to_owned(), disk::file_name(&file.name));
    let create = disk::blocking(move || {
        disk::make_folder(&folder)?;
        disk::create_new(&folder.canonicalize()?, &name)
    });
    let (target, path) = create.await.map_err(unwritten)?;
    let mut unfinished = Unfinished {
        path: Some(path.clone()),
    };
    let mut target = target;
    let mut length = 0_u64;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Error::new(ErrorKind::Unavailable, "the file broke off").with_source(error)
        })?;
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        length += bytes.len() as u64;
        if length > limit {
            let message = format!("the file has more than {limit} bytes");
            return Err(Error::new(ErrorKind::LimitReached, message));
        }
        target = write(target, bytes).await.map_err(unwritten)?;
    }
    unfinished.path = None;
    Ok(path)
}

async fn write(mut file: File, bytes: Bytes) -> io::Result<File> {
    disk::blocking(move || {
        file.write_all(&bytes)?;
        Ok(file)
    })
    .await
}

fn unwritten(error: io::Error) -> Error {
    let message = format!("the file could not be written: {}", error.kind());
    Error::new(ErrorKind::Config, message).with_source(error)
}

/// Takes away what was not written to its end, also when the call is dropped.
struct Unfinished {
    path: Option<PathBuf>,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            disk::remove(path);
        }
    }
}
