use async_openai::types::responses::InputItem;
use composio_core::{RunError, RunEvent};
use serde_json::{Value, json};

use super::server::{Server, service, sse, tools};
use crate::{ErrorKind, ResponsesModel, responses::Tools};

fn whole(status: &str, output: &Value) -> Value {
    json!({"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": status, "output": output})
}

fn event(kind: &str, mut members: Value) -> Value {
    members["type"] = json!(format!("response.{kind}"));
    members["sequence_number"] = json!(1);
    members
}

fn call() -> Value {
    json!({"type": "function_call", "id": "fc_1", "call_id": "a", "name": "APP_ECHO", "arguments": "{\"words\":\"1\"}",
        "status": "completed"})
}

fn calling() -> Vec<Value> {
    vec![
        event(
            "created",
            json!({"response": whole("in_progress", &json!([]))}),
        ),
        event(
            "output_item.added",
            json!({"output_index": 0, "item": call()}),
        ),
        event(
            "function_call_arguments.delta",
            json!({"output_index": 0, "item_id": "fc_1", "delta": "{"}),
        ),
        event(
            "output_item.done",
            json!({"output_index": 0, "item": call()}),
        ),
    ]
}

fn completed(status: &str, output: &Value) -> Value {
    event(status, json!({"response": whole(status, output)}))
}

fn saying(words: &[&str]) -> String {
    let mut events: Vec<Value> = words
        .iter()
        .map(|word| {
            event(
                "output_text.delta",
                json!({"item_id": "m", "output_index": 0, "content_index": 0, "delta": word}),
            )
        })
        .collect();
    let message = json!({"type": "message", "id": "m", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": words.concat(), "annotations": []}]});
    events.push(completed("completed", &json!([message])));
    sse(&events)
}

type Ended = Result<String, RunError<InputItem>>;

async fn run(answers: Vec<String>, tools: &Tools) -> (Ended, Vec<String>, Server) {
    let (server, client) = Server::start_raw(answers.into_iter().map(|answer| (200, answer))).await;
    let mut run = tools
        .agent_with(ResponsesModel::new(&client, "m").streaming())
        .stream("Go");
    let mut words = Vec::new();
    while let Some(event) = run.next().await {
        if let RunEvent::TextDelta { text, .. } = event {
            words.push(text);
        }
    }
    let ended = run.answer().await.map(|answer| answer.text);
    (ended, words, server)
}

#[tokio::test]
async fn a_streamed_run_calls_tools_and_tells_words_as_they_come() {
    let service = service();
    let tools: Tools = tools(&service).await;
    let mut events = calling();
    events.push(completed("completed", &json!([call()])));
    let (ended, words, server) = run(vec![sse(&events), saying(&["It ", "is done"])], &tools).await;
    assert_eq!(ended.unwrap(), "It is done");
    assert_eq!(words, ["It ", "is done"]);
    assert_eq!(service.executions().len(), 1);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request["stream"] == true));
    assert_eq!(requests[1]["input"][1], call());
}

#[tokio::test]
async fn items_that_the_end_leaves_out_are_those_that_were_sent() {
    let service = service();
    let tools: Tools = tools(&service).await;
    let mut events = calling();
    events.extend([
        json!({"type": "keepalive"}),
        completed("completed", &json!([])),
    ]);
    let (ended, _, _) = run(vec![sse(&events), saying(&["ok"])], &tools).await;
    assert_eq!(ended.unwrap(), "ok");
    assert_eq!(service.executions().len(), 1);
}

#[tokio::test]
async fn a_stream_that_is_empty_or_breaks_off_is_an_error() {
    let service = service();
    let tools: Tools = tools(&service).await;
    for (events, kind) in [
        (vec![json!("[DONE]")], ErrorKind::UnexpectedResponse),
        (calling(), ErrorKind::Unavailable),
    ] {
        let (ended, _, _) = run(vec![sse(&events)], &tools).await;
        assert_eq!(ended.unwrap_err().kind(), kind);
    }
    assert!(service.executions().is_empty());
}

#[tokio::test]
async fn a_failure_in_the_stream_is_an_error_with_its_kind() {
    let tools: Tools = tools(&service()).await;
    let mut failed = completed("failed", &json!([]));
    failed["response"]["error"] = json!({"code": "server_error", "message": "oops"});
    let event = json!({"type": "error", "sequence_number": 1, "code": "rate_limit_exceeded", "message": "slow down", "param": null});
    let bare = json!({"error": {"message": "no credits", "code": 429}});
    for (last, kind) in [
        (failed, ErrorKind::Unavailable),
        (event, ErrorKind::RateLimited),
        (bare, ErrorKind::RateLimited),
    ] {
        let mut events = calling();
        events.push(last);
        let (ended, _, _) = run(vec![sse(&events)], &tools).await;
        assert_eq!(ended.unwrap_err().kind(), kind);
    }
}
