//! What the program writes: tables, records, JSON, progress.

mod progress;
mod shell;
mod table;
mod text;

pub(crate) use progress::Progress;
pub(crate) use shell::{Output, usage};
pub(crate) use table::Table;
pub(crate) use text::clean;
