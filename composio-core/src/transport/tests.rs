use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use tower::{ServiceExt as _, layer::layer_fn, service_fn, util::MapRequest};

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
