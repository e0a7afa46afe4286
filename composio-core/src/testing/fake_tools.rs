use std::{
    collections::{HashMap, VecDeque},
    fmt,
    future::{Future, ready},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use super::{Execution, FakeService};
use crate::{
    Body, Error, Result,
    models::{RawJson, Tool, ToolResult, ToolToolkit},
};

/// Tools whose answers a test writes. They need no connection.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
/// # runtime.block_on(async {
/// use composio_core::{Plain, ToolSet, testing::FakeTools};
/// use serde_json::json;
///
/// let fake = FakeTools::new()
///     .tool("NOTES_ADD", json!({"type": "object", "properties": {"title": {"type": "string"}}}))
///     .answers("NOTES_ADD", json!({"id": 1}))
///     .fails("NOTES_ADD", "the notes are full");
/// let toolset: ToolSet<Plain> = ToolSet::new(fake.clone());
/// let tools = toolset.get_tools().actions(["NOTES_ADD"]).await?;
/// // … the agent under test, with `tools` …
/// # toolset.execute_action("NOTES_ADD", json!({"title": "milk"})).await?;
/// assert_eq!(fake.calls()[0].arguments, json!({"title": "milk"}));
/// # Ok::<_, composio_core::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct FakeTools {
    service: FakeService,
    scripts: Arc<Mutex<HashMap<String, VecDeque<ToolResult>>>>,
}

impl FakeTools {
    /// No tools yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the tool `slug` with the JSON Schema of its arguments. Its app is what stands before the first `_`.
    #[must_use]
    pub fn tool(self, slug: &str, schema: impl Into<RawJson>) -> Self {
        let app = slug.split('_').next().unwrap_or_default().to_lowercase();
        let mut tool = Tool::new(slug);
        tool.description = format!("{slug} of {app}");
        tool.toolkit = ToolToolkit::new(&app, &app, "");
        tool.input_parameters = schema.into();
        tool.no_auth = true;
        self.definition(tool)
    }

    /// Adds a tool with everything that a definition says, such as tags and whether it needs a connection.
    #[must_use]
    pub fn definition(mut self, tool: Tool) -> Self {
        let (slug, scripts) = (tool.slug.clone(), Arc::clone(&self.scripts));
        self.service = self.service.tool(tool, move |_| {
            let mut scripts = scripts.lock().unwrap_or_else(PoisonError::into_inner);
            ready(Ok(next(&mut scripts, &slug)))
        });
        self
    }

    /// The next call of `slug` succeeds with `data`; the last answer that is scripted is given again and again.
    #[must_use]
    pub fn answers(self, slug: &str, data: impl Into<RawJson>) -> Self {
        self.script(slug, ToolResult::success(data))
    }

    /// The next call of `slug` fails with `error`.
    #[must_use]
    pub fn fails(self, slug: &str, error: impl Into<String>) -> Self {
        self.script(slug, ToolResult::failure(error))
    }

    /// Adds an active connection of `user` to the app, for definitions that need one.
    #[must_use]
    pub fn connected(mut self, user: &str, app: &str) -> Self {
        let id = format!("ca_{user}_{app}");
        self.service = self.service.account(&id, user, app);
        self
    }

    /// What was called, in the order in which it came.
    #[must_use]
    pub fn calls(&self) -> Vec<Execution> {
        self.service.executions()
    }

    fn script(self, slug: &str, result: ToolResult) -> Self {
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        scripts
            .entry(slug.to_owned())
            .or_default()
            .push_back(result);
        drop(scripts);
        self
    }
}

fn next(scripts: &mut HashMap<String, VecDeque<ToolResult>>, slug: &str) -> ToolResult {
    let script = scripts.get_mut(slug);
    let answer = script.and_then(|script| match script.len() {
        0 | 1 => script.front().cloned(),
        _ => script.pop_front(),
    });
    answer.unwrap_or_else(|| ToolResult::failure(format!("the test has no answer of {slug}")))
}

impl Service<Request<Body>> for FakeTools {
    type Response = Response<Body>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.service.call(request)
    }
}

impl fmt::Debug for FakeTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FakeTools")
    }
}
