use std::borrow::Borrow;

use super::{
    Batch, Model, ModelRequest, Run, RunEvent, Step, Usage,
    event::{Listeners, Words},
    interrupts::Interrupts,
    run_call::decided,
};
use crate::{Error, ErrorKind, Provider, Result, Tools, tool::CallContext};

/// The loop: does what [`Run::next`] says, and tells the run what came of it.
pub(crate) struct Driver<'d, 'a, P: Provider, M> {
    pub(crate) tools: &'a Tools<P>,
    pub(crate) model: &'d mut M,
    pub(crate) context: CallContext,
    pub(crate) listeners: &'d Listeners,
    pub(crate) interrupts: Interrupts<'d, 'a>,
}

impl<P: Provider, M: Model<P>> Driver<'_, '_, P, M> {
    pub(crate) async fn drive(&mut self, run: &mut Run<P::Message>) -> Result<String> {
        let mut usage = None;
        loop {
            match run.next()? {
                Step::Done(text) => return Ok(text.to_owned()),
                Step::CallModel => usage = self.ask(run).await?,
                Step::AwaitDecisions(calls) => decided(calls)?,
                Step::CallTools(_) => {
                    self.call_tools(run).await?;
                    if run.pending().next().is_none() {
                        let messages = answers(self.tools.provider(), run)?;
                        run.tool_messages(messages)?;
                        self.finish_step(run, usage.take());
                    }
                }
            }
        }
    }

    async fn ask(&mut self, run: &mut Run<P::Message>) -> Result<Option<Usage>> {
        let step = run.steps().saturating_add(1);
        self.listeners.tell(|| RunEvent::StepStarted { step });
        let words = Words::new(self.listeners.clone());
        let request = ModelRequest::new(self.tools, run.history()).telling(&words);
        let response = self.interrupts.over(self.model.respond(request)).await??;
        let response = response.borrow();
        let provider = self.tools.provider();
        let text = provider.text(response);
        words.say_rest(&text);
        let usage = provider.usage(response);
        run.model_turn(
            provider.turn(response)?,
            provider.tool_calls(response)?,
            text,
        )?;
        run.add_usage(usage.unwrap_or_default());
        if let Ok(Step::Done(_)) = run.next() {
            self.finish_step(run, usage);
        } else if run.limits().max_tokens.is_some() && usage.is_none() {
            return Err(uncounted::<P>());
        }
        Ok(usage)
    }

    async fn call_tools(&mut self, run: &mut Run<P::Message>) -> Result<()> {
        let batch = Batch {
            tools: self.tools,
            context: self.context.clone(),
            step: run.steps(),
            parallel: run.limits().parallel,
            listeners: self.listeners.clone(),
        };
        self.interrupts.over(batch.settle(run.calls_mut())).await?
    }

    fn finish_step(&self, run: &Run<P::Message>, usage: Option<Usage>) {
        let step = run.steps();
        self.listeners
            .tell(|| RunEvent::StepFinished { step, usage });
    }
}

fn uncounted<P: Provider>() -> Error {
    let message = format!(
        "the model's service, or its adapter {}, does not count tokens: the token limit cannot be kept",
        P::NAME
    );
    Error::new(ErrorKind::NotSupported, message)
}

fn answers<P: Provider>(provider: &P, run: &Run<P::Message>) -> Result<Vec<P::Message>> {
    // That no call is unanswered is seen to by `Run::tool_messages`.
    let settled = run
        .calls()
        .iter()
        .filter_map(|call| Some((&call.call, call.outcome.as_ref()?)));
    let results: Result<Vec<_>> = settled
        .map(|(call, outcome)| provider.tool_result(call, outcome))
        .collect();
    Ok(provider.join_results(results?))
}
