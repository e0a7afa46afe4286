//! What the adapters that use our loop have in common.

use std::{future::Future, pin::pin, time::Duration};

use composio_core::{
    Agent, Decision, Error, ErrorKind, Limits, Model, ModelRequest, Provider, Run, Tools,
    testing::FakeService,
};
use futures_util::future::{Either, select};

use super::again;
use crate::{
    cases::{Case, Drive, End, More, Seen},
    setup::Counts,
};

/// How a run ended, and what else was seen of it.
pub struct Ended {
    pub end: End,
    pub more: More,
}

impl From<End> for Ended {
    fn from(end: End) -> Self {
        Self {
            end,
            more: More::default(),
        }
    }
}

/// Ready as soon as a call is under way.
pub async fn under_way(service: &FakeService) {
    let under_way = tokio::time::timeout(Duration::from_secs(30), async {
        while service.running() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    under_way.await.unwrap();
}

/// Drops `run` as soon as a call of it is under way.
pub async fn drop_mid_call(service: &FakeService, run: impl Future<Output = End>) -> End {
    match select(pin!(run), pin!(under_way(service))).await {
        Either::Left((ended, _)) => ended,
        Either::Right(_) => End::Dropped,
    }
}

/// Runs `case` by our loop with models that `model` makes, one per drive.
pub async fn drive<'a, P, M>(
    case: &Case,
    service: &'a FakeService,
    tools: &'a Tools<P>,
    model: impl Fn() -> M + 'a,
) -> Ended
where
    P: Provider,
    M: Model<P> + 'a,
    M::Response: std::borrow::Borrow<P::Response>,
{
    let agent = |tools: &'a Tools<P>| -> Agent<'a, P, M> {
        let mut agent = tools.agent_with(model()).max_steps(case.setup.max_steps);
        if let Some(limit) = case.setup.total_time {
            agent = agent.total_time(limit);
        }
        match case.setup.max_tokens {
            Some(limit) => agent.max_tokens(limit),
            None => agent,
        }
    };
    let ended = match case.drive {
        Drive::Approve(verdict) => return again::approve(|| agent(tools), verdict).await,
        Drive::GoOn(cut) => {
            return again::go_on(|| agent(tools), service, tools.provider(), cut).await;
        }
        Drive::Watch => return watch(agent(tools)).await,
        Drive::ToTheEnd => end(agent(tools)
            .run("go")
            .await
            .map(|_| ())
            .map_err(Error::from)),
        Drive::DropMidCall => {
            let run = agent(tools).run("go");
            drop_mid_call(service, async {
                end(run.await.map(|_| ()).map_err(Error::from))
            })
            .await
        }
        Drive::StopAndResume => stop_and_resume(|| agent(tools)).await,
        Drive::HandleToolCalls => {
            let mut model = model();
            let history = [tools.provider().prompt("go").unwrap()];
            let response = match model.respond(ModelRequest::new(tools, &history)).await {
                Ok(response) => response,
                Err(error) => return end(Err(error)).into(),
            };
            let response: &P::Response = std::borrow::Borrow::borrow(&response);
            end(tools.handle_tool_calls(response).await.map(|_| ()))
        }
    };
    ended.into()
}

/// A run that a gate stopped, resumed from its JSON with the stopped call approved.
async fn stop_and_resume<'a, P: Provider, M: Model<P>>(agent: impl Fn() -> Agent<'a, P, M>) -> End {
    let Err(stopped) = agent().run("go").await else {
        return End::Other("not stopped".into());
    };
    let (error, run) = stopped.into_parts();
    if error.kind() != ErrorKind::Stopped {
        return end(Err(error));
    }
    let mut run: Run<P::Message> =
        serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap();
    run.set_limits(Limits::default());
    let stopped = run.pending().next().unwrap().clone();
    run.decide(&stopped, Decision::Run).unwrap();
    let resumed = agent().resume(run).await;
    end(resumed.map(|_| ()).map_err(Error::from))
}

/// What happens, by name, with the words of one answer together.
async fn watch<P: Provider, M: Model<P>>(agent: Agent<'_, P, M>) -> Ended {
    let mut run = agent.stream("go");
    let mut events: Vec<String> = Vec::new();
    while let Some(event) = run.next().await {
        let event = serde_json::to_value(event).unwrap();
        let name = event["type"].as_str().unwrap().to_owned();
        let text = event["text"].as_str();
        match (events.last_mut(), text) {
            (Some(last), Some(text)) if name == "text_delta" && last.starts_with(&name) => {
                last.push_str(text);
            }
            (_, Some(text)) => events.push(format!("{name} {text}")),
            (_, None) => events.push(name),
        }
    }
    let more = More {
        events,
        ..More::default()
    };
    let end = end(run.answer().await.map(drop).map_err(Error::from));
    Ended { end, more }
}

pub fn end(ended: Result<(), Error>) -> End {
    match ended {
        Ok(()) => End::Answered,
        Err(error) => match error.kind() {
            ErrorKind::Stopped => End::Stopped,
            ErrorKind::LimitReached => End::Limit,
            ErrorKind::AwaitsDecision => End::Waits,
            ErrorKind::Cancelled => End::Cancelled,
            ErrorKind::Unavailable => End::Transport,
            _ => End::Other(error.to_string()),
        },
    }
}

/// What the service and the processors saw; the adapter adds what the model saw.
pub fn seen(ended: impl Into<Ended>, service: &FakeService, counts: &Counts) -> Seen {
    let executions = service.executions();
    let ended = ended.into();
    Seen {
        end: ended.end,
        more: ended.more,
        executed: executions
            .into_iter()
            .map(|execution| (execution.slug, execution.arguments))
            .collect(),
        read: Vec::new(),
        peak: service.peak(),
        running: service.running(),
        counts: counts.read(),
        asked: 0,
        uploaded: service
            .files()
            .values()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .collect(),
    }
}
