use std::sync::{Arc, Mutex};

use futures_core::Stream;
use futures_util::StreamExt;
use serde_json::json;

use super::{calling, service, tools};
use crate::{
    ErrorKind, Model, ModelRequest, Plain, PlainResponse, Result, RunEvent, ToolCall,
    testing::FakeService,
};

/// Says its words in pieces, with a call in its first turn.
struct Streaming;

impl Model<Plain> for Streaming {
    type Response = PlainResponse;

    async fn respond(&mut self, request: ModelRequest<'_, Plain>) -> Result<PlainResponse> {
        for piece in ["I ", "", "look."] {
            request.text_delta(piece);
            tokio::task::yield_now().await;
        }
        let mut response = PlainResponse::text("I look.");
        if request.history().len() == 1 {
            response.calls = vec![ToolCall::new("1", "ECHO", r#"{"n":1}"#)];
        }
        Ok(response)
    }
}

fn names(events: &[RunEvent]) -> Vec<String> {
    let name = |event| {
        let event = serde_json::to_value(event).unwrap();
        match event["text"].as_str() {
            Some(text) => format!("{} {text}", event["type"].as_str().unwrap()),
            None => event["type"].as_str().unwrap().to_owned(),
        }
    };
    events.iter().map(name).collect()
}

async fn collect(run: impl Stream<Item = RunEvent>) -> Vec<RunEvent> {
    StreamExt::collect(run).await
}

const ONE_CALL: [&str; 11] = [
    "step_started",
    "text_delta I ",
    "text_delta look.",
    "call_started",
    "call_finished",
    "step_finished",
    "step_started",
    "text_delta I ",
    "text_delta look.",
    "step_finished",
    "run_finished I look.",
];

#[tokio::test]
async fn a_run_streams_what_happens_and_its_end_gives_the_answer() {
    let tools = tools(&service()).await;
    let mut run = tools.agent_with(Streaming).stream("go");
    let mut events = Vec::new();
    while let Some(event) = run.next().await {
        events.push(event);
    }
    assert_eq!(names(&events), ONE_CALL);
    assert!(run.next().await.is_none(), "the end stays the end");
    let answer = run.answer().await.unwrap();
    assert_eq!((answer.text.as_str(), answer.steps), ("I look.", 2));
    let RunEvent::CallFinished { outcome, .. } = &events[4] else {
        panic!("{events:?}")
    };
    assert_eq!(outcome.result.data()["n"], json!(1));
}

#[tokio::test]
async fn a_stream_is_a_stream_and_a_listener_hears_the_same() {
    let tools = tools(&service()).await;
    let heard: Arc<Mutex<Vec<RunEvent>>> = Arc::default();
    let kept = heard.clone();
    let agent = tools.agent_with(Streaming);
    let run = agent
        .on_event(move |event| kept.lock().unwrap().push(event.clone()))
        .stream("go");
    let events = collect(run).await;
    assert_eq!(*heard.lock().unwrap(), events);
}

#[tokio::test]
async fn the_answer_is_there_for_who_reads_no_event() {
    let tools = tools(&service()).await;
    let answer = tools.agent_with(Streaming).stream("go").answer().await;
    assert_eq!(answer.unwrap().text, "I look.");
}

#[tokio::test]
async fn a_model_that_does_not_stream_says_its_words_at_once() {
    let tools = tools(&service()).await;
    let model = |_| std::future::ready(Ok(PlainResponse::text("all at once")));
    let run = tools.agent_with(model).stream("go");
    let events = collect(run).await;
    assert_eq!(
        names(&events),
        [
            "step_started",
            "text_delta all at once",
            "step_finished",
            "run_finished all at once"
        ]
    );
}

#[tokio::test]
async fn a_failed_run_says_so_last_and_the_error_comes_with_the_run() {
    let service = service();
    let tools = tools(&service).await;
    let mut run = tools
        .agent_with(calling(["ECHO", "GONE"]))
        .parallel(1)
        .stream("go");
    let mut events = Vec::new();
    while let Some(event) = run.next().await {
        events.push(event);
    }
    let last = serde_json::to_value(events.last().unwrap()).unwrap();
    assert_eq!(last["type"], "run_failed");
    assert_eq!(last["kind"], "unavailable");
    let error = run.answer().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.run().steps(), 1);
}

#[tokio::test]
async fn a_run_does_not_run_ahead_of_who_reads_it_and_dropping_it_cancels() {
    let service: FakeService = service();
    let tools = tools(&service).await;
    let mut run = tools.agent_with(calling(["SLOW"])).stream("go");
    while !matches!(run.next().await, Some(RunEvent::CallStarted { .. })) {}
    assert!(
        tokio::time::timeout(std::time::Duration::from_millis(20), run.next())
            .await
            .is_err()
    );
    assert_eq!(service.running(), 1);
    drop(run);
    assert_eq!(service.running(), 0);
}
