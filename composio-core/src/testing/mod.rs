//! For tests of programs and adapters: a service in memory.

mod fake_service;

pub use fake_service::{Execution, FakeService};
