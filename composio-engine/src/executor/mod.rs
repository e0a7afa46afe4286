//! A tool becomes one HTTP request, and its answer a result.
//!
//! Rendering ([`request`]) is pure; sending ([`send`]) goes through one guarded client ([`client`]), whose own
//! retries, redirects and proxies are off; decoding ([`answer`]) keeps JSON as it came.

mod access;
mod address;
mod answer;
mod arguments;
mod authenticate;
mod body;
mod call;
mod client;
mod egress;
mod exchange;
mod fetch;
mod filters;
mod headers;
mod limits;
mod mail;
mod multipart;
mod payload;
mod preview;
mod proxied;
mod reading;
mod rendering;
mod request;
mod response;
mod run;
mod scheme;
mod scope;
mod scrub;
mod send;
mod style;
mod template;

pub(crate) use answer::Answer;
pub(crate) use body::{file_keys, named_files};
pub(crate) use call::{Call, Credentials};
pub use egress::EgressPolicy;
pub(crate) use exchange::{Exchange, NoReply, Reply};
pub use limits::Limits;
pub(crate) use reading::Reading;
pub(crate) use request::Prepared;
pub(crate) use run::{Executor, ExecutorOptions};
pub(crate) use scope::Scope;
pub(crate) use scrub::Scrubber;
pub(crate) use send::retry_after;

#[cfg(test)]
mod tests;
