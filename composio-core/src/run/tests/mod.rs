mod approval;
mod endings;
mod events;
mod limits;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;

use super::{Limits, Run, RunCall, Step};
use crate::{
    CallContext, Decision, Error, ErrorKind, Gate, OutcomeStatus, Plain, PlainMessage,
    PlainResponse, ToolCall, ToolOutcome, ToolSet, Tools,
    models::{RawJson, Tool, ToolResult},
    testing::FakeService,
};

fn tool(slug: &str, tags: &[&str]) -> Tool {
    let mut tool = Tool::new(slug);
    tool.no_auth = true;
    tool.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    tool.input_parameters =
        RawJson::from(json!({"type": "object", "properties": {"n": {"type": "integer"}}}));
    tool
}

fn service() -> FakeService {
    FakeService::new()
        .tool(tool("ECHO", &[]), |arguments| async move {
            Ok(ToolResult::success(arguments))
        })
        .tool(tool("SLOW", &[]), |_| async {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            Ok(ToolResult::default())
        })
        .tool(tool("GONE", &[]), |_| async {
            Err(Error::new(ErrorKind::Unavailable, "connection refused"))
        })
        .tool(tool("DELETE", &["destructiveHint"]), |_| async {
            Ok(ToolResult::success(json!({})))
        })
}

async fn tools(service: &FakeService) -> Tools<Plain> {
    let toolset: ToolSet<Plain> = ToolSet::new(service.clone());
    toolset
        .get_tools()
        .actions(["ECHO", "SLOW", "GONE", "DELETE"])
        .await
        .unwrap()
}

/// A model that makes these calls in its first turn and then answers with what it read.
fn calling<const N: usize>(
    names: [&'static str; N],
) -> impl FnMut(Vec<PlainMessage>) -> std::future::Ready<crate::Result<PlainResponse>> {
    move |history| {
        let read: Vec<String> = history
            .iter()
            .filter_map(|message| match message {
                PlainMessage::Tool { text, .. } => Some(text.clone()),
                _ => None,
            })
            .collect();
        std::future::ready(Ok(if read.is_empty() {
            let call = |(n, name): (usize, &&str)| {
                ToolCall::new(format!("call_{n}"), *name, json!({"n": n}).to_string())
            };
            PlainResponse::calls(names.iter().enumerate().map(call))
        } else {
            PlainResponse::text(read.join("|"))
        }))
    }
}

#[test]
fn the_run_needs_no_runtime_and_survives_serialisation_at_every_point() {
    let reread = |run: Run<String>| -> Run<String> {
        serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap()
    };
    let mut run = reread(Run::new(vec!["hello".to_owned()], Limits::default()));
    assert_eq!(run.next().unwrap(), Step::CallModel);
    let calls = vec![ToolCall::new("", "A", "{}"), ToolCall::new("", "B", "{")];
    run.model_turn(vec!["turn".into()], calls, "").unwrap();
    run = reread(run);
    run.decide_ahead(1, Decision::Deny("no".into())).unwrap();
    run.settle(0, ToolOutcome::executed("A", ToolResult::success(json!(1))))
        .unwrap();
    run = reread(run);
    assert!(
        run.settle(0, ToolOutcome::executed("A", ToolResult::default()))
            .is_err(),
        "settled once"
    );
    assert!(
        run.tool_messages(vec!["one".into(), "two".into()]).is_err(),
        "one call still waits"
    );
    run.settle(1, ToolOutcome::refused("B", OutcomeStatus::Denied, "no"))
        .unwrap();
    assert!(
        run.tool_messages(Vec::new()).is_err(),
        "every call is answered"
    );
    assert!(
        run.tool_messages(vec!["one".into(), "two".into(), "three".into()])
            .is_err(),
        "and once"
    );
    run.tool_messages(vec!["one".into(), "two".into()]).unwrap();
    run = reread(run);
    run.model_turn(vec!["done".into()], Vec::new(), "done")
        .unwrap();
    assert_eq!(reread(run.clone()).next().unwrap(), Step::Done("done"));
    assert_eq!(run.history(), ["hello", "turn", "one", "two", "done"]);
}

#[test]
fn steps_out_of_turn_are_refused() {
    let mut run: Run<String> = Run::new(Vec::new(), Limits::default());
    assert!(
        run.settle(0, ToolOutcome::executed("A", ToolResult::default()))
            .is_err()
    );
    assert!(run.tool_messages(Vec::new()).is_err());
    run.model_turn(Vec::new(), vec![ToolCall::new("1", "A", "{}")], "")
        .unwrap();
    assert!(run.model_turn(Vec::new(), Vec::new(), "").is_err());
    assert!(run.decide_ahead(1, Decision::Run).is_err());
}

#[tokio::test]
async fn two_calls_run_at_once_and_answer_in_order() {
    let service = service();
    let tools = tools(&service).await;
    let answer = tools
        .agent_with(calling(["ECHO", "ECHO"]))
        .run("go")
        .await
        .unwrap();
    let texts: Vec<_> = answer.text.split('|').collect();
    assert!(
        texts[0].contains(r#""n":0"#) && texts[1].contains(r#""n":1"#),
        "{texts:?}"
    );
    assert_eq!(answer.steps, 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_is_an_outcome() {
    let service = service();
    let tools = tools(&service).await;
    let answer = tools
        .agent_with(calling(["SLOW"]))
        .call_time(Duration::from_secs(5))
        .run("go")
        .await
        .unwrap();
    assert!(answer.text.contains("no answer within 5s"), "{answer}");
    assert_eq!(service.running(), 0, "the call was cancelled");
}

#[tokio::test(start_paused = true)]
async fn the_total_time_ends_the_run_and_hands_it_back() {
    let service = service();
    let tools = tools(&service).await;
    let agent = tools
        .agent_with(calling(["ECHO", "SLOW"]))
        .total_time(Duration::from_secs(5));
    let error = agent.run("go").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitReached);
    let calls = error.run().calls();
    assert!(calls[0].outcome.is_some(), "what finished is kept");
    assert!(calls[1].outcome.is_none());
}

#[tokio::test]
async fn an_endless_model_meets_the_step_limit_and_can_go_on() {
    let service = service();
    let tools = tools(&service).await;
    let endless = |_: Vec<PlainMessage>| {
        std::future::ready(Ok(PlainResponse::calls([ToolCall::new("1", "ECHO", "")])))
    };
    let (error, mut run) = tools
        .agent_with(endless)
        .max_steps(3)
        .run("go")
        .await
        .unwrap_err()
        .into_parts();
    assert_eq!(error.kind(), ErrorKind::LimitReached);
    assert_eq!((run.steps(), service.executions().len()), (3, 3));
    run.set_limits(Limits {
        max_steps: 5,
        ..*run.limits()
    });
    let done = |_: Vec<PlainMessage>| std::future::ready(Ok(PlainResponse::text("done")));
    assert_eq!(
        tools.agent_with(done).resume(run).await.unwrap().text,
        "done"
    );
}

#[tokio::test]
async fn what_was_said_before_comes_between_the_system_message_and_the_prompt() {
    let service = service();
    let tools = tools(&service).await;
    let user = |text: &str| PlainMessage::User {
        text: text.to_owned(),
    };
    let done = |history: Vec<PlainMessage>| {
        std::future::ready(Ok(PlainResponse::text(history.len().to_string())))
    };
    let agent = tools
        .agent_with(done)
        .history([user("earlier"), user("later")])
        .system(user("be kind"));
    let said = ["be kind", "earlier", "later", "go"].map(user);
    assert_eq!(agent.begin("go").unwrap().history(), said);
    assert_eq!(agent.run("go").await.unwrap().text, "4");
}

#[tokio::test]
async fn a_service_that_is_gone_ends_the_run_and_nothing_done_is_lost() {
    let service = service();
    let tools = tools(&service).await;
    let error = tools
        .agent_with(calling(["ECHO", "GONE"]))
        .run("go")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let Step::CallTools(calls) = error.run().next().unwrap() else {
        panic!("the calls wait")
    };
    assert!(calls[0].outcome.as_ref().unwrap().is_success());
}

#[tokio::test]
async fn a_destructive_tool_needs_a_gate_and_is_told_so() {
    let service = service();
    let tools = tools(&service).await;
    let answer = tools
        .agent_with(calling(["DELETE"]))
        .run("go")
        .await
        .unwrap();
    assert!(
        answer.text.contains("gate") && answer.text.contains("allow_destructive"),
        "{answer}"
    );
    assert!(service.executions().is_empty());
    tools
        .agent_with(calling(["DELETE"]))
        .allow_destructive()
        .run("go")
        .await
        .unwrap();
    tools
        .agent_with(calling(["DELETE"]))
        .gate(Gate::new(|_| async { Decision::Run }))
        .run("go")
        .await
        .unwrap();
    let response = PlainResponse::calls([ToolCall::new("1", "DELETE", "{}")]);
    tools.handle_tool_calls(&response).await.unwrap();
    assert_eq!(service.executions().len(), 3);
}

#[tokio::test]
async fn a_gate_may_change_the_arguments_and_they_are_validated_again() {
    let service = service();
    let tools = tools(&service).await;
    let with = |arguments: serde_json::Value| {
        Gate::new(move |_| {
            let arguments = arguments.clone();
            async move { Decision::RunWith(arguments.try_into().unwrap()) }
        })
    };
    tools
        .agent_with(calling(["ECHO"]))
        .gate(with(json!({"n": 42})))
        .run("go")
        .await
        .unwrap();
    assert_eq!(service.executions()[0].arguments, json!({"n": 42}));
    let answer = tools
        .agent_with(calling(["ECHO"]))
        .gate(with(json!({"n": "many"})))
        .run("go")
        .await
        .unwrap();
    assert!(answer.text.contains("invalid arguments"), "{answer}");
    assert_eq!(service.executions().len(), 1);
}

#[tokio::test]
async fn a_stop_ends_the_run_and_a_decision_made_elsewhere_lets_it_go_on_without_the_gate() {
    let service = service();
    let tools = tools(&service).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let gate = Gate::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        async { Decision::Stop("ask a person".into()) }
    });
    let (error, run) = tools
        .agent_with(calling(["ECHO"]))
        .gate(gate.clone())
        .run("go")
        .await
        .unwrap_err()
        .into_parts();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert!(service.executions().is_empty());
    let mut run: Run<PlainMessage> =
        serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap();
    let pending = run.pending().next().unwrap().clone();
    run.decide(&pending, Decision::Run).unwrap();
    tools
        .agent_with(calling(["ECHO"]))
        .gate(gate)
        .resume(run)
        .await
        .unwrap();
    assert_eq!(
        (asked.load(Ordering::Relaxed), service.executions().len()),
        (1, 1)
    );
}

#[tokio::test]
async fn dropping_a_run_cancels_its_calls_and_leaves_the_run_with_its_owner() {
    let service = service();
    let tools = tools(&service).await;
    let mut run = Run::new(
        vec![PlainMessage::User { text: "go".into() }],
        Limits::default(),
    );
    let mut agent = tools.agent_with(calling(["ECHO", "SLOW"]));
    let driven = tokio::time::timeout(Duration::from_millis(50), agent.drive(&mut run)).await;
    assert!(driven.is_err());
    assert_eq!(service.running(), 0);
    let Step::CallTools(calls) = run.next().unwrap() else {
        panic!("the calls wait")
    };
    assert!(calls[0].outcome.is_some() && calls[1].outcome.is_none());
}

#[tokio::test]
async fn what_a_batch_settled_before_a_stop_is_not_made_again() {
    let service = service();
    let gate = Gate::new(|call| async move {
        if call.tool == "ECHO" {
            Decision::Run
        } else {
            Decision::Stop("ask a person".into())
        }
    });
    let toolset: ToolSet<Plain> = ToolSet::new(service.clone()).gate(gate);
    let tools = toolset
        .get_tools()
        .actions(["ECHO", "DELETE"])
        .await
        .unwrap();
    let mut calls: Vec<RunCall> = ["ECHO", "DELETE"]
        .map(|name| RunCall::new(ToolCall::new(name, name, "{}")))
        .into();
    let error = tools
        .settle_all(&mut calls, CallContext::new(), 1)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert!(calls[0].outcome.is_some() && calls[1].outcome.is_none());
    assert!(calls[1].awaits_decision());
    calls[1].decide(Decision::Run).unwrap();
    tools
        .settle_all(&mut calls, CallContext::new(), 1)
        .await
        .unwrap();
    let slugs: Vec<String> = service
        .executions()
        .into_iter()
        .map(|execution| execution.slug)
        .collect();
    assert_eq!(slugs, ["ECHO", "DELETE"]);
}
