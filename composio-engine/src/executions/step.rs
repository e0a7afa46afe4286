//! One step of a tool: its request, or those for the pages of a list, and what is kept of the answers.

use std::sync::atomic::Ordering;

use composio_catalog::{CuratedPages, Step};
use composio_core::{
    Error, ErrorKind, Result,
    models::{RawJson, ToolResult},
};
use serde_json::{Map, Value, json};

use super::{
    record::Record,
    steps::{Course, Stop},
};
use crate::executor::{Call, Scope};

/// Requests that one call may make.
const MOST_REQUESTS: usize = 200;
/// Bytes of all answers of one call.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// What a step gave.
#[derive(Default)]
pub(super) struct Answered {
    pub(super) value: Value,
    /// The answer as it came, if it was one and all of it is kept.
    pub(super) whole: Option<RawJson>,
    /// Where a list that was not read to its end goes on.
    pub(super) more: Option<Value>,
}

impl<'c> Course<'c> {
    /// Does `step` once, or page by page.
    pub(super) async fn one(
        &self,
        step: &'c Step,
        scope: &Scope,
        record: &Record,
    ) -> Result<Answered, Stop> {
        match &step.pages {
            Some(pages) => self.pages(step, pages, scope, record).await,
            None => self.once(step, scope, record).await,
        }
    }

    /// Reads a list page by page, as far as it is wanted.
    async fn pages(
        &self,
        step: &'c Step,
        pages: &CuratedPages,
        scope: &Scope,
        record: &Record,
    ) -> Result<Answered, Stop> {
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
            let answer = self.once(step, &scope, record).await?.value;
            let scope = scope.with("answer", &answer);
            let page = self.evaluate(&place("items"), &pages.items, &scope)?;
            if let Some(Value::Array(page)) = page {
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
        Ok(Answered {
            value: Value::Array(items),
            whole: None,
            more: cursor,
        })
    }

    /// Sends one request and judges the answer.
    async fn once(&self, step: &'c Step, scope: &Scope, record: &Record) -> Result<Answered, Stop> {
        let call = self.call_of(step, scope)?;
        if self.requests.load(Ordering::Relaxed) >= MOST_REQUESTS {
            let message = format!("over {MOST_REQUESTS} requests in one call: ask for less");
            return Err(Error::new(ErrorKind::LimitReached, message).into());
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = self
            .executions
            .answer(self.caller, call, self.lease, record);
        let result = answer.await?.into_tool_result();
        if !result.successful {
            return Err(Stop::Refused(result));
        }
        // A file is not kept in memory, so it is bounded alone.
        let size = match step.content {
            Some(_) => 0,
            None => result.data.as_str().len(),
        };
        if self.bytes.fetch_add(size, Ordering::Relaxed) + size > MOST_BYTES {
            let message = format!("the answers are over {MOST_BYTES} bytes: ask for less");
            return Err(Error::new(ErrorKind::LimitReached, message).into());
        }
        let mut value = result.data.to_value();
        self.judge(step, scope, &value)?;
        let is_whole = step.graphql.is_none() && step.select.is_none();
        if step.graphql.is_some() {
            value = value.get_mut("data").map(Value::take).unwrap_or_default();
        }
        if let Some(content) = &step.content {
            // Each is as large as the file.
            drop(result);
            let scope = scope.with("answer", &std::mem::take(&mut value));
            let value = self.keep(step, content, scope).await?;
            return Ok(Answered {
                value,
                ..Answered::default()
            });
        }
        if let Some(select) = step.select.as_ref().filter(|_| step.pages.is_none()) {
            let place = format!("{}.select", step.id);
            let kept = self.fill(&place, select, &scope.with("answer", &value))?;
            value = kept.unwrap_or_default();
        }
        Ok(Answered {
            value,
            whole: Some(result.data).filter(|_| is_whole),
            more: None,
        })
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
    pub(super) fn call_of(&self, step: &'c Step, scope: &Scope) -> Result<Call<'c>> {
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
        let mut call = Call {
            plan: &step.plan,
            arguments,
            ..self.call.clone()
        };
        if let Some(results) = &mut call.results {
            results.is_around_file = step.content.is_some();
        }
        if let (Some(results), Some(file), None) = (&mut call.results, &step.file, &step.content) {
            let name = self.evaluate(&format!("{}.file", step.id), file, scope)?;
            let name = name.as_ref().and_then(Value::as_str);
            results.name = Some(name.unwrap_or_default().to_owned());
        }
        Ok(call)
    }

    pub(super) fn fill(
        &self,
        place: &str,
        template: &Value,
        scope: &Scope,
    ) -> Result<Option<Value>> {
        let what = format!("{} of {}", place, self.call.plan.slug);
        self.executions.executor.fill(&what, template, scope)
    }

    pub(super) fn evaluate(&self, place: &str, text: &str, scope: &Scope) -> Result<Option<Value>> {
        let what = format!("{} of {}", place, self.call.plan.slug);
        self.executions.executor.evaluate(&what, text, scope)
    }
}

/// Whether a value counts as yes, as in Jinja.
pub(super) fn is_so(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}
