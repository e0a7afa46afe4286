//! What every adapter must do, case by case.

use std::{fs, path::Path, sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::{
    functions, runs,
    setup::{self, Rule, Setup},
    stand_in::{Script, Turn},
};

/// How a run is driven.
#[derive(Clone, Copy, PartialEq)]
pub enum Drive {
    /// To its end.
    ToTheEnd,
    /// Dropped while a tool hangs.
    DropMidCall,
    /// Stopped by a gate, serialised, and resumed with the decision to run.
    StopAndResume,
    /// No loop: one answer of the model through `handle_tool_calls`.
    HandleToolCalls,
    /// Left waiting by a gate, serialised to text, decided about by who reads that, and resumed.
    Approve(Verdict),
    /// To its end or to where it is cut; then the history goes on with another prompt.
    GoOn(Cut),
    /// As a stream of events.
    Watch,
}

/// What is decided about a call that waits.
#[derive(Clone, Copy, PartialEq)]
pub enum Verdict {
    Run,
    /// With the title `two`.
    Change,
    Deny,
}

/// What the caller does while a tool hangs.
#[derive(Clone, Copy, PartialEq)]
pub enum Cut {
    Nothing,
    Drop,
    Cancel,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// The model was done.
    Answered,
    /// A gate stopped it.
    Stopped,
    /// A limit of the run.
    Limit,
    /// A call waits for a decision.
    Waits,
    /// The caller cancelled it.
    Cancelled,
    /// The service could not be reached.
    Transport,
    /// The caller dropped it.
    Dropped,
    /// Anything else.
    Other(String),
}

/// What was seen of one case with one adapter.
#[derive(Clone, Debug)]
pub struct Seen {
    pub end: End,
    /// What the service executed.
    pub executed: Vec<(String, Value)>,
    /// What the model read of its calls.
    pub read: Vec<Value>,
    /// How many executions ran at once.
    pub peak: usize,
    /// How many still run.
    pub running: usize,
    /// How often each kind of processor ran.
    pub counts: [usize; 4],
    /// How often the model was asked.
    pub asked: usize,
    /// What the service was sent as files.
    pub uploaded: Vec<String>,
    /// What happened after the run ended, or while it went on.
    pub more: More,
}

#[derive(Clone, Debug, Default)]
pub struct More {
    /// Whether the model answered another prompt on the history of a run that had ended.
    pub went_on: bool,
    /// The arguments that whoever decided was shown.
    pub shown: Vec<Value>,
    /// The events, one after the other; words together.
    pub events: Vec<String>,
}

pub struct Case {
    pub name: &'static str,
    pub script: Script,
    pub setup: Setup,
    pub drive: Drive,
    pub check: fn(&Seen) -> Result<(), String>,
    /// Adapters that cannot have the case, and why.
    pub not_for: &'static [(&'static str, &'static str)],
}

pub fn once(name: &'static str, arguments: Value) -> Script {
    Script(vec![
        Turn::Calls(vec![(name, arguments.to_string())]),
        Turn::Says("done"),
    ])
}

pub fn expect(holds: bool, what: &str, seen: &Seen) -> Result<(), String> {
    if holds {
        Ok(())
    } else {
        Err(format!("{what}: {seen:?}"))
    }
}

pub fn executed(seen: &Seen, calls: &[(&str, Value)]) -> bool {
    let wanted: Vec<(String, Value)> = calls
        .iter()
        .map(|(slug, value)| ((*slug).to_owned(), value.clone()))
        .collect();
    let mut own = seen.executed.clone();
    own.sort_by_key(|(slug, value)| (slug.clone(), value.to_string()));
    own == wanted
}

/// The run ended with an answer, nothing was executed, and the model read a failure that says `words`.
fn refused(seen: &Seen, words: &str) -> Result<(), String> {
    let told = seen
        .read
        .iter()
        .any(|text| text.to_string().to_lowercase().contains(words));
    expect(
        seen.end == End::Answered && seen.executed.is_empty() && told,
        words,
        seen,
    )
}

pub fn case(
    name: &'static str,
    script: Script,
    setup: Setup,
    check: fn(&Seen) -> Result<(), String>,
) -> Case {
    Case {
        name,
        script,
        setup,
        drive: Drive::ToTheEnd,
        check,
        not_for: &[],
    }
}

pub fn title() -> Value {
    json!({"title": "one"})
}

pub fn all() -> Vec<Case> {
    let mut cases = calls();
    cases.extend(gates());
    cases.extend(processors());
    cases.extend(results());
    cases.extend(interruptions());
    cases.extend(functions::cases());
    cases.extend(runs::cases());
    cases
}

#[expect(clippy::too_many_lines, reason = "a list of cases")]
fn calls() -> Vec<Case> {
    let both = vec![
        ("NOTES_ADD", title().to_string()),
        ("NOTES_ADD", json!({"title": "two"}).to_string()),
    ];
    vec![
        case(
            "single call",
            once("NOTES_ADD", title()),
            Setup::default(),
            |seen| {
                let read = seen.read == [json!({"successful": true, "data": {"title": "one"}})];
                expect(
                    seen.end == End::Answered
                        && executed(seen, &[("NOTES_ADD", title())])
                        && read
                        && seen.asked == 2,
                    "one call",
                    seen,
                )
            },
        ),
        case(
            "two parallel calls",
            Script(vec![Turn::Calls(both), Turn::Says("done")]),
            Setup::default(),
            |seen| {
                let order: Vec<_> = seen
                    .read
                    .iter()
                    .map(|text| text["data"]["title"].clone())
                    .collect();
                expect(
                    seen.peak == 2 && order == ["one", "two"],
                    "at once, answered in order",
                    seen,
                )
            },
        ),
        case(
            "failing call",
            once("NOTES_FAIL", title()),
            Setup::default(),
            |seen| {
                let read =
                    seen.read == [json!({"successful": false, "error": "the note is locked"})];
                expect(
                    seen.end == End::Answered && seen.executed.len() == 1 && read,
                    "the model reads why",
                    seen,
                )
            },
        ),
        case(
            "unknown tool",
            once("NOTES_FLY", title()),
            Setup::default(),
            |seen| refused(seen, "there is no tool notes_fly"),
        ),
        case(
            "broken JSON",
            Script(vec![
                Turn::Calls(vec![("NOTES_ADD", r#"{"title": "#.to_owned())]),
                Turn::Says("done"),
            ]),
            Setup::default(),
            |seen| refused(seen, "json"),
        ),
        case(
            "invalid arguments",
            once("NOTES_ADD", json!({"stars": "many"})),
            Setup::default(),
            |seen| refused(seen, "`title` is required"),
        ),
        case(
            "service unreachable",
            once("NOTES_GONE", title()),
            Setup::default(),
            |seen| expect(seen.end == End::Transport, "it ends the run", seen),
        ),
    ]
}

fn gates() -> Vec<Case> {
    let with = |gate| Setup {
        gate,
        ..Setup::default()
    };
    let mut handled = case(
        "destructive, by the program",
        once("NOTES_DELETE", title()),
        Setup::default(),
        |seen| {
            expect(
                executed(seen, &[("NOTES_DELETE", title())]),
                "the program needs no gate",
                seen,
            )
        },
    );
    handled.drive = Drive::HandleToolCalls;
    vec![
        case(
            "denied",
            once("NOTES_ADD", title()),
            with(Rule::Deny),
            |seen| refused(seen, "denied: not today"),
        ),
        case(
            "stopped",
            once("NOTES_ADD", title()),
            with(Rule::Stop),
            |seen| {
                expect(
                    seen.end == End::Stopped && seen.executed.is_empty() && seen.asked == 1,
                    "nothing runs",
                    seen,
                )
            },
        ),
        case(
            "destructive without a gate",
            once("NOTES_DELETE", title()),
            Setup::default(),
            |seen| refused(seen, "allow_destructive"),
        ),
        handled,
    ]
}

fn processors() -> Vec<Case> {
    let hiding = |inject| Setup {
        hide: Some("title"),
        inject: Some(inject),
        ..Setup::default()
    };
    vec![
        case(
            "renamed tool",
            once("jot", title()),
            Setup {
                rename: Some("jot"),
                ..Setup::default()
            },
            |seen| {
                expect(
                    seen.end == End::Answered && executed(seen, &[("NOTES_ADD", title())]),
                    "the new name works",
                    seen,
                )
            },
        ),
        case(
            "processors exactly once",
            once("NOTES_ADD", title()),
            Setup {
                count: true,
                ..Setup::default()
            },
            |seen| {
                expect(
                    seen.counts == [1, 1, 1, 1] && seen.executed.len() == 1,
                    "each kind once, and the layer",
                    seen,
                )
            },
        ),
        case(
            "hidden and injected",
            once("NOTES_ADD", json!({})),
            hiding(("title", json!("one"))),
            |seen| {
                expect(
                    seen.end == End::Answered && executed(seen, &[("NOTES_ADD", title())]),
                    "the injected value is sent",
                    seen,
                )
            },
        ),
        case(
            "injected and invalid",
            once("NOTES_ADD", json!({})),
            hiding(("title", json!(7))),
            |seen| refused(seen, "invalid arguments"),
        ),
    ]
}

fn results() -> Vec<Case> {
    let check = |seen: &Seen| {
        let [read] = seen.read.as_slice() else {
            return expect(false, "one result", seen);
        };
        let kept = read["data"]["notes"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let said = format!("`notes`: {} of 50 items", kept.len());
        let fits = (1..50).contains(&kept.len()) && read.to_string().len() <= 2_000;
        expect(
            fits && kept[..] == setup::notes()[..kept.len()]
                && read["data"]["total"] == 50
                && read["cut"].to_string().matches(&said).count() == 1,
            "whole items, cut once, and said so",
            seen,
        )
    };
    let small = Setup {
        budget: Some(2_000),
        ..Setup::default()
    };
    vec![
        case("result budget", once("NOTES_LIST", title()), small, check),
        files(),
    ]
}

fn files() -> Case {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    fs::write(folder.path().join("out/note.txt"), "the note").unwrap();
    fs::write(folder.path().join("secret.txt"), "the secret").unwrap();
    let named = |path: &str| ("NOTES_ATTACH", json!({"file": path}).to_string());
    let calls = vec![named("note.txt"), named("../secret.txt")];
    let setup = Setup {
        folder: Some(Arc::new(folder)),
        ..Setup::default()
    };
    case(
        "file arguments",
        Script(vec![Turn::Calls(calls), Turn::Says("done")]),
        setup,
        |seen| {
            let file =
                json!({"name": "note.txt", "mimetype": "text/plain", "s3key": "upload_note.txt"});
            let [saved, refused] = seen.read.as_slice() else {
                return expect(false, "two answers", seen);
            };
            let path = Path::new(saved["data"]["copy"].as_str().unwrap_or_default());
            expect(
                executed(seen, &[("NOTES_ATTACH", json!({"file": file}))])
                    && seen.uploaded == ["the note"]
                    && path.parent().is_some_and(|folder| folder.ends_with("in"))
                    && fs::read_to_string(path).is_ok_and(|text| text == "the note")
                    && refused["error"]
                        .to_string()
                        .contains("is no file in a folder"),
                "the file goes there, comes back, and the secret stays",
                seen,
            )
        },
    )
}

#[expect(clippy::too_many_lines, reason = "a list of cases")]
fn interruptions() -> Vec<Case> {
    let hang = || once("NOTES_HANG", title());
    let endless = Script(vec![Turn::ForEver(vec![(
        "NOTES_ADD",
        title().to_string(),
    )])]);
    let short = Setup {
        call_time: Duration::from_millis(100),
        ..Setup::default()
    };
    let mut dropped = case("cancel mid-call", hang(), Setup::default(), |seen| {
        expect(
            seen.end == End::Dropped && seen.executed.len() == 1 && seen.running == 0,
            "the call is cancelled",
            seen,
        )
    });
    dropped.drive = Drive::DropMidCall;
    let stop = Setup {
        gate: Rule::Stop,
        ..Setup::default()
    };
    let mut resumed = case(
        "resume from serialised state",
        once("NOTES_ADD", title()),
        stop,
        |seen| {
            expect(
                seen.end == End::Answered
                    && executed(seen, &[("NOTES_ADD", title())])
                    && seen.asked == 2,
                "it goes on where it was",
                seen,
            )
        },
    );
    resumed.drive = Drive::StopAndResume;
    vec![
        case(
            "step limit",
            endless,
            Setup {
                max_steps: 3,
                ..Setup::default()
            },
            |seen| {
                expect(
                    seen.end == End::Limit && seen.asked == 3,
                    "the model is asked three times",
                    seen,
                )
            },
        ),
        case("call time limit", hang(), short, |seen| {
            let told = seen
                .read
                .iter()
                .any(|text| text.to_string().contains("no answer within"));
            expect(
                seen.end == End::Answered && told && seen.running == 0,
                "an outcome",
                seen,
            )
        }),
        dropped,
        resumed,
    ]
}
