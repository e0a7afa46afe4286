use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use composio_core::Result;

use super::faults::no_room;

/// Bytes that are on their way into projects, so that many uploads at once do not fill the disk.
#[derive(Debug, Default)]
pub(super) struct Reservations(Mutex<HashMap<String, u64>>);

impl Reservations {
    /// Begins an upload into `project`, which has room for `room` bytes.
    pub(super) fn begin(self: &Arc<Self>, project: &str, room: u64) -> Reservation {
        Reservation {
            all: Arc::clone(self),
            project: project.to_owned(),
            room,
            own: 0,
        }
    }
}

/// The bytes of one upload; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Reservation {
    all: Arc<Reservations>,
    project: String,
    room: u64,
    own: u64,
}

impl Reservation {
    /// Takes room for `bytes` in all, if there is as much.
    pub(super) fn grow_to(&mut self, bytes: u64) -> Result<()> {
        let more = bytes.saturating_sub(self.own);
        if more == 0 {
            return Ok(());
        }
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.entry(self.project.clone()).or_default();
        if taken.saturating_add(more) > self.room {
            if *taken == 0 {
                all.remove(&self.project);
            }
            return Err(no_room());
        }
        *taken += more;
        self.own += more;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = all.get_mut(&self.project) {
            *taken = taken.saturating_sub(self.own);
            if *taken == 0 {
                all.remove(&self.project);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Reservations;

    #[test]
    fn uploads_at_once_share_the_room_of_their_project() {
        let all = Arc::new(Reservations::default());
        let mut one = all.begin("p", 100);
        let mut other = all.begin("p", 100);
        one.grow_to(60).unwrap();
        one.grow_to(50).unwrap();
        other.grow_to(40).unwrap();
        other.grow_to(41).unwrap_err();
        all.begin("q", 100).grow_to(100).unwrap();
        drop(one);
        other.grow_to(100).unwrap();
        drop(other);
        assert!(all.0.lock().unwrap().is_empty());
    }
}
