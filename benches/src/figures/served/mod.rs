//! The engine as a server: the `composio` program, beside this one.

mod calls;
mod files;
mod program;
mod sdk;
mod start;

use crate::{
    arguments::Arguments,
    harness::{Outcome, Row, Table, Upstream},
};
use program::Server;
pub(super) use program::{Home, Program};

/// What [`measure`] reports first, whatever is missing.
const CALL: &str = "tool call served, over bare";

pub(super) fn measure(arguments: &Arguments, table: &mut Table) -> Outcome {
    let Some(program) = Program::beside() else {
        table.push(Row::skipped(
            CALL,
            "the program composio is not built in release",
        ));
        return Ok(());
    };
    let upstream = Upstream::start()?;
    let home = program.home(&upstream.base)?;
    let server = home.serve()?;
    table.push(Row::at_most(
        "resident memory of composio serve, idle",
        server.memory("VmRSS:")?,
        20.0,
        megabytes,
    ));
    calls::latency(&upstream, &server, table)?;
    calls::rate(&server, table)?;
    sdk::measure(&server, table)?;
    files::measure(&home, table)?;
    start::measure(&program, arguments, table)
}

fn megabytes(value: f64) -> String {
    format!("{value:.0} MB")
}
