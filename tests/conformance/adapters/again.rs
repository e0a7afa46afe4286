//! Runs by our loop that go on after they ended.

use composio_core::{
    Agent, Arguments, Decision, ErrorKind, Limits, Model, PendingCall, Provider, Run,
    testing::FakeService,
};

use super::agent::{Ended, drop_mid_call, end, under_way};
use crate::cases::{Cut, End, More, Verdict};

/// What is decided about every call that waits.
pub fn decision(verdict: Verdict) -> Decision {
    match verdict {
        Verdict::Run => Decision::Run,
        Verdict::Change => Decision::RunWith(Arguments::new().set("title", "two")),
        Verdict::Deny => Decision::Deny("not today".into()),
    }
}

/// Runs until a call waits, takes the run through text, decides about what that shows, and resumes it.
pub async fn approve<'a, P: Provider, M: Model<P> + 'a>(
    agent: impl Fn() -> Agent<'a, P, M>,
    verdict: Verdict,
) -> Ended {
    let Err(waiting) = agent().run("go").await else {
        return End::Other("it did not wait".into()).into();
    };
    if waiting.kind() != ErrorKind::AwaitsDecision {
        return end(Err(waiting.into_parts().0)).into();
    }
    let stored = serde_json::to_string(waiting.run()).unwrap();
    // Somebody else's process, which knows the text alone.
    let mut run: Run<P::Message> = serde_json::from_str(&stored).unwrap();
    let pending: Vec<PendingCall> = run.pending().cloned().collect();
    for call in &pending {
        run.decide(call, decision(verdict)).unwrap();
    }
    let decided = serde_json::to_string(&run).unwrap();
    let run: Run<P::Message> = serde_json::from_str(&decided).unwrap();
    let shown = pending.into_iter().map(|call| call.arguments.into_value());
    let more = More {
        shown: shown.collect(),
        ..More::default()
    };
    let ended = agent().resume(run).await;
    Ended {
        end: end(ended.map(drop).map_err(Into::into)),
        more,
    }
}

/// Runs to the end or to where it is cut, and then asks the model something else on the history that is left.
pub async fn go_on<'a, P: Provider, M: Model<P> + 'a>(
    agent: impl Fn() -> Agent<'a, P, M>,
    service: &'a FakeService,
    provider: &P,
    cut: Cut,
) -> Ended {
    let mut run = agent().begin("go").unwrap();
    let mut driven = match cut {
        Cut::Cancel => agent().cancel_when(under_way(service)),
        Cut::Nothing | Cut::Drop => agent(),
    };
    let driving = async { end(driven.drive(&mut run).await.map(drop)) };
    let ended = match cut {
        Cut::Drop => drop_mid_call(service, driving).await,
        Cut::Nothing | Cut::Cancel => driving.await,
    };
    let mut history = run.answered_history(provider).unwrap();
    history.push(provider.prompt("and now?").unwrap());
    let went_on = agent().resume(Run::new(history, Limits::default())).await;
    Ended {
        end: ended,
        more: More {
            went_on: went_on.is_ok_and(|answer| answer.text == "done"),
            ..More::default()
        },
    }
}
