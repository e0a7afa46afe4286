use serde_json::{Value, json};

use super::{ToolSet, Tools};
use crate::{
    Arguments, CustomTool, ErrorKind, Plain, PlainMessage, PlainResponse, ResultBudget, Scope,
    ToolCall,
    models::{CustomAuth, RawJson, Tool, ToolResult, ToolToolkit},
    testing::FakeService,
};

fn mail() -> Tool {
    let mut tool = Tool::new("GMAIL_SEND_EMAIL");
    tool.toolkit = ToolToolkit::new("gmail", "Gmail", "");
    tool.tags = vec!["important".into(), "Mail".into()];
    tool.description = "Sends an email".into();
    tool.input_parameters = RawJson::from(json!({
        "type": "object", "required": ["recipient_email", "subject"],
        "properties": {"recipient_email": {"type": "string"}, "subject": {"type": "string"}, "count": {"type": "integer"}},
    }));
    tool
}

fn numbered(number: usize, read: bool) -> Tool {
    let mut tool = Tool::new(format!("BIG_{number:03}"));
    tool.toolkit = ToolToolkit::new("big", "Big", "");
    tool.tags = if read {
        vec!["readOnlyHint".into()]
    } else {
        vec![]
    };
    tool
}

async fn echo(arguments: Value) -> crate::Result<ToolResult> {
    Ok(ToolResult::success(arguments))
}

fn service() -> FakeService {
    let big = (0..40).fold(FakeService::new(), |service, n| {
        service.tool(numbered(n, n % 2 == 1), echo)
    });
    big.tool(mail(), echo)
        .account("ca_1", "alice", "gmail")
        .account("ca_2", "alice", "big")
}

fn toolset(service: &FakeService) -> ToolSet<Plain> {
    ToolSet::new(service.clone()).entity("alice")
}

fn call(name: &str, arguments: &Value) -> PlainResponse {
    PlainResponse::calls([ToolCall::with_value("call_1", name, arguments)])
}

async fn answer(tools: &Tools<Plain>, response: &PlainResponse) -> Value {
    let messages = tools.handle_tool_calls(response).await.unwrap();
    let [PlainMessage::Tool { text, .. }] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn the_users_words_reach_the_service() {
    let service = service();
    let toolset = toolset(&service).connected_account("ca_1");
    let result = toolset
        .execute_action(
            "GMAIL_SEND_EMAIL",
            json!({"recipient_email": "a@b.c", "subject": "hi"}),
        )
        .await
        .unwrap();
    assert!(result.successful);
    let execution = &service.executions()[0];
    assert_eq!(execution.user_id.as_deref(), Some("alice"));
    assert_eq!(execution.connected_account_id.as_deref(), Some("ca_1"));
    assert!(!execution.has_custom_auth);
}

#[tokio::test]
async fn custom_credentials_go_with_the_call_and_only_to_their_app() {
    let service = service();
    let auth = CustomAuth::new().header("Authorization", "Bearer hunter2");
    let arguments = json!({"recipient_email": "a@b.c", "subject": "hi"});
    let toolset = toolset(&service).add_auth("GMAIL", auth.clone());
    assert!(!format!("{toolset:?}").contains("hunter2"));
    toolset
        .execute_action("GMAIL_SEND_EMAIL", arguments.clone())
        .await
        .unwrap();
    toolset.execute_action("BIG_001", json!({})).await.unwrap();
    toolset
        .execute_action("BIG_001", json!({}))
        .auth(auth)
        .await
        .unwrap();
    let sent: Vec<bool> = service
        .executions()
        .iter()
        .map(|execution| execution.has_custom_auth)
        .collect();
    assert_eq!(sent, [true, false, true]);
}

#[tokio::test]
async fn custom_credentials_override_even_the_connection_that_is_named() {
    let service = service();
    let auth = CustomAuth::new().cookie("session", "hunter2");
    let toolset = toolset(&service)
        .connected_account("ca_1")
        .add_auth("gmail", auth);
    let arguments = json!({"recipient_email": "a@b.c", "subject": "hi"});
    let by_arguments = toolset.execute_action("GMAIL_SEND_EMAIL", arguments);
    by_arguments.connected_account_id("ca_2").await.unwrap();
    let by_text = toolset.execute_action("GMAIL_SEND_EMAIL", json!({}));
    by_text.text("Say hi to a@b.c").await.unwrap();
    for execution in service.executions() {
        assert!(execution.has_custom_auth);
        assert_eq!(execution.connected_account_id, None);
    }
}

#[tokio::test]
async fn important_actions_are_taken_and_without_any_the_first_thirty_reads_first() {
    let service = service();
    let mail = toolset(&service).get_tools().apps(["GMAIL"]).await.unwrap();
    assert_eq!(mail.len(), 1);
    let big = toolset(&service).get_tools().apps(["big"]).await.unwrap();
    assert_eq!(big.len(), 30);
    let reads = big
        .iter()
        .take_while(|tool| tool.definition.is_read_only)
        .count();
    assert_eq!(reads, 20);
    assert_eq!(
        toolset(&service)
            .get_tools()
            .apps(["big"])
            .all_actions()
            .await
            .unwrap()
            .len(),
        40
    );
    assert_eq!(
        toolset(&service)
            .get_tools()
            .apps(["gmail"])
            .tags(["Mail"])
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(
        toolset(&service)
            .get_tools()
            .apps(["gmail"])
            .tags(["mail"])
            .await
            .unwrap()
            .is_empty(),
        "tags are case-sensitive"
    );
    let found = toolset(&service)
        .find_actions_by_use_case("sends an email")
        .apps(["gmail"])
        .await
        .unwrap();
    assert_eq!(found, ["GMAIL_SEND_EMAIL"]);
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    let service = service();
    let error = toolset(&service)
        .get_tools()
        .actions(["GMAIL_SEND_EMAIL", "GMAIL_FLY", "NOPE"])
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("GMAIL_FLY, NOPE"), "{error}");
    assert_eq!(
        toolset(&service)
            .get_tools()
            .apps(["gmial"])
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        toolset(&service)
            .execute_action("NOPE", json!({}))
            .await
            .unwrap_err()
            .kind(),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn an_app_nobody_connected_is_refused_unless_told_otherwise() {
    let service = service();
    let bob = toolset(&service).entity("bob");
    let error = bob.get_tools().apps(["gmail"]).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("bob has no active connection to gmail"),
        "{error}"
    );
    assert_eq!(
        bob.get_tools()
            .apps(["gmail"])
            .check_connected_accounts(false)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        bob.get_action_schemas()
            .actions(["GMAIL_SEND_EMAIL"])
            .check_connected_accounts(false)
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(
        bob.get_action_schemas()
            .actions(["GMAIL_SEND_EMAIL"])
            .await
            .is_err()
    );
}

#[tokio::test]
async fn hidden_from_the_model_and_injected_for_it() {
    let service = service();
    let tools = toolset(&service)
        .get_tools()
        .actions(["GMAIL_SEND_EMAIL"])
        .schema("GMAIL_SEND_EMAIL", |tool| {
            tool.hide("recipient_email").rename("send_mail")
        })
        .pre("GMAIL_SEND_EMAIL", |arguments| {
            arguments.set("recipient_email", "fixed@example.com")
        })
        .post("GMAIL_SEND_EMAIL", |result| {
            result.keep(["recipient_email"])
        })
        .await
        .unwrap();
    assert!(
        tools[0].definition.parameters["properties"]
            .get("recipient_email")
            .is_none()
    );
    let sent = answer(&tools, &call("send_mail", &json!({"subject": "hi"}))).await;
    assert_eq!(
        sent,
        json!({"successful": true, "data": {"recipient_email": "fixed@example.com"}})
    );
    let cheat = answer(
        &tools,
        &call(
            "send_mail",
            &json!({"subject": "hi", "recipient_email": "evil@example.com"}),
        ),
    )
    .await;
    assert!(
        cheat["error"]
            .as_str()
            .unwrap()
            .contains("`recipient_email` is not an argument")
    );
    let unknown = answer(&tools, &call("GMAIL_SEND_EMAIL", &json!({}))).await;
    assert!(
        unknown["error"]
            .as_str()
            .unwrap()
            .contains("there is no tool")
    );
    assert_eq!(service.executions().len(), 1);
}

#[tokio::test]
async fn an_injected_argument_that_is_wrong_is_refused() {
    let service = service();
    let tools = toolset(&service)
        .get_tools()
        .actions(["GMAIL_SEND_EMAIL"])
        .pre(Scope::app("gmail"), |arguments| {
            arguments.set("count", "lots")
        })
        .await
        .unwrap();
    let refused = answer(
        &tools,
        &call(
            "GMAIL_SEND_EMAIL",
            &json!({"subject": "hi", "recipient_email": "a"}),
        ),
    )
    .await;
    assert!(
        refused["error"].as_str().unwrap().contains("/count"),
        "{refused}"
    );
    assert!(service.executions().is_empty());
}

#[tokio::test]
async fn the_toolsets_processors_apply_to_direct_calls_too() {
    let service = service();
    let toolset = toolset(&service).post("*", |result| result.keep(["subject"]));
    let arguments = json!({"recipient_email": "a@b.c", "subject": "hi"});
    let result = toolset
        .execute_action("GMAIL_SEND_EMAIL", arguments.clone())
        .await
        .unwrap();
    assert_eq!(result.data(), json!({"subject": "hi"}));
    let messages = toolset
        .handle_tool_calls(&call("GMAIL_SEND_EMAIL", &arguments))
        .await
        .unwrap();
    assert!(format!("{messages:?}").contains("hi") && !format!("{messages:?}").contains("a@b.c"));
    let unknown = toolset
        .handle_tool_calls(&call("NOPE", &json!({})))
        .await
        .unwrap();
    assert!(format!("{unknown:?}").contains("not found"));
}

#[tokio::test]
async fn wrong_arguments_never_leave_the_process() {
    let service = service();
    let error = toolset(&service)
        .execute_action("GMAIL_SEND_EMAIL", json!({"subject": 3, "extra": 1}))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(
        error.to_string().contains("`recipient_email` is required")
            && error.to_string().contains("`extra`")
    );
    assert!(service.executions().is_empty());
}

#[tokio::test]
async fn a_custom_tool_is_fetched_with_the_others() {
    let service = service();
    let shout = CustomTool::new("shout", "Shouts.", |input: Words| async move {
        Ok(input.words.to_uppercase())
    });
    let toolset = toolset(&service).custom_tool(shout);
    let tools = toolset
        .get_tools()
        .actions(["GMAIL_SEND_EMAIL", "shout"])
        .await
        .unwrap();
    assert_eq!(
        tools
            .iter()
            .map(|tool| tool.definition.name.as_str())
            .collect::<Vec<_>>(),
        ["GMAIL_SEND_EMAIL", "shout"]
    );
    assert_eq!(
        answer(&tools, &call("shout", &json!({"words": "hi"}))).await["data"],
        "HI"
    );
    assert_eq!(
        toolset
            .execute_action("shout", json!({"words": "hi"}))
            .await
            .unwrap()
            .data(),
        "HI"
    );
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Words {
    words: String,
}

#[tokio::test]
async fn one_users_processor_never_reaches_another_users_call() {
    let service = service();
    let base = toolset(&service);
    let _alice = base.clone().pre("*", |arguments| arguments.set("count", 1));
    let arguments = json!({"recipient_email": "a@b.c", "subject": "hi"});
    let bob = base
        .entity("bob")
        .execute_action("GMAIL_SEND_EMAIL", arguments.clone())
        .await
        .unwrap();
    assert_eq!(bob.data(), arguments);
}

#[test]
fn what_users_hold_goes_between_threads_and_is_cheap_to_clone() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<ToolSet<Plain>>();
    shared::<Tools<Plain>>();
    shared::<crate::BoundTool>();
    shared::<crate::client::Client>();
    shared::<crate::Transport>();
    shared::<crate::Run<PlainMessage>>();
    shared::<CustomTool>();
    shared::<crate::Gate>();
}

#[tokio::test]
async fn a_model_reads_within_the_budget_and_the_program_reads_everything() {
    let service = service();
    let toolset = toolset(&service).result_budget(ResultBudget::bytes(1_024));
    let arguments = json!({"recipient_email": "a@b.c", "subject": "s".repeat(5_000)});
    let response = call("GMAIL_SEND_EMAIL", &arguments);
    let tools = toolset.get_tools().apps(["gmail"]).await.unwrap();
    let offered = answer(&tools, &response).await;
    let any = toolset.handle_tool_calls(&response).await.unwrap();
    let [PlainMessage::Tool { text, .. }] = any.as_slice() else {
        panic!("{any:?}")
    };
    for read in [offered.to_string(), text.clone()] {
        assert!(
            read.len() <= 1_024 && read.contains("of 5000 characters"),
            "{read}"
        );
    }
    let roomy = toolset.get_tools().apps(["gmail"]);
    let roomy = roomy
        .result_budget(ResultBudget::bytes(9_000))
        .await
        .unwrap();
    assert_eq!(answer(&roomy, &response).await["data"], arguments);
    let result = toolset
        .execute_action("GMAIL_SEND_EMAIL", arguments.clone())
        .await
        .unwrap();
    assert_eq!(result.data(), arguments);
}

#[tokio::test]
async fn a_setting_holds_for_tools_that_were_looked_up_before_it() {
    let toolset = toolset(&service());
    let arguments = json!({"recipient_email": "a@b.c", "subject": "hi"});
    let execute = async |toolset: &ToolSet<Plain>| {
        let result = toolset.execute_action("GMAIL_SEND_EMAIL", arguments.clone());
        result.await.unwrap().data()["recipient_email"].clone()
    };
    assert_eq!(execute(&toolset).await, "a@b.c");
    let fixed = toolset.clone().pre("*", |arguments: Arguments| {
        arguments.set("recipient_email", "fixed@example.com")
    });
    assert_eq!(execute(&fixed).await, "fixed@example.com");
    assert_eq!(execute(&toolset).await, "a@b.c");
}
