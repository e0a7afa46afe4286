//! What an argument that is a file may be: a path, bytes in a `data:` address, an `https` address.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{Method, Request, Uri};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{FileAccess, kinds::media_type};
use crate::{Body, Error, ErrorKind, OutcomeStatus, Result, disk};

const REFUSED: &str = "File_Refused";

/// A file that is there to be sent.
pub(crate) struct Source {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) content: Content,
}

pub(super) enum Content {
    Bytes(Bytes),
    File(File, u64),
}

/// Bytes as an argument that is a file: a `data:` address (RFC 2397) with a name.
///
/// ```
/// use composio_core::data_url;
///
/// let file = data_url("a.txt", "text/plain", b"abc");
/// assert_eq!(file, "data:text/plain;name=a%2Etxt;base64,YWJj");
/// ```
#[must_use]
pub fn data_url(name: &str, media_type: &str, bytes: &[u8]) -> String {
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    let bytes = BASE64_STANDARD.encode(bytes);
    format!("data:{media_type};name={name};base64,{bytes}")
}

impl Source {
    /// Finds what `text` names; `text` comes from a model.
    pub(super) async fn find(access: &FileAccess, text: &str) -> Result<Self> {
        let source = if let Some(rest) = text.strip_prefix("data:") {
            Self::of_data(rest)?
        } else if text.starts_with("http://") || text.starts_with("https://") {
            Self::fetched(access, text).await?
        } else {
            let path = PathBuf::from(text.strip_prefix("file://").unwrap_or(text));
            let folders = access.uploads.clone();
            disk::blocking(move || Ok(Self::of_path(&folders, &path)))
                .await
                .map_err(unreadable)??
        };
        let length = match &source.content {
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::File(_, length) => *length,
        };
        if length > access.limit {
            return Err(refused(format!(
                "{} has {length} bytes; a file may have {}",
                source.name, access.limit
            )));
        }
        Ok(source)
    }

    fn of_data(text: &str) -> Result<Self> {
        let broken =
            || refused("a `data:` address is `data:<media type>[;name=…][;base64],<bytes>`");
        let (head, data) = text.split_once(',').ok_or_else(broken)?;
        let mut parts = head.split(';');
        let given = parts.next().unwrap_or_default();
        let parts: Vec<&str> = parts.collect();
        let name = parts.iter().find_map(|part| part.strip_prefix("name="));
        let name = name.map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned());
        let bytes = if parts.last() == Some(&"base64") {
            BASE64_STANDARD.decode(data.trim()).map_err(|_| broken())?
        } else {
            percent_decode_str(data).collect()
        };
        let name = disk::file_name(&name.unwrap_or_default());
        Ok(Self {
            media_type: if given.contains('/') {
                given.to_owned()
            } else {
                media_type(&name).to_owned()
            },
            name,
            content: Content::Bytes(bytes.into()),
        })
    }

    fn of_path(folders: &[Arc<Path>], path: &Path) -> Result<Self> {
        if folders.is_empty() {
            return Err(refused(
                "no folder is allowed for uploads: the program has to name one with allow_uploads_from",
            ));
        }
        // Whether it exists elsewhere is nobody's business.
        let outside = || {
            let name = path.display();
            refused(format!(
                "{name} is no file in a folder that uploads are allowed from"
            ))
        };
        let candidates = folders.iter().map(|folder| folder.join(path));
        let found = candidates.into_iter().find_map(|candidate| {
            let real = candidate.canonicalize().ok()?;
            folders
                .iter()
                .filter_map(|folder| folder.canonicalize().ok())
                .any(|folder| real.starts_with(folder))
                .then_some(real)
        });
        let real = found.ok_or_else(outside)?;
        // A pipe would block, and a device has no end.
        let before = fs::symlink_metadata(&real).map_err(unreadable)?;
        if !before.is_file() {
            return Err(outside());
        }
        let file = File::open(&real).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() || !is_same(&before, &metadata) {
            return Err(outside());
        }
        let name = real.file_name().unwrap_or_default().to_string_lossy();
        let name = disk::file_name(&name);
        Ok(Self {
            media_type: media_type(&name).to_owned(),
            name,
            content: Content::File(file, metadata.len()),
        })
    }

    async fn fetched(access: &FileAccess, address: &str) -> Result<Self> {
        let Some(fetcher) = &access.fetcher else {
            return Err(refused(
                "addresses are not fetched: give the path of a file, or its bytes as a `data:` address",
            ));
        };
        let uri: Uri = address
            .parse()
            .ok()
            .filter(|uri: &Uri| uri.scheme_str() == Some("https") && uri.host().is_some())
            .filter(|uri| {
                uri.authority()
                    .is_some_and(|all| !all.as_str().contains('@'))
            })
            .ok_or_else(|| refused("the address of a file must be a plain https address"))?;
        let last = uri.path().rsplit('/').next().unwrap_or_default();
        let name = disk::file_name(&percent_decode_str(last).decode_utf8_lossy());
        let request = Request::builder().method(Method::GET).uri(uri);
        let request = request
            .body(Body::empty())
            .map_err(|_| refused("the address of a file must be a plain https address"))?;
        let response = fetcher.send(request).await.map_err(not_fetched)?;
        let status = response.status();
        if !status.is_success() {
            return Err(refused(format!("the address of {name} answers {status}")));
        }
        let given = response.headers().get(http::header::CONTENT_TYPE);
        let given = given.and_then(|value| value.to_str().ok());
        let media_type = given.unwrap_or_else(|| media_type(&name)).to_owned();
        let limit = usize::try_from(access.limit).unwrap_or(usize::MAX);
        let bytes = response
            .into_body()
            .bytes(limit)
            .await
            .map_err(not_fetched)?;
        Ok(Self {
            name,
            media_type,
            content: Content::Bytes(bytes),
        })
    }
}

#[cfg(unix)]
fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

pub(super) fn refused(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidInput, why).with_slug(REFUSED)
}

/// How a call ended whose file was refused.
pub(crate) fn refusal(error: &Error) -> Option<OutcomeStatus> {
    (error.slug() == Some(REFUSED)).then_some(OutcomeStatus::InvalidArguments)
}

fn not_fetched(error: Error) -> Error {
    let why = format!("the file could not be fetched: {}", error.reader_message());
    refused(why).with_source(error)
}

pub(super) fn unreadable(error: io::Error) -> Error {
    refused(format!("the file could not be read: {}", error.kind())).with_source(error)
}
