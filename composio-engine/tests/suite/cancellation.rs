//! Callers that go away, and bodies that nobody reads.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use composio_core::{Body, Transport};
use http::StatusCode;
use http_body::Frame;
use serde_json::json;
use tokio::time::timeout;

use crate::support::{DOCUMENT, Vendor, builder, engine, execute, get};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_dropped_at_random_points_leave_no_half_done_write() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = builder().database(&path).build().await.unwrap();
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..200_u64 {
        let engine = engine.clone();
        let yaml = vendor.yaml();
        tasks.spawn(async move {
            let user = format!("user-{number}");
            // From not at all to long enough, in steps that do not divide the work.
            let patience = Duration::from_micros(number * number * 7 % 60_000);
            if number % 10 == 0 {
                let _ = timeout(patience, engine.add_app(yaml, DOCUMENT)).await;
            } else if number % 3 == 0 {
                let arguments = json!({"title": user});
                let run = execute(&engine, "DEMO_CREATE_A_NOTE", &user, arguments);
                let _ = timeout(patience, run).await;
            } else {
                let connect = engine
                    .connect("demo")
                    .entity(&user)
                    .field("api_key", &*user);
                let _ = timeout(patience, connect.into_future()).await;
            }
        });
    }
    tasks.join_all().await;
    engine.close().await;

    // Every account that is there is whole, and so is the catalogue.
    let engine = builder().database(&path).build().await.unwrap();
    let accounts = get(&engine, "/api/v3/connected_accounts?limit=1000").await;
    for account in accounts.json["items"].as_array().unwrap() {
        let user = account["user_id"].as_str().unwrap();
        let reply = execute(&engine, "DEMO_CREATE_A_NOTE", user, json!({"title": "x"})).await;
        assert_eq!(reply.json["successful"], true, "{reply:?}");
        assert_eq!(vendor.last().headers["x-api-key"], user);
    }
    let configs = get(&engine, "/api/v3/auth_configs").await.json;
    assert!(configs["total_items"].as_u64().unwrap() <= 1, "{configs}");
    let toolkit = get(&engine, "/api/v3/toolkits/demo").await.json;
    assert_eq!(toolkit["meta"]["tools_count"], 6);
}

#[tokio::test]
async fn a_write_whose_caller_left_is_finished() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let connect = engine.connect("demo").entity("alice").field("api_key", "k");
    // One poll starts the write; then the caller is gone.
    let polled = futures_util::poll!(Box::pin(connect.into_future()).as_mut());
    assert!(polled.is_pending());
    for _ in 0..200 {
        if get(&engine, "/api/v3/connected_accounts").await.json["total_items"] == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the account was never connected");
}

#[tokio::test]
async fn closing_waits_for_writes_under_way() {
    let vendor = Vendor::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let engine = builder().database(&path).build().await.unwrap();
    engine.add_app(vendor.yaml(), DOCUMENT).await.unwrap();
    let connect = engine.connect("demo").field("api_key", "k");
    assert!(futures_util::poll!(Box::pin(connect.into_future()).as_mut()).is_pending());
    engine.close().await;
    let error = engine
        .connect("demo")
        .field("api_key", "k")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), composio_core::ErrorKind::Unavailable);
    drop(engine);
    let engine = builder().database(&path).build().await.unwrap();
    assert_eq!(
        get(&engine, "/api/v3/connected_accounts").await.json["total_items"],
        1
    );
}

/// A body without an end that counts what was read of it.
struct Endless(Arc<AtomicUsize>);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b' '; 65_536])))))
    }
}

#[tokio::test]
async fn a_body_that_no_handler_needs_is_not_read_and_a_json_body_only_up_to_its_limit() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let transport = Transport::from(engine);
    for (method, path, status, most) in [
        ("POST", "/nowhere", StatusCode::NOT_FOUND, 0),
        ("PUT", "/api/v3/tools", StatusCode::METHOD_NOT_ALLOWED, 0),
        ("GET", "/api/v3.1/toolkits", StatusCode::OK, 0),
        (
            "POST",
            "/api/v3.1/tools/execute/DEMO_BREAK",
            StatusCode::PAYLOAD_TOO_LARGE,
            170,
        ),
    ] {
        let read = Arc::new(AtomicUsize::new(0));
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .body(Body::new(Endless(Arc::clone(&read))))
            .unwrap();
        let response = transport.send(request).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        assert!(read.load(Ordering::Relaxed) <= most, "{path}");
    }
}

#[tokio::test]
async fn a_request_for_another_host_is_not_taken_for_ours() {
    let vendor = Vendor::start().await;
    let transport = Transport::from(engine(&vendor).await);
    let request = http::Request::get("http://files.example.com/api/v3/toolkits")
        .body(Body::empty())
        .unwrap();
    let error = transport.send(request).await.unwrap_err();
    assert_eq!(error.kind(), composio_core::ErrorKind::NotSupported);
}
