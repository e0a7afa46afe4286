//! Which crate may see which, and how large a file may be.

mod edges;
mod files;
