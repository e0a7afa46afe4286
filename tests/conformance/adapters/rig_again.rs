//! rig's runs that go on after they ended.

use composio_core::{ErrorKind, PendingCall};
use composio_rig::{
    PendingCalls, Tools, answer_unanswered,
    rig_agent::{completion::PromptError, run::AgentRun},
    rig_core::{DynModel, message::Message, operation::Completion},
};

use super::{
    again::decision,
    agent::{self, Ended},
    rig_by_hand::{ask, drive},
    rig_end::end,
};
use crate::cases::{End, More, Verdict};

/// Drives a run by hand until a call waits, takes it through text, decides about what that shows, and drives it on.
pub async fn approve(tools: &Tools, model: &DynModel<Completion>, verdict: Verdict) -> Ended {
    let (mut run, mut calls) = (AgentRun::new("go").max_turns(4), None);
    match drive(tools, model, &mut run, &mut calls).await {
        Err(error) if error.kind() == ErrorKind::AwaitsDecision => {}
        other => return End::Other(format!("it did not wait: {other:?}")).into(),
    }
    let stored = serde_json::to_string(&(&run, &calls)).unwrap();
    let (mut run, mut calls): (AgentRun, Option<PendingCalls>) =
        serde_json::from_str(&stored).unwrap();
    let waiting = calls.as_mut().unwrap();
    let pending: Vec<PendingCall> = waiting.pending().cloned().collect();
    for call in &pending {
        waiting.decide(call, decision(verdict)).unwrap();
    }
    let end = agent::end(drive(tools, model, &mut run, &mut calls).await);
    let shown = pending.into_iter().map(|call| call.arguments.into_value());
    let more = More {
        shown: shown.collect(),
        ..More::default()
    };
    Ended { end, more }
}

/// Asks the model something else on the history that a run of rig's left.
pub async fn go_on(
    tools: &Tools,
    model: &DynModel<Completion>,
    ended: Result<Vec<Message>, PromptError>,
) -> Ended {
    let end = end(&ended);
    let mut history = match ended {
        Ok(messages) => messages,
        Err(PromptError::Cancelled { chat_history, .. }) => chat_history,
        Err(PromptError::MaxTurns {
            mut chat_history,
            prompt,
            ..
        }) => {
            chat_history.push(prompt);
            chat_history
        }
        Err(other) => return End::Other(other.to_string()).into(),
    };
    // rig's history does not say which.
    history = answer_unanswered(
        history,
        "this call was not run, or may have run all the same",
    );
    history.push(Message::user("and now?"));
    let answer = serde_json::to_string(&ask(tools, model, history).await.choice).unwrap();
    let more = More {
        went_on: answer.contains("done"),
        ..More::default()
    };
    Ended { end, more }
}
