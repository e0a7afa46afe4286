//! For tests of programs and adapters: tools whose answers are scripted, recorded calls, a service in memory.
//!
//! | | answers | for |
//! |---|---|---|
//! | [`FakeTools`] | what the test scripts | an agent's test without any service |
//! | [`Cassette`] | what a service answered once | an agent's test on real answers, without network and key |
//! | [`FakeService`] | by functions of the test | tests of adapters |
//!
//! Each is a [`Transport`](crate::Transport), so everything else of the program stays as it is.

mod cassette;
mod fake_service;
mod fake_tools;

pub use cassette::Cassette;
pub use fake_service::{Execution, FakeService};
pub use fake_tools::FakeTools;

#[cfg(test)]
mod tests;
