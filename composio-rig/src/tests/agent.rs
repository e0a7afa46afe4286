use std::{
    future::IntoFuture as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use composio_core::{Gate, testing::FakeService};
use futures_util::StreamExt as _;
use rig_agent::{
    agent::{
        Agent, AgentBuilder, AgentHook, HookContext, MultiTurnStreamItem, OutcomeAction,
        OutcomeEvent,
    },
    completion::PromptError,
};
use rig_core::{
    message::Message,
    streaming::{Item, StreamEvent},
    tool::ToolContext,
};
use serde_json::{Value, json};

use super::{
    ALL,
    model::{Model, calls, text},
    service, slugs, tools, tools_of,
};
use crate::{
    ConnectedAccount, Decision, Entity, LogId, ToolSet, Tools, ToolsExt as _, answer_unanswered,
};

fn agent(model: &Model, tools: &Tools) -> Agent {
    AgentBuilder::new(model.connect())
        .dynamic_tools(tools.to_vec())
        .add_hook(tools.hook())
        .default_max_turns(4)
        .build()
}

/// The model makes the calls of `turn`; what it reads about them.
async fn read(tools: &Tools, turn: Value) -> Vec<Value> {
    let model = Model::saying([turn, text("done")]).await;
    let answer = agent(&model, tools).prompt("go").await.unwrap();
    assert_eq!(answer.output(), "done");
    model.read()
}

async fn stopped(tools: &Tools, turn: Value) -> (Vec<Message>, String) {
    let model = Model::saying([turn, text("went on")]).await;
    match agent(&model, tools).prompt("go").await {
        Err(PromptError::Cancelled {
            chat_history,
            reason,
        }) => (chat_history, reason),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_call_is_made_once_and_answered() {
    let service = service();
    let tools = tools(&service).await;
    let read = read(&tools, calls([("ECHO", r#"{"n":"7"}"#)])).await;
    assert_eq!(read, [json!({"successful": true, "data": {"n": 7}})]);
    assert_eq!(slugs(&service), ["ECHO"]);
}

#[tokio::test]
async fn the_model_is_shown_the_tools_of_the_fetch() {
    let service = service();
    let model = Model::saying([text("hello")]).await;
    agent(&model, &tools(&service).await)
        .prompt("hi")
        .await
        .unwrap();
    let request = &model.requests()[0];
    let names: Vec<&str> = request["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["function"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), ALL.len());
    assert!(ALL.iter().all(|name| names.contains(name)));
}

#[tokio::test]
async fn two_calls_answer_in_order() {
    let tools = tools(&service()).await;
    let read = read(&tools, calls([("FAIL", "{}"), ("ECHO", r#"{"n":1}"#)])).await;
    let failed = json!({"successful": false, "error": "upstream said 422"});
    assert_eq!(
        read,
        [failed, json!({"successful": true, "data": {"n": 1}})]
    );
}

#[tokio::test]
async fn two_calls_run_at_once_if_rig_is_told_so() {
    for (concurrency, peak) in [(1, 1), (4, 2)] {
        let service = service();
        let tools =
            tools_of(ToolSet::new(service.clone()).call_time(Duration::from_millis(20))).await;
        let model = Model::saying([calls([("SLOW", "{}"), ("SLOW", "{}")]), text("done")]).await;
        let run = agent(&model, &tools).prompt("go");
        run.tool_concurrency(concurrency).await.unwrap();
        assert_eq!(service.peak(), peak);
    }
}

#[tokio::test]
async fn what_goes_wrong_with_a_call_is_something_the_model_reads() {
    let service = service();
    let tools = tools_of(ToolSet::new(service.clone()).call_time(Duration::from_millis(20))).await;
    for (name, arguments, says) in [
        ("FAIL", "{}", "upstream said 422"),
        ("FLY", "{}", "there is no tool FLY; there are ECHO"),
        ("ECHO", r#"{"n":"#, "the arguments are not JSON"),
        ("ECHO", "[1]", "not a JSON object"),
        ("ECHO", r#"{"n":"many"}"#, "invalid arguments"),
        ("DELETE", "{}", "needs a gate, or allow_destructive()"),
        ("SLOW", "{}", "no answer within 20ms"),
    ] {
        let read = read(&tools, calls([(name, arguments)])).await;
        assert_eq!(read[0]["successful"], false, "{name} {arguments}: {read:?}");
        let error = read[0]["error"].as_str().unwrap();
        assert!(error.contains(says), "{name} {arguments}: {error}");
    }
    assert_eq!(slugs(&service), ["FAIL", "SLOW"]);
}

#[tokio::test]
async fn rig_runs_no_call_of_a_turn_that_has_an_unknown_one() {
    let service = service();
    let turn = calls([("FLY", "{}"), ("ECHO", "{}")]);
    let model = Model::saying([turn, text("done")]).await;
    agent(&model, &tools(&service).await)
        .prompt("go")
        .await
        .unwrap();
    assert!(service.executions().is_empty());
}

#[tokio::test]
async fn a_destructive_tool_runs_when_a_gate_lets_it() {
    let service = service();
    let gate = Gate::new(|call| async move {
        if call.is_destructive {
            Decision::Run
        } else {
            Decision::Deny("not today".to_owned())
        }
    });
    let tools = tools_of(ToolSet::new(service.clone()).gate(gate)).await;
    let read = read(&tools, calls([("DELETE", "{}"), ("ECHO", "{}")])).await;
    assert_eq!(read[0]["successful"], true);
    assert_eq!(
        read[1],
        json!({"successful": false, "error": "denied: not today"})
    );
    assert_eq!(slugs(&service), ["DELETE"]);
}

#[tokio::test]
async fn a_stop_cancels_the_run_and_the_repaired_history_is_accepted_again() {
    let service = service();
    let gate = Gate::new(|_| async { Decision::Stop("the user left".to_owned()) });
    let tools = tools_of(ToolSet::new(service.clone()).gate(gate)).await;
    let (history, reason) = stopped(&tools, calls([("ECHO", "{}"), ("FAIL", "{}")])).await;
    assert_eq!(reason, "stopped: the user left");
    assert!(service.executions().is_empty());
    let model = Model::saying([text("welcome back")]).await;
    let history = answer_unanswered(history, "the user left");
    agent(&model, &tools)
        .prompt("go on")
        .history(history)
        .await
        .unwrap();
    let left = json!({"successful": false, "error": "the user left"});
    assert_eq!(model.read(), [left.clone(), left]);
}

#[tokio::test]
async fn without_the_hook_the_model_reads_about_a_stop_and_goes_on() {
    let gate = Gate::new(|_| async { Decision::Stop("the user left".to_owned()) });
    let tools = tools_of(ToolSet::new(service()).gate(gate)).await;
    let model = Model::saying([calls([("ECHO", "{}")]), text("done")]).await;
    let agent = AgentBuilder::new(model.connect())
        .dynamic_tools(tools.into_inner())
        .default_max_turns(4)
        .build();
    agent.prompt("go").await.unwrap();
    assert_eq!(
        model.read(),
        [json!({"successful": false, "error": "the user left"})]
    );
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_cancels_the_run() {
    let tools = tools(&service()).await;
    let (_, reason) = stopped(&tools, calls([("GONE", "{}")])).await;
    assert!(reason.starts_with("unavailable: "), "{reason}");
}

#[tokio::test]
async fn an_endless_model_meets_rigs_turn_limit() {
    let tools = tools(&service()).await;
    let model = Model::saying([calls([("ECHO", "{}")])]).await;
    let error = agent(&model, &tools)
        .prompt("go")
        .max_turns(3)
        .await
        .unwrap_err();
    assert!(matches!(error, PromptError::MaxTurns { max_turns: 3, .. }));
}

#[tokio::test]
async fn a_run_makes_no_more_calls_than_it_may_and_the_next_run_counts_anew() {
    let service = service();
    let tools = tools(&service).await;
    let model = Model::saying([calls([("ECHO", "{}")])]).await;
    let agent = AgentBuilder::new(model.connect())
        .dynamic_tools(tools.to_vec())
        .add_hook(tools.hook().max_calls(2))
        .default_max_turns(9)
        .build();
    for runs in 1..3 {
        let error = agent.prompt("go").await.unwrap_err();
        assert!(
            error
                .to_string()
                .contains("limit_reached: the run may make 2 calls"),
            "{error}"
        );
        assert_eq!(service.executions().len(), 2 * runs);
    }
}

#[tokio::test]
async fn a_run_that_has_used_its_tokens_or_its_time_does_not_ask_again() {
    let service = service();
    let tools = tools_of(ToolSet::new(service).call_time(Duration::from_millis(30))).await;
    for (hook, says) in [
        (tools.hook().max_tokens(4), "the run used 4 of 4 tokens"),
        (
            tools.hook().total_time(Duration::from_millis(50)),
            "the run's time ran out",
        ),
    ] {
        let model = Model::saying([calls([("SLOW", "{}")])]).await;
        let agent = AgentBuilder::new(model.connect())
            .dynamic_tools(tools.to_vec())
            .add_hook(hook)
            .default_max_turns(9)
            .build();
        let Err(PromptError::Cancelled { reason, .. }) = agent.prompt("go").await else {
            panic!("not cancelled")
        };
        assert_eq!(reason, format!("limit_reached: {says}"));
        assert_eq!(model.requests().len(), 2);
    }
}

#[tokio::test]
async fn processors_run_exactly_once_and_a_renamed_tool_is_reached() {
    let service = service();
    let (pre, post) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count_pre, count_post) = (pre.clone(), post.clone());
    let tools = ToolSet::new(service.clone())
        .get_tools()
        .actions(["ECHO"])
        .schema("ECHO", |tool| tool.rename("SAY"))
        .pre("ECHO", move |arguments| {
            count_pre.fetch_add(1, Ordering::Relaxed);
            arguments.set("n", 3)
        })
        .post("ECHO", move |result| {
            count_post.fetch_add(1, Ordering::Relaxed);
            result
        })
        .await
        .unwrap();
    let read = read(&tools, calls([("SAY", "{}")])).await;
    assert_eq!(read, [json!({"successful": true, "data": {"n": 3}})]);
    assert_eq!(
        (pre.load(Ordering::Relaxed), post.load(Ordering::Relaxed)),
        (1, 1)
    );
    assert_eq!(slugs(&service), ["ECHO"]);
}

#[tokio::test]
async fn a_streamed_run_heeds_the_hook_and_runs_each_call_once() {
    let service = service();
    let tools = tools(&service).await;
    let turn = calls([("ECHO", r#"{"n":1}"#), ("DELETE", "{}")]);
    let model = Model::saying([turn, calls([("GONE", "{}")]), text("went on")]).await;
    let mut stream = agent(&model, &tools).prompt("go").stream();
    let mut error = None;
    while let Some(item) = stream.next().await {
        error = error.or(item.err());
    }
    let error = error.unwrap().to_string();
    assert!(error.contains("cancelled: unavailable"), "{error}");
    assert_eq!(slugs(&service), ["ECHO", "GONE"]);
    assert_eq!(
        model.read()[0],
        json!({"successful": true, "data": {"n": 1}})
    );
}

/// Keeps the log ids that it sees.
struct Logs(Arc<std::sync::Mutex<Vec<LogId>>>);

impl AgentHook for Logs {
    async fn on_outcome(&self, _: &HookContext, event: OutcomeEvent<'_>) -> OutcomeAction {
        let log_id = event
            .tool_context()
            .and_then(|context| context.result::<LogId>().ok()?);
        self.0.lock().unwrap().extend(log_id);
        OutcomeAction::proceed()
    }
}

#[tokio::test]
async fn rigs_context_says_for_whom_a_call_is_made_and_hooks_see_the_log_id() {
    let service = service();
    let tools = tools(&service).await;
    let model = Model::saying([calls([("ECHO", "{}")]), text("done")]).await;
    let mut context = ToolContext::new();
    context.insert(Entity("alice".to_owned())).unwrap();
    context.insert(ConnectedAccount("ca_1".to_owned())).unwrap();
    let logs = Arc::default();
    agent(&model, &tools)
        .prompt("go")
        .tool_context(context)
        .add_hook(Logs(Arc::clone(&logs)))
        .await
        .unwrap();
    let execution = &service.executions()[0];
    assert_eq!(execution.user_id.as_deref(), Some("alice"));
    assert_eq!(execution.connected_account_id.as_deref(), Some("ca_1"));
    assert_eq!(*logs.lock().unwrap(), [LogId("log_1".to_owned())]);
    assert!(!model.requests()[1].to_string().contains("log_1"));
}

#[tokio::test]
async fn one_agent_serves_two_users_at_once_and_each_call_is_its_users() {
    let service = service();
    // The calls of both users are under way at the same time.
    let tools = tools_of(
        ToolSet::new(service.clone())
            .entity("nobody")
            .call_time(Duration::from_millis(200)),
    )
    .await;
    let turn = calls([("SLOW", "{}"), ("ECHO", "{}")]);
    let model = Model::saying([turn.clone(), turn, text("done")]).await;
    let agent = agent(&model, &tools);
    let run = |user: &str| {
        let mut context = ToolContext::new();
        context.insert(Entity(user.to_owned())).unwrap();
        agent.prompt("go").tool_context(context)
    };
    let (alice, bob) = tokio::join!(run("alice").into_future(), run("bob").into_future());
    alice.unwrap();
    bob.unwrap();
    assert_eq!(service.peak(), 2);
    let mut users: Vec<_> = service
        .executions()
        .into_iter()
        .map(|execution| (execution.user_id.unwrap(), execution.slug))
        .collect();
    users.sort();
    let expected = ["alice", "bob"]
        .into_iter()
        .flat_map(|user| ["ECHO", "SLOW"].map(|slug| (user.to_owned(), slug.to_owned())));
    assert_eq!(users, expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_streamed_run_gives_the_words_as_they_come_and_the_results_in_order() {
    let service = service();
    let tools = tools(&service).await;
    let mut turn = calls([("ECHO", r#"{"n":1}"#), ("FAIL", "{}")]);
    turn["content"] = json!("I look.");
    let model = Model::saying([turn, text("all done")]).await;
    let mut stream = agent(&model, &tools).prompt("go").stream();
    let (mut words, mut results, mut answer) = (String::new(), Vec::new(), String::new());
    while let Some(item) = stream.next().await {
        match item.unwrap() {
            MultiTurnStreamItem::StreamAssistantItem(Item::Event(StreamEvent::Text {
                text,
                ..
            })) => words.push_str(&text),
            MultiTurnStreamItem::ToolResult { tool_result } => results.push(tool_result.is_error),
            MultiTurnStreamItem::FinalResponse(response) => answer = response.output(),
            _ => {}
        }
    }
    assert_eq!(
        (words.as_str(), answer.as_str()),
        ("I look.all done", "all done")
    );
    assert_eq!(results, [false, true]);
    assert!(
        model
            .requests()
            .iter()
            .all(|request| request["stream"] == true)
    );
}

#[tokio::test]
async fn a_context_that_cannot_be_read_does_not_fall_back_to_another_user() {
    let service: FakeService = service();
    let tools = tools(&service).await;
    let mut context: ToolContext =
        serde_json::from_value(json!({"inbound": {"composio.entity": {"id": 7}}})).unwrap();
    let echo = tools.iter().find(|tool| tool.name() == "ECHO").unwrap();
    assert!(echo.execute_with(&mut context, json!({})).await.is_err());
    assert!(service.executions().is_empty());
}

#[tokio::test]
async fn dropping_a_run_cancels_its_call() {
    let service = service();
    let tools = tools(&service).await;
    let model = Model::saying([calls([("SLOW", "{}")])]).await;
    let agent = agent(&model, &tools);
    let run = tokio::spawn(async move { agent.prompt("go").await.map(|_| ()) });
    while service.running() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    while service.running() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
