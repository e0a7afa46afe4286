//! Tools of several requests: each is rendered from the arguments and the answers before it, and sent like any other.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use composio_catalog::{Step, Steps};
use composio_core::{
    Error, ErrorKind, Result,
    models::{RawJson, ToolResult},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::{
    Executions,
    record::Record,
    step::{Answered, is_so},
};
use crate::{
    accounts::Lease,
    caller::Caller,
    executor::{Call, Scope},
};

/// Entries of a list for which one step is done.
const MOST_ENTRIES: usize = 100;
/// Entries for which a step that only reads is done at the same time.
const AT_ONCE: usize = 6;

/// One run through the steps of a tool.
pub(super) struct Course<'c> {
    pub(super) executions: &'c Executions,
    pub(super) caller: &'c Caller,
    /// What every step has in common: the credentials above all.
    pub(super) call: Call<'c>,
    pub(super) lease: Option<&'c Lease>,
    pub(super) steps: &'c Steps,
    scope: Scope,
    answers: Map<String, Value>,
    /// By step, where a list that was not read to its end goes on.
    more: Map<String, Value>,
    /// The last answer as it came, unless it was put together here.
    last: Option<RawJson>,
    done: Vec<&'c str>,
    at: &'c str,
    /// What was sent.
    pub(super) requests: AtomicUsize,
    /// What came back.
    pub(super) bytes: AtomicUsize,
}

/// Why a run ends early.
pub(super) enum Stop {
    Error(Error),
    /// The vendor refused.
    Refused(ToolResult),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Executions {
    /// Runs a tool of the `tools` section. A failure after something was sent is a result that says what was done.
    pub(super) async fn run_steps(
        &self,
        caller: &Caller,
        call: Call<'_>,
        lease: Option<Arc<Lease>>,
        record: &Record,
    ) -> Result<ToolResult> {
        let Some(steps) = &call.plan.steps else {
            let answer = self.answer(caller, call, lease.as_deref(), record).await?;
            return Ok(answer.into_tool_result());
        };
        let mut course = Course::new(self, caller, call, steps);
        course.lease = lease.as_deref();
        let limit = self.executor.longest_call();
        let ran = timeout(limit, course.run(record)).await;
        let stop = match ran {
            Ok(Ok(result)) => return Ok(result),
            Ok(Err(stop)) => stop,
            Err(_) => {
                let message = format!("the steps took over {} s", limit.as_secs_f32());
                Stop::Error(Error::new(ErrorKind::Timeout, message))
            }
        };
        course.stopped(stop)
    }

    /// The call of the first step that would be sent.
    pub(super) fn first_step<'c>(
        &'c self,
        caller: &'c Caller,
        call: Call<'c>,
        steps: &'c Steps,
    ) -> Result<Call<'c>> {
        let course = Course::new(self, caller, call, steps);
        for step in &steps.list {
            if !course.is_due(step)? {
                continue;
            }
            let scope = match &step.each {
                None => course.scope.clone(),
                Some(each) => match course.entries(step, each)?.first() {
                    Some(item) => course.scope.with("item", item),
                    None => continue,
                },
            };
            return course.call_of(step, &scope);
        }
        let message = "with these arguments nothing is sent";
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}

impl<'c> Course<'c> {
    fn new(
        executions: &'c Executions,
        caller: &'c Caller,
        mut call: Call<'c>,
        steps: &'c Steps,
    ) -> Self {
        let mut arguments = std::mem::take(&mut call.arguments);
        for (name, default) in &steps.defaults {
            let given = arguments.entry(name.as_str()).or_insert(Value::Null);
            if given.is_null() {
                *given = default.clone();
            }
        }
        Self {
            executions,
            caller,
            call,
            lease: None,
            steps,
            scope: Scope::of_arguments(&arguments),
            answers: Map::new(),
            more: Map::new(),
            last: None,
            done: Vec::new(),
            at: "",
            requests: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
        }
    }

    async fn run(&mut self, record: &Record) -> Result<ToolResult, Stop> {
        let steps = self.steps;
        for step in &steps.list {
            self.at = &step.id;
            if !self.is_due(step)? {
                continue;
            }
            let answered = match &step.each {
                Some(each) => self.each(step, each, record).await?,
                None => self.one(step, &self.scope, record).await?,
            };
            self.answers.insert(step.id.clone(), answered.value);
            if let Some(cursor) = answered.more {
                self.more.insert(step.id.clone(), cursor);
            }
            self.last = answered.whole;
            self.scope.set("steps", &self.answers);
            self.scope.set("more", &self.more);
            self.done.push(&step.id);
        }
        self.at = "result";
        Ok(ToolResult::success(self.result()?))
    }

    fn result(&mut self) -> Result<RawJson> {
        if let Some(template) = &self.steps.result {
            let filled = self.fill("result", template, &self.scope)?;
            return Ok(filled.map_or_else(RawJson::empty_object, RawJson::from));
        }
        let put_together = || Some(self.answers.get(*self.done.last()?)?.clone().into());
        let whole = self.last.take().or_else(put_together);
        Ok(whole.unwrap_or_else(RawJson::empty_object))
    }

    /// Does `step` for each entry of a list. Only what reads is done for several at a time: where a step changes things, a
    /// failure in the middle leaves a beginning of the list done and the rest not.
    async fn each(&self, step: &'c Step, each: &str, record: &Record) -> Result<Answered, Stop> {
        let entries = self.entries(step, each)?;
        let is_reading = matches!(step.plan.method.as_str(), "GET" | "HEAD");
        // Files in answers are in memory for a while, so they come one after the other.
        let is_reading = is_reading && step.content.is_none();
        let of_entries = entries.iter().map(|item| self.of_entry(step, item, record));
        let of_entries: Vec<_> = of_entries.collect();
        let answers = stream::iter(of_entries).buffered(if is_reading { AT_ONCE } else { 1 });
        let answers: Vec<Answered> = answers.try_collect().await?;
        let mut all = Answered::default();
        let mut values = Vec::with_capacity(answers.len());
        for answered in answers {
            values.push(answered.value);
            all.more = answered.more.or(all.more);
        }
        all.value = Value::Array(values);
        Ok(all)
    }

    async fn of_entry(
        &self,
        step: &'c Step,
        item: &Value,
        record: &Record,
    ) -> Result<Answered, Stop> {
        let scope = self.scope.with("item", item);
        self.one(step, &scope, record).await
    }

    fn entries(&self, step: &Step, each: &str) -> Result<Vec<Value>> {
        let place = format!("{}.each", step.id);
        match self.evaluate(&place, each, &self.scope)? {
            None => Ok(Vec::new()),
            Some(Value::Array(entries)) if entries.len() <= MOST_ENTRIES => Ok(entries),
            Some(Value::Array(_)) => {
                let message = format!("{place} has over {MOST_ENTRIES} entries: ask for fewer");
                Err(Error::new(ErrorKind::InvalidInput, message))
            }
            Some(_) => Err(Error::new(
                ErrorKind::InvalidInput,
                format!("{place} is no list"),
            )),
        }
    }

    fn is_due(&self, step: &Step) -> Result<bool> {
        let Some(when) = &step.when else {
            return Ok(true);
        };
        let value = self.evaluate(&format!("{}.when", step.id), when, &self.scope)?;
        Ok(value.as_ref().is_some_and(is_so))
    }

    /// What the caller is told of a run that ended early.
    fn stopped(&self, stop: Stop) -> Result<ToolResult> {
        let is_only = self.steps.list.len() == 1;
        let sent = self.requests.load(Ordering::Relaxed);
        match stop {
            // Nothing has happened, or as much as with any other tool.
            Stop::Error(error) if sent == 0 || (is_only && sent == 1) => Err(error),
            Stop::Error(error) => Ok(self.told(error.reader_message(), ToolResult::from(&error))),
            Stop::Refused(result) if is_only => Ok(result),
            Stop::Refused(result) => {
                let why = result.error.clone().unwrap_or_default();
                Ok(self.told(&why, result))
            }
        }
    }

    fn told(&self, why: &str, result: ToolResult) -> ToolResult {
        let before = match self.done.as_slice() {
            [] => "nothing was done before it".to_owned(),
            done => format!("done before it: {}", done.join(", ")),
        };
        let message = format!("step {} failed: {why} ({before})", self.at);
        ToolResult::failure(message).with_data(result.data)
    }
}
