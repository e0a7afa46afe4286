//! What all figures share: rounds, clocks, an upstream, and the table.

mod apart;
mod process;
mod rounds;
mod table;
mod upstream;

use std::error::Error;

pub(crate) use apart::Apart;
pub(crate) use process::{children_cpu, cpu, peak_memory, whole_cpu};
pub(crate) use rounds::{Samples, per_call, time_of};
pub(crate) use table::{Row, Table};
pub(crate) use upstream::{PASSER, REPLY_BYTES, UPSTREAM, Upstream, pass, serve};

/// What a measurement gives, or why there is none.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;
