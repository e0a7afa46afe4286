//! The program from outside: what it writes, where, and how it ends.

mod apps;
mod calls;
mod support;
