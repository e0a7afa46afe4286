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

fn main() -> ExitCode {
    run::run()
}
