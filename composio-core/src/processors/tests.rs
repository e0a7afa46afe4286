use serde_json::json;

use super::{Processors, Scope};
use crate::{Arguments, ErrorKind, models::ToolResult};

const TOOL: (&str, &str) = ("gmail", "GMAIL_SEND_EMAIL");

fn noting(note: &'static str) -> impl Fn(Arguments) -> std::future::Ready<Arguments> {
    move |arguments| {
        let so_far = arguments.text("notes").unwrap_or_default().to_owned();
        std::future::ready(arguments.set("notes", so_far + note))
    }
}

#[tokio::test]
async fn they_run_in_order_and_only_where_they_belong() {
    let mut toolset = Processors::default();
    toolset.push_pre(Scope::All, noting("a"));
    toolset.push_pre(Scope::app("GMAIL"), noting("b"));
    toolset.push_pre(Scope::app("slack"), noting("!"));
    let mut fetch = Processors::default();
    fetch.push_pre("GMAIL_SEND_EMAIL".into(), noting("c"));
    fetch.push_pre("GMAIL_FETCH_EMAILS".into(), noting("!"));
    let both = toolset.followed_by(fetch);
    let arguments = both.pre(TOOL, Arguments::new()).await.unwrap();
    assert_eq!(arguments.text("notes"), Some("abc"));
    let narrowed = both
        .for_tool(TOOL.0, TOOL.1)
        .pre(TOOL, Arguments::new())
        .await
        .unwrap();
    assert_eq!(narrowed, arguments);
}

#[tokio::test]
async fn a_failed_pre_stops_the_chain_with_its_own_message() {
    let mut processors = Processors::default();
    processors.push_pre(Scope::All, |_| async {
        Err::<Arguments, _>("only to colleagues")
    });
    processors.push_pre(Scope::All, |arguments| async move {
        panic!("runs after a failure: {arguments:?}") as Arguments
    });
    let error = processors.pre(TOOL, Arguments::new()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.reader_message()),
        (ErrorKind::Processor, "only to colleagues")
    );
}

#[tokio::test]
async fn a_failed_post_never_lets_the_unprocessed_result_through() {
    let mut processors = Processors::default();
    processors.push_post(Scope::All, |_| async {
        Err::<ToolResult, _>("filter broke")
    });
    let mut result = ToolResult::success(json!({"ssn": "hunter2"}));
    result.log_id = Some("log_1".into());
    let result = processors.post(TOOL, result).await;
    assert!(!result.successful && !result.data.as_str().contains("hunter2"));
    assert_eq!(result.log_id.as_deref(), Some("log_1"));
}
