use std::{
    fs::File,
    io::{self, Read as _, Seek as _},
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http_body::{Frame, SizeHint};
use serde_json::Value;

use super::{
    FileAccess, leaves,
    source::{Content, Source, refused, unreadable},
};
use crate::{
    Arguments, Body, BoxError, Result,
    client::Client,
    disk,
    models::{FileArgument, FileUploadRequest, Tool},
};

const MOST_FILES: usize = 50;
const CHUNK: usize = 256 * 1024;

/// Sends the files that `arguments` name, and puts what the service calls them in their place.
pub(crate) async fn upload(
    access: &FileAccess,
    client: &Client,
    tool: &Tool,
    arguments: &mut Arguments,
) -> Result<()> {
    if !leaves::takes_files(tool) {
        return Ok(());
    }
    let sources = find(access, tool, arguments).await?;
    let mut sent = Vec::with_capacity(sources.len());
    for source in sources {
        let file = send(client, tool, source).await?;
        sent.push(serde_json::to_value(&file).unwrap_or_default());
    }
    each(tool, arguments, &mut |leaf| {
        if let Some(file) = leaves::number_of(leaf).and_then(|number| sent.get(number)) {
            leaf.clone_from(file);
        }
    });
    Ok(())
}

/// Finds the files that `arguments` name, and leaves their numbers in their place. A file that is named by an empty
/// text, as models do with those they do not need, is no argument.
async fn find(access: &FileAccess, tool: &Tool, arguments: &mut Arguments) -> Result<Vec<Source>> {
    let blank = |value: &Value| value.as_str().is_some_and(|text| text.trim().is_empty());
    let blanks: Vec<String> = arguments
        .iter()
        .filter(|(_, value)| blank(value))
        .map(|(name, _)| name.clone())
        .collect();
    let mut named = Vec::new();
    each(tool, arguments, &mut |leaf| match leaf {
        leaf if blank(leaf) => *leaf = Value::Null,
        Value::String(text) => {
            let text = std::mem::take(text);
            *leaf = leaves::placeholder(named.len());
            named.push(text);
        }
        _ => {}
    });
    arguments.retain(|name, value| !(value.is_null() && blanks.contains(name)));
    if named.len() > MOST_FILES {
        return Err(refused(format!("a call may name {MOST_FILES} files")));
    }
    let mut sources = Vec::with_capacity(named.len());
    for text in named {
        sources.push(Source::find(access, &text).await?);
    }
    Ok(sources)
}

/// Whether `arguments` name a file that would have to be sent.
pub(crate) fn has_any(tool: &Tool, arguments: &mut Arguments) -> bool {
    let mut found = false;
    if leaves::takes_files(tool) {
        each(tool, arguments, &mut |leaf| {
            found |= leaf.as_str().is_some_and(|text| !text.trim().is_empty());
        });
    }
    found
}

fn each(tool: &Tool, arguments: &mut Arguments, found: &mut dyn FnMut(&mut Value)) {
    let schema = tool.input_parameters.to_value();
    let mut value = std::mem::take(arguments).into_value();
    leaves::uploaded(&schema, &mut value, found);
    if let Value::Object(members) = value {
        *arguments = members.into();
    }
}

async fn send(client: &Client, tool: &Tool, source: Source) -> Result<FileArgument> {
    let Source {
        name,
        media_type,
        content,
    } = source;
    let (request, body) = match content {
        Content::Bytes(bytes) => (FileUploadRequest::of(name, &bytes), Body::from(bytes)),
        Content::File(mut file, length) => {
            let read = disk::blocking(move || {
                let request = FileUploadRequest::read(name, (&mut file).take(length))?;
                file.rewind()?;
                Ok((request, file))
            });
            let (request, file) = read.await.map_err(unreadable)?;
            (request, Body::new(FileBody::new(file, length)))
        }
    };
    let request = request
        .mimetype(media_type)
        .tool(&tool.toolkit.slug, &tool.slug);
    client.files().upload(&request, body).await
}

/// The bytes of a file, read as they are sent.
struct FileBody {
    chunks: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>,
    left: u64,
}

impl FileBody {
    fn new(file: File, length: u64) -> Self {
        // A file that grows meanwhile is sent as it was announced.
        let chunks = stream::try_unfold(file.take(length), |mut file| async move {
            let read = disk::blocking(move || {
                let mut chunk = Vec::new();
                (&mut file).take(CHUNK as u64).read_to_end(&mut chunk)?;
                Ok((chunk, file))
            });
            let (chunk, file) = read.await?;
            Ok((!chunk.is_empty()).then(|| (Bytes::from(chunk), file)))
        });
        Self {
            chunks: Box::pin(chunks),
            left: length,
        }
    }
}

impl http_body::Body for FileBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.chunks.poll_next_unpin(context).map(|chunk| {
            let chunk = chunk?;
            if let Ok(bytes) = &chunk {
                self.left = self.left.saturating_sub(bytes.len() as u64);
            }
            Some(chunk.map(Frame::data).map_err(Into::into))
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
