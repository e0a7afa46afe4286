//! One list of cases, every adapter: whatever runs the loop, the outcome is the same.
//!
//! `cargo xtask conformance` prints the table.

mod adapters;
mod cases;
mod functions;
mod runs;
mod setup;
mod stand_in;
mod wire;
mod wire_json;

use std::{
    collections::{BTreeMap, BTreeSet},
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
            trials.push(trial(&cases, (row, column), adapter, table.clone()));
        }
    }
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    print(&cases, &adapters, &table);
    conclusion.exit_code()
}

fn trial(
    cases: &Arc<Vec<Case>>,
    (row, column): (usize, usize),
    adapter: &Adapter,
    table: Table,
) -> Trial {
    let cases = cases.clone();
    let ignored = why_not(&cases[row], adapter).is_some();
    let adapter = *adapter;
    let trial = Trial::test(
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
    );
    trial.with_ignored_flag(ignored)
}

/// Why `adapter` cannot have `case`, if it cannot.
fn why_not(case: &Case, adapter: &Adapter) -> Option<&'static str> {
    let mut reasons = case.not_for.iter();
    let reason = reasons.find(|(name, _)| adapter.name.starts_with(name))?;
    Some(reason.1)
}

fn print(cases: &[Case], adapters: &[Adapter], table: &Table) {
    let table = table.lock().unwrap();
    print!("\n{:<32}", "case");
    adapters
        .iter()
        .for_each(|adapter| print!("{:<12}", adapter.name));
    println!();
    let mut reasons = BTreeSet::new();
    for (row, case) in cases.iter().enumerate() {
        print!("{:<32}", case.name);
        for (column, adapter) in adapters.iter().enumerate() {
            let mark = match (table.get(&(row, column)), why_not(case, adapter)) {
                (Some(true), _) => "ok",
                (Some(false), _) => "FAILED",
                (None, Some(reason)) => {
                    reasons.insert(format!("{}, {}: {reason}", case.name, adapter.name));
                    "n/a"
                }
                (None, None) => "-",
            };
            print!("{mark:<12}");
        }
        println!();
    }
    reasons.iter().for_each(|reason| println!("n/a: {reason}"));
}
