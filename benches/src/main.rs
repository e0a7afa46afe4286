//! Every figure that the README quotes, measured on this machine in this run: `cargo xtask bench`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks"
)]

mod arguments;
mod figures;
mod harness;

use std::{env, process::ExitCode};

use arguments::Arguments;
use harness::{Outcome, Table};

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything is as it should be.
fn run() -> Outcome<bool> {
    let mut given = env::args().skip(1);
    // This program is its own upstream and its own child process.
    match given.next().as_deref() {
        Some(harness::UPSTREAM) => return harness::serve().map(|()| true),
        Some(harness::PASSER) => {
            return harness::pass(&given.next().unwrap_or_default()).map(|()| true);
        }
        Some(figures::IMPORT_CHILD) => {
            return figures::import_here(&given.next().unwrap_or_default()).map(|()| true);
        }
        _ => {}
    }
    let arguments = Arguments::parse(env::args().skip(1))?;
    let mut table = Table::default();
    for figure in figures::ALL {
        if arguments.wants(figure.name) {
            eprintln!("measuring {}: {}", figure.name, figure.what);
            (figure.measure)(&arguments, &mut table)?;
        }
    }
    println!("{table}");
    Ok(!arguments.check || table.misses() == 0)
}
