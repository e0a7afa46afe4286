//! A tool becomes one HTTP request, and its answer a result.
//!
//! Rendering ([`request`]) is pure; sending ([`send`]) goes through one guarded client ([`client`]), whose own
//! retries, redirects and proxies are off; decoding ([`answer`]) keeps JSON as it came.

mod call;
mod egress;
mod limits;
mod run;

pub(crate) use call::{Call, Credentials};
pub use egress::EgressPolicy;
pub use limits::Limits;
pub(crate) use run::{Executor, ExecutorOptions};
