use std::{
    any::Any,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt as _, combinators::UnsyncBoxBody};
use serde::Serialize;

use super::json::{Json, NoJson};
use crate::{BoxError, Error, ErrorKind, Result};

/// The body of a request or an answer: a stream of bytes.
///
/// Nothing is held in memory beyond what the source holds. `Debug` shows the size alone.
pub struct Body(Source);

enum Source {
    /// At hand, until it is read. Most bodies are, and need no box.
    Whole(Option<Bytes>),
    Json(Json),
    Stream(UnsyncBoxBody<Bytes, BoxError>),
}

impl Body {
    /// Wraps any HTTP body.
    pub fn new<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut body = Some(body);
        // One that went through layers as it is need not be boxed again.
        if let Some(own) = (&mut body as &mut dyn Any).downcast_mut::<Option<Self>>() {
            return own.take().unwrap_or_default();
        }
        body.map_or_else(Self::empty, |body| {
            Self(Source::Stream(body.map_err(Into::into).boxed_unsync()))
        })
    }

    /// A body of no bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self(Source::Whole(None))
    }

    /// A JSON body. It is written when somebody reads it; until then it can be taken as the value it is, so that client
    /// and service in one process need not write and parse.
    #[must_use]
    pub fn json<T: Serialize + Send + 'static>(value: T) -> Self {
        Self(Source::Json(Json::new(value)))
    }

    /// Takes the value out of a body that [`Body::json`] made of a `T`, and leaves an empty one. `None` for every other
    /// body, which stays as it is: one that came over the network, or that a layer has wrapped.
    #[must_use]
    pub fn take_json<T: 'static>(&mut self) -> Option<T> {
        match std::mem::replace(&mut self.0, Source::Whole(None)) {
            Source::Json(json) => json
                .into_value()
                .map_err(|json| self.0 = Source::Json(json))
                .ok(),
            other => {
                self.0 = other;
                None
            }
        }
    }

    /// What is at hand without reading a source.
    #[cfg(feature = "reqwest")]
    pub(super) fn at_hand(&mut self) -> Option<Bytes> {
        match &mut self.0 {
            Source::Whole(bytes) => Some(bytes.take().unwrap_or_default()),
            Source::Json(json) => json.text().as_ref().ok().cloned(),
            Source::Stream(_) => None,
        }
    }

    /// Reads the whole body, up to `limit` bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedResponse`] if there are more bytes, [`ErrorKind::Unavailable`] if the source breaks off,
    /// [`ErrorKind::InvalidInput`] for a value of [`Body::json`] that has no JSON form.
    pub async fn bytes(mut self, limit: usize) -> Result<Bytes> {
        let mut first: Option<Bytes> = None;
        let mut rest = BytesMut::new();
        while let Some(frame) = self.frame().await {
            let frame = frame.map_err(broken)?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if first.as_ref().map_or(0, Bytes::len) + rest.len() + data.len() > limit {
                let message = format!("the body is larger than {limit} bytes");
                return Err(Error::new(ErrorKind::UnexpectedResponse, message));
            }
            match &first {
                None => first = Some(data),
                Some(_) => rest.extend_from_slice(&data),
            }
        }
        Ok(match first {
            Some(first) if rest.is_empty() => first,
            Some(first) => {
                let mut whole = BytesMut::with_capacity(first.len() + rest.len());
                whole.extend_from_slice(&first);
                whole.extend_from_slice(&rest);
                whole.freeze()
            }
            None => Bytes::new(),
        })
    }
}

fn broken(error: BoxError) -> Error {
    if error.is::<NoJson>() {
        let message = "the body has no JSON form";
        return Error::new(ErrorKind::InvalidInput, message).with_source(error);
    }
    Error::new(ErrorKind::Unavailable, "the connection broke off").with_source(error)
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Source::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::from(Bytes::from(text))
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::from(Bytes::from_static(text.as_bytes()))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Source::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Source::Json(json) => {
                let text = json.text().clone();
                self.0 = Source::Whole(None);
                Poll::Ready(Some(text.map(Frame::data).map_err(Into::into)))
            }
            Source::Stream(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Source::Whole(bytes) => bytes.is_none(),
            Source::Json(_) => false,
            Source::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Source::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Source::Json(json) => json.text().as_ref().map_or_else(
                |_| SizeHint::default(),
                |text| SizeHint::with_exact(text.len() as u64),
            ),
            Source::Stream(body) => body.size_hint(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match http_body::Body::size_hint(self).exact() {
            Some(size) => write!(f, "Body({size} bytes)"),
            None => f.write_str("Body(stream)"),
        }
    }
}
