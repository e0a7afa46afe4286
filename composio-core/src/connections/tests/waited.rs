use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{Request, Response};
use serde_json::json;
use tokio::time::Instant;
use tower::service_fn;

use super::script::{account, refusal, toolset};
use crate::{Body, Error, ErrorKind, Plain, ToolSet, WaitUntilActive};

const MINUTE: Duration = Duration::from_secs(60);

/// A wait for a connection that stands so at each look; the last status stays.
fn standing(statuses: &'static [&'static str]) -> (WaitUntilActive, super::script::Asked) {
    let looks = AtomicUsize::new(0);
    let (toolset, asked) = toolset(move |_| {
        let look = looks.fetch_add(1, Ordering::SeqCst);
        let mut account = account("ca_1", statuses[look.min(statuses.len() - 1)]);
        account["status_reason"] = json!("access_denied by the user");
        (200, account)
    });
    (toolset.wait_for_connection("ca_1"), asked)
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_cannot_become_active_ends_the_wait_with_its_reason() {
    for statuses in [
        &["INITIATED", "FAILED"],
        &["INITIATED", "EXPIRED"],
        &["INITIATED", "REVOKED"],
    ] {
        let (wait, asked) = standing(statuses);
        let error = wait.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        let told = error.reader_message();
        assert!(told.contains("ca_1 to github"), "{told}");
        assert!(told.contains("access_denied by the user"), "{told}");
        assert!(told.contains(statuses[1]), "{told}");
        assert_eq!(asked.all().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_who_never_comes_ends_the_wait_at_its_deadline() {
    let (wait, asked) = standing(&["INITIATED"]);
    let begun = Instant::now();
    let error = wait.timeout(MINUTE).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(begun.elapsed(), MINUTE);
    assert_eq!(asked.all().len(), 60);
    assert!(error.message().contains("ca_1 is still INITIATED"));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_never_answers_ends_the_wait_at_its_deadline() {
    let service =
        service_fn(|_: Request<Body>| std::future::pending::<Result<Response<Body>, Infallible>>());
    let toolset: ToolSet<Plain> = ToolSet::new(service);
    let wait = toolset.wait_for_connection("ca_1").timeout(MINUTE);
    assert_eq!(wait.await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_away_for_a_while_is_asked_again() {
    let looks = Arc::new(AtomicUsize::new(0));
    let seen = looks.clone();
    let service = service_fn(move |_: Request<Body>| {
        let look = seen.fetch_add(1, Ordering::SeqCst);
        async move {
            let (status, body) = match look {
                0 => return Err(Error::new(ErrorKind::Unavailable, "no route")),
                1 => refusal(503, "overloaded"),
                2 => refusal(429, "slower"),
                3 => (200, account("ca_1", "INITIATED")),
                _ => (200, account("ca_1", "ACTIVE")),
            };
            let answer = Response::builder().status(status);
            Ok(answer.body(Body::from(body.to_string())).unwrap())
        }
    });
    let toolset: ToolSet<Plain> = ToolSet::new(service);
    let connection = toolset.wait_for_connection("ca_1").timeout(MINUTE).await;
    assert!(connection.unwrap().is_active());
    assert_eq!(looks.load(Ordering::SeqCst), 5);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_stays_away_is_the_cause_of_the_timeout() {
    let (toolset, asked) = toolset(|_| refusal(503, "overloaded"));
    let error = toolset
        .wait_for_connection("ca_1")
        .timeout(MINUTE)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("overloaded"), "{source}");
    assert!(asked.all().len() < 12, "the pauses grow");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_gone_or_not_the_callers_ends_the_wait_at_once() {
    for (status, kind) in [
        (404, ErrorKind::NotFound),
        (401, ErrorKind::Unauthorized),
        (403, ErrorKind::Forbidden),
    ] {
        let (toolset, asked) = toolset(move |_| refusal(status, "no"));
        let error = toolset.wait_for_connection("ca_1").await.unwrap_err();
        assert_eq!((error.kind(), asked.all().len()), (kind, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_that_this_version_does_not_know_is_waited_out() {
    let (wait, _) = standing(&["HATCHING", "ACTIVE"]);
    assert_eq!(wait.await.unwrap().id, "ca_1");
}

#[tokio::test(start_paused = true)]
async fn a_disabled_connection_is_not_active() {
    let (toolset, _) = toolset(|_| {
        let mut account = account("ca_1", "ACTIVE");
        account["is_disabled"] = json!(true);
        (200, account)
    });
    let error = toolset.wait_for_connection("ca_1").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn each_look_is_told() {
    let told = Arc::new(AtomicUsize::new(0));
    let counter = told.clone();
    let (wait, _) = standing(&["INITIALIZING", "INITIATED", "ACTIVE"]);
    wait.poll_every(Duration::from_secs(5))
        .on_progress(move |account| {
            assert_eq!(account.id, "ca_1");
            counter.fetch_add(1, Ordering::SeqCst);
        })
        .await
        .unwrap();
    assert_eq!(told.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn a_connection_begun_anew_may_stay_expired_until_the_user_is_through() {
    let looks = AtomicUsize::new(0);
    let (toolset, asked) = toolset(move |line| {
        if line.starts_with("POST") {
            let begun = json!({"id": "ca_1", "status": "EXPIRED", "redirect_url": "https://vendor.example/a"});
            return (200, begun);
        }
        let is_through = looks.fetch_add(1, Ordering::SeqCst) == 3;
        (
            200,
            account("ca_1", if is_through { "ACTIVE" } else { "EXPIRED" }),
        )
    });
    let request = toolset
        .reinitiate_connection("ca_1", Some("https://app.example/back"))
        .await
        .unwrap();
    assert_eq!(request.redirect_url(), Some("https://vendor.example/a"));
    assert_eq!(
        asked.body("POST /connected_accounts/ca_1/refresh"),
        json!({"redirect_url": "https://app.example/back"})
    );
    let connection = request.wait_until_active(MINUTE).await.unwrap();
    assert_eq!(connection.id, "ca_1");
}

#[tokio::test(start_paused = true)]
async fn a_wait_without_end_is_none_of_the_clocks_business() {
    let (wait, _) = standing(&["INITIATED", "ACTIVE"]);
    assert!(wait.timeout(Duration::MAX).await.unwrap().is_active());
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let (wait, _) = standing(&["ACTIVE"]);
    let error = futures_util::FutureExt::now_or_never(wait.into_future());
    assert_eq!(error.unwrap().unwrap_err().kind(), ErrorKind::Config);
}
