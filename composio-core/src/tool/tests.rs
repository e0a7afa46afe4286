//! Layers around calls.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tower::{
    Layer, Service, ServiceBuilder, ServiceExt as _,
    layer::layer_fn,
    retry::{Policy, RetryLayer},
    service_fn,
    timeout::TimeoutLayer,
    util::{MapRequestLayer, MapResultLayer},
};

use crate::{
    Arguments, BoxError, CallContext, Decision, Error, ErrorKind, Gate, OutcomeStatus, Plain,
    Result, ToolCall, ToolRequest, ToolService, ToolSet,
    models::{Tool, ToolResult},
    testing::FakeService,
};

fn tool(slug: &str, tags: &[&str]) -> Tool {
    let mut tool = Tool::new(slug);
    tool.no_auth = true;
    tool.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    tool.input_parameters =
        json!({"type": "object", "properties": {"n": {"type": "integer"}}}).into();
    tool
}

/// One tool that works, and two that are busy every first time.
fn service() -> FakeService {
    let busy = |tags: &[&str], slug| {
        let count = Arc::new(AtomicUsize::new(0));
        (tool(slug, tags), move |arguments: Value| {
            let first = count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
            async move {
                if first {
                    return Err(Error::new(ErrorKind::RateLimited, "slow down"));
                }
                Ok(ToolResult::success(arguments))
            }
        })
    };
    let (read, run_read) = busy(&["readOnlyHint"], "READ");
    let (write, run_write) = busy(&[], "WRITE");
    FakeService::new()
        .tool(tool("ECHO", &[]), |arguments| async {
            Ok(ToolResult::success(arguments))
        })
        .tool(read, run_read)
        .tool(write, run_write)
}

fn toolset(service: &FakeService) -> ToolSet<Plain> {
    ToolSet::new(service.clone()).entity("alice")
}

async fn call(toolset: &ToolSet<Plain>, name: &str, arguments: &str) -> crate::ToolOutcome {
    let tools = toolset
        .get_tools()
        .actions(["ECHO", "READ", "WRITE"])
        .await
        .unwrap();
    let call = ToolCall::new("call_1", name, arguments);
    tools
        .call(&call, CallContext::new().call_id("call_1"))
        .await
        .unwrap()
}

#[tokio::test]
async fn an_audit_sees_what_is_sent_once_and_nothing_that_is_not() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = seen.clone();
    let audit = MapRequestLayer::new(move |request: ToolRequest| {
        let arguments = request.arguments().clone().into_value();
        kept.lock().unwrap().push(format!(
            "{} {} {} {arguments}",
            request.entity(),
            request.call_id().unwrap_or("-"),
            request.tool().slug,
        ));
        assert!(
            !format!("{request:?}").contains("42"),
            "no argument in Debug"
        );
        request
    });
    let service = service();
    let gate = Gate::new(|call| async move {
        if call.arguments["n"] == 0 {
            Decision::Deny("zero".into())
        } else {
            Decision::RunWith(Arguments::new().set("n", 42))
        }
    });
    let toolset = toolset(&service)
        .pre("ECHO", |arguments| arguments.set_default("n", 0))
        .gate(gate)
        .layer(&audit);
    assert_eq!(
        call(&toolset, "ECHO", "{}").await.status,
        OutcomeStatus::Denied
    );
    let invalid = call(&toolset, "ECHO", r#"{"n":"many"}"#).await;
    assert_eq!(invalid.status, OutcomeStatus::InvalidArguments);
    assert!(call(&toolset, "ECHO", r#"{"n":1}"#).await.is_success());
    // The program's own calls too.
    toolset
        .execute_action("ECHO", json!({"n": 5}))
        .await
        .unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(
        *seen,
        [r#"alice call_1 ECHO {"n":42}"#, r#"alice - ECHO {"n":5}"#]
    );
    let sent: Vec<Value> = service
        .executions()
        .into_iter()
        .map(|sent| sent.arguments)
        .collect();
    assert_eq!(sent, [json!({"n": 42}), json!({"n": 5})]);
}

/// Makes calls that only read once more.
#[derive(Clone)]
struct OnceMore(bool);

impl Policy<ToolRequest, ToolResult, Error> for OnceMore {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        request: &mut ToolRequest,
        result: &mut Result<ToolResult>,
    ) -> Option<Self::Future> {
        let again = matches!(result, Err(error) if error.is_retryable());
        let again = again && request.tool().is_read_only() && !std::mem::replace(&mut self.0, true);
        again.then(|| std::future::ready(()))
    }

    fn clone_request(&mut self, request: &ToolRequest) -> Option<ToolRequest> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn towers_own_retry_makes_a_read_once_more_and_a_write_never() {
    let service = service();
    let toolset = toolset(&service).layer(&RetryLayer::new(OnceMore(false)));
    for _ in 0..3 {
        assert!(call(&toolset, "READ", "{}").await.is_success());
    }
    assert_eq!(
        service.executions().len(),
        6,
        "each call has a policy of its own"
    );
    assert_eq!(
        call(&toolset, "WRITE", "{}").await.status,
        OutcomeStatus::Failed
    );
    assert_eq!(service.executions().len(), 7);
}

/// Answers what was asked before from memory.
fn cache() -> impl Layer<ToolService, Service = impl Calls> {
    let held: Arc<Mutex<HashMap<String, ToolResult>>> = Arc::default();
    layer_fn(move |inner: ToolService| {
        let held = held.clone();
        service_fn(move |request: ToolRequest| {
            let (held, inner) = (held.clone(), inner.clone());
            async move {
                let arguments = request.arguments().clone().into_value();
                let key = format!("{} {} {arguments}", request.entity(), request.tool().slug);
                let known = held.lock().unwrap().get(&key).cloned();
                if let Some(known) = known {
                    return Ok(known);
                }
                let result = inner.oneshot(request).await?;
                held.lock().unwrap().insert(key, result.clone());
                Ok(result)
            }
        })
    })
}

/// What both layers of this file make.
trait Calls:
    Service<ToolRequest, Response = ToolResult, Error = BoxError, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
{
}

impl<S> Calls for S where
    S: Service<ToolRequest, Response = ToolResult, Error = BoxError, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}

#[tokio::test]
async fn a_cache_answers_again_for_the_same_user_alone() {
    let service = service();
    let toolset = toolset(&service).layer(&cache());
    for (user, arguments, sent) in [
        ("alice", r#"{"n":1}"#, 1),
        ("alice", r#"{"n": 1}"#, 1),
        ("alice", r#"{"n":2}"#, 2),
        ("bob", r#"{"n":1}"#, 3),
        ("bob", r#"{"n":1}"#, 3),
    ] {
        assert!(
            call(&toolset.entity(user), "ECHO", arguments)
                .await
                .is_success()
        );
        assert_eq!(service.executions().len(), sent, "{user} {arguments}");
    }
}

/// So many calls in all, whatever the tool: a rate limit without a clock.
fn at_most(count: usize) -> impl Layer<ToolService, Service = impl Calls> {
    let left = Arc::new(AtomicUsize::new(count));
    layer_fn(move |inner: ToolService| {
        let left = left.clone();
        service_fn(move |request: ToolRequest| {
            let take = |left: usize| left.checked_sub(1);
            let taken = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
            let inner = inner.clone();
            async move {
                match taken {
                    Ok(_) => Ok(inner.oneshot(request).await?),
                    Err(_) => Err(BoxError::from("too many calls this minute")),
                }
            }
        })
    })
}

#[tokio::test]
async fn a_limit_is_one_for_all_tools_and_the_model_reads_its_refusal() {
    let service = service();
    let toolset = toolset(&service).layer(&at_most(2));
    assert!(call(&toolset, "ECHO", "{}").await.is_success());
    call(&toolset, "READ", "{}").await;
    let refused = call(&toolset.entity("bob"), "ECHO", "{}").await;
    assert_eq!(refused.status, OutcomeStatus::Failed);
    assert!(refused.model_text().contains("too many calls this minute"));
    assert_eq!(service.executions().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn towers_own_stack_fits_and_a_later_layer_is_outside() {
    let service = service();
    let order: Arc<Mutex<Vec<&str>>> = Arc::default();
    let note = |name| {
        let order = order.clone();
        MapRequestLayer::new(move |request: ToolRequest| {
            order.lock().unwrap().push(name);
            request
        })
    };
    let hang = layer_fn(|_: ToolService| {
        service_fn(|_: ToolRequest| std::future::pending::<Result<ToolResult>>())
    });
    let stack = ServiceBuilder::new()
        .layer(TimeoutLayer::new(Duration::from_secs(2)))
        .layer(note("within"))
        .layer(hang);
    let toolset = toolset(&service).layer(&stack).layer(&note("around"));
    let refused = call(&toolset, "ECHO", "{}").await;
    assert_eq!(refused.status, OutcomeStatus::Failed);
    assert!(
        refused.model_text().contains("timed out"),
        "{}",
        refused.model_text()
    );
    assert_eq!(*order.lock().unwrap(), ["around", "within"]);
}

#[tokio::test]
async fn an_error_of_the_service_stays_what_it_is_behind_a_layer() {
    let gone = layer_fn(|_: ToolService| {
        service_fn(|_: ToolRequest| async {
            Err::<ToolResult, _>(Error::new(ErrorKind::Unavailable, "connection refused"))
        })
    });
    let seen = MapResultLayer::new(|result: Result<ToolResult>| result.map_err(BoxError::from));
    let toolset = toolset(&service()).layer(&gone).layer(&seen);
    let tools = toolset.get_tools().actions(["ECHO"]).await.unwrap();
    let error = tools
        .call(&ToolCall::new("1", "ECHO", "{}"), CallContext::new())
        .await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn the_time_in_a_layer_is_the_calls_and_a_fetch_has_layers_of_its_own() {
    let service = service();
    let slow = layer_fn(|inner: ToolService| {
        service_fn(move |request: ToolRequest| {
            let inner = inner.clone();
            async move {
                tokio::time::sleep(Duration::from_secs(100)).await;
                inner.oneshot(request).await
            }
        })
    });
    let toolset = toolset(&service);
    let tools = toolset
        .get_tools()
        .actions(["ECHO"])
        .layer(&slow)
        .await
        .unwrap();
    let outcome = tools
        .call(&ToolCall::new("1", "ECHO", "{}"), CallContext::new())
        .await;
    assert_eq!(outcome.unwrap().status, OutcomeStatus::TimedOut);
    assert!(
        call(&toolset, "ECHO", "{}").await.is_success(),
        "another fetch has none"
    );
}
