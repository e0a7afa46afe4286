//! The tools in the executor and in langchain-rust's own, against a stand-in model and a service in memory.

mod executor;
mod memory;
mod model;
mod provider;

use std::time::Duration;

use composio_core::{
    models::{RawJson, Tool, ToolResult},
    testing::FakeService,
};
use serde_json::json;

use crate::{Error, ErrorKind, ToolSet, Tools};

pub(crate) const ALL: [&str; 5] = ["ECHO", "FAIL", "SLOW", "GONE", "DELETE"];

fn tool(slug: &str, tags: &[&str]) -> Tool {
    let mut tool = Tool::new(slug);
    tool.no_auth = true;
    tool.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    tool.input_parameters =
        RawJson::from(json!({"type": "object", "properties": {"n": {"type": "integer"}}}));
    tool
}

pub(crate) fn service() -> FakeService {
    FakeService::new()
        .tool(tool("ECHO", &[]), |arguments| async move {
            Ok(ToolResult::success(arguments))
        })
        .tool(tool("FAIL", &[]), |_| async {
            Ok(ToolResult::failure("upstream said 422"))
        })
        .tool(tool("SLOW", &[]), |_| async {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            Ok(ToolResult::default())
        })
        .tool(tool("GONE", &[]), |_| async {
            Err(Error::new(ErrorKind::Unavailable, "connection refused"))
        })
        .tool(tool("DELETE", &["destructiveHint"]), |_| async {
            Ok(ToolResult::success(json!({})))
        })
}

pub(crate) async fn tools(service: &FakeService) -> Tools {
    tools_of(ToolSet::new(service.clone())).await
}

pub(crate) async fn tools_of(toolset: ToolSet) -> Tools {
    toolset.get_tools().actions(ALL).await.unwrap()
}

pub(crate) fn slugs(service: &FakeService) -> Vec<String> {
    let executions = service.executions().into_iter();
    executions.map(|execution| execution.slug).collect()
}
