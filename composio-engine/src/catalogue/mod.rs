//! The toolkits: what is known of each in one snapshot that is replaced as a whole, their tools read when they are asked
//! for.

mod contents;
mod deprecation;
mod faults;
mod library;
mod list;
#[cfg(feature = "semantic")]
mod meaning;
mod release;
mod search;
mod shelf;
mod snapshot;

pub(crate) use contents::{Contents, FoundTool};
pub(crate) use deprecation::Deprecated;
pub(crate) use library::Catalogue;
pub(crate) use list::{ToolFilter, ToolkitFilter, Versions, category_id};
#[cfg(feature = "semantic")]
pub(crate) use meaning::encode_due;
pub(crate) use release::Release;
pub(crate) use snapshot::{App, Snapshot};
