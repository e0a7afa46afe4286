//! The tools that every case runs on, and how a case wants them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use composio_core::{
    Arguments, Decision, Error, ErrorKind, Gate, GetTools, Provider, ResultBudget, ToolRequest,
    ToolSet, Tools,
    models::{RawJson, Tool, ToolResult, ToolToolkit},
    testing::FakeService,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::util::MapRequestLayer;

use crate::functions;

/// How often each kind of processor ran, and the layer around calls.
#[derive(Clone, Default)]
pub struct Counts(pub Arc<[AtomicUsize; 4]>);

impl Counts {
    pub fn read(&self) -> [usize; 4] {
        [0, 1, 2, 3].map(|kind| self.0[kind].load(Ordering::SeqCst))
    }

    fn count(&self, kind: usize) {
        self.0[kind].fetch_add(1, Ordering::SeqCst);
    }
}

/// What a gate says to every call.
#[derive(Clone, Copy, PartialEq)]
pub enum Rule {
    None,
    Deny,
    Stop,
    /// `NOTES_ADD` waits.
    Wait,
}

/// What a case wants.
#[derive(Clone)]
pub struct Setup {
    pub gate: Rule,
    pub max_steps: u32,
    pub call_time: Duration,
    pub total_time: Option<Duration>,
    pub max_tokens: Option<u64>,
    pub rename: Option<&'static str>,
    pub hide: Option<&'static str>,
    pub inject: Option<(&'static str, Value)>,
    pub count: bool,
    /// Bytes of a result that a model reads.
    pub budget: Option<usize>,
    /// Where files come from and go to.
    pub folder: Option<Arc<TempDir>>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            gate: Rule::None,
            max_steps: 4,
            call_time: Duration::from_secs(10),
            total_time: None,
            max_tokens: None,
            rename: None,
            hide: None,
            inject: None,
            count: false,
            budget: None,
            folder: None,
        }
    }
}

fn tool(slug: &str, tags: &[&str]) -> Tool {
    let mut tool = Tool::new(slug);
    tool.description = format!("{slug} of the notes app");
    tool.toolkit = ToolToolkit::new("notes", "Notes", "");
    tool.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    tool.input_parameters = RawJson::from(json!({
        "type": "object", "required": ["title"],
        "properties": {"title": {"type": "string"}, "stars": {"type": "integer"}},
    }));
    tool
}

fn attach() -> Tool {
    let file = |mark: &str, key: &str| {
        json!({"type": "object", mark: true, "required": ["name", "mimetype", key],
            "properties": {"name": {"type": "string"}, "mimetype": {"type": "string"}, key: {"type": "string"}}})
    };
    let mut attach = tool("NOTES_ATTACH", &["createHint"]);
    attach.input_parameters = RawJson::from(json!({
        "type": "object", "required": ["file"], "properties": {"file": file("file_uploadable", "s3key")},
    }));
    attach.output_parameters = RawJson::from(json!({"type": "object", "properties": {"data": {
        "type": "object", "properties": {"copy": file("file_downloadable", "s3url")},
    }}}));
    attach
}

/// A notes app: one tool that works, one that fails, one that hangs, one that destroys.
pub fn service() -> FakeService {
    FakeService::new()
        .tool(tool("NOTES_ADD", &["createHint"]), |arguments| async move {
            // Long enough that two calls of one turn meet.
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok(ToolResult::success(arguments))
        })
        .tool(tool("NOTES_FAIL", &[]), |_| async {
            Ok(ToolResult::failure("the note is locked"))
        })
        .tool(tool("NOTES_HANG", &[]), |_| async {
            tokio::time::sleep(Duration::from_secs(600)).await;
            Ok(ToolResult::success(json!({})))
        })
        .tool(
            tool("NOTES_DELETE", &["destructiveHint"]),
            |arguments| async { Ok(ToolResult::success(arguments)) },
        )
        .tool(tool("NOTES_LIST", &["readOnlyHint"]), |_| async {
            Ok(ToolResult::success(json!({"total": 50, "notes": notes()})))
        })
        .tool(attach(), |arguments| async move {
            let key = arguments["file"]["s3key"].as_str().unwrap_or_default();
            let address = format!("http://files.invalid/{key}");
            let copy = json!({"name": "../copy.txt", "mimetype": "text/plain", "s3url": address});
            Ok(ToolResult::success(json!({"copy": copy})))
        })
        .tool(tool("NOTES_GONE", &[]), |_| async {
            Err(Error::new(ErrorKind::Unavailable, "connection refused"))
        })
        .account("ca_1", "alice", "notes")
}

/// What the app's list has.
pub fn notes() -> Vec<Value> {
    (0..50)
        .map(|n| json!({"id": n, "title": format!("note {n:03}"), "body": "x".repeat(50)}))
        .collect()
}

/// Fetches the tools as `setup` wants them, in any framework's spelling.
pub async fn fetch<P: Provider + Default>(
    service: &FakeService,
    setup: &Setup,
    counts: &Counts,
) -> Tools<P> {
    let toolset: ToolSet<P> = ToolSet::new(service.clone())
        .entity("alice")
        .call_time(setup.call_time);
    let tools = [
        "NOTES_ADD",
        "NOTES_FAIL",
        "NOTES_HANG",
        "NOTES_DELETE",
        "NOTES_GONE",
        "NOTES_LIST",
        "NOTES_ATTACH",
    ];
    let mut fetch = toolset
        .get_tools()
        .actions(tools)
        .custom_tools(functions::tools());
    fetch = match setup.gate {
        Rule::None => fetch,
        Rule::Deny => fetch.gate(Gate::new(|_| async { Decision::Deny("not today".into()) })),
        Rule::Stop => fetch.gate(Gate::new(|_| async {
            Decision::Stop("a person said stop".into())
        })),
        Rule::Wait => fetch.gate(Gate::new(|call| async move {
            if call.tool == "NOTES_ADD" {
                Decision::Wait
            } else {
                Decision::Run
            }
        })),
    };
    if let Some(folder) = &setup.folder {
        fetch = fetch
            .allow_uploads_from(folder.path().join("out"))
            .downloads_to(folder.path().join("in"));
    }
    if let Some(bytes) = setup.budget {
        fetch = fetch.result_budget(ResultBudget::bytes(bytes));
    }
    if setup.count {
        fetch = counting(fetch, counts);
    }
    if let Some(name) = setup.rename {
        fetch = fetch.schema("NOTES_ADD", move |tool| tool.rename(name));
    }
    if let Some(argument) = setup.hide {
        fetch = fetch.schema("NOTES_ADD", move |tool| tool.hide(argument));
    }
    if let Some((argument, value)) = setup.inject.clone() {
        fetch = fetch.pre("NOTES_ADD", move |arguments: Arguments| {
            arguments.set(argument, value.clone())
        });
    }
    fetch.await.unwrap()
}

fn counting<P: Provider>(fetch: GetTools<P>, counts: &Counts) -> GetTools<P> {
    let (schema, pre, post) = (counts.clone(), counts.clone(), counts.clone());
    let layer = counts.clone();
    fetch
        .layer(&MapRequestLayer::new(move |request: ToolRequest| {
            if request.tool().slug == "NOTES_ADD" {
                layer.count(3);
            }
            request
        }))
        .schema("NOTES_ADD", move |tool| {
            schema.count(0);
            tool
        })
        .pre("NOTES_ADD", move |arguments: Arguments| {
            pre.count(1);
            arguments
        })
        .post("NOTES_ADD", move |result: ToolResult| {
            post.count(2);
            result
        })
}
