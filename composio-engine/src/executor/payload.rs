use std::sync::Arc;

use bytes::Bytes;
use composio_core::Result;
use futures_util::{Stream, StreamExt as _, future, stream};

use crate::files::Content;

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

    pub(super) fn body(&self) -> reqwest::Body {
        match self {
            Self::Whole(bytes) => bytes.clone().into(),
            Self::Parts(parts) => reqwest::Body::wrap_stream(bytes(Arc::clone(parts))),
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
            Self::File(content) => format!("<a file of {} bytes>", content.size()),
        }
    }

    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(content) => content.size(),
        }
    }
}

fn bytes(parts: Arc<[Part]>) -> impl Stream<Item = Result<Bytes>> + Send {
    let count = parts.len();
    stream::iter(0..count).flat_map(move |index| match parts.get(index) {
        Some(Part::File(content)) => content.stream(0..content.size()).boxed(),
        Some(Part::Bytes(bytes)) => stream::once(future::ready(Ok(bytes.clone()))).boxed(),
        None => stream::empty().boxed(),
    })
}
