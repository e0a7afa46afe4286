use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use tower::{Service, ServiceExt as _, layer::layer_fn, service_fn, util::MapRequest};

use super::{Body, Transport};
use crate::ErrorKind;

fn echo() -> Transport {
    Transport::new(service_fn(|request: Request<Body>| async {
        Ok::<_, Infallible>(Response::new(request.into_body()))
    }))
}

#[tokio::test]
async fn a_layer_sees_every_request() {
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = seen.clone();
    let transport = echo().layer(&layer_fn(move |inner| {
        let counter = counter.clone();
        let count = move |request: Request<Body>| {
            counter.fetch_add(1, Ordering::Relaxed);
            request
        };
        MapRequest::new(inner, count)
    }));
    for _ in 0..3 {
        transport.send(Request::new(Body::from("x"))).await.unwrap();
    }
    assert_eq!(seen.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_read_whole() {
    let polled = Arc::new(AtomicUsize::new(0));
    let counter = polled.clone();
    let chunks = stream::iter((0..1000).map(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[0; 100])))
    }));
    let error = Body::new(StreamBody::new(chunks))
        .bytes(250)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert!(polled.load(Ordering::Relaxed) <= 3);
}

#[tokio::test]
async fn a_body_at_hand_arrives_as_it_is_through_layers() {
    let sent = Bytes::from(vec![7; 1000]);
    let through = echo().layer(&layer_fn(|inner| inner));
    let request = Request::new(Body::from(sent.clone()));
    assert_eq!(
        http_body::Body::size_hint(request.body()).exact(),
        Some(1000)
    );
    let body = through.send(request).await.unwrap().into_body();
    let came = body.bytes(1000).await.unwrap();
    assert_eq!((came.as_ptr(), came.len()), (sent.as_ptr(), sent.len()));
    let error = Body::from(sent).bytes(999).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert!(http_body::Body::is_end_stream(&Body::from(Bytes::new())));
    assert!(Body::empty().bytes(0).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_json_body_is_a_value_for_its_own_type_and_bytes_for_everybody_else() {
    let body = || Body::json(vec![1, 2]);
    assert_eq!(body().take_json(), Some(vec![1, 2]));
    let mut other = body();
    assert_eq!(other.take_json::<String>(), None);
    assert_eq!(http_body::Body::size_hint(&other).exact(), Some(5));
    assert_eq!(other.bytes(5).await.unwrap(), "[1,2]");
    let error = body().bytes(4).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    // What a layer has wrapped may be something else by now.
    let mut wrapped = Body::new(http_body_util::Limited::new(body(), 100));
    assert_eq!(wrapped.take_json::<Vec<i32>>(), None);
    assert_eq!(wrapped.bytes(5).await.unwrap(), "[1,2]");
    let mut through = echo().send(Request::new(body())).await.unwrap().into_body();
    assert_eq!(through.take_json(), Some(vec![1, 2]));
}

#[tokio::test]
async fn a_value_without_a_json_form_is_an_error_when_it_is_read() {
    let keyed = std::collections::BTreeMap::from([(vec![1], 2)]);
    let error = Body::json(keyed).bytes(100).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// Ready at the second time of asking; a clone has to be asked anew.
struct Hesitant(u8);

impl Clone for Hesitant {
    fn clone(&self) -> Self {
        Self(0)
    }
}

impl Service<Request<Body>> for Hesitant {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0 += 1;
        if self.0 > 1 {
            return Poll::Ready(Ok(()));
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        assert!(self.0 > 1, "called before it was ready");
        ready(Ok(Response::new(request.into_body())))
    }
}

#[tokio::test]
async fn every_request_waits_until_its_service_is_ready() {
    let transport = Transport::new(Hesitant(9)).layer(&layer_fn(|inner| inner));
    for _ in 0..2 {
        assert!(transport.send(Request::new(Body::empty())).await.is_ok());
    }
}

#[tokio::test]
async fn a_broken_body_is_an_error_and_not_a_short_answer() {
    let chunks = stream::iter([Ok(Frame::data(Bytes::from_static(b"half"))), Err("cut")]);
    let error = Body::new(StreamBody::new(chunks))
        .bytes(100)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn an_error_of_a_layer_keeps_its_source_and_ours_keeps_its_kind() {
    let foreign = Transport::new(service_fn(|_: Request<Body>| async {
        Err::<Response<Body>, _>("full")
    }));
    assert_eq!(
        foreign.send(Request::default()).await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    let ours = Transport::new(
        service_fn(|_: Request<Body>| async {
            Err::<Response<Body>, _>(crate::Error::new(ErrorKind::Timeout, "late"))
        })
        .map_err(|error| error),
    );
    assert_eq!(
        ours.send(Request::default()).await.unwrap_err().kind(),
        ErrorKind::Timeout
    );
}
