//! One list of cases, every adapter: whatever runs the loop, the outcome is the same.
//!
//! `cargo xtask conformance` prints the table.

mod adapters;
mod cases;
mod functions;
mod setup;
mod stand_in;
mod wire;

use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::{Arc, Mutex},
};

use adapters::Adapter;
use cases::Case;
use libtest_mimic::{Arguments, Failed, Trial};

type Table = Arc<Mutex<BTreeMap<(usize, usize), bool>>>;

fn main() -> ExitCode {
    // No framework brings a TLS provider of its own here: the model is on loopback.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let adapters = adapters::all();
    let cases: Arc<Vec<Case>> = Arc::new(cases::all());
    let table = Table::default();
    let mut trials = Vec::new();
    for row in 0..cases.len() {
        for (column, adapter) in adapters.iter().enumerate() {
            trials.push(trial(&cases, (row, column), *adapter, table.clone()));
        }
    }
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    print(&cases, &adapters, &table);
    conclusion.exit_code()
}

fn trial(
    cases: &Arc<Vec<Case>>,
    (row, column): (usize, usize),
    adapter: Adapter,
    table: Table,
) -> Trial {
    let cases = cases.clone();
    Trial::test(
        format!("{}: {}", cases[row].name, adapter.name),
        move || {
            let case = &cases[row];
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let seen = runtime.block_on((adapter.run)(case));
            let outcome = (case.check)(&seen);
            table.lock().unwrap().insert((row, column), outcome.is_ok());
            outcome.map_err(Failed::from)
        },
    )
}

fn print(cases: &[Case], adapters: &[Adapter], table: &Table) {
    let table = table.lock().unwrap();
    print!("\n{:<32}", "case");
    adapters
        .iter()
        .for_each(|adapter| print!("{:<12}", adapter.name));
    println!();
    for (row, case) in cases.iter().enumerate() {
        print!("{:<32}", case.name);
        for column in 0..adapters.len() {
            let mark = match table.get(&(row, column)) {
                Some(true) => "ok",
                Some(false) => "FAILED",
                None => "-",
            };
            print!("{mark:<12}");
        }
        println!();
    }
}
