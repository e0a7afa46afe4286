use std::{fs, time::Duration};

use super::Outcome;

/// Clock ticks a second in `/proc` (`proc_pid_stat(5)`): 100 on every Linux that Rust runs on.
const TICKS: u32 = 100;

/// The CPU time of this process so far: that of every thread that still runs.
///
/// From `/proc/self/task/*/schedstat`, which counts nanoseconds; a running thread's last tick may be missing.
pub(crate) fn cpu() -> Outcome<Duration> {
    let mut total = 0;
    for thread in fs::read_dir("/proc/self/task")? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        let nanoseconds = text.split_whitespace().next().unwrap_or_default();
        total += nanoseconds.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(total))
}

/// The CPU time of this process so far, ended threads included, in steps of 10 ms.
pub(crate) fn whole_cpu() -> Outcome<Duration> {
    ticks(11)
}

/// The CPU time of the children that were waited for, and of theirs, in steps of 10 ms.
pub(crate) fn children_cpu() -> Outcome<Duration> {
    ticks(13)
}

/// The sum of two fields of `/proc/self/stat`, user and system time, behind `skipped` others.
fn ticks(skipped: usize) -> Outcome<Duration> {
    let text = fs::read_to_string("/proc/self/stat")?;
    // The second field is the program's name, in parentheses, and may hold spaces.
    let (_, fields) = text
        .rsplit_once(')')
        .ok_or("/proc/self/stat is unreadable")?;
    let ticks: Vec<u32> = fields
        .split_whitespace()
        .skip(skipped)
        .take(2)
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    Ok(Duration::from_secs(1) * ticks.iter().sum::<u32>() / TICKS)
}

/// The most memory that this process has held, in bytes.
pub(crate) fn peak_memory() -> Outcome<u64> {
    let text = fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or("no VmHWM")?.parse::<u64>()? * 1024)
}
