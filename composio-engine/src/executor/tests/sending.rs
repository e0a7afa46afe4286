use std::time::{Duration, Instant};

use composio_core::{ErrorKind, Result, models::ToolResult};
use jiff::{Timestamp, fmt::rfc2822};
use serde_json::json;
use tokio::net::{TcpListener, TcpSocket};

use super::support::{
    Act, JSON, Server, argument, call, executor, keyed, ok, options, plan_with, reply, run,
};
use crate::executor::{
    EgressPolicy, Executor, Limits,
    client::{self, Client, Clients, Connector},
};

fn with_limits(limits: Limits) -> Executor {
    let mut options = options();
    options.limits = limits;
    Executor::new(options).unwrap()
}

fn error(result: Result<ToolResult>) -> composio_core::Error {
    result.expect_err("an answer came")
}

#[tokio::test]
async fn a_call_goes_out_and_its_answer_comes_back() {
    let server = Server::start(|_, _| Act::Reply(ok())).await;
    let toolkit = keyed(&server.base());
    let plan = plan_with(
        "GET",
        "/things/{id}",
        &[
            argument("id", "path", json!({})),
            argument("q", "query", json!({})),
        ],
    );
    let result = executor()
        .execute(call(&toolkit, &plan, json!({"id": "a b", "q": 1})))
        .await
        .unwrap();
    assert!(result.successful && result.error.is_none());
    assert_eq!(result.data.as_str(), r#"{"ok":true}"#);
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].target(), "/things/a%20b?q=1");
    assert!(seen[0].head.contains("x-api-key: tok_secret_12345"));
    assert!(seen[0].head.contains("accept: application/json"));
    assert!(seen[0].head.contains("user-agent: composio-engine/"));
    assert!(!seen[0].has_header("accept-encoding"));
}

#[tokio::test]
async fn connections_are_kept() {
    let server = Server::start(|_, _| Act::Reply(ok())).await;
    let executor = executor();
    for _ in 0..3 {
        run(&executor, &server, "POST").await.unwrap();
    }
    assert!(server.seen().iter().all(|seen| seen.connection == 1));
}

#[tokio::test]
async fn a_post_whose_connection_is_cut_is_not_sent_again() {
    for act in [
        || Act::Close,
        || Act::Reset,
        || Act::ReplyAndClose(b"HTTP/1.1 20".to_vec()),
    ] {
        for method in ["POST", "PATCH"] {
            let server = Server::start(move |_, _| act()).await;
            let error = error(run(&executor(), &server, method).await);
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
            assert!(error.message().contains("it may have acted"), "{error}");
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert_eq!(server.seen().len(), 1, "{method}");
        }
    }
}

#[tokio::test]
async fn a_post_cut_on_a_kept_connection_is_not_sent_again() {
    for act in [|| Act::Close, || Act::Reset] {
        let server =
            Server::start(move |count, _| if count == 1 { Act::Reply(ok()) } else { act() }).await;
        let executor = executor();
        run(&executor, &server, "POST").await.unwrap();
        let error = error(run(&executor, &server, "POST").await);
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(server.seen().len(), 2);
    }
}

#[tokio::test]
async fn a_stale_connection_costs_a_post_nothing_or_one_failure_but_never_a_second_copy() {
    // The server closes right after its answer, while the client believes that the connection is kept. Without a pause
    // the client may write before it learns of it; with one it knows.
    let options = options();
    let connector = Connector::new(client::tls().unwrap(), &options.egress, &options.limits);
    let client: Client = client::builder(options.limits.idle).build(connector);
    for pause in [0, 1, 30] {
        for _ in 0..20 {
            let server = Server::start(|_, _| Act::ReplyAndClose(ok())).await;
            let client = client.clone();
            let clients = Clients::made_by(move || client.clone());
            let executor = Executor::with_clients(options.clone(), clients);
            run(&executor, &server, "POST").await.unwrap();
            if pause > 0 {
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            let second = run(&executor, &server, "POST").await;
            tokio::time::sleep(Duration::from_millis(5)).await;
            let posts = server.seen().len() - 1;
            assert!(posts <= 1, "{posts}");
            assert!(second.is_ok() == (posts == 1) || second.is_err());
            assert!(pause < 30 || second.is_ok(), "{second:?}");
        }
    }
}

#[tokio::test]
async fn a_post_answered_503_with_retry_after_is_not_sent_again() {
    let server = Server::start(|_, _| Act::Reply(reply(503, &["retry-after: 0"], "busy"))).await;
    for method in ["POST", "PATCH"] {
        let before = server.seen().len();
        let result = run(&executor(), &server, method).await.unwrap();
        assert!(!result.successful);
        assert_eq!(result.error.as_deref(), Some("HTTP 503: busy"));
        assert_eq!(server.seen().len(), before + 1);
    }
}

#[tokio::test]
async fn retry_after_in_seconds_is_waited_for_on_a_get() {
    for status in [429, 503] {
        let server = Server::start(move |count, _| {
            Act::Reply(if count == 1 {
                reply(status, &["Retry-After: 1"], "")
            } else {
                ok()
            })
        })
        .await;
        let start = Instant::now();
        let result = run(&executor(), &server, "GET").await.unwrap();
        assert!(result.successful);
        assert!(
            start.elapsed() >= Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(server.seen().len(), 2);
    }
}

#[tokio::test]
async fn retry_after_as_a_date_is_waited_for_on_a_get() {
    let later = Timestamp::now() + Duration::from_secs(2);
    let date = rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&later)
        .unwrap();
    let server = Server::start(move |count, _| {
        let header = format!("Retry-After: {date}");
        Act::Reply(if count == 1 {
            reply(503, &[&header], "")
        } else {
            ok()
        })
    })
    .await;
    let start = Instant::now();
    assert!(run(&executor(), &server, "GET").await.unwrap().successful);
    assert!(
        start.elapsed() >= Duration::from_millis(900),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_not_begun() {
    let server =
        Server::start(|_, _| Act::Reply(reply(429, &["Retry-After: 31"], "slow down"))).await;
    let start = Instant::now();
    let result = run(&executor(), &server, "GET").await.unwrap();
    assert_eq!(result.error.as_deref(), Some("HTTP 429: slow down"));
    assert_eq!(result.data()["retry_after_seconds"], 31);
    // Within the longest wait, but not within the call's time.
    let server = Server::start(|_, _| Act::Reply(reply(429, &["Retry-After: 20"], ""))).await;
    assert!(!run(&executor(), &server, "GET").await.unwrap().successful);
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn what_is_no_retry_after_is_not_waited_for() {
    for value in ["soon", "-1", "", "99999999999999999999999"] {
        let header = format!("Retry-After: {value}");
        let server = Server::start(move |_, _| Act::Reply(reply(503, &[&header], ""))).await;
        assert!(!run(&executor(), &server, "GET").await.unwrap().successful);
        assert_eq!(server.seen().len(), 1, "{value}");
    }
}

#[tokio::test]
async fn a_get_is_tried_three_times_at_most() {
    for (status, headers) in [
        (502, &[][..]),
        (504, &[]),
        (503, &["retry-after: 0"]),
        (429, &["retry-after: 0"]),
    ] {
        let server = Server::start(move |_, _| Act::Reply(reply(status, headers, "no"))).await;
        let result = run(&executor(), &server, "GET").await.unwrap();
        assert_eq!(result.error, Some(format!("HTTP {status}: no")));
        assert_eq!(server.seen().len(), 3, "{status}");
    }
    for act in [|| Act::Close, || Act::Reset] {
        let server = Server::start(move |_, _| act()).await;
        assert_eq!(
            error(run(&executor(), &server, "GET").await).kind(),
            ErrorKind::Unavailable
        );
        assert_eq!(server.seen().len(), 3);
    }
}

#[tokio::test]
async fn other_failures_are_final() {
    for (method, status) in [
        ("GET", 500),
        ("GET", 400),
        ("GET", 408),
        ("PUT", 502),
        ("DELETE", 504),
        ("GET", 429),
        ("GET", 503),
    ] {
        let server = Server::start(move |_, _| Act::Reply(reply(status, &[], "no"))).await;
        assert!(!run(&executor(), &server, method).await.unwrap().successful);
        assert_eq!(server.seen().len(), 1, "{method} {status}");
    }
}

#[tokio::test]
async fn a_get_survives_one_cut_connection() {
    let server = Server::start(|count, _| {
        if count == 1 {
            Act::Reset
        } else {
            Act::Reply(ok())
        }
    })
    .await;
    assert!(run(&executor(), &server, "GET").await.unwrap().successful);
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_refused_connection_is_unavailable() {
    let server = Server::always("").await;
    let base = server.base();
    drop(server);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let toolkit = keyed(&base);
    let plan = plan_with("POST", "/do", &[]);
    let error = error(executor().execute(call(&toolkit, &plan, json!({}))).await);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error.message().contains("127.0.0.1 cannot be reached"),
        "{error}"
    );
}

#[tokio::test]
async fn a_post_that_never_left_is_tried_once_more() {
    // The port is taken but nobody listens yet: the first attempt is refused, the second is not.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let base = format!("http://{}", socket.local_addr().unwrap());
    let listen = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(30)).await;
        Server::start_on(socket.listen(8).unwrap(), |_, _| Act::Reply(ok()))
    });
    let toolkit = keyed(&base);
    let plan = plan_with("POST", "/do", &[]);
    let result = executor()
        .execute(call(&toolkit, &plan, json!({})))
        .await
        .unwrap();
    assert!(result.successful);
    assert_eq!(listen.await.unwrap().seen().len(), 1);
}

#[tokio::test]
async fn a_silent_peer_is_given_up() {
    let executor = with_limits(Limits::default().total(Duration::from_millis(300)));
    let server = Server::start(|_, _| Act::Hang).await;
    for method in ["GET", "POST"] {
        let start = Instant::now();
        let error = error(run(&executor, &server, method).await);
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(
            error
                .message()
                .contains("127.0.0.1 did not answer within 0.3 s"),
            "{error}"
        );
        assert!(start.elapsed() < Duration::from_secs(2));
    }
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_peer_that_says_nothing_of_tls_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok(peer) = listener.accept().await {
            silent.push(peer);
        }
    });
    let limits = Limits::default().connect(Duration::from_millis(300));
    let executor = with_limits(limits.attempts(1));
    let (toolkit, plan) = (keyed(&base), plan_with("POST", "/do", &[]));
    let error = error(executor.execute(call(&toolkit, &plan, json!({}))).await);
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let why = "no connection to 127.0.0.1 within 0.3 s";
    assert!(error.message().contains(why), "{error}");
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let executor = with_limits(Limits::default().total(Duration::from_millis(300)));
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n{JSON}\r\n\r\n{{\"half\":");
    let server = Server::always(&head).await;
    let error = error(run(&executor, &server, "GET").await);
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn retries_and_waits_share_one_deadline() {
    let executor = with_limits(
        Limits::default()
            .total(Duration::from_millis(500))
            .attempts(100),
    );
    let server = Server::start(|_, _| Act::Close).await;
    let start = Instant::now();
    let error = error(run(&executor, &server, "GET").await);
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_name_that_resolves_to_this_machine_is_refused() {
    let server = Server::start(|_, _| Act::Reply(ok())).await;
    let mut options = options();
    options.egress = EgressPolicy::default();
    let executor = Executor::new(options).unwrap();
    for host in [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0x7f000001",
        "2130706433",
        "127.1",
        "0",
    ] {
        for method in ["GET", "POST"] {
            let toolkit = keyed(&format!("http://{host}:{}", server.address.port()));
            let plan = plan_with(method, "/do", &[]);
            let error = error(executor.execute(call(&toolkit, &plan, json!({}))).await);
            assert_eq!(error.kind(), ErrorKind::Forbidden, "{host}: {error}");
            assert!(error.message().contains("egress policy"), "{error}");
        }
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn an_unknown_name_is_unavailable() {
    let toolkit = keyed("https://no-such-host.invalid");
    let plan = plan_with("GET", "/do", &[]);
    let executor = with_limits(Limits::default().attempts(1));
    let error = error(executor.execute(call(&toolkit, &plan, json!({}))).await);
    assert!(
        matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout),
        "{error:?}"
    );
    assert!(error.message().contains("no-such-host.invalid"), "{error}");
}

#[tokio::test]
async fn dropping_a_call_cancels_it() {
    let server = Server::start(|_, _| Act::Hang).await;
    let executor = executor();
    let cut =
        tokio::time::timeout(Duration::from_millis(100), run(&executor, &server, "GET")).await;
    assert!(cut.is_err());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.seen().len(), 1);
}
