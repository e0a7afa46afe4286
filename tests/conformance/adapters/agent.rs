//! What the adapters that use our loop have in common.

use std::time::Duration;

use composio_core::{
    Agent, Decision, Error, ErrorKind, Limits, Model, Provider, Run, Tools, testing::FakeService,
};

use crate::{
    cases::{Case, Drive, End, Seen},
    setup::Counts,
};

/// Runs `case` by our loop with models that `model` makes, one per drive.
pub async fn drive<'a, P, M>(case: &Case, tools: &'a Tools<P>, model: impl Fn() -> M + 'a) -> End
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
            match tokio::time::timeout(Duration::from_millis(300), run).await {
                Ok(ended) => end(ended.map(|_| ()).map_err(Error::from)),
                Err(_) => End::Dropped,
            }
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
            run.decide(0, Decision::Run).unwrap();
            end(agent(tools)
                .resume(run)
                .await
                .map(|_| ())
                .map_err(Error::from))
        }
        Drive::HandleToolCalls => {
            let mut model = model();
            let history = [tools.provider().prompt("go").unwrap()];
            let response = match model.respond(tools, &history).await {
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
    }
}
