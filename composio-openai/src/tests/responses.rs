use async_openai::types::responses::{
    ConversationParam, CreateResponse, EasyInputMessage, InputItem, InputParam, Response, Role,
};
use composio_core::{Agent, Decision, Gate, Provider as _, Run, Usage};
use serde_json::{Value, json};

use super::server::{KEY, Server, service, tools};
use crate::{ErrorKind, Responses, ResponsesModel, ToolsExt as _, responses::Tools};

fn answer(id: &str, output: &Value) -> Value {
    json!({"id": id, "object": "response", "created_at": 1, "model": "m", "status": "completed", "output": output,
        "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7,
            "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}})
}

fn call(call_id: &str, words: &str) -> Value {
    json!({"type": "function_call", "id": format!("fc_{call_id}"), "call_id": call_id, "name": "APP_ECHO",
        "arguments": json!({"words": words}).to_string(), "status": "completed"})
}

fn thought() -> Value {
    json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "opaque"})
}

fn message(text: &str) -> Value {
    json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]})
}

fn saying(text: &str) -> Value {
    answer("resp_2", &json!([message(text)]))
}

fn calling() -> Value {
    answer(
        "resp_1",
        &json!([thought(), call("a", "1"), call("b", "2")]),
    )
}

fn output(call_id: &str, words: &str) -> Value {
    let text = format!(r#"{{"successful":true,"data":{{"words":"{words}"}}}}"#);
    json!({"type": "function_call_output", "call_id": call_id, "output": text})
}

fn go() -> Value {
    json!({"type": "message", "role": "user", "content": "Go"})
}

fn response(body: Value) -> Response {
    serde_json::from_value(body).unwrap()
}

#[tokio::test]
async fn a_tool_says_that_it_is_not_strict() {
    let tools: Tools = tools(&service()).await;
    let spelt = serde_json::to_value(tools.to_vec()).unwrap();
    assert_eq!(
        spelt,
        json!([{"type": "function", "name": "APP_ECHO", "description": "Says it again", "strict": false,
        "parameters": {"type": "object", "properties": {"words": {"type": "string"}}, "required": ["words"]}}])
    );
}

#[tokio::test]
async fn the_whole_history_is_sent_again_with_every_thought() {
    let service = service();
    let (server, client) = Server::start([(200, calling()), (200, saying("Done"))]).await;
    let tools: Tools = tools(&service).await;
    let answer = tools.agent(&client, "m").run("Go").await.unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.steps, service.peak()),
        ("Done", 2, 2)
    );
    let requests = server.requests();
    assert_eq!(requests[0]["input"], json!([go()]));
    assert_eq!(
        requests[1]["input"],
        json!([
            go(),
            thought(),
            call("a", "1"),
            call("b", "2"),
            output("a", "1"),
            output("b", "2")
        ])
    );
    for request in &requests {
        assert_eq!(request["model"], "m");
        assert_eq!(request["tools"][0]["name"], "APP_ECHO");
        for absent in [
            "stream",
            "stream_options",
            "store",
            "include",
            "previous_response_id",
        ] {
            assert!(request.get(absent).is_none(), "{absent}");
        }
    }
    let history = serde_json::to_value(&answer.history).unwrap();
    assert_eq!(history[6], message("Done"));
    let again: Vec<InputItem> = serde_json::from_value(history).unwrap();
    assert_eq!(again, answer.history);
}

#[tokio::test]
async fn a_chain_sends_only_what_is_new() {
    let (server, client) = Server::start([(200, calling()), (200, saying("Done"))]).await;
    let request = CreateResponse {
        model: Some("m".into()),
        instructions: Some("Be brief".into()),
        input: InputParam::Items(vec![
            EasyInputMessage {
                role: Role::Developer,
                ..EasyInputMessage::from("Now")
            }
            .into(),
        ]),
        ..CreateResponse::default()
    };
    let tools: Tools = tools(&service()).await;
    let model = ResponsesModel::with_request(&client, request).chained();
    tools.agent_with(model).run("Go").await.unwrap();
    let requests = server.requests();
    assert_eq!(requests[0]["input"].as_array().unwrap().len(), 2);
    assert!(requests[0].get("previous_response_id").is_none());
    assert_eq!(requests[1]["previous_response_id"], "resp_1");
    assert_eq!(
        requests[1]["input"],
        json!([output("a", "1"), output("b", "2")])
    );
    assert_eq!(requests[1]["instructions"], "Be brief");
}

#[tokio::test]
async fn a_chain_that_does_not_hold_is_begun_anew() {
    let forgotten = json!({"error": {"message": "Previous response with id 'resp_1' not found.",
        "type": "invalid_request_error", "param": "previous_response_id", "code": "previous_response_not_found"}});
    let (server, client) =
        Server::start([(200, calling()), (400, forgotten), (200, saying("Done"))]).await;
    let tools: Tools = tools(&service()).await;
    tools
        .agent_with(ResponsesModel::new(&client, "m").chained())
        .run("Go")
        .await
        .unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests[2].get("previous_response_id").is_none());
    assert_eq!(requests[2]["input"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn a_run_taken_over_sends_its_whole_history_once() {
    let (server, client) = Server::start([(200, calling()), (200, saying("Done"))]).await;
    let tools: Tools = tools(&service()).await;
    let chained = || tools.agent_with(ResponsesModel::new(&client, "m").chained());
    let gated: Agent<'_, _, _> =
        chained().gate(Gate::new(|_| async { Decision::Stop("wait".into()) }));
    let (_, stopped) = gated.run("Go").await.unwrap_err().into_parts();
    let mut run: Run<InputItem> =
        serde_json::from_str(&serde_json::to_string(&stopped).unwrap()).unwrap();
    for call in run.pending().cloned().collect::<Vec<_>>() {
        run.decide(&call, Decision::Run).unwrap();
    }
    assert_eq!(chained().resume(run).await.unwrap().text, "Done");
    let requests = server.requests();
    assert!(requests[1].get("previous_response_id").is_none());
    assert_eq!(requests[1]["input"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn a_conversation_is_sent_what_it_does_not_have() {
    let (server, client) = Server::start([(200, calling()), (200, saying("Done"))]).await;
    let request = CreateResponse {
        model: Some("m".into()),
        conversation: Some(ConversationParam::ConversationID("conv_1".into())),
        ..CreateResponse::default()
    };
    let tools: Tools = tools(&service()).await;
    tools
        .agent_with(ResponsesModel::with_request(&client, request))
        .run("Go")
        .await
        .unwrap();
    let requests = server.requests();
    assert_eq!(requests[1]["conversation"], "conv_1");
    assert_eq!(
        requests[1]["input"],
        json!([output("a", "1"), output("b", "2")])
    );
}

#[tokio::test]
async fn nothing_stays_with_the_server_if_nothing_shall() {
    let (server, client) = Server::start([(200, saying("ok"))]).await;
    let tools: Tools = tools(&service()).await;
    tools
        .agent_with(ResponsesModel::new(&client, "m").unstored())
        .run("Go")
        .await
        .unwrap();
    let sent = &server.requests()[0];
    assert_eq!(sent["store"], false);
    assert_eq!(sent["include"], json!(["reasoning.encrypted_content"]));
}

#[tokio::test]
async fn a_call_of_a_custom_tool_is_answered_by_an_item_of_its_kind() {
    let service = service();
    let custom = json!({"type": "custom_tool_call", "id": "ctc_1", "call_id": "x", "name": "grammar", "input": "free"});
    let (server, client) =
        Server::start([(200, answer("r", &json!([custom]))), (200, saying("ok"))]).await;
    let tools: Tools = tools(&service).await;
    tools.agent(&client, "m").run("Go").await.unwrap();
    let answered = &server.requests()[1]["input"][2];
    assert_eq!(
        (&answered["type"], &answered["call_id"]),
        (&json!("custom_tool_call_output"), &json!("x"))
    );
    assert!(
        answered["output"]
            .as_str()
            .unwrap()
            .contains("there is no tool grammar")
    );
    assert!(service.executions().is_empty());
}

#[tokio::test]
async fn answers_of_other_servers_are_read() {
    let service = service();
    let spare = json!({"output": [{"type": "vendor_thing"},
        {"type": "function_call", "name": "APP_ECHO", "arguments": {"words": "1"}},
        {"type": "function_call", "call_id": "", "name": "APP_ECHO", "arguments": {"words": "2"}}]});
    let (server, client) = Server::start([
        (200, spare),
        (
            200,
            json!({"output": [{"type": "message", "content": "ok"}]}),
        ),
    ])
    .await;
    let tools: Tools = tools(&service).await;
    assert_eq!(
        tools.agent(&client, "m").run("Go").await.unwrap().text,
        "ok"
    );
    assert_eq!(service.executions().len(), 2);
    let input = &server.requests()[1]["input"];
    assert_ne!(input[1]["call_id"], input[2]["call_id"]);
    assert_eq!(input[1]["call_id"], input[3]["call_id"]);
}

#[test]
fn an_answer_that_failed_is_an_error_with_its_kind() {
    let mut failed = answer("r", &json!([]));
    failed["status"] = json!("failed");
    failed["error"] = json!({"code": "rate_limit_exceeded", "message": "slow down"});
    let error = Responses.tool_calls(&response(failed)).unwrap_err();
    assert_eq!(
        (error.kind(), error.slug()),
        (ErrorKind::RateLimited, Some("rate_limit_exceeded"))
    );
    let mut waiting = answer("r", &json!([call("a", "1")]));
    waiting["status"] = json!("in_progress");
    assert!(Responses.tool_calls(&response(waiting.clone())).is_err());
    assert!(Responses.turn(&response(waiting)).is_err());
}

#[tokio::test]
async fn a_call_that_was_cut_off_does_not_run() {
    let service = service();
    let mut half = call("a", "1");
    half["arguments"] = json!("");
    half["status"] = json!("incomplete");
    let mut cut = answer("r", &json!([half, thought()]));
    cut["status"] = json!("incomplete");
    cut["incomplete_details"] = json!({"reason": "max_output_tokens"});
    let tools: Tools = tools(&service).await;
    let items = tools
        .handle_tool_calls(&response(cut.clone()))
        .await
        .unwrap();
    assert_eq!(items.len(), 1);
    assert!(service.executions().is_empty());
    assert_eq!(Responses.turn(&response(cut)).unwrap().len(), 1);
}

#[test]
fn words_are_those_of_every_message_and_of_a_refusal() {
    let mut refusal = message("");
    refusal["content"] = json!([{"type": "refusal", "refusal": "No."}]);
    let read = response(answer("r", &json!([message("Well. "), refusal])));
    assert_eq!(Responses.text(&read), "Well. No.");
    assert_eq!(Responses.usage(&read), Some(Usage::new(3, 4)));
}

#[tokio::test]
async fn a_refusal_of_the_server_has_no_key_in_it() {
    let body = json!({"error": {"message": format!("bad key {KEY}"), "type": "invalid_request_error", "code": "invalid_api_key"}});
    let (_, client) = Server::start([(401, body)]).await;
    let tools: Tools = tools(&service()).await;
    let error = tools.agent(&client, "gpt").run("Go").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(error.error().message(), "gpt: bad key ***");
}
