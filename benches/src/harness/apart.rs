use rustix::thread::{CpuSet, Pid, sched_getaffinity, sched_setaffinity};

use super::{Outcome, Upstream};

/// Keeps the calling thread and the upstream on different cores, as they are on different machines elsewhere, until it
/// is dropped. The scheduler puts them on one core or on two as it likes, and a bare request takes twice as long on two.
///
/// What else runs goes where it likes. On one core nothing changes.
#[derive(Debug)]
pub(crate) struct Apart {
    upstream: Pid,
    before: CpuSet,
}

impl Apart {
    /// Takes the first core that this process may use for this thread, and the last for `upstream`.
    pub(crate) fn keep(upstream: &Upstream) -> Outcome<Self> {
        let before = sched_getaffinity(None)?;
        let upstream = upstream.pid()?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| before.is_set(*core));
        let first = cores.next().ok_or("no core to run on")?;
        let last = cores.next_back().unwrap_or(first);
        sched_setaffinity(None, &only(first))?;
        sched_setaffinity(Some(upstream), &only(last))?;
        Ok(Self { upstream, before })
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        // An upstream that has ended needs no core.
        let _ = sched_setaffinity(Some(self.upstream), &self.before);
        let _ = sched_setaffinity(None, &self.before);
    }
}

fn only(core: usize) -> CpuSet {
    let mut set = CpuSet::new();
    set.set(core);
    set
}
