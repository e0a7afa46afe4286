use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use composio_core::{Limits, Run, RunEvent, Step, Usage};
use langchain_rust::{
    agent::{AgentExecutor, OpenAiToolAgentBuilder},
    chain::{Chain as _, ChainError},
    llm::openai::OpenAIConfig,
    prompt_args,
    schemas::Message,
};
use serde_json::{Value, json};

use super::{
    ALL,
    model::{Model, calls, text},
    service, slugs, tools, tools_of,
};
use crate::{Decision, ErrorKind, Gate, LlmModel, ToolError, ToolSet, Tools, ToolsExt as _};

/// The model makes the calls of `turn`; what it reads about them.
async fn read(tools: &Tools, turn: Value) -> Vec<Value> {
    let model = Model::saying([turn, text("done")]).await;
    let answer = tools.executor(model.connect()).run("go").await.unwrap();
    assert_eq!((answer.text.as_str(), answer.steps), ("done", 2));
    model.read()
}

/// The same in langchain-rust's own executor.
async fn read_in_theirs(tools: &Tools, turn: Value, ends: bool) -> Result<Vec<Value>, ChainError> {
    let model = Model::saying([turn, text("done")]).await;
    let builder = OpenAiToolAgentBuilder::new().tools(tools);
    let executor = AgentExecutor::from_agent(builder.build(model.connect()).unwrap());
    let executor = executor.with_break_if_error(ends);
    let answer = executor.invoke(prompt_args! {"input" => "go"}).await?;
    assert_eq!(answer, "done");
    Ok(model.read())
}

#[tokio::test]
async fn a_call_is_made_once_and_answered() {
    let service = service();
    let tools = tools(&service).await;
    let turn = calls([("ECHO", r#"{"n":"7"}"#)]);
    let says = [json!({"successful": true, "data": {"n": 7}})];
    assert_eq!(read(&tools, turn.clone()).await, says);
    assert_eq!(slugs(&service), ["ECHO"]);
    assert_eq!(read_in_theirs(&tools, turn, true).await.unwrap(), says);
    assert_eq!(slugs(&service), ["ECHO", "ECHO"]);
}

#[tokio::test]
async fn the_tools_are_offered_once_and_with_every_request() {
    let tools = tools(&service()).await;
    let model = Model::saying([calls([("ECHO", "{}")]), text("done")]).await;
    tools.executor(model.connect()).run("go").await.unwrap();
    for request in model.requests() {
        let offered = request["tools"].as_array().unwrap();
        let names: Vec<_> = offered
            .iter()
            .map(|tool| &tool["function"]["name"])
            .collect();
        assert_eq!(names, ALL);
    }
}

#[tokio::test]
async fn two_calls_run_at_once_and_answer_in_order() {
    let service = service();
    let tools = tools_of(ToolSet::new(service.clone()).call_time(Duration::from_millis(20))).await;
    let turn = calls([("SLOW", "{}"), ("SLOW", "{}"), ("ECHO", r#"{"n":1}"#)]);
    let read = read(&tools, turn).await;
    assert_eq!(read[2], json!({"successful": true, "data": {"n": 1}}));
    assert!(service.peak() >= 2);
}

#[tokio::test]
async fn what_goes_wrong_with_a_call_is_something_the_model_reads() {
    let service = service();
    let tools = tools_of(ToolSet::new(service.clone()).call_time(Duration::from_millis(20))).await;
    for (name, arguments, says) in [
        ("FAIL", "{}", "upstream said 422"),
        ("ECHO", r#"{"n":"#, "the arguments are not JSON"),
        ("ECHO", "[1]", "not a JSON object"),
        ("ECHO", r#"{"n":"many"}"#, "invalid arguments"),
        ("DELETE", "{}", "needs a gate, or allow_destructive()"),
        ("SLOW", "{}", "no answer within 20ms"),
        ("FLY", "{}", "there is no tool FLY; there are ECHO"),
    ] {
        let turn = calls([(name, arguments)]);
        let read = read(&tools, turn.clone()).await;
        assert_eq!(read[0]["successful"], false, "{name} {arguments}: {read:?}");
        let error = read[0]["error"].as_str().unwrap();
        assert!(error.contains(says), "{name} {arguments}: {error}");
        let theirs = read_in_theirs(&tools, turn, true).await;
        if name == "FLY" {
            assert!(theirs.unwrap_err().to_string().contains("FLY not found"));
        } else {
            assert_eq!(theirs.unwrap(), read, "{name} {arguments}");
        }
    }
    assert_eq!(slugs(&service), ["FAIL", "FAIL", "SLOW", "SLOW"]);
}

#[tokio::test]
async fn a_stop_hands_the_run_back_and_a_decision_made_elsewhere_lets_it_go_on() {
    let service = service();
    let tools = tools(&service).await;
    let gate = Gate::new(|call| async move {
        if call.tool == "ECHO" {
            Decision::Run
        } else {
            Decision::Stop("ask a person".to_owned())
        }
    });
    let turn = calls([("ECHO", r#"{"n":1}"#), ("DELETE", "{}"), ("FAIL", "{}")]);
    let model = Model::saying([turn, text("done")]).await;
    let agent = tools
        .executor(model.connect())
        .parallel(1)
        .gate(gate.clone());
    let (error, run) = agent.run("go").await.unwrap_err().into_parts();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert_eq!(slugs(&service), ["ECHO"]);
    let stored = serde_json::to_string(&run).unwrap();
    let mut run: Run<Message> = serde_json::from_str(&stored).unwrap();
    let stopped = run.pending().next().unwrap().clone();
    run.decide(&stopped, Decision::Run).unwrap();
    run.decide_ahead(2, Decision::Deny("no".to_owned()))
        .unwrap();
    let agent = tools.executor(model.connect()).gate(gate);
    assert_eq!(agent.resume(run).await.unwrap().text, "done");
    assert_eq!(slugs(&service), ["ECHO", "DELETE"]);
    assert_eq!(
        model.read()[2],
        json!({"successful": false, "error": "denied: no"})
    );
}

#[tokio::test]
async fn their_executor_ends_on_a_stop_if_told_so_and_says_no_more_than_the_model_may_read() {
    let gate = Gate::new(|_| async { Decision::Stop("ask a person".to_owned()) });
    let tools = tools_of(ToolSet::new(service()).gate(gate)).await;
    let error = read_in_theirs(&tools, calls([("ECHO", "{}")]), true)
        .await
        .unwrap_err();
    let told = ToolError::find(&error.to_string()).unwrap();
    assert_eq!(told.kind(), ErrorKind::Stopped);
    assert_eq!(told.error().reader_message(), "ask a person");
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_ends_the_run() {
    let tools = tools(&service()).await;
    let model = Model::saying([calls([("GONE", "{}")]), text("done")]).await;
    let error = tools.executor(model.connect()).run("go").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(model.requests().len(), 1);
}

#[tokio::test]
async fn a_model_that_cannot_be_asked_ends_the_run_and_tells_no_secret() {
    let tools = tools(&service()).await;
    let llm = Model::saying([text("never")]).await.connect();
    let config = OpenAIConfig::new()
        .with_api_base("http://127.0.0.1:1/v1")
        .with_api_key("sk-s3cret");
    for model in [
        LlmModel::new(llm.clone().with_config(config.clone())),
        LlmModel::new(llm.with_config(config)).streaming(),
    ] {
        let error = tools
            .agent_with(model)
            .max_steps(1)
            .run("go")
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
}

#[tokio::test]
async fn a_model_that_refuses_ends_the_run_and_is_not_asked_again() {
    let tools = tools(&service()).await;
    let model = Model::saying([text("never")]).await;
    let unanswered = Message::new_tool_message("{}", "call_0");
    let run = Run::new(vec![unanswered], Limits::default());
    let error = tools
        .executor(model.connect())
        .resume(run)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert!(format!("{:?}", error.error()).contains("answers no call"));
}

#[tokio::test]
async fn an_endless_model_meets_the_step_limit_and_can_go_on() {
    let tools = tools(&service()).await;
    let model = Model::saying([
        calls([("ECHO", "{}")]),
        calls([("ECHO", "{}")]),
        text("done"),
    ])
    .await;
    let agent = tools.executor(model.connect()).max_steps(1);
    let (error, mut run) = agent.run("go").await.unwrap_err().into_parts();
    assert_eq!(error.kind(), ErrorKind::LimitReached);
    run.set_limits(Limits::default());
    let answer = tools.executor(model.connect()).resume(run).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.steps), ("done", 3));
}

#[tokio::test]
async fn a_destructive_tool_runs_when_allowed() {
    let service = service();
    let toolset = ToolSet::new(service.clone()).allow_destructive();
    let read = read(&tools_of(toolset).await, calls([("DELETE", "{}")])).await;
    assert_eq!(read[0]["successful"], true);
}

#[tokio::test]
async fn processors_run_exactly_once_and_a_renamed_tool_is_reached() {
    let service = service();
    let count = Arc::new(AtomicUsize::new(0));
    let (pre, post) = (count.clone(), count.clone());
    let tools = ToolSet::new(service.clone())
        .get_tools()
        .actions(["ECHO"])
        .schema("ECHO", |tool| tool.rename("SAY"))
        .pre("ECHO", move |arguments| {
            pre.fetch_add(1, Ordering::Relaxed);
            arguments.set("n", 3)
        })
        .post("ECHO", move |result| {
            post.fetch_add(10, Ordering::Relaxed);
            result
        })
        .await
        .unwrap();
    let says = [json!({"successful": true, "data": {"n": 3}})];
    assert_eq!(read(&tools, calls([("SAY", "{}")])).await, says);
    assert_eq!(count.load(Ordering::Relaxed), 11);
    let theirs = read_in_theirs(&tools, calls([("SAY", "{}")]), true).await;
    assert_eq!(theirs.unwrap(), says);
    assert_eq!(count.load(Ordering::Relaxed), 22);
    assert_eq!(slugs(&service), ["ECHO", "ECHO"]);
}

#[tokio::test]
async fn dropping_a_run_cancels_its_calls_and_leaves_the_run_with_its_owner() {
    let service = service();
    let tools = tools(&service).await;
    let model = Model::saying([calls([("ECHO", "{}"), ("SLOW", "{}")])]).await;
    let mut run = Run::new(vec![Message::new_human_message("go")], Limits::default());
    let mut agent = tools.executor(model.connect());
    {
        let mut driven = std::pin::pin!(agent.drive(&mut run));
        while service.executions().len() < 2 {
            let tick = Duration::from_millis(20);
            assert!(tokio::time::timeout(tick, &mut driven).await.is_err());
        }
    }
    assert_eq!(service.running(), 0);
    let Step::CallTools(waiting) = run.next().unwrap() else {
        panic!("the calls wait")
    };
    assert!(waiting[0].outcome.is_some() && waiting[1].outcome.is_none());
}

#[tokio::test]
async fn what_the_model_says_beside_its_calls_is_kept_when_it_streams() {
    let tools = tools(&service()).await;
    let mut turn = calls([("ECHO", r#"{"n":1}"#), ("ECHO", r#"{"n":2}"#)]);
    turn["content"] = json!("I look.");
    for (streaming, words) in [(true, "I look."), (false, "")] {
        let model = Model::saying([turn.clone(), text("done")]).await;
        let mut llm = LlmModel::new(model.connect());
        if streaming {
            llm = llm.streaming();
        }
        let answer = tools.agent_with(llm).run("go").await.unwrap();
        assert_eq!(answer.text, "done");
        assert_eq!(model.requests()[1]["messages"][1]["content"], words);
        assert_eq!(
            model.read()[1],
            json!({"successful": true, "data": {"n": 2}})
        );
    }
}

#[tokio::test]
async fn a_streaming_model_says_its_words_as_they_come_and_what_they_cost() {
    let tools = tools(&service()).await;
    let mut turn = calls([("ECHO", "{}")]);
    turn["content"] = json!("I look.");
    let model = Model::saying([turn, text("done")]).await;
    let llm = LlmModel::new(model.connect()).streaming();
    let mut run = tools.agent_with(llm).stream("go");
    let (mut words, mut tokens) = (Vec::new(), 0);
    while let Some(event) = run.next().await {
        match event {
            RunEvent::TextDelta { text, .. } => words.push(text),
            RunEvent::StepFinished { usage, .. } => tokens += usage.map_or(0, Usage::total),
            _ => {}
        }
    }
    assert_eq!(
        (words, tokens),
        (vec!["I look.".to_owned(), "done".to_owned()], 4)
    );
    assert_eq!(run.answer().await.unwrap().steps, 2);
}
