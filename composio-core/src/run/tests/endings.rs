//! Whatever ends a run, its history is one that a model accepts, and the run can go on.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{calling, service, tool};
use crate::{
    Decision, ErrorKind, Gate, Limits, OutcomeStatus, Plain, PlainMessage, PlainResponse, Run,
    ToolCall, ToolSet, Tools, models::ToolResult, testing::FakeService,
};

const ALL: [&str; 6] = ["ECHO", "SLOW", "GONE", "DELETE", "READ_SLOW", "PUT_GONE"];

/// As a chat API checks it: every call of a turn is answered right after it, once, in order.
fn accepted(history: &[PlainMessage]) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for message in history {
        match message {
            PlainMessage::Tool { id, .. } => {
                if open.is_empty() || open.remove(0) != id {
                    return false;
                }
            }
            _ if !open.is_empty() => return false,
            PlainMessage::Assistant { response } => {
                open = response.calls.iter().map(|call| call.id.as_str()).collect();
            }
            PlainMessage::User { .. } => {}
        }
    }
    open.is_empty()
}

/// What the last messages say of the calls.
fn told(history: &[PlainMessage]) -> Vec<String> {
    let tool = |message: &PlainMessage| match message {
        PlainMessage::Tool { text, .. } => Some(text.clone()),
        _ => None,
    };
    history.iter().filter_map(tool).collect()
}

fn begun() -> Run<PlainMessage> {
    let history = vec![PlainMessage::User { text: "go".into() }];
    Run::new(history, Limits::default())
}

fn unhappy() -> FakeService {
    service()
        .tool(tool("READ_SLOW", &["readOnlyHint"]), |_| async {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            Ok(ToolResult::default())
        })
        .tool(tool("PUT_GONE", &["idempotentHint"]), |_| async {
            Err(crate::Error::new(
                ErrorKind::Unavailable,
                "connection refused",
            ))
        })
}

async fn fetch(service: &FakeService, gate: Option<Gate>) -> Tools<Plain> {
    let toolset: ToolSet<Plain> = ToolSet::new(service.clone());
    let fetch = toolset.get_tools().actions(ALL);
    match gate {
        Some(gate) => fetch.gate(gate).await.unwrap(),
        None => fetch.await.unwrap(),
    }
}

/// The history is refused as it is, accepted as it is answered, and says `words` of each call.
fn check(run: &Run<PlainMessage>, words: &[&str]) {
    assert!(!accepted(run.history()), "calls are unanswered");
    let history = run.answered_history(&Plain).unwrap();
    assert!(accepted(&history), "{history:?}");
    let told = told(&history);
    assert_eq!(told.len(), words.len());
    for (told, words) in told.iter().zip(words) {
        assert!(told.contains(words), "{told} does not say {words}");
    }
}

const DONE: &str = r#""successful":true"#;
const NOT_RUN: &str = "was not run";
const MAYBE: &str = "may have run all the same";

#[tokio::test(start_paused = true)]
async fn what_ran_what_may_have_run_and_what_did_not_are_told_apart() {
    let service = unhappy();
    let tools = fetch(&service, None).await;
    // Two at a time: the fourth call has not begun when the time is over.
    let model = || calling(["ECHO", "SLOW", "SLOW", "ECHO"]);
    let agent = tools.agent_with(model()).parallel(2);
    let limited = agent
        .total_time(Duration::from_secs(5))
        .run("go")
        .await
        .unwrap_err();
    check(limited.run(), &[DONE, MAYBE, MAYBE, NOT_RUN]);

    let mut run = begun();
    run.set_limits(Limits {
        parallel: 2,
        ..Limits::default()
    });
    let mut agent = tools.agent_with(model());
    let dropped = tokio::time::timeout(Duration::from_secs(5), agent.drive(&mut run)).await;
    assert!(dropped.is_err());
    check(&run, &[DONE, MAYBE, MAYBE, NOT_RUN]);

    let token = CancellationToken::new();
    let cancelled = token.clone().cancelled_owned();
    let mut run = begun();
    run.set_limits(Limits {
        parallel: 2,
        ..Limits::default()
    });
    let mut agent = tools.agent_with(model()).cancel_when(cancelled);
    let (ended, ()) = tokio::join!(agent.drive(&mut run), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        token.cancel();
    });
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::Cancelled);
    check(&run, &[DONE, MAYBE, MAYBE, NOT_RUN]);
    assert_eq!(service.running(), 0, "nothing goes on");
    let again = agent.drive(&mut run).await.unwrap_err();
    assert_eq!(
        again.kind(),
        ErrorKind::Cancelled,
        "cancelled stays cancelled"
    );
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_cancelled_leaves_the_history_as_it_was() {
    let tools = fetch(&unhappy(), None).await;
    let hanging = |_: Vec<PlainMessage>| std::future::pending::<crate::Result<PlainResponse>>();
    let cancelled = tokio::time::sleep(Duration::from_secs(5));
    let agent = tools.agent_with(hanging).cancel_when(cancelled);
    let error = agent.run("go").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let run = error.into_parts().1;
    assert_eq!(run.answered_history(&Plain).unwrap(), run.history());
    assert_eq!(run.history().len(), 1);
    assert_eq!(run.elapsed(), Duration::from_secs(5));
}

#[tokio::test]
async fn a_gate_that_stops_and_a_service_that_is_gone_leave_a_history_too() {
    let service = unhappy();
    let tools = fetch(&service, None).await;
    let agent = tools
        .agent_with(calling(["ECHO", "GONE", "ECHO"]))
        .parallel(1);
    let error = agent.run("go").await.unwrap_err();
    check(error.run(), &[DONE, MAYBE, NOT_RUN]);

    let gate = Gate::new(|call| async move {
        match call.tool.as_str() {
            "ECHO" => Decision::Run,
            "SLOW" => Decision::Wait,
            _ => Decision::Stop("no".into()),
        }
    });
    let tools = fetch(&service, Some(gate)).await;
    let agent = tools
        .agent_with(calling(["ECHO", "SLOW", "DELETE", "ECHO"]))
        .parallel(1);
    let error = agent.run("go").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    check(
        error.run(),
        &[DONE, "nobody has decided", "nobody has decided", NOT_RUN],
    );
}

#[tokio::test]
async fn a_step_limit_leaves_a_history_without_more_words() {
    let tools = fetch(&unhappy(), None).await;
    let agent = tools.agent_with(calling(["ECHO"])).max_steps(1);
    let run = agent.run("go").await.unwrap_err().into_parts().1;
    assert!(accepted(run.history()));
    assert_eq!(run.answered_history(&Plain).unwrap(), run.history());
}

#[tokio::test(start_paused = true)]
async fn what_may_have_run_is_not_sent_twice_unless_it_only_reads_or_somebody_says_so() {
    let service = unhappy();
    let tools = fetch(&service, None).await;
    let calls = ["SLOW", "READ_SLOW", "DELETE"];
    let gate = Gate::new(|_| async { Decision::Run });
    let mut run = begun();
    run.set_limits(Limits {
        parallel: 2,
        ..Limits::default()
    });
    let mut agent = tools.agent_with(calling(calls)).gate(gate.clone());
    let dropped = tokio::time::timeout(Duration::from_secs(5), agent.drive(&mut run)).await;
    assert!(dropped.is_err());
    let stored = serde_json::to_string(&run).unwrap();

    let resumed: Run<PlainMessage> = serde_json::from_str(&stored).unwrap();
    let agent = tools.agent_with(calling(calls)).gate(gate.clone());
    let history = agent.resume(resumed).await.unwrap().history;
    let slugs = |from: usize| -> Vec<String> {
        let executions = service.executions().into_iter();
        let mut slugs: Vec<String> = executions
            .skip(from)
            .map(|execution| execution.slug)
            .collect();
        slugs.sort();
        slugs
    };
    // The first two are of the run that was dropped.
    assert_eq!(slugs(0)[..], ["DELETE", "READ_SLOW", "READ_SLOW", "SLOW"]);
    let told = told(&history);
    assert!(
        told[0].contains(MAYBE) && told[1].contains("no answer within 60s"),
        "{told:?}"
    );
    assert!(told[2].contains(DONE));

    let mut resumed: Run<PlainMessage> = serde_json::from_str(&stored).unwrap();
    resumed.decide_ahead(0, Decision::Run).unwrap();
    let before = service.executions().len();
    let agent = tools.agent_with(calling(calls)).gate(gate);
    agent.resume(resumed).await.unwrap();
    assert_eq!(
        slugs(before),
        ["DELETE", "READ_SLOW", "SLOW"],
        "somebody said so"
    );
}

#[tokio::test]
async fn an_approved_call_whose_service_was_gone_is_made_again_only_when_it_is_approved_again() {
    let service = unhappy();
    let tools = fetch(&service, Some(Gate::new(|_| async { Decision::Wait }))).await;
    let agent = || tools.agent_with(calling(["GONE", "PUT_GONE"])).parallel(1);
    let mut run = agent().run("go").await.unwrap_err().into_parts().1;
    let pending: Vec<_> = run.pending().cloned().collect();
    for call in &pending {
        run.decide(call, Decision::Run).unwrap();
    }
    let (error, run) = agent().resume(run).await.unwrap_err().into_parts();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    check(&run, &[MAYBE, NOT_RUN]);
    let stored = serde_json::to_string(&run).unwrap();
    let (_, mut run) = agent().resume(run).await.unwrap_err().into_parts();
    let outcome = run.calls()[0].outcome.as_ref().unwrap();
    assert_eq!(outcome.status, OutcomeStatus::Interrupted);
    assert_eq!(service.executions().len(), 2, "GONE once, PUT_GONE once");
    assert!(
        run.decide(&pending[0], Decision::Run).is_err(),
        "it is settled"
    );
    // The idempotent one is sent again, as it was approved.
    let (_, _) = agent().resume(run).await.unwrap_err().into_parts();
    assert_eq!(service.executions().len(), 3);

    run = serde_json::from_str(&stored).unwrap();
    run.decide(&pending[0], Decision::Run).unwrap();
    agent().resume(run).await.unwrap_err();
    assert_eq!(service.executions()[3].slug, "GONE");
}

#[test]
fn a_call_without_an_id_keeps_its_place() {
    let mut run = begun();
    let calls = vec![ToolCall::new("", "A", "{}"), ToolCall::new("", "B", "{}")];
    let turn = PlainMessage::Assistant {
        response: PlainResponse::calls(calls.clone()),
    };
    run.model_turn(vec![turn], calls, "").unwrap();
    assert_eq!(run.answered_history(&Plain).unwrap().len(), 4);
    assert_eq!(run.history().len(), 2, "the run stays as it is");
}
