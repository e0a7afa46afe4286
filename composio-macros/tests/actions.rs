//! What `#[action]` makes of functions and methods, and what becomes of calls.
#![expect(
    clippy::unused_async,
    clippy::too_many_arguments,
    reason = "whether a function is async, and what it takes, is what is tried"
)]

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use composio_core::{
    BoxError, CallContext, CustomCall, CustomTool, ErrorKind, ExecuteRequest, OutcomeStatus,
    Parameter, Plain, ToolSet, action, actions,
    client::Client,
    models::{CustomAuth, Tool, ToolResult, ToolToolkit},
    testing::FakeService,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Finds tickets.
///
/// Newest first.
///
/// # Errors
///
/// None of the model's business.
#[action(app = "desk", read_only, tags = ["important"])]
fn find_tickets(
    /// Words in the title,
    /// any of them
    words: &[String],
    /// Only of this state
    state: Option<State>,
    #[default = 20] limit: u32,
    #[default = "newest"] order: &str,
    #[default] closed: bool,
    #[name = "type"] kind: Alias,
) -> Vec<String> {
    let state = state.map_or("any", |state| match state {
        State::Open => "open",
        State::Waiting => "waiting",
    });
    let kind = kind.unwrap_or_default();
    vec![format!(
        "{} {state} {limit} {order} {closed} {kind}",
        words.join("+")
    )]
}

type Alias = Option<String>;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum State {
    Open,
    Waiting,
}

fn schema(tool: &CustomTool) -> Value {
    tool.tool().input_parameters.to_value()
}

fn toolset(tool: CustomTool) -> ToolSet<Plain> {
    ToolSet::new(FakeService::new())
        .entity("alice")
        .custom_tool(tool)
}

async fn called(tool: CustomTool, arguments: Value) -> ToolResult {
    let name = tool.slug().to_owned();
    let result = toolset(tool).execute_action(name, arguments).await;
    result.unwrap_or_else(|error| ToolResult::failure(format!("not called: {error}")))
}

#[test]
fn a_function_says_what_its_tool_is() {
    let tool = find_tickets::tool();
    assert_eq!(
        (tool.slug(), find_tickets::NAME),
        ("find_tickets", "find_tickets")
    );
    let tool = tool.tool();
    assert_eq!(tool.description, "Finds tickets.\n\nNewest first.");
    assert_eq!(tool.toolkit.slug, "desk");
    assert!(tool.is_read_only() && tool.is_important() && !tool.is_destructive());
}

#[test]
fn arguments_are_described_defaulted_renamed_and_required_as_written() {
    let schema = schema(&find_tickets::tool());
    let properties = &schema["properties"];
    assert_eq!(schema["required"], json!(["words"]));
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(
        properties["words"],
        json!({"type": "array", "items": {"type": "string"}, "description": "Words in the title,\nany of them"})
    );
    assert_eq!(properties["limit"]["default"], json!(20));
    assert_eq!(properties["order"]["default"], json!("newest"));
    assert_eq!(properties["closed"]["default"], json!(false));
    assert_eq!(properties["type"]["type"], json!(["string", "null"]));
    assert_eq!(properties.as_object().unwrap().len(), 6);
    assert_eq!(schema["$defs"]["State"]["enum"], json!(["open", "waiting"]));
}

#[tokio::test]
async fn what_is_left_out_is_none_or_the_default() {
    let result = called(find_tickets::tool(), json!({"words": ["a", "b"]})).await;
    assert_eq!(result.data(), json!(["a+b any 20 newest false "]));
    let all = json!({"words": [], "state": "waiting", "limit": 3, "order": "x", "closed": true, "type": "bug"});
    let result = called(find_tickets::tool(), all).await;
    assert_eq!(result.data(), json!([" waiting 3 x true bug"]));
}

#[test]
fn the_function_stays_callable_as_itself() {
    let found = find_tickets(&["a".to_owned()], None, 1, "oldest", true, None);
    assert_eq!(found, ["a any 1 oldest true "]);
}

#[tokio::test]
async fn wrong_arguments_are_told_by_their_names() {
    let toolset = toolset(find_tickets::tool());
    for (arguments, word) in [
        (json!({}), "words"),
        (json!({"words": ["a"], "limit": "many"}), "limit"),
        (json!({"words": ["a"], "wrods": 1}), "wrods"),
        (json!({"words": ["a"], "limit": -1}), "limit"),
        (json!({"words": ["a"], "state": "lost"}), "state"),
    ] {
        let error = toolset
            .execute_action("find_tickets", arguments)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.reader_message().contains(word), "{error}");
    }
}

/// Who asks, and by which call.
#[action]
async fn who(call: CustomCall, request: ExecuteRequest, client: Client) -> String {
    let _ = client;
    format!(
        "{} {:?} {:?} {} {request:?}",
        call.entity(),
        call.account(),
        call.call_id(),
        call.arguments().len()
    )
}

#[tokio::test]
async fn contexts_are_injected_and_hidden() {
    let schema = schema(&who::tool());
    assert_eq!(schema["properties"], json!({}));
    let tools = toolset(who::tool())
        .get_tools()
        .actions([who::NAME])
        .await
        .unwrap();
    let context = CallContext::new()
        .entity("bob")
        .account("ca_9")
        .call_id("call_1");
    let outcome = tools[0].call.call(context, "{}").await.unwrap();
    assert_eq!(
        outcome.result.data(),
        json!("bob Some(\"ca_9\") Some(\"call_1\") 0 ExecuteRequest(custom as bob)")
    );
}

#[tokio::test]
async fn a_model_cannot_give_a_context() {
    let toolset = toolset(who::tool());
    let arguments = json!({"call": {"entity": "mallory"}});
    let error = toolset.execute_action("who", arguments).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// Counts the credentials.
#[action(app = "desk")]
async fn credentials(auth: CustomAuth) -> usize {
    auth.parameters.len()
}

#[tokio::test]
async fn credentials_are_those_of_the_program_or_a_failure() {
    let auth = CustomAuth::new().header("Authorization", "Bearer s3cret");
    let with = toolset(credentials::tool()).add_auth("desk", auth);
    let result = with.execute_action("credentials", json!({})).await.unwrap();
    assert_eq!(result.data(), json!(1));
    let result = called(credentials::tool(), json!({})).await;
    assert_eq!(
        result.error.as_deref(),
        Some("the program has no credentials for desk")
    );
}

struct Tenant(String);

impl Parameter for Tenant {
    fn take(call: &mut CustomCall, _name: &str) -> composio_core::Result<Self> {
        Ok(Self(call.entity().to_uppercase()))
    }
}

/// Names the tenant.
#[action]
fn tenant(tenant: &Tenant) -> String {
    tenant.0.clone()
}

#[tokio::test]
async fn a_program_has_contexts_of_its_own() {
    assert_eq!(
        called(tenant::tool(), json!({})).await.data(),
        json!("ALICE")
    );
}

#[derive(Debug)]
struct Locked;

impl fmt::Display for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the drawer is locked")
    }
}

type Answer<T> = Result<T, Locked>;

/// Opens a drawer.
#[action]
async fn open_drawer(number: u8) -> Answer<u8> {
    if number > 3 { Err(Locked) } else { Ok(number) }
}

/// Fails as the crates do.
#[action]
async fn unavailable() -> composio_core::Result<()> {
    Err(composio_core::Error::new(
        ErrorKind::NotFound,
        "no such drawer",
    ))
}

/// Fails in a box.
#[action]
async fn boxed() -> Result<(), BoxError> {
    Err(composio_core::Error::new(ErrorKind::NotFound, "no such box").into())
}

#[tokio::test]
async fn an_error_is_a_failed_result_whatever_the_result_is_called() {
    assert_eq!(
        called(open_drawer::tool(), json!({"number": 2}))
            .await
            .data(),
        json!(2)
    );
    let failed = called(open_drawer::tool(), json!({"number": 4})).await;
    assert_eq!(
        (failed.successful, failed.error.as_deref()),
        (false, Some("the drawer is locked"))
    );
    let failed = called(unavailable::tool(), json!({})).await;
    assert_eq!(failed.error.as_deref(), Some("no such drawer"));
    let failed = called(boxed::tool(), json!({})).await;
    assert_eq!(failed.error.as_deref(), Some("no such box"));
}

#[derive(Serialize)]
struct Opaque {
    secret_free: bool,
}

/// Gives what has no schema.
#[action]
fn opaque() -> Opaque {
    Opaque { secret_free: true }
}

/// Gives a text for ever.
#[action]
fn forever() -> Result<&'static str, Locked> {
    Ok("ever")
}

#[tokio::test]
async fn results_show_their_schema_where_they_have_one() {
    let data =
        |tool: CustomTool| tool.tool().output_parameters.to_value()["properties"]["data"].clone();
    assert_eq!(data(opaque::tool()), json!({}));
    assert_eq!(data(open_drawer::tool())["type"], "integer");
    assert_eq!(data(forever::tool())["type"], "string");
    assert_eq!(
        called(opaque::tool(), json!({})).await.data(),
        json!({"secret_free": true})
    );
}

struct Counter<S> {
    count: AtomicUsize,
    step: S,
}

#[actions]
impl<S: Into<usize> + Copy + Send + Sync + 'static> Counter<S> {
    /// Counts on.
    #[action(name = "count")]
    pub(crate) async fn count_on(&self, times: usize) -> usize {
        let more = times * self.step.into();
        self.count.fetch_add(more, Ordering::SeqCst) + more
    }

    /// Counts back to nothing.
    #[action(destructive, idempotent)]
    fn reset(self: Arc<Self>, _call: CustomCall) {
        self.count.store(0, Ordering::SeqCst);
    }

    /// Shows the count.
    #[action(read_only)]
    fn show(self: &Arc<Self>, #[default] prefix: &str) -> String {
        format!("{prefix}{}", self.count.load(Ordering::SeqCst))
    }

    fn not_a_tool(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn methods_share_their_object() {
    let counter = Arc::new(Counter {
        count: AtomicUsize::new(1),
        step: 2_u8,
    });
    let tools = Counter::tools(counter.clone());
    let names: Vec<&str> = tools.iter().map(CustomTool::slug).collect();
    assert_eq!(names, ["count", "reset", "show"]);
    let toolset: ToolSet<Plain> = ToolSet::new(FakeService::new()).custom_tools(tools);
    let result = toolset
        .execute_action("count", json!({"times": 3}))
        .await
        .unwrap();
    assert_eq!(result.data(), json!(7));
    assert_eq!(counter.count_on(1).await, 9);
    let result = toolset
        .execute_action("show", json!({"prefix": "n="}))
        .await
        .unwrap();
    assert_eq!(result.data(), json!("n=9"));
    toolset.execute_action("reset", json!({})).await.unwrap();
    assert_eq!(counter.not_a_tool(), 0);
}

#[tokio::test]
async fn a_destructive_action_needs_a_gate() {
    let counter = Counter {
        count: AtomicUsize::new(5),
        step: 1_u8,
    };
    let toolset: ToolSet<Plain> = ToolSet::new(FakeService::new());
    let tools = toolset
        .get_tools()
        .custom_tool(Counter::reset_tool(counter))
        .await
        .unwrap();
    let outcome = tools[0].call.call(CallContext::new(), "{}").await.unwrap();
    assert_eq!(outcome.status, OutcomeStatus::Denied);
}

/// Named like an app, or not.
#[action(toolname = "calculator_add")]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[tokio::test]
async fn a_toolname_is_settled_when_the_tool_is_fetched() {
    let tools = toolset(add::tool())
        .get_tools()
        .actions(["calculator_add"])
        .await
        .unwrap();
    assert_eq!(tools[0].definition.name, "calculator_add");
    let mut desk = Tool::new("DESK_GET");
    desk.toolkit = ToolToolkit::new("calculator_add", "Calculator", "");
    let service = FakeService::new().tool(desk, |_| async { Ok(ToolResult::default()) });
    let toolset: ToolSet<Plain> = ToolSet::new(service).custom_tool(add::tool());
    let tools = toolset.get_tools().actions([add::NAME]).await.unwrap();
    assert_eq!(tools[0].definition.name, "add");
    assert_eq!(tools[0].call.tool().toolkit.slug, "calculator_add");
}

mod elsewhere {
    pub(crate) use composio_core as words;

    /// Is reached by another path.
    #[words::action(crate = words)]
    pub(super) fn r#match(r#type: String) -> String {
        r#type
    }
}

#[tokio::test]
async fn raw_names_visibility_and_the_path_of_the_crate_are_kept() {
    let tool = elsewhere::r#match::tool();
    assert_eq!(tool.slug(), "match");
    assert_eq!(called(tool, json!({"type": "x"})).await.data(), json!("x"));
}

#[test]
fn an_action_may_stand_in_a_function() {
    /// Stands inside.
    #[action]
    fn inside() {}

    inside();
    assert_eq!(inside::tool().slug(), "inside");
}
