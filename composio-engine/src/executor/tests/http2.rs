//! HTTP/2 lets a server say that it has not looked at a request; libraries like to send it again by themselves.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use std::time::Duration;

use composio_core::ErrorKind;
use h2::{Reason, server};
use serde_json::json;
use tokio::net::TcpListener;

use super::support::{call, keyed, options, plan};
use crate::executor::{
    Executor,
    client::{self, Client, Clients, Connector},
};

#[derive(Clone, Copy, Debug)]
enum Refusal {
    RefusedStream,
    GoAway,
    Cancel,
}

/// Refuses every request and counts them; the base URL comes back.
async fn refusing(refusal: Refusal) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let count = counted.clone();
            tokio::spawn(async move {
                let mut connection = server::handshake(stream).await.unwrap();
                while let Some(Ok((_request, mut respond))) = connection.accept().await {
                    count.fetch_add(1, Ordering::SeqCst);
                    match refusal {
                        Refusal::RefusedStream => respond.send_reset(Reason::REFUSED_STREAM),
                        Refusal::Cancel => respond.send_reset(Reason::CANCEL),
                        Refusal::GoAway => connection.abrupt_shutdown(Reason::NO_ERROR),
                    }
                }
            });
        }
    });
    (base, count)
}

fn executor() -> Executor {
    let options = options();
    let connector = Connector::new(client::tls().unwrap(), &options.egress, &options.limits);
    let client: Client = client::builder(options.limits.idle)
        .http2_only(true)
        .build(connector);
    Executor::with_clients(options, Clients::made_by(move || client.clone()))
}

#[tokio::test]
async fn a_refused_post_is_not_sent_again() {
    for refusal in [Refusal::RefusedStream, Refusal::GoAway, Refusal::Cancel] {
        for method in ["POST", "PATCH"] {
            let (base, count) = refusing(refusal).await;
            let toolkit = keyed(&base);
            let plan = plan(method, "/do", json!({}));
            let error = executor()
                .execute(call(&toolkit, &plan, json!({})))
                .await
                .unwrap_err();
            assert_eq!(
                error.kind(),
                ErrorKind::Unavailable,
                "{refusal:?}: {error:?}"
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert_eq!(count.load(Ordering::SeqCst), 1, "{refusal:?} {method}");
        }
    }
}

#[tokio::test]
async fn a_refused_get_is_tried_three_times() {
    for refusal in [Refusal::RefusedStream, Refusal::GoAway] {
        let (base, count) = refusing(refusal).await;
        let toolkit = keyed(&base);
        let plan = plan("GET", "/do", json!({}));
        assert!(
            executor()
                .execute(call(&toolkit, &plan, json!({})))
                .await
                .is_err()
        );
        assert_eq!(count.load(Ordering::SeqCst), 3, "{refusal:?}");
    }
}
