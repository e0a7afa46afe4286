//! How rig's own loop ends.

use composio_rig::{
    rig_agent::{
        agent::{AgentRunner, MultiTurnStreamItem},
        completion::PromptError,
    },
    rig_core::message::Message,
};
use futures_util::TryStreamExt as _;

use crate::cases::End;

/// Runs rig's own loop; what was said, if the model is done.
pub async fn run(runner: AgentRunner, streams: bool) -> Result<Vec<Message>, PromptError> {
    if !streams {
        return Ok(runner.await?.messages);
    }
    let items: Vec<_> = runner.stream().try_collect().await?;
    let last = items.into_iter().find_map(|item| match item {
        MultiTurnStreamItem::FinalResponse(response) => Some(response.messages),
        _ => None,
    });
    Ok(last.unwrap())
}

pub fn end(ended: &Result<Vec<Message>, PromptError>) -> End {
    let reason = match ended {
        Ok(_) => return End::Answered,
        Err(PromptError::MaxTurns { .. }) => return End::Limit,
        Err(PromptError::Cancelled { reason, .. }) => reason,
        Err(other) => return End::Other(other.to_string()),
    };
    match reason.split_once(':') {
        Some(("stopped", _)) => End::Stopped,
        Some(("awaits_decision", _)) => End::Waits,
        Some(("limit_reached", _)) => End::Limit,
        Some(("unavailable", _)) => End::Transport,
        _ => End::Other(reason.clone()),
    }
}
