use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use composio_core::{Body, Result};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, future, stream};
use http_body::Frame;
use http_body_util::StreamBody;

use crate::files::Content;

/// Bytes that one line of base64 stands for in a mail: 76 letters (RFC 2045, 6.8).
const LINE: usize = 57;

/// The bytes of a body, which can be sent more than once. Those of files are read while they are sent.
#[derive(Debug, Clone)]
pub(super) enum Payload {
    Whole(Bytes),
    Parts(Arc<[Part]>),
}

/// Some bytes of a body.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Bytes(Bytes),
    File(Content),
    /// A file as mails have it: base64 in lines.
    Base64(Content),
}

impl Payload {
    /// Puts parts together; without a file they are one.
    pub(super) fn of(parts: Vec<Part>) -> Self {
        if let [Part::Bytes(bytes)] = &*parts {
            return Self::Whole(bytes.clone());
        }
        Self::Parts(parts.into())
    }

    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Parts(parts) => parts.iter().map(Part::length).sum(),
        }
    }

    /// Whether it comes as a stream, whose length must be said.
    pub(super) fn is_stream(&self) -> bool {
        matches!(self, Self::Parts(_))
    }

    pub(super) fn body(&self) -> Body {
        match self {
            Self::Whole(bytes) => bytes.clone().into(),
            Self::Parts(parts) => Body::new(StreamBody::new(
                bytes(Arc::clone(parts)).map_ok(Frame::data),
            )),
        }
    }
}

impl Part {
    /// What people are told of it: the text, or how many bytes it has.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Bytes(bytes) => match str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => format!("<{} bytes>", bytes.len()),
            },
            Self::File(content) | Self::Base64(content) => {
                format!("<a file of {} bytes>", content.size())
            }
        }
    }

    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(content) => content.size(),
            Self::Base64(content) => {
                let size = content.size();
                size.div_ceil(3) * 4 + size.div_ceil(LINE as u64) * 2
            }
        }
    }
}

fn bytes(parts: Arc<[Part]>) -> impl Stream<Item = Result<Bytes>> + Send {
    let count = parts.len();
    stream::iter(0..count).flat_map(move |index| match parts.get(index) {
        Some(Part::File(content)) => content.stream(0..content.size()).boxed(),
        Some(Part::Base64(content)) => base64(content).boxed(),
        Some(Part::Bytes(bytes)) => stream::once(future::ready(Ok(bytes.clone()))).boxed(),
        None => stream::empty().boxed(),
    })
}

fn base64(content: &Content) -> impl Stream<Item = Result<Bytes>> + Send + use<> {
    let chunks = content.stream(0..content.size()).boxed();
    stream::try_unfold(Some((chunks, Vec::new())), |state| async {
        let Some((mut chunks, mut rest)) = state else {
            return Ok(None);
        };
        match chunks.try_next().await? {
            Some(chunk) => {
                rest.extend_from_slice(&chunk);
                let left = rest.split_off(rest.len() - rest.len() % LINE);
                Ok(Some((lines(&rest), Some((chunks, left)))))
            }
            None => Ok(Some((lines(&rest), None))),
        }
    })
}

fn lines(bytes: &[u8]) -> Bytes {
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + bytes.len() / LINE * 2 + 8);
    for line in bytes.chunks(LINE) {
        BASE64_STANDARD.encode_string(line, &mut out);
        out.push_str("\r\n");
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use futures_util::TryStreamExt as _;

    use super::{Part, bytes};
    use crate::files::Content;

    #[tokio::test]
    async fn a_file_in_base64_has_the_length_that_was_said_and_reads_back() {
        for size in [0, 1, 56, 57, 58, 300_000] {
            let plain: Vec<u8> = (0..size)
                .map(|at| u8::try_from(at % 251).unwrap())
                .collect();
            let part = Part::Base64(Content::of(&plain));
            let said = part.length();
            let parts = std::sync::Arc::from([part]);
            let chunks: Vec<_> = bytes(parts).try_collect().await.unwrap();
            let whole = String::from_utf8(chunks.concat()).unwrap();
            assert_eq!(whole.len() as u64, said, "{size}");
            assert!(whole.lines().all(|line| line.len() <= 76));
            let read = BASE64_STANDARD.decode(whole.replace("\r\n", ""));
            assert!(read.unwrap() == plain, "{size}");
        }
    }
}
