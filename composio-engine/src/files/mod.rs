//! Files that tools take and give: encrypted on disk, and sent and fetched by signed addresses.
//!
//! Bytes are never held whole: they pass in batches, and whoever is slow slows the other end. No name that came from
//! outside is ever part of a path.

mod chunks;
mod faults;
mod folder;
mod limits;
mod links;
mod names;
mod reader;
mod reservations;
mod results;
mod service;
mod sweep;
mod upload;
mod writer;

pub use limits::FileLimits;
pub(crate) use links::{Link, Purpose};
pub(crate) use names::{media_type, media_type_of};
pub(crate) use reader::Content;
pub(crate) use results::ResultFiles;
pub(crate) use service::{FileOptions, Files};
pub(crate) use sweep::sweep;
pub(crate) use upload::Announced;
