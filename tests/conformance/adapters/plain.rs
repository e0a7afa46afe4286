//! No adapter at all: a closure is the model.

use std::sync::{Arc, Mutex};

use composio_core::{Plain, PlainMessage, PlainResponse, Result};

use super::agent;
use crate::{
    cases::{Case, Seen},
    setup::{self, Counts},
    stand_in::as_json,
};

pub async fn run(case: &Case) -> Seen {
    let service = setup::service();
    let counts = Counts::default();
    let tools = setup::fetch::<Plain>(&service, &case.setup, &counts).await;
    let histories: Arc<Mutex<Vec<Vec<PlainMessage>>>> = Arc::default();
    let kept = histories.clone();
    let script = case.script.clone();
    let model = move || {
        let (kept, script) = (kept.clone(), script.clone());
        move |history: Vec<PlainMessage>| -> std::future::Ready<Result<PlainResponse>> {
            let turns = history
                .iter()
                .filter(|message| matches!(message, PlainMessage::Assistant { .. }))
                .count();
            kept.lock().unwrap().push(history);
            std::future::ready(Ok(script.answer(turns)))
        }
    };
    let end = agent::drive(case, &service, &tools, model).await;
    let mut seen = agent::seen(end, &service, &counts);
    let histories = histories.lock().unwrap();
    seen.asked = histories.len();
    let read = histories
        .last()
        .into_iter()
        .flatten()
        .filter_map(|message| match message {
            PlainMessage::Tool { text, .. } => Some(as_json(text)),
            _ => None,
        });
    seen.read = read.collect();
    seen
}
