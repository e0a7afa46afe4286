//! Without the feature `files` tools take and give what the service says.

use serde_json::Value;

use crate::{
    Arguments, Error, OutcomeStatus, Result,
    client::Client,
    models::{Tool, ToolResult},
};

#[derive(Debug, Clone, Default)]
pub(crate) struct FileAccess {}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Reader {
    Model,
    Program,
}

pub(crate) fn show(_: &Tool, _: &mut Value, _: Reader) {}

pub(crate) fn own(_: &Tool) -> Option<Value> {
    None
}

pub(crate) fn has_any(_: &Tool, _: &mut Arguments) -> bool {
    false
}

pub(crate) fn refusal(_: &Error) -> Option<OutcomeStatus> {
    None
}

pub(crate) async fn upload(_: &FileAccess, _: &Client, _: &Tool, _: &mut Arguments) -> Result<()> {
    Ok(())
}

pub(crate) async fn download(
    _: &FileAccess,
    _: &Client,
    _: &Tool,
    result: ToolResult,
) -> ToolResult {
    result
}
