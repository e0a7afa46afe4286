//! What the cross-crate suites share.
//!
//! - [`parts`] installs real material from outside (documents, recordings) under `target/parts/`.
//! - [`suite`] runs cases that need such material, on the `libtest-mimic` harness.
//! - [`tree`] reads the repository itself: tracked files, members and their dependencies.

pub mod parts;
pub mod suite;
pub mod tree;
