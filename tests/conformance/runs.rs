//! What holds for a run as a whole: decisions made elsewhere, limits, the history that is left, and events.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    cases::{Case, Cut, Drive, End, Seen, Verdict, case, executed, expect, once, title},
    setup::{Rule, Setup},
    stand_in::{Script, Turn},
};

pub fn cases() -> Vec<Case> {
    let mut cases = approvals();
    cases.extend(limits());
    cases.extend(histories());
    cases.push(watched());
    cases
}

fn approvals() -> Vec<Case> {
    let approval = |name, verdict, check| {
        let both = vec![
            ("NOTES_ADD", title().to_string()),
            ("NOTES_FAIL", title().to_string()),
        ];
        let setup = Setup {
            gate: Rule::Wait,
            count: true,
            ..Setup::default()
        };
        let script = Script(vec![Turn::Calls(both), Turn::Says("done")]);
        let mut approval = case(name, script, setup, check);
        approval.drive = Drive::Approve(verdict);
        approval
    };
    vec![
        approval("approved elsewhere", Verdict::Run, |seen| {
            let sent = [("NOTES_ADD", title()), ("NOTES_FAIL", title())];
            expect(
                answered(seen)
                    && seen.more.shown == [title()]
                    && executed(seen, &sent)
                    && seen.counts == [1, 1, 1, 1],
                "what was shown is sent, once",
                seen,
            )
        }),
        approval("approved with a change", Verdict::Change, |seen| {
            let sent = [
                ("NOTES_ADD", json!({"title": "two"})),
                ("NOTES_FAIL", title()),
            ];
            expect(
                answered(seen) && executed(seen, &sent),
                "the change is sent",
                seen,
            )
        }),
        approval("denied elsewhere", Verdict::Deny, |seen| {
            let sent = [("NOTES_FAIL", title())];
            let told = seen.read[0].to_string().contains("denied: not today");
            expect(
                answered(seen) && executed(seen, &sent) && told,
                "nothing is sent",
                seen,
            )
        }),
    ]
}

fn answered(seen: &Seen) -> bool {
    seen.end == End::Answered && seen.asked == 2 && seen.read.len() == 2
}

fn limits() -> Vec<Case> {
    let add = Turn::ForEver(vec![("NOTES_ADD", title().to_string())]);
    let tokens = Setup {
        max_tokens: Some(5),
        max_steps: 20,
        ..Setup::default()
    };
    let mut time = case(
        "total time limit",
        once("NOTES_HANG", title()),
        short(),
        |seen| {
            expect(
                seen.end == End::Limit && seen.running == 0 && seen.asked == 1,
                "it ends the run and cancels the call",
                seen,
            )
        },
    );
    time.not_for = RIG_BETWEEN_CALLS;
    vec![
        case("token limit", Script(vec![add]), tokens, |seen| {
            // Two tokens each time: the third answer goes beyond.
            expect(
                seen.end == End::Limit && seen.asked == 3,
                "it ends the run",
                seen,
            )
        }),
        time,
    ]
}

fn gated(gate: Rule) -> Setup {
    Setup {
        gate,
        ..Setup::default()
    }
}

/// So little time that a call that hangs uses it up.
fn short() -> Setup {
    Setup {
        total_time: Some(Duration::from_millis(300)),
        ..Setup::default()
    }
}

const RIG_BETWEEN_CALLS: &[(&str, &str)] = &[(
    "rig",
    "rig's own loop is stopped between calls; a call has its own limit",
)];

/// Cases in which a run ends so, and the model accepts its history and another prompt.
fn histories() -> Vec<Case> {
    let one_step = Setup {
        max_steps: 1,
        ..Setup::default()
    };
    let (plain, none) = (Setup::default, Cut::Nothing);
    let (add, hang) = ("NOTES_ADD", "NOTES_HANG");
    vec![
        history(
            "history after a stop",
            add,
            gated(Rule::Stop),
            none,
            |seen| left(seen, &End::Stopped, "was not run"),
        ),
        history(
            "history after a wait",
            add,
            gated(Rule::Wait),
            none,
            |seen| left(seen, &End::Waits, "was not run"),
        ),
        history(
            "history after a denial",
            add,
            gated(Rule::Deny),
            none,
            |seen| left(seen, &End::Answered, "denied"),
        ),
        history(
            "history after the step limit",
            add,
            one_step,
            none,
            |seen| left(seen, &End::Limit, "one"),
        ),
        history(
            "history after the time limit",
            hang,
            short(),
            none,
            |seen| left(seen, &End::Limit, "may have run"),
        ),
        history(
            "history after a cancellation",
            hang,
            plain(),
            Cut::Cancel,
            |seen| left(seen, &End::Cancelled, "may have run"),
        ),
        history("history after a drop", hang, plain(), Cut::Drop, |seen| {
            left(seen, &End::Dropped, "may have run")
        }),
        history(
            "history without the service",
            "NOTES_GONE",
            plain(),
            none,
            |seen| left(seen, &End::Transport, "may have run"),
        ),
    ]
}

/// Two calls, of `tool` and of one that fails, in a run that is cut by `cut` or by what `setup` says.
fn history(
    name: &'static str,
    tool: &'static str,
    setup: Setup,
    cut: Cut,
    check: fn(&Seen) -> Result<(), String>,
) -> Case {
    let calls = vec![
        (tool, title().to_string()),
        ("NOTES_FAIL", title().to_string()),
    ];
    let script = Script(vec![Turn::Calls(calls), Turn::Says("done")]);
    let mut history = case(name, script, setup, check);
    history.drive = Drive::GoOn(cut);
    if cut != Cut::Nothing {
        history.not_for = &[("rig", "a run that is dropped takes rig's history along")];
    } else if history.setup.total_time.is_some() {
        history.not_for = RIG_BETWEEN_CALLS;
    }
    history
}

/// The run ended so, both calls are answered, the first with `words`, and the model took it from there.
fn left(seen: &Seen, end: &End, words: &str) -> Result<(), String> {
    let told = seen.read.first().map(Value::to_string).unwrap_or_default();
    expect(
        seen.end == *end
            && seen.more.went_on
            && seen.read.len() == 2
            && told.contains(words)
            && seen.running == 0,
        words,
        seen,
    )
}

fn watched() -> Case {
    let mut watched = case(
        "events",
        once("NOTES_ADD", title()),
        Setup::default(),
        |seen| {
            let events = [
                "step_started",
                "call_started",
                "call_finished",
                "step_finished",
                "step_started",
                "text_delta done",
                "step_finished",
                "run_finished done",
            ];
            expect(
                seen.end == End::Answered && seen.more.events == events,
                "each once",
                seen,
            )
        },
    );
    watched.drive = Drive::Watch;
    watched.not_for = &[("rig", "rig's own loop streams rig's own events")];
    watched
}
