//! Tools of several requests: each is rendered from the arguments and the answers before it, and sent like any other.

use std::sync::Arc;

use composio_catalog::{CuratedPages, Step, Steps};
use composio_core::{
    Error, ErrorKind, Result,
    models::{RawJson, ToolResult},
};
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use super::{Executions, record::Record};
use crate::{
    accounts::Lease,
    caller::Caller,
    executor::{Call, Scope},
};

/// Requests that one call may make.
const MOST_REQUESTS: usize = 200;
/// Entries of a list for which one step is done.
const MOST_ENTRIES: usize = 100;
/// Bytes of all answers of one call.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// One run through the steps of a tool.
struct Course<'c> {
    executions: &'c Executions,
    caller: &'c Caller,
    /// What every step has in common: the credentials above all.
    call: Call<'c>,
    lease: Option<&'c Lease>,
    steps: &'c Steps,
    scope: Scope,
    answers: Map<String, Value>,
    /// By step, where a list that was not read to its end goes on.
    more: Map<String, Value>,
    /// The last answer as it came, unless it was put together here.
    last: Option<RawJson>,
    done: Vec<&'c str>,
    at: &'c str,
    requests: usize,
    bytes: usize,
}

/// Why a run ends early.
enum Stop {
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
        record: &mut Record,
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
            requests: 0,
            bytes: 0,
        }
    }

    async fn run(&mut self, record: &mut Record) -> Result<ToolResult, Stop> {
        let steps = self.steps;
        for step in &steps.list {
            self.at = &step.id;
            if !self.is_due(step)? {
                continue;
            }
            let answer = match &step.each {
                Some(each) => self.each(step, each, record).await?,
                None => self.one(step, &self.scope.clone(), record).await?,
            };
            self.answers.insert(step.id.clone(), answer);
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

    /// Does `step` for each entry of a list.
    async fn each(
        &mut self,
        step: &'c Step,
        each: &str,
        record: &mut Record,
    ) -> Result<Value, Stop> {
        let mut answers = Vec::new();
        for item in self.entries(step, each)? {
            let scope = self.scope.with("item", &item);
            answers.push(self.one(step, &scope, record).await?);
        }
        self.last = None;
        Ok(Value::Array(answers))
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

    async fn one(
        &mut self,
        step: &'c Step,
        scope: &Scope,
        record: &mut Record,
    ) -> Result<Value, Stop> {
        match &step.pages {
            Some(pages) => self.pages(step, pages, scope, record).await,
            None => self.once(step, scope, record).await,
        }
    }

    /// Reads a list page by page, as far as it is wanted.
    async fn pages(
        &mut self,
        step: &'c Step,
        pages: &CuratedPages,
        scope: &Scope,
        record: &mut Record,
    ) -> Result<Value, Stop> {
        let place = |member: &str| format!("{}.pages.{member}", step.id);
        let wanted = match &pages.limit {
            Some(limit) => self.evaluate(&place("limit"), limit, scope)?,
            None => None,
        };
        let wanted = wanted.and_then(|limit| usize::try_from(limit.as_u64()?).ok());
        let wanted = wanted.unwrap_or(usize::MAX);
        let most = CuratedPages::MOST_PAGES.min(pages.most.unwrap_or(u32::MAX));
        let mut items: Vec<Value> = Vec::new();
        let mut cursor: Option<Value> = None;
        for _ in 0..most.max(1) {
            let scope = match &cursor {
                Some(cursor) => scope.with("cursor", cursor),
                None => scope.clone(),
            };
            let answer = self.once(step, &scope, record).await?;
            let scope = scope.with("answer", &answer);
            if let Some(Value::Array(page)) =
                self.evaluate(&place("items"), &pages.items, &scope)?
            {
                items.extend(page);
            }
            let next = self.evaluate(&place("next"), &pages.next, &scope)?;
            let next = next
                .filter(is_so)
                .filter(|next| Some(next) != cursor.as_ref());
            cursor = next;
            if cursor.is_none() || items.len() >= wanted {
                break;
            }
        }
        items.truncate(wanted);
        if let Some(cursor) = cursor {
            self.more.insert(step.id.clone(), cursor);
        }
        self.last = None;
        Ok(Value::Array(items))
    }

    /// Sends one request and judges the answer.
    async fn once(
        &mut self,
        step: &'c Step,
        scope: &Scope,
        record: &mut Record,
    ) -> Result<Value, Stop> {
        let call = self.call_of(step, scope)?;
        if self.requests >= MOST_REQUESTS {
            let message = format!("over {MOST_REQUESTS} requests in one call: ask for less");
            return Err(Error::new(ErrorKind::LimitReached, message).into());
        }
        self.requests += 1;
        let answer = self
            .executions
            .answer(self.caller, call, self.lease, record);
        let result = answer.await?.into_tool_result();
        if !result.successful {
            return Err(Stop::Refused(result));
        }
        self.bytes += result.data.as_str().len();
        if self.bytes > MOST_BYTES {
            let message = format!("the answers are over {MOST_BYTES} bytes: ask for less");
            return Err(Error::new(ErrorKind::LimitReached, message).into());
        }
        let mut value = result.data.to_value();
        self.judge(step, scope, &value)?;
        let is_whole = step.graphql.is_none() && step.select.is_none();
        self.last = Some(result.data).filter(|_| is_whole);
        if step.graphql.is_some() {
            value = value.get_mut("data").map(Value::take).unwrap_or_default();
        }
        let Some(select) = step.select.as_ref().filter(|_| step.pages.is_none()) else {
            return Ok(value);
        };
        let place = format!("{}.select", step.id);
        let kept = self.fill(&place, select, &scope.with("answer", &value))?;
        Ok(kept.unwrap_or_default())
    }

    /// Whether an answer that calls itself a success is one.
    fn judge(&self, step: &Step, scope: &Scope, answer: &Value) -> Result<(), Stop> {
        let refused = |why: String| {
            let data = json!({ "status_code": 200, "body": answer });
            Err(Stop::Refused(ToolResult::failure(why).with_data(data)))
        };
        if step.graphql.is_some()
            && let Some(errors) = answer.get("errors").and_then(Value::as_array)
            && !errors.is_empty()
        {
            let messages = errors
                .iter()
                .filter_map(|error| error.get("message")?.as_str());
            let messages: Vec<&str> = messages.take(3).collect();
            return refused(match messages.is_empty() {
                true => "the document was refused".to_owned(),
                false => messages.join("; "),
            });
        }
        let Some(fails_if) = &step.fails_if else {
            return Ok(());
        };
        let scope = scope.with("answer", answer);
        let failed = self.evaluate(&format!("{}.fails_if", step.id), fails_if, &scope)?;
        if !failed.as_ref().is_some_and(is_so) {
            return Ok(());
        }
        let why = match &step.error {
            Some(error) => self.evaluate(&format!("{}.error", step.id), error, &scope)?,
            None => None,
        };
        refused(match why {
            Some(Value::String(why)) => why,
            Some(why) => why.to_string(),
            None => "the service says that it failed".to_owned(),
        })
    }

    /// The request of `step` as a call of its own.
    fn call_of(&self, step: &'c Step, scope: &Scope) -> Result<Call<'c>> {
        let mut arguments = Map::new();
        for (name, template) in &step.values {
            let place = match self.steps.list.len() {
                1 => name.clone(),
                _ => format!("{}.{name}", step.id),
            };
            if let Some(value) = self.fill(&place, template, scope)? {
                arguments.insert(name.clone(), value);
            }
        }
        if let Some(document) = &step.graphql {
            let variables = arguments.remove("body").unwrap_or_default();
            let body = json!({ "query": document, "variables": variables });
            arguments.insert("body".to_owned(), body);
        }
        Ok(Call {
            plan: &step.plan,
            arguments,
            ..self.call.clone()
        })
    }

    fn is_due(&self, step: &Step) -> Result<bool> {
        let Some(when) = &step.when else {
            return Ok(true);
        };
        let value = self.evaluate(&format!("{}.when", step.id), when, &self.scope)?;
        Ok(value.as_ref().is_some_and(is_so))
    }

    fn fill(&self, place: &str, template: &Value, scope: &Scope) -> Result<Option<Value>> {
        let what = format!("{} of {}", place, self.call.plan.slug);
        self.executions.executor.fill(&what, template, scope)
    }

    fn evaluate(&self, place: &str, text: &str, scope: &Scope) -> Result<Option<Value>> {
        let what = format!("{} of {}", place, self.call.plan.slug);
        self.executions.executor.evaluate(&what, text, scope)
    }

    /// What the caller is told of a run that ended early.
    fn stopped(&self, stop: Stop) -> Result<ToolResult> {
        let is_only = self.steps.list.len() == 1;
        match stop {
            // Nothing has happened, or as much as with any other tool.
            Stop::Error(error) if self.requests == 0 || (is_only && self.requests == 1) => {
                Err(error)
            }
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

/// Whether a value counts as yes, as in Jinja.
fn is_so(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}
