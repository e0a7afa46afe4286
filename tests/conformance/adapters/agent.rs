//! What the adapters that use our loop have in common.

use std::{future::Future, pin::pin, time::Duration};

use composio_core::{
    Agent, Decision, Error, ErrorKind, Limits, Model, ModelRequest, Provider, Run, Tools,
    testing::FakeService,
};
use futures_util::future::{Either, select};

use crate::{
    cases::{Case, Drive, End, Seen},
    setup::Counts,
};

/// Drops `run` as soon as a call of it is under way.
pub async fn drop_mid_call(service: &FakeService, run: impl Future<Output = End>) -> End {
    let under_way = tokio::time::timeout(Duration::from_secs(30), async {
        while service.running() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    match select(pin!(run), pin!(under_way)).await {
        Either::Left((ended, _)) => ended,
        Either::Right(_) => End::Dropped,
    }
}

/// Runs `case` by our loop with models that `model` makes, one per drive.
pub async fn drive<'a, P, M>(
    case: &Case,
    service: &FakeService,
    tools: &'a Tools<P>,
    model: impl Fn() -> M + 'a,
) -> End
where
    P: Provider,
    M: Model<P> + 'a,
    M::Response: std::borrow::Borrow<P::Response>,
{
    let agent = |tools: &'a Tools<P>| -> Agent<'a, P, M> {
        tools.agent_with(model()).max_steps(case.setup.max_steps)
    };
    match case.drive {
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
        Drive::StopAndResume => {
            let Err(stopped) = agent(tools).run("go").await else {
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
            end(agent(tools)
                .resume(run)
                .await
                .map(|_| ())
                .map_err(Error::from))
        }
        Drive::HandleToolCalls => {
            let mut model = model();
            let history = [tools.provider().prompt("go").unwrap()];
            let response = match model.respond(ModelRequest::new(tools, &history)).await {
                Ok(response) => response,
                Err(error) => return end(Err(error)),
            };
            let response: &P::Response = std::borrow::Borrow::borrow(&response);
            end(tools.handle_tool_calls(response).await.map(|_| ()))
        }
    }
}

pub fn end(ended: Result<(), Error>) -> End {
    match ended {
        Ok(()) => End::Answered,
        Err(error) => match error.kind() {
            ErrorKind::Stopped => End::Stopped,
            ErrorKind::LimitReached => End::Limit,
            ErrorKind::Unavailable => End::Transport,
            _ => End::Other(error.to_string()),
        },
    }
}

/// What the service and the processors saw; the adapter adds what the model saw.
pub fn seen(end: End, service: &FakeService, counts: &Counts) -> Seen {
    let executions = service.executions();
    Seen {
        end,
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
