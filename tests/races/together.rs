//! Many at once.

use std::thread::sleep;
use std::time::Duration;

use composio_tests::api::send;
use composio_tests::suite::CaseError;
use futures_util::future::join_all;
use tokio::time::timeout;

use crate::child::Process;
use crate::desk::{Desk, LIFE, call};
use crate::size::Size;

const PROCESSES: usize = 4;
const LIMIT: Duration = Duration::from_secs(60);

fn run_out() {
    sleep(Duration::from_secs(LIFE) + Duration::from_millis(50));
}

pub(crate) fn in_one_process() -> Result<(), CaseError> {
    let size = Size::get();
    let desk = Desk::open(LIMIT)?;
    for round in 1..=size.rounds {
        run_out();
        let calls = (0..size.calls).map(|_| call(&desk.engine));
        let results = desk.runtime.block_on(join_all(calls));
        if let Some(failure) = results.into_iter().find_map(Result::err) {
            return Err(CaseError::failed(&format!("round {round}: {failure}")));
        }
    }
    desk.check_family()
        .map_err(|stats| CaseError::failed(&stats))?;
    report("1 process", size.calls, size.rounds, &desk)
}

pub(crate) fn in_four_processes() -> Result<(), CaseError> {
    let size = Size::get();
    let desk = Desk::open(LIMIT)?;
    let mut processes: Vec<Process> = (0..PROCESSES)
        .map(|_| Process::start(&desk.database, LIMIT))
        .collect();
    for round in 1..=size.rounds {
        run_out();
        for process in &mut processes {
            process.say(&format!("call {}", size.calls / PROCESSES));
        }
        for process in &mut processes {
            let heard = process.heard();
            if heard != "good" {
                return Err(CaseError::failed(&format!("round {round}: {heard}")));
            }
        }
    }
    desk.check_family()
        .map_err(|stats| CaseError::failed(&stats))?;
    report("4 processes", size.calls, size.rounds, &desk)
}

fn report(what: &str, calls: usize, rounds: usize, desk: &Desk) -> Result<(), CaseError> {
    let granted = desk.granted();
    println!(
        "{what:<12} {calls} calls at expiry, {rounds} times: {granted} refreshes, 0 failed, 0 families revoked"
    );
    if granted < rounds as u64 {
        return Err(CaseError::failed(&format!("only {granted} refreshes")));
    }
    Ok(())
}

pub(crate) fn dropped() -> Result<(), CaseError> {
    let size = Size::get();
    let desk = Desk::open(LIMIT)?;
    let path = format!("/connected_accounts/{}/refresh", desk.account);
    let nothing = serde_json::json!({});
    for number in 0..size.drops {
        // From before the request is written until after the tokens are.
        let leave = Duration::from_micros(number as u64 * 7919 % 40_000);
        let refresh = send(&desk.engine, "POST", &path, &nothing);
        let _ = desk
            .runtime
            .block_on(async { timeout(leave, refresh).await });
    }
    let (_, last) = desk.send("POST", &path, &nothing);
    if last["status"] != "ACTIVE" {
        return Err(CaseError::failed(&last.to_string()));
    }
    desk.runtime
        .block_on(call(&desk.engine))
        .map_err(|failure| CaseError::failed(&failure))?;
    desk.check_family()
        .map_err(|stats| CaseError::failed(&stats))?;
    println!(
        "dropped      {} callers: 0 tokens lost, {} refreshes",
        size.drops,
        desk.granted()
    );
    Ok(())
}
