//! What we send and answer, held against Composio's published document and against our own.

mod battery;
mod deviations;
mod document;
mod exchange;
mod raw;
mod routes;
mod typed;
mod world;

use std::{collections::BTreeSet, fs, process::ExitCode};

use composio_tests::suite::{Outcome, Suite};
use composio_tests::tree;
use libtest_mimic::{Completion, Failed};

use document::Document;
use exchange::Exchange;

/// Composio's own document, which is not in this repository.
const PUBLISHED: &str = "../shared/data/composio/openapi-v3.json";

fn main() -> ExitCode {
    Suite::new()
        .case_unless(
            "the_published_document_holds_for_what_we_send_and_answer",
            published,
        )
        .case("our_document_holds_for_what_we_answer", ours)
        .case("our_document_names_every_route_and_no_other", || {
            on_a_runtime(routes::compare())
        })
        .case(
            "our_document_names_every_parameter_that_is_read",
            routes::parameters,
        )
        .case("our_document_is_served_as_it_is_written", || {
            on_a_runtime(routes::served())
        })
        .case("a_fault_of_an_answer_is_found", routes::finds_faults)
        .run()
}

fn published() -> Result<Completion, Failed> {
    let path = tree::root().join(PUBLISHED);
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(Completion::ignored_with(format!("{PUBLISHED} is absent")));
    };
    let document = Document::published(serde_json::from_str(&text)?);
    let exchanges = on_a_runtime(battery::exchanges());
    let mut found: BTreeSet<String> = BTreeSet::new();
    let mut held = 0;
    for exchange in &exchanges {
        if let Some(faults) = document.faults(exchange) {
            held += 1;
            found.extend(faults);
        }
    }
    assert!(
        held > 100,
        "{held} exchanges were held against the document"
    );
    deviations::compare(&found)?;
    Ok(Completion::Completed)
}

fn ours() -> Outcome {
    let document = Document::ours();
    let exchanges = on_a_runtime(battery::exchanges());
    let faults: BTreeSet<String> = exchanges
        .iter()
        .filter(|exchange| !exchange.is_stray)
        .flat_map(|exchange| match document.faults(exchange) {
            Some(faults) => faults,
            None => vec![format!("{exchange} is not in the document")],
        })
        .collect();
    if !faults.is_empty() {
        let faults: Vec<String> = faults.into_iter().collect();
        return Err(faults.join("\n").into());
    }
    let mut unseen = document.unseen(&exchanges);
    unseen.extend(document.unasked(&exchanges));
    if unseen.is_empty() {
        return Ok(());
    }
    Err(format!("no request of the battery asks: {}", unseen.join(", ")).into())
}

fn on_a_runtime<T>(run: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime starts")
        .block_on(run)
}

impl std::fmt::Display for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.method, self.path, self.status)
    }
}
