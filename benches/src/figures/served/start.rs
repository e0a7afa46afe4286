use std::{fs, time::Instant};

use super::program::Program;
use crate::{
    arguments::Arguments,
    harness::{Outcome, Row, Samples, Table},
};

const STARTS: usize = 10;
/// Milliseconds.
const BAR: f64 = 20.0;
const WHAT: &str = "start of composio serve with GitHub's 1,223 tools, to its first word";

/// From the start of the process to the line that says where it serves.
pub(super) fn measure(program: &Program, arguments: &Arguments, table: &mut Table) -> Outcome {
    let Some(document) = &arguments.github else {
        table.push(Row::skipped(WHAT, "needs GitHub's document: --github FILE"));
        return Ok(());
    };
    let home = program.empty_home()?;
    let integration = "name: GitHub\nunique_key: github\nauth_schemes:\n  - name: token\n    auth_mode: BEARER_TOKEN\n";
    home.add("github", integration, &fs::read(document)?)?;
    let mut times = Samples::default();
    let mut memory = 0.0;
    for _ in 0..STARTS {
        let begun = Instant::now();
        let server = home.serve()?;
        times.push(begun.elapsed());
        memory = server.memory("VmRSS:")?;
    }
    let milliseconds = times.median().as_secs_f64() * 1e3;
    let row = Row::at_most(WHAT, milliseconds, BAR, |time| format!("{time:.0} ms"));
    table.push(row.with(&format!("{memory:.0} MB resident then")));
    Ok(())
}
