//! The toolkits in memory: one snapshot that is replaced as a whole.

mod deprecation;
mod faults;
mod library;
mod list;
mod release;
mod search;
mod snapshot;

pub(crate) use deprecation::Deprecated;
pub(crate) use library::Catalogue;
pub(crate) use list::{ToolFilter, ToolkitFilter, Versions, category_id};
pub(crate) use release::{FoundTool, Release};
pub(crate) use snapshot::{App, Snapshot};
