use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::{ResultBudget, WholeResult};
use crate::{
    OutcomeStatus, ToolOutcome,
    models::{RawJson, ToolResult},
};

fn outcome(data: impl Into<RawJson>) -> ToolOutcome {
    ToolOutcome::executed("NOTES_LIST", ToolResult::success(data))
}

async fn within(budget: &ResultBudget, outcome: ToolOutcome) -> (ToolOutcome, Value) {
    let told = budget.apply(outcome, Some("call_1"), "alice").await;
    let read = serde_json::from_str(&told.model_text()).expect("valid JSON");
    (told, read)
}

fn notes(count: usize) -> Value {
    let notes =
        (0..count).map(|n| json!({"id": n, "title": format!("note {n:03}"), "done": false}));
    json!({"total": count, "items": notes.collect::<Vec<_>>(), "next": null})
}

#[tokio::test]
async fn a_result_within_the_budget_stays_as_it_was_written() {
    let text = "{ \"a\" :\t1.0,\"b\":[ ],  \"a\": 2e0 }";
    let whole = outcome(RawJson::parse(text).unwrap());
    let told = ResultBudget::bytes(2_000)
        .apply(whole.clone(), None, "alice")
        .await;
    assert_eq!(told.result.data.as_str(), text);
    assert_eq!(told.cut, None);
}

#[tokio::test]
async fn a_list_keeps_whole_items_and_says_how_many() {
    let (told, read) = within(&ResultBudget::bytes(2_000), outcome(notes(50))).await;
    let items = read["data"]["items"].as_array().unwrap();
    assert!(items.len() > 20 && items.len() < 50, "{}", items.len());
    assert_eq!(
        items[..],
        notes(50)["items"].as_array().unwrap()[..items.len()]
    );
    assert_eq!(
        (&read["data"]["total"], &read["data"]["next"]),
        (&json!(50), &Value::Null)
    );
    let said = format!("`items`: {} of 50 items", items.len());
    assert_eq!(told.cut.unwrap().left_out, vec![said.clone()]);
    assert!(read["cut"].as_str().unwrap().contains(&said), "{read}");
}

#[tokio::test]
async fn a_long_text_is_cut_between_characters() {
    let body = "ä\"😀\n".repeat(2_000);
    let (told, read) = within(
        &ResultBudget::bytes(1_500),
        outcome(json!({"id": 7, "body": body})),
    )
    .await;
    let kept = read["data"]["body"].as_str().unwrap();
    let start = kept.strip_suffix('…').unwrap();
    assert!(
        body.starts_with(start) && start.len() > 500,
        "{}",
        start.len()
    );
    assert_eq!(read["data"]["id"], 7);
    let said = format!(
        "`body`: the first {} of 8000 characters",
        start.chars().count()
    );
    assert_eq!(told.cut.unwrap().left_out, [said]);
}

#[tokio::test]
async fn the_first_item_is_cut_inside_if_not_even_that_fits() {
    let item = json!({"id": 1, "body": "x".repeat(9_000)});
    let (told, read) = within(&ResultBudget::bytes(2_000), outcome(json!([item, item]))).await;
    assert_eq!(read["data"][0]["id"], 1);
    assert_eq!(read["data"].as_array().unwrap().len(), 1);
    let left_out = told.cut.unwrap().left_out;
    assert_eq!(left_out[0], "1 of 2 items");
    assert!(
        left_out[1].starts_with("`[0].body`: the first"),
        "{left_out:?}"
    );
}

#[tokio::test]
async fn whole_fields_are_kept_where_there_are_too_many() {
    let many: serde_json::Map<_, _> = (0..500).map(|n| (format!("field_{n}"), json!(n))).collect();
    let (told, read) = within(
        &ResultBudget::bytes(1_024),
        outcome(Value::Object(many.clone())),
    )
    .await;
    let kept = read["data"].as_object().unwrap();
    assert!(kept.len() > 20, "{}", kept.len());
    assert!(kept.iter().all(|(name, value)| many[name] == *value));
    assert_eq!(
        told.cut.unwrap().left_out,
        [format!("{} of 500 fields", kept.len())]
    );
}

#[tokio::test]
async fn whatever_it_is_it_fits_and_is_json() {
    let deep = (0..200).fold(json!("x".repeat(5_000)), |inner, n| {
        if n % 2 == 0 {
            json!([inner])
        } else {
            json!({"k": inner})
        }
    });
    let long_key = json!({"k".repeat(4_000): 1, "b": 2});
    let hostile = json!({"a\"`\n".repeat(300): "y".repeat(3_000), "z": ["\u{1}".repeat(2_000)]});
    let number = RawJson::parse("1".repeat(3_000)).unwrap();
    let half = RawJson::parse(format!(r#"["\ud800{}"]"#, "x".repeat(3_000))).unwrap();
    let wide = json!(vec![json!({"a": "x".repeat(90)}); 10_000]);
    for data in [
        deep.into(),
        long_key.into(),
        hostile.into(),
        number,
        half,
        wide.into(),
    ] {
        for bytes in [0, 1_024, 1_500, 2_999] {
            let (told, read) = within(&ResultBudget::bytes(bytes), outcome(data.clone())).await;
            assert!(
                told.model_text().len() <= bytes.max(1_024),
                "{}",
                told.model_text()
            );
            assert!(read["cut"].is_string());
            assert!(!told.cut.unwrap().left_out.is_empty());
        }
    }
}

#[tokio::test]
async fn a_failure_with_a_page_for_an_error_is_cut_too() {
    let failed = ToolOutcome::executed("T", ToolResult::failure("<html>".repeat(1_000)));
    let (told, read) = within(&ResultBudget::bytes(2_000), failed).await;
    assert_eq!(told.status, OutcomeStatus::Failed);
    assert!(told.model_text().len() <= 2_000);
    assert!(read["error"].as_str().unwrap().starts_with("<html>"));
    assert!(told.cut.unwrap().left_out[0].starts_with("`error`: the first"));
}

#[tokio::test]
async fn tokens_count_three_bytes_each() {
    let told = ResultBudget::tokens(1_000)
        .apply(outcome(notes(500)), None, "alice")
        .await;
    let length = told.model_text().len();
    assert!((2_800..=3_000).contains(&length), "{length}");
}

#[tokio::test]
async fn the_program_is_handed_the_whole() {
    let kept: Arc<Mutex<Vec<WholeResult>>> = Arc::default();
    let hand = kept.clone();
    let budget = ResultBudget::bytes(1_024).keep(move |whole| hand.lock().unwrap().push(whole));
    let (_, read) = within(&budget, outcome(notes(50))).await;
    within(&budget, outcome(json!({"small": true}))).await;
    let kept = kept.lock().unwrap();
    let [whole] = kept.as_slice() else {
        panic!("{kept:?}")
    };
    assert_eq!(whole.result.data(), notes(50));
    assert_eq!(
        (whole.call_id.as_deref(), whole.entity.as_str()),
        (Some("call_1"), "alice")
    );
    assert!(
        read["cut"]
            .as_str()
            .unwrap()
            .ends_with("; the program has it"),
        "{read}"
    );
}

#[tokio::test]
async fn the_whole_is_in_a_file_of_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("new").join("results");
    let budget = ResultBudget::bytes(1_024).spill_to(&target);
    let (first, read) = within(&budget, outcome(notes(50))).await;
    let (second, _) = within(&budget, outcome(notes(60))).await;
    let files = [first, second].map(|told| told.cut.unwrap().file.unwrap());
    assert_ne!(files[0], files[1]);
    assert!(
        read["cut"]
            .as_str()
            .unwrap()
            .contains(files[0].to_str().unwrap())
    );
    let text = fs::read_to_string(&files[0]).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(whole, json!({"successful": true, "data": notes(50)}));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&files[0]), mode(&target)), (0o600, 0o700));
    }
}

#[tokio::test]
async fn a_tools_name_leads_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut hostile = outcome(notes(50));
    hostile.tool = "../../etc/cron.d/x\0".to_owned();
    let (told, _) = within(&ResultBudget::bytes(1_024).spill_to(folder.path()), hostile).await;
    let file = told.cut.unwrap().file.unwrap();
    assert_eq!(file.parent(), Some(folder.path()));
    assert_eq!(
        file.canonicalize().unwrap().parent(),
        Some(&*folder.path().canonicalize().unwrap())
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_said_and_the_result_is_cut_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    fs::write(&taken, "a file").unwrap();
    let (told, read) = within(
        &ResultBudget::bytes(1_024).spill_to(&taken),
        outcome(notes(50)),
    )
    .await;
    let cut = told.cut.unwrap();
    assert!(cut.file.is_none() && cut.not_kept.is_some());
    assert!(
        read["cut"]
            .as_str()
            .unwrap()
            .contains("could not be written"),
        "{read}"
    );
    assert_eq!(fs::read_to_string(&taken).unwrap(), "a file");
}

#[test]
fn without_a_runtime_files_are_written_too() {
    let folder = tempfile::tempdir().unwrap();
    let budget = ResultBudget::bytes(1_024).spill_to(folder.path());
    let told = futures_util::FutureExt::now_or_never(budget.apply(outcome(notes(50)), None, "a"));
    assert!(told.unwrap().cut.unwrap().file.unwrap().is_file());
}
