use std::time::Duration;

use super::{calling, service, tools};
use crate::{ErrorKind, Limits, PlainMessage, PlainResponse, Result, Run, ToolCall, Usage};

/// A model that calls `ECHO` for ever and uses so many tokens each time.
fn endless(
    usage: Option<Usage>,
) -> impl FnMut(Vec<PlainMessage>) -> std::future::Ready<Result<PlainResponse>> {
    move |_| {
        let mut response = PlainResponse::calls([ToolCall::new("1", "ECHO", "{}")]);
        response.usage = usage;
        std::future::ready(Ok(response))
    }
}

#[tokio::test]
async fn the_token_limit_ends_the_run_before_the_model_is_asked_again() {
    let service = service();
    let tools = tools(&service).await;
    let agent = |usage| tools.agent_with(endless(usage)).max_tokens(1000);
    let usage = Some(Usage::new(300, 100));
    let (error, mut run) = agent(usage).run("go").await.unwrap_err().into_parts();
    assert_eq!(error.kind(), ErrorKind::LimitReached);
    assert!(error.message().contains("1200 of 1000 tokens"), "{error}");
    assert_eq!((run.steps(), run.usage()), (3, Usage::new(900, 300)));
    // Resumed, it is over at once: what was used stays used.
    let error = agent(usage).resume(run.clone()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.run().steps()),
        (ErrorKind::LimitReached, 3)
    );
    run.set_limits(Limits {
        max_tokens: Some(1300),
        ..*run.limits()
    });
    let error = agent(usage).resume(run).await.unwrap_err();
    assert_eq!(error.run().steps(), 4);
}

#[tokio::test]
async fn a_token_limit_that_nobody_counts_for_is_refused_before_anything_runs() {
    let service = service();
    let tools = tools(&service).await;
    let agent = tools.agent_with(endless(None)).max_tokens(1000);
    let (error, mut run) = agent.run("go").await.unwrap_err().into_parts();
    assert_eq!(error.kind(), ErrorKind::NotSupported);
    assert!(error.message().contains("plain") && error.message().contains("count tokens"));
    assert!(service.executions().is_empty());
    run.set_limits(Limits {
        max_tokens: None,
        max_steps: 2,
        ..*run.limits()
    });
    let error = tools
        .agent_with(endless(None))
        .resume(run)
        .await
        .unwrap_err();
    assert_eq!(
        service.executions().len(),
        2,
        "without the limit it goes on"
    );
    assert_eq!(error.run().steps(), 2);
}

#[tokio::test]
async fn an_answer_that_uses_too_many_tokens_is_still_an_answer() {
    let tools = tools(&service()).await;
    let model = |_| {
        let mut response = PlainResponse::text("done");
        response.usage = Some(Usage::new(u64::MAX, 1));
        std::future::ready(Ok(response))
    };
    let answer = tools
        .agent_with(model)
        .max_tokens(1)
        .run("go")
        .await
        .unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.usage.total()),
        ("done", u64::MAX)
    );
}

#[tokio::test(start_paused = true)]
async fn the_time_before_a_resumption_counts_and_the_time_in_storage_does_not() {
    let service = service();
    let tools = tools(&service).await;
    let slowly = |history: Vec<PlainMessage>| async move {
        tokio::time::sleep(Duration::from_secs(3)).await;
        if history.len() >= 5 {
            return Ok(PlainResponse::text("done"));
        }
        Ok(PlainResponse::calls([ToolCall::new("1", "ECHO", "{}")]))
    };
    let limits = Limits {
        total_time: Some(Duration::from_secs(10)),
        max_steps: 2,
        ..Limits::default()
    };
    let run = Run::new(vec![PlainMessage::User { text: "go".into() }], limits);
    let (error, mut run) = tools
        .agent_with(slowly)
        .resume(run)
        .await
        .unwrap_err()
        .into_parts();
    assert_eq!(error.kind(), ErrorKind::LimitReached, "the steps");
    assert_eq!(run.elapsed(), Duration::from_secs(6));
    tokio::time::sleep(Duration::from_secs(3600)).await;
    run.set_limits(Limits {
        max_steps: 99,
        ..*run.limits()
    });
    let stored = serde_json::to_string(&run).unwrap();
    let mut run: Run<PlainMessage> = serde_json::from_str(&stored).unwrap();
    let answer = tools.agent_with(slowly).resume(run.clone()).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.steps), ("done", 3));

    run.set_limits(Limits {
        total_time: Some(Duration::from_secs(8)),
        ..*run.limits()
    });
    let (error, run) = tools
        .agent_with(slowly)
        .resume(run)
        .await
        .unwrap_err()
        .into_parts();
    assert_eq!(error.message(), "the run's time ran out");
    assert_eq!((run.elapsed(), run.steps()), (Duration::from_secs(8), 2));
    assert_eq!(run.next().unwrap_err().kind(), ErrorKind::LimitReached);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_dropped_run_counts() {
    let service = service();
    let tools = tools(&service).await;
    let mut run = Run::new(
        vec![PlainMessage::User { text: "go".into() }],
        Limits::default(),
    );
    let mut agent = tools.agent_with(calling(["SLOW"]));
    let driven = tokio::time::timeout(Duration::from_secs(7), agent.drive(&mut run)).await;
    assert!(driven.is_err());
    assert_eq!(run.elapsed(), Duration::from_secs(7));
}

#[test]
fn without_a_runtime_the_total_time_is_looked_at_between_steps() {
    let model = |_: Vec<PlainMessage>| {
        std::thread::sleep(Duration::from_millis(5));
        let calls = [ToolCall::new("1", "NO_SUCH_TOOL", "{}")];
        std::future::ready(Ok(PlainResponse::calls(calls)))
    };
    futures_executor_block_on(async {
        let service = service();
        let tools = tools(&service).await;
        let agent = tools.agent_with(model).max_steps(1000);
        let error = agent
            .total_time(Duration::from_millis(20))
            .run("go")
            .await
            .unwrap_err();
        assert_eq!(error.error().message(), "the run's time ran out");
        assert!(error.run().steps() < 10);
    });
}

/// Polls a future that never waits for anything outside of it.
fn futures_executor_block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
