#![allow(
    clippy::needless_pass_by_value,
    clippy::too_many_lines,
    reason = "fixtures are built in place by json!, and tables of cases are long"
)]

mod answers;
mod bodies;
mod credentials;
mod hosts;
mod http2;
mod proxying;
mod redirects;
mod rendering;
mod secrecy;
mod sending;
mod support;
