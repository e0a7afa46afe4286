//! Servers that nobody here wrote, as processes of their own, and a client for them that shares nothing with ours.

mod alertmanager;
mod powerdns;
mod process;

pub use alertmanager::Alertmanager;
pub use powerdns::PowerDns;
pub use process::{Peer, ask, free_port, program};
