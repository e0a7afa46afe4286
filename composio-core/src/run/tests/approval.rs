//! Decisions that are made later, and elsewhere.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use super::{calling, service, tool};
use crate::{
    Arguments, Decision, ErrorKind, Gate, PendingCall, Plain, PlainMessage, PlainResponse, Run,
    RunEvent, Step, ToolCall, ToolSet, Tools, models::ToolResult, testing::FakeService,
};

/// A gate that lets `ECHO` run and has everything else wait, and how often it was asked.
fn waiting() -> (Gate, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let gate = Gate::new(move |call| {
        count.fetch_add(1, Ordering::Relaxed);
        async move {
            if call.tool == "ECHO" {
                Decision::Run
            } else {
                Decision::Wait
            }
        }
    });
    (gate, asked)
}

async fn tools_with(service: &FakeService, gate: &Gate) -> Tools<Plain> {
    let toolset: ToolSet<Plain> = ToolSet::new(service.clone()).entity("alice");
    let fetch = toolset.get_tools().actions(["ECHO", "DELETE", "GONE"]);
    // A pre-processor that would count twice if it ran twice.
    let pre = |arguments: Arguments| {
        let n = arguments.get("n").and_then(Value::as_i64).unwrap_or(0);
        arguments.set("n", n + 100)
    };
    fetch.pre("DELETE", pre).gate(gate.clone()).await.unwrap()
}

/// The run as another process reads it.
fn elsewhere(run: &Run<PlainMessage>) -> Run<PlainMessage> {
    serde_json::from_str(&serde_json::to_string(run).unwrap()).unwrap()
}

async fn ended(tools: &Tools<Plain>, run: Run<PlainMessage>) -> (ErrorKind, Run<PlainMessage>) {
    let agent = tools.agent_with(calling(["ECHO", "DELETE"]));
    let (error, run) = agent.resume(run).await.unwrap_err().into_parts();
    (error.kind(), run)
}

fn begun() -> Run<PlainMessage> {
    let history = vec![PlainMessage::User { text: "go".into() }];
    Run::new(history, crate::Limits::default())
}

fn sent(service: &FakeService) -> Vec<(String, Value)> {
    let executions = service.executions().into_iter();
    executions
        .map(|execution| (execution.slug, execution.arguments))
        .collect()
}

#[tokio::test]
async fn what_waits_lets_the_others_run_and_runs_as_it_was_shown_when_it_is_approved_elsewhere() {
    let service = service();
    let (gate, asked) = waiting();
    let tools = tools_with(&service, &gate).await;
    let (kind, run) = ended(&tools, begun()).await;
    assert_eq!(kind, ErrorKind::AwaitsDecision);
    assert_eq!(sent(&service), [("ECHO".to_owned(), json!({"n": 0}))]);

    let mut run = elsewhere(&run);
    assert!(matches!(run.next().unwrap(), Step::AwaitDecisions(calls) if calls.len() == 2));
    let pending: Vec<PendingCall> = run.pending().cloned().collect();
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].tool, "DELETE");
    assert_eq!(pending[0].entity, "alice");
    assert_eq!((pending[0].step, pending[0].position), (1, 1));
    assert!(pending[0].is_destructive);
    assert_eq!(pending[0].arguments["n"], 101);
    // The decision travels with the call, as JSON.
    let shown: PendingCall =
        serde_json::from_str(&serde_json::to_string(&pending[0]).unwrap()).unwrap();
    run.decide(&shown, Decision::Run).unwrap();

    let run = elsewhere(&run);
    let tools = tools_with(&service, &gate).await;
    let agent = tools.agent_with(calling(["ECHO", "DELETE"]));
    let answer = agent.resume(run).await.unwrap();
    assert_eq!(
        sent(&service)[1..],
        [("DELETE".to_owned(), json!({"n": 101}))]
    );
    assert_eq!(asked.load(Ordering::Relaxed), 2, "once for each call");
    assert!(
        answer
            .text
            .starts_with(r#"{"successful":true,"data":{"n":0}}|"#),
        "{answer}"
    );
}

#[tokio::test]
async fn an_undecided_run_stays_where_it_is_and_asks_nobody_again() {
    let service = service();
    let (gate, asked) = waiting();
    let tools = tools_with(&service, &gate).await;
    let (_, run) = ended(&tools, begun()).await;
    let (kind, again) = ended(&tools, run.clone()).await;
    assert_eq!(kind, ErrorKind::AwaitsDecision);
    assert_eq!(again.history(), run.history());
    assert_eq!(again.calls(), run.calls());
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert_eq!(service.executions().len(), 1);
}

#[tokio::test]
async fn other_arguments_are_validated_a_denial_is_read_and_a_stop_stops() {
    let service = service();
    let (gate, _) = waiting();
    let tools = tools_with(&service, &gate).await;
    let (_, run) = ended(&tools, begun()).await;
    let pending = run.pending().next().unwrap().clone();
    let with = |decision| {
        let mut run = elsewhere(&run);
        run.decide(&pending, decision).unwrap();
        tools.agent_with(calling(["ECHO", "DELETE"])).resume(run)
    };
    let answer = with(Decision::RunWith(Arguments::new().set("n", "many"))).await;
    assert!(answer.unwrap().text.contains("invalid arguments"));
    let answer = with(Decision::Deny("not that one".into())).await;
    assert!(answer.unwrap().text.contains("denied: not that one"));
    assert_eq!(service.executions().len(), 1, "neither was sent");

    let (error, mut run) = with(Decision::Stop("never".into()))
        .await
        .unwrap_err()
        .into_parts();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert_eq!(run.pending().count(), 1, "it can be decided about again");
    run.decide(&pending, Decision::RunWith(Arguments::new().set("n", 7)))
        .unwrap();
    tools
        .agent_with(calling(["ECHO", "DELETE"]))
        .resume(run)
        .await
        .unwrap();
    assert_eq!(
        sent(&service)[1..],
        [("DELETE".to_owned(), json!({"n": 7}))]
    );
}

#[tokio::test]
async fn a_decision_is_about_one_call_alone() {
    let service = service();
    let (gate, _) = waiting();
    let tools = tools_with(&service, &gate).await;
    let delete = |history: Vec<PlainMessage>| {
        // The same call of the same id, in every turn.
        let calls = (history.len() < 5).then(|| ToolCall::new("1", "DELETE", r#"{"n":1}"#));
        std::future::ready(Ok(PlainResponse::calls(calls)))
    };
    let agent = || tools.agent_with(delete);
    let (_, mut run) = agent().resume(begun()).await.unwrap_err().into_parts();
    let first = run.pending().next().unwrap().clone();
    let mut others = vec![first.clone(); 5];
    others[0].arguments = others[0].arguments.clone().set("n", 102);
    others[1].entity = "bob".into();
    others[2].position = 1;
    others[3].step = 2;
    others[4].tool = "ECHO".into();
    for other in &others {
        let error = run.decide(other, Decision::Run).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    run.decide(&first, Decision::Run).unwrap();
    // The next turn makes the very same call, and it waits on its own.
    let (error, mut run) = agent().resume(run).await.unwrap_err().into_parts();
    assert_eq!(error.kind(), ErrorKind::AwaitsDecision);
    assert_eq!(service.executions().len(), 1);
    assert!(run.decide(&first, Decision::Run).is_err(), "approved twice");
    let second = run.pending().next().unwrap().clone();
    assert_eq!((second.step, second.arguments), (2, first.arguments));
}

#[tokio::test]
async fn what_was_approved_for_one_user_is_not_sent_for_another() {
    let service = service();
    let (gate, _) = waiting();
    let tools = tools_with(&service, &gate).await;
    let (_, mut run) = ended(&tools, begun()).await;
    let pending = run.pending().next().unwrap().clone();
    run.decide(&pending, Decision::Run).unwrap();
    for agent in [
        tools.agent_with(calling(["DELETE"])).entity("bob"),
        tools.agent_with(calling(["DELETE"])).account("ca_2"),
    ] {
        let error = agent.resume(run.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
    }
    assert_eq!(service.executions().len(), 1);
}

#[tokio::test]
async fn numbers_are_sent_to_the_last_digit_as_they_were_shown() {
    let mut any = tool("NOTE", &[]);
    any.input_parameters = json!({"type": "object"}).into();
    let service = FakeService::new().tool(any, |_| async { Ok(ToolResult::default()) });
    let toolset: ToolSet<Plain> = ToolSet::new(service.clone());
    let gate = Gate::new(|_| async { Decision::Wait });
    let tools = toolset
        .get_tools()
        .actions(["NOTE"])
        .gate(gate)
        .await
        .unwrap();
    let numbers = "[0.1, 1.7976931348623157e308, 5e-324, 122.416294033786585, 51.24817837550540, \
                   18446744073709551615, -9223372036854775808, 9007199254740993]";
    let written = format!(r#"{{"numbers":{numbers},"text":"\ud83d\ude00 \u0000 é"}}"#);
    let model = |history: Vec<PlainMessage>| {
        let calls = (history.len() < 2).then(|| ToolCall::new("1", "NOTE", &written));
        std::future::ready(Ok(PlainResponse::calls(calls)))
    };
    let error = tools.agent_with(model).run("go").await.unwrap_err();
    let mut run = error.into_parts().1;
    let shown = run.pending().next().unwrap().clone();
    for _ in 0..5 {
        run = elsewhere(&run);
    }
    run.decide(&shown, Decision::Run).unwrap();
    tools
        .agent_with(model)
        .resume(elsewhere(&run))
        .await
        .unwrap();
    let sent = &service.executions()[0].arguments;
    assert_eq!(sent.to_string(), shown.arguments.into_value().to_string());
    assert_eq!(*sent, serde_json::from_str::<Value>(&written).unwrap());
}

#[tokio::test]
async fn a_destructive_tool_without_a_gate_waits_for_nobody() {
    let service = service();
    let toolset: ToolSet<Plain> = ToolSet::new(service.clone());
    let tools = toolset.get_tools().actions(["DELETE"]).await.unwrap();
    let answer = tools
        .agent_with(calling(["DELETE"]))
        .run("go")
        .await
        .unwrap();
    assert!(answer.text.contains("allow_destructive"));
    assert!(service.executions().is_empty());
}

#[tokio::test]
async fn those_who_listen_hear_that_a_call_waits() {
    let service = service();
    let (gate, _) = waiting();
    let tools = tools_with(&service, &gate).await;
    let mut stream = tools.agent_with(calling(["DELETE"])).stream("go");
    let mut waits = None;
    while let Some(event) = stream.next().await {
        if let RunEvent::CallWaiting { call } = event {
            waits = Some(call);
        }
    }
    let run = stream.answer().await.unwrap_err().into_parts().1;
    assert_eq!(run.pending().next(), waits.as_ref());
    assert!(waits.is_some());
}

#[tokio::test]
async fn outside_of_a_run_a_call_that_waits_is_an_error() {
    let service = service();
    let (gate, _) = waiting();
    let tools = tools_with(&service, &gate).await;
    let call = ToolCall::new("1", "DELETE", "{}");
    let error = tools
        .call(&call, crate::CallContext::new())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AwaitsDecision);
    let calls = [call, ToolCall::new("2", "ECHO", "{}")];
    let error = tools
        .call_all(&calls, crate::CallContext::new(), 4)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AwaitsDecision);
    assert_eq!(sent(&service).len(), 1, "the other call ran");
}
