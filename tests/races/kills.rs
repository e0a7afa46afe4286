//! SIGKILL in the middle of a refresh.

use std::thread;
use std::time::{Duration, Instant};

use composio_tests::suite::CaseError;

use crate::child::Process;
use crate::desk::{Desk, call};
use crate::size::Size;

/// Databases that are tried beside each other: a dead owner's claim has to run out each time.
const BESIDE: usize = 4;
/// Short, so that a claim is.
const LIMIT: Duration = Duration::from_secs(5);
/// How often a refresh is tried that a busy machine lets run out of time.
const TRIES: usize = 5;

#[derive(Debug, Default)]
struct Tally {
    works: usize,
    must_connect: usize,
}

pub(crate) fn kills() -> Result<(), CaseError> {
    let size = Size::get();
    let rounds = size.kills.div_ceil(BESIDE);
    let desks: Result<Vec<Desk>, _> = (0..BESIDE).map(|_| Desk::open(LIMIT)).collect();
    let threads: Vec<_> = desks?
        .into_iter()
        .enumerate()
        .map(|(number, desk)| thread::spawn(move || many(&desk, number, rounds)))
        .collect();
    let mut total = Tally::default();
    for thread in threads {
        let tally = thread
            .join()
            .unwrap()
            .map_err(|why| CaseError::failed(&why))?;
        total.works += tally.works;
        total.must_connect += tally.must_connect;
    }
    let Tally {
        works,
        must_connect,
    } = total;
    let kills = works + must_connect;
    println!(
        "killed       {kills} times: {works} accounts go on, {must_connect} say that their user must connect again, 0 wrong"
    );
    Ok(())
}

/// When the process is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after it was told to refresh.
    After(Duration),
    /// When the provider has given new tokens, so on their way or shortly after.
    Granted,
}

impl Moment {
    fn wait(self, desk: &Desk, granted: u64) {
        match self {
            Self::After(pause) => thread::sleep(pause),
            Self::Granted => {
                let patience = Instant::now() + 2 * LIMIT;
                while desk.granted() == granted && Instant::now() < patience {}
            }
        }
    }
}

fn many(desk: &Desk, number: usize, rounds: usize) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for round in 0..rounds {
        let count = number + round * BESIDE;
        let moment = match count % 2 {
            0 => Moment::Granted,
            _ => Moment::After(Duration::from_micros((count as u64 * 7919) % 200_000)),
        };
        if once(desk, moment)? {
            tally.works += 1;
        } else {
            tally.must_connect += 1;
        }
    }
    Ok(tally)
}

/// Whether the account goes on after its refresh was killed at `moment`.
fn once(desk: &Desk, moment: Moment) -> Result<bool, String> {
    let order = format!("refresh {}", desk.account);
    let mut process = Process::start(&desk.database, LIMIT);
    let granted = desk.granted();
    process.say(&order);
    moment.wait(desk, granted);
    process.kill();
    let state = desk.state()["status"].clone();
    if state != "ACTIVE" {
        return Err(format!("right after the kill it is {state}"));
    }
    let mut next = Process::start(&desk.database, LIMIT);
    let mut heard = String::new();
    for _ in 0..TRIES {
        next.say(&order);
        heard = next.heard();
        if !heard.contains("ConnectedAccount_RefreshFailed") {
            break;
        }
    }
    let account = desk.state();
    match heard.as_str() {
        "ACTIVE" => {
            desk.runtime.block_on(call(&desk.engine))?;
            Ok(true)
        }
        "EXPIRED" => {
            let reason = account["status_reason"].as_str().unwrap_or_default();
            if !reason.contains("refresh") {
                return Err(format!("it does not say why: {account}"));
            }
            desk.reconnect();
            desk.runtime.block_on(call(&desk.engine))?;
            Ok(false)
        }
        other => Err(format!("{other}, and the account: {account}")),
    }
}
