use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Decode, Members, Reader, TypedAction};
use crate::{
    Arguments, ErrorKind, Plain, ToolSet,
    models::{RawJson, Tool, ToolResult},
    testing::FakeService,
};

#[derive(Debug, PartialEq)]
struct Ticket {
    number: Option<i64>,
    title: Option<String>,
    labels: Option<Vec<String>>,
    scores: Option<BTreeMap<String, f64>>,
    parent: Option<Box<Self>>,
}

impl Decode for Ticket {
    fn decode(value: Value, reader: &mut Reader) -> Option<Self> {
        let mut members = reader.members(value)?;
        Some(Self {
            number: reader.take(&mut members, "number"),
            title: reader.take(&mut members, "title"),
            labels: reader.take(&mut members, "labels"),
            scores: reader.take(&mut members, "scores"),
            parent: reader.take(&mut members, "a/parent"),
        })
    }
}

struct Create {
    title: String,
    note: Option<Option<String>>,
}

impl TypedAction for Create {
    const SLUG: &'static str = "DESK_CREATE";
    type Output = Ticket;

    fn arguments(&self) -> Arguments {
        let members = Members::new().put("title", &self.title);
        members.put_some("note", &self.note).into()
    }
}

fn toolset(answer: impl Fn(Value) -> ToolResult + Clone + Send + Sync + 'static) -> ToolSet<Plain> {
    let mut tool = Tool::new(Create::SLUG);
    tool.input_parameters = RawJson::from(json!({
        "type": "object", "required": ["title"],
        "properties": {"title": {"type": "string", "minLength": 1}, "note": {"type": ["string", "null"]}},
    }));
    ToolSet::new(FakeService::new().tool(tool, move |arguments| {
        let answer = answer.clone();
        async move { Ok(answer(arguments)) }
    }))
}

fn create(title: &str, note: Option<Option<&str>>) -> Create {
    Create {
        title: title.to_owned(),
        note: note.map(|note| note.map(str::to_owned)),
    }
}

#[tokio::test]
async fn what_is_set_is_sent_and_what_comes_back_is_typed() {
    let echo = toolset(|arguments| ToolResult::success(json!({"number": 7, "title": arguments})));
    for (note, sent) in [
        (None, json!({"title": "Fire"})),
        (Some(None), json!({"title": "Fire", "note": null})),
        (Some(Some("x")), json!({"title": "Fire", "note": "x"})),
    ] {
        let executed = create("Fire", note).execute(&echo).await.unwrap();
        assert_eq!(executed.number, Some(7));
        assert_eq!(executed.result().data()["title"], sent);
    }
}

#[tokio::test]
async fn a_wrong_member_costs_only_itself_and_is_told() {
    let odd = toolset(|_| {
        ToolResult::success(json!({
            "number": "7", "title": "Fire", "labels": ["a", 1, "b"], "scores": {"x": 1.5, "y": true},
            "a/parent": {"number": 1.0, "title": null}, "more": [],
        }))
    });
    let executed = create("Fire", None).execute(&odd).await.unwrap();
    let places = ["/number", "/labels/1", "/scores/y"];
    assert_eq!(executed.deviations(), places);
    let ticket = executed.into_value();
    assert_eq!(ticket.labels, Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(ticket.scores, Some(BTreeMap::from([("x".to_owned(), 1.5)])));
    let parent = ticket.parent.unwrap();
    assert_eq!((parent.number, parent.title), (Some(1), None));
}

#[tokio::test]
async fn deviations_are_counted_to_an_end() {
    let many = toolset(|_| ToolResult::success(json!({"labels": vec![1; 10_000]})));
    let executed = create("Fire", None).execute(&many).await.unwrap();
    assert_eq!(executed.deviations().len(), 32);
    assert_eq!(executed.labels, Some(Vec::new()));
}

#[tokio::test]
async fn failures_and_unreadable_results_are_errors_that_say_which() {
    let failing = toolset(|_| ToolResult::failure("no such desk"));
    let error = create("Fire", None).execute(&failing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ToolFailed);
    assert_eq!(error.reader_message(), "no such desk");
    let result = create("Fire", None).execute(&failing).untyped().await;
    assert!(!result.unwrap().successful);

    let other = toolset(|_| ToolResult::success(json!([1])));
    let error = create("Fire", None).execute(&other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
}

#[tokio::test]
async fn arguments_are_held_to_the_schema_of_the_service() {
    let echo = toolset(ToolResult::success);
    let error = create("", None).execute(&echo).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn integers_beyond_what_is_exact_are_not_guessed() {
    let decoded = |text: &str| {
        let value = serde_json::from_str(text).unwrap();
        <i64 as Decode>::decode(value, &mut Reader::new())
    };
    assert_eq!(decoded("2.0"), Some(2));
    assert_eq!(decoded("-9223372036854775808"), Some(i64::MIN));
    for text in ["2.5", "1e300", "18446744073709551615", "true", "\"2\""] {
        assert_eq!(decoded(text), None, "{text}");
    }
}
