//! Refreshes of one account by several processes in a world without luck: seeded, in simulated time.
//!
//! Messages to the store and to the provider take their time, overtake each other, come twice or never; processes die
//! and come back; the account's owner disables, deletes and connects again. What must hold is checked at every step and
//! at the end, when everything has come to rest.

mod provider;
mod random;
mod row;
mod run;
mod world;

use self::world::{Faults, World};

const SEEDS: u64 = 10_000;

fn run(seeds: std::ops::Range<u64>, faults: impl Fn(u64) -> Faults) -> Seen {
    let mut seen = Seen::default();
    for seed in seeds {
        let world = World::new(seed, faults(seed)).run();
        seen.add(&world);
    }
    seen
}

/// What the seeds have come upon, so that a test can tell that it has tested something.
#[derive(Debug, Default)]
struct Seen {
    refreshed: u64,
    expired: u64,
    spent_twice: u64,
    taken_over: u64,
    crashes: u64,
    superseded: u64,
}

impl Seen {
    fn add(&mut self, world: &World) {
        self.refreshed += world.provider.renewed;
        self.expired += u64::from(world.expired);
        self.spent_twice += world.provider.spent_twice;
        self.taken_over += world.taken_over;
        self.crashes += world.crashes;
        self.superseded += world.superseded;
    }
}

#[test]
fn without_faults_every_generation_is_refreshed_exactly_once_and_nothing_expires() {
    let seen = run(0..SEEDS, |_| Faults::default());
    assert!(seen.refreshed > SEEDS, "{seen:?}");
    assert_eq!((seen.spent_twice, seen.expired), (0, 0), "{seen:?}");
}

#[test]
fn whatever_happens_the_state_is_true_in_the_end_and_no_token_is_lost_silently() {
    let seen = run(SEEDS..3 * SEEDS, Faults::some);
    assert!(seen.crashes > SEEDS / 10, "{seen:?}");
    assert!(seen.taken_over > SEEDS / 20, "{seen:?}");
    assert!(seen.expired > SEEDS / 50, "{seen:?}");
    assert!(seen.superseded > SEEDS / 50, "{seen:?}");
}

#[test]
fn only_crashes_lost_answers_and_a_store_slower_than_a_claim_spend_a_refresh_token_twice() {
    let owners_alone = |seed| Faults {
        crashes: false,
        slow_provider: false,
        doubled_requests: false,
        slow_store: false,
        ..Faults::some(seed)
    };
    let seen = run(3 * SEEDS..4 * SEEDS, owners_alone);
    assert_eq!(seen.spent_twice, 0, "{seen:?}");
}

#[test]
fn a_seed_tells_the_same_story_every_time() {
    for seed in 0..50 {
        let first = World::new(seed, Faults::some(seed)).run().story;
        let second = World::new(seed, Faults::some(seed)).run().story;
        assert_eq!(first, second);
    }
}
