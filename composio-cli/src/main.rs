#![doc = include_str!("../README.md")]

mod backend;
mod cli;
mod commands;
mod context;
mod environment;
mod failure;
mod home;
mod log;
mod output;
mod prompt;
mod run;

use std::process::ExitCode;

use mimalloc::MiMalloc;

// A served call allocates a few hundred times.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    run::run()
}
