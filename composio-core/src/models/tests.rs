use serde_json::json;

use super::{
    AuthScheme, ConnectedAccount, ConnectionStatus, ErrorEnvelope, Page, RawJson, Tool, ToolResult,
    Toolkit,
};

#[test]
fn unknown_fields_and_missing_optional_ones_are_tolerated() {
    let tool: Tool =
        serde_json::from_value(json!({"slug": "A_B", "surprise": 1, "tags": null})).unwrap();
    assert_eq!(tool.input_parameters.as_str(), "{}");
    let toolkit: Toolkit =
        serde_json::from_str(r#"{"slug":"a","auth_schemes":["API_KEY","TELEPATHY"]}"#).unwrap();
    assert_eq!(
        toolkit.auth_schemes,
        [AuthScheme::ApiKey, AuthScheme::Other("TELEPATHY".into())]
    );
    let page: Page<Tool> = serde_json::from_str(r#"{"items":[]}"#).unwrap();
    assert!(page.next_cursor.is_none());
}

#[test]
fn unknown_status_survives_a_round_trip() {
    let account: ConnectedAccount =
        serde_json::from_str(r#"{"id":"ca_1","status":"DREAMING"}"#).unwrap();
    assert_eq!(account.status, ConnectionStatus::Other("DREAMING".into()));
    assert_eq!(
        serde_json::to_value(&account).unwrap()["status"],
        "DREAMING"
    );
}

#[test]
fn both_spellings_of_successful_are_read() {
    let result: ToolResult = serde_json::from_str(r#"{"data":{},"successfull":true}"#).unwrap();
    assert!(result.successful);
}

#[test]
fn keep_works_on_objects_and_lists() {
    let result = ToolResult::success(json!({"id": 1, "body": "long"})).keep(["id"]);
    assert_eq!(result.data(), json!({"id": 1}));
    let result = ToolResult::success(json!([{"id": 1, "body": "long"}, 2])).keep(["id"]);
    assert_eq!(result.data(), json!([{"id": 1}, 2]));
}

#[test]
fn debug_shows_no_values() {
    let account: ConnectedAccount = serde_json::from_value(json!({
        "id": "ca_1", "status": "ACTIVE",
        "state": {"authScheme": "API_KEY", "val": {"api_key": "hunter2"}},
    }))
    .unwrap();
    assert!(!format!("{account:?}").contains("hunter2"));
    assert!(!format!("{:?}", RawJson::from(json!("hunter2"))).contains("hunter2"));
}

#[test]
fn an_error_body_without_code_is_read() {
    let envelope: ErrorEnvelope =
        serde_json::from_str(r#"{"error":{"message":"no","code":null}}"#).unwrap();
    assert_eq!(envelope.error.message, "no");
}
