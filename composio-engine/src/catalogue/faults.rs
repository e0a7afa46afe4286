use composio_core::{Error, ErrorKind};
use tokio::task::JoinError;

use super::App;

const NO_TOOL: &str = "Tool_ToolNotFound";

/// There is no toolkit `slug`.
pub(super) fn no_toolkit(slug: &str) -> Error {
    not_found(
        format!("there is no toolkit {}", quoted(slug)),
        "Toolkit_NotFound",
    )
}

/// There is no tool `slug`.
pub(super) fn no_tool(slug: &str) -> Error {
    not_found(format!("there is no tool {}", quoted(slug)), NO_TOOL)
}

/// Whether this is what [`no_tool`] said.
pub(super) fn is_no_tool(error: &Error) -> bool {
    error.slug() == Some(NO_TOOL)
}

/// An index led to a tool that is not there.
pub(super) fn lost_place() -> Error {
    Error::new(ErrorKind::Internal, "a tool that was found is gone")
}

pub(super) fn no_version(app: &App, version: &str) -> Error {
    let message = format!(
        "the toolkit {} has no version {}: ask for latest, or one of {}",
        app.slug(),
        quoted(version),
        app.versions.join(", ")
    );
    not_found(message, "Toolkit_VersionNotFound")
}

pub(super) fn damaged(slug: &str, version: &str) -> Error {
    let message = format!("the stored app {slug} {version} is damaged: add it again");
    Error::new(ErrorKind::Internal, message).with_slug("Toolkit_Damaged")
}

/// The tool belongs to another app.
pub(super) fn taken(tool: &str, other: &str) -> Error {
    let message = format!("the tool {tool} belongs to the toolkit {other} already");
    Error::new(ErrorKind::Conflict, message).with_slug("Toolkit_Conflict")
}

/// The tool would not be found: tools are looked for in the app that their names begin with.
pub(super) fn misnamed(tool: &str, begin: &str) -> Error {
    let message = format!(
        "the name of the tool {} does not begin with {begin}",
        quoted(tool)
    );
    Error::new(ErrorKind::InvalidInput, message).with_slug("Toolkit_Misnamed")
}

pub(super) fn versions_used_up(slug: &str) -> Error {
    let message = format!("the app {slug} has no version number left for today");
    Error::new(ErrorKind::Conflict, message)
}

pub(super) fn lost(error: JoinError) -> Error {
    Error::new(ErrorKind::Internal, "a task of the engine failed").with_source(error)
}

fn not_found(message: String, slug: &str) -> Error {
    Error::new(ErrorKind::NotFound, message).with_slug(slug)
}

// A name from outside, cut to what a name can be.
fn quoted(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_graphic())
        .take(80)
        .collect()
}
