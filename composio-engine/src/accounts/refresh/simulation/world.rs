use std::collections::BTreeMap;

use composio_core::models::ConnectionStatus;

use super::{
    provider::{Habit, Provider, Tokens},
    random::Random,
    row::Row,
    run::{Next, Run},
};
use crate::accounts::{
    lifecycle::Event as Change,
    refresh::protocol::{Answer, Claimed, End, Rules, Verdict, Written},
};

const MILLISECOND: i64 = 1_000;
const SECOND: i64 = 1_000 * MILLISECOND;
const RULES: Rules = Rules {
    claim: 30 * SECOND,
    answer: 10 * SECOND,
    patience: 90 * SECOND,
    writing: 300 * SECOND,
};
/// How long things go wrong.
const TROUBLE: i64 = 180 * SECOND;
/// By when everything has come to rest.
const REST: i64 = 2_000 * SECOND;

/// What may go wrong.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Faults {
    /// Processes die and come back.
    pub(super) crashes: bool,
    /// Answers of the provider come after the asker has given up, or never.
    pub(super) slow_provider: bool,
    /// The provider says that it cannot, now.
    pub(super) refusing_provider: bool,
    pub(super) doubled_answers: bool,
    pub(super) doubled_requests: bool,
    /// The store takes seconds.
    pub(super) slow_store: bool,
    /// The store fails now and then, before or after it has done what was asked.
    pub(super) failing_store: bool,
    /// What a process knows is a generation old.
    pub(super) stale_caches: bool,
    /// The account's owner disables, enables, deletes, connects again and revokes.
    pub(super) owner: bool,
}

impl Faults {
    pub(super) fn some(seed: u64) -> Self {
        let mut random = Random::new(!seed);
        let mut maybe = || random.one_in(3);
        Self {
            crashes: maybe(),
            slow_provider: maybe(),
            refusing_provider: maybe(),
            doubled_answers: maybe(),
            doubled_requests: maybe(),
            slow_store: maybe(),
            failing_store: maybe(),
            stale_caches: maybe(),
            owner: maybe(),
        }
    }
}

#[derive(Debug, Clone)]
enum Event {
    Start(usize),
    AtStore(u64, i64, Op),
    FromStore(u64, Reply),
    AtProvider(u64, Tokens),
    Answered(u64, Answer<Tokens, ()>),
    Woken(u64),
    Crash(usize),
    Restart(usize),
    Owner,
}

#[derive(Debug, Clone)]
enum Op {
    Claim,
    Write(Verdict<Tokens, ()>),
}

#[derive(Debug, Clone, Copy)]
enum Reply {
    Claimed(Claimed, Option<Tokens>),
    Written(Written),
}

/// What a run waits for; anything else is late or double.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Store,
    Answer,
    Time,
}

#[derive(Debug, Default)]
struct Process {
    is_down: bool,
    run: Option<u64>,
}

/// One account, its provider, and the processes that use it.
#[derive(Debug)]
pub(super) struct World {
    random: Random,
    faults: Faults,
    now: i64,
    events: BTreeMap<(i64, u64), Event>,
    count: u64,
    processes: Vec<Process>,
    runs: BTreeMap<u64, (Run, Awaited)>,
    row: Option<Row>,
    pub(super) provider: Provider,
    pub(super) expired: bool,
    pub(super) taken_over: u64,
    pub(super) crashes: u64,
    pub(super) superseded: u64,
    pub(super) story: Vec<String>,
}

impl World {
    pub(super) fn new(seed: u64, faults: Faults) -> Self {
        let mut random = Random::new(seed);
        let habit = [Habit::Keeps, Habit::Rotates, Habit::Revokes]
            [usize::try_from(random.below(3)).unwrap()];
        let mut provider = Provider::new(habit);
        let row = Row::new(provider.grant());
        let processes = 1 + random.below(4);
        let mut world = Self {
            random,
            faults,
            now: 0,
            events: BTreeMap::new(),
            count: 0,
            processes: (0..processes).map(|_| Process::default()).collect(),
            runs: BTreeMap::new(),
            row: Some(row),
            provider,
            expired: false,
            taken_over: 0,
            crashes: 0,
            superseded: 0,
            story: Vec::new(),
        };
        world.plan();
        world
    }

    fn plan(&mut self) {
        for _ in 0..3 + self.random.below(12) {
            let process = self.any_process();
            // Most come at once, as calls do when a token has run out.
            let at = match self.random.below(3) {
                0 => self.random.time(0, TROUBLE),
                _ => self.random.time(0, SECOND),
            };
            self.at(at, Event::Start(process));
        }
        if self.faults.crashes {
            for _ in 0..1 + self.random.below(4) {
                let process = self.any_process();
                let at = self.random.time(0, 2 * SECOND);
                self.at(at, Event::Crash(process));
            }
        }
        if self.faults.owner {
            for _ in 0..1 + self.random.below(4) {
                let at = self.random.time(0, 2 * SECOND);
                self.at(at, Event::Owner);
            }
        }
    }

    /// Lets everything happen, and checks that it came to a good end.
    pub(super) fn run(mut self) -> Self {
        self.drain();
        self.faults = Faults::default();
        let restart: Vec<usize> = (0..self.processes.len()).collect();
        for process in restart {
            self.processes[process].is_down = false;
        }
        // Whatever is left of somebody's claim ends, then the account is used once more.
        self.now += 2 * RULES.claim;
        self.at(self.now, Event::Start(0));
        self.drain();
        self.check_end();
        self
    }

    fn drain(&mut self) {
        while let Some((&key, _)) = self.events.first_key_value() {
            let event = self.events.remove(&key).unwrap();
            self.now = self.now.max(key.0);
            assert!(self.now < REST, "it goes on and on: {:#?}", self.story);
            self.story.push(format!("{:>12} {event:?}", self.now));
            self.happen(event);
        }
        assert!(
            self.runs.is_empty(),
            "a refresh never ended: {:#?}",
            self.story
        );
    }

    fn check_end(&mut self) {
        let Some(row) = &self.row else { return };
        let is_accepted = self.provider.accepts(row.tokens);
        match row.standing.status {
            ConnectionStatus::Active => assert!(is_accepted, "{:#?}", self.story),
            ConnectionStatus::Expired => {
                assert!(!is_accepted, "{:#?}", self.story);
                self.expired = true;
            }
            _ => {}
        }
    }

    fn at(&mut self, time: i64, event: Event) {
        self.count += 1;
        self.events.insert((time, self.count), event);
    }

    fn after(&mut self, delay: i64, event: Event) {
        self.at(self.now + delay, event);
    }

    fn any_process(&mut self) -> usize {
        usize::try_from(self.random.below(self.processes.len() as u64)).unwrap()
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Start(process) => self.start(process),
            Event::AtStore(run, generation, op) => self.at_store(run, generation, &op),
            Event::FromStore(run, reply) => self.store_replied(run, reply),
            Event::AtProvider(run, tokens) => self.at_provider(run, tokens),
            Event::Answered(run, answer) => self.answered(run, answer),
            Event::Woken(run) => self.go_on(run, Awaited::Time),
            Event::Crash(process) => self.crash(process),
            Event::Restart(process) => self.processes[process].is_down = false,
            Event::Owner => self.owner(),
        }
    }

    fn start(&mut self, process: usize) {
        let Some(row) = &self.row else { return };
        if self.processes[process].is_down || self.processes[process].run.is_some() {
            return;
        }
        // A cache may be one generation behind.
        let is_behind = self.faults.stale_caches && row.generation > 1 && self.random.one_in(4);
        let behind = i64::from(is_behind);
        let generation = row.generation - behind;
        self.count += 1;
        let owner = self.count;
        let run = Run::new(process, generation, RULES, self.now);
        self.processes[process].run = Some(owner);
        self.runs.insert(owner, (run, Awaited::Time));
        self.go_on(owner, Awaited::Time);
    }

    /// Does the next step of `run`, if it waited for this.
    fn go_on(&mut self, id: u64, came: Awaited) {
        let now = self.now;
        let Some((run, awaited)) = self.runs.get_mut(&id) else {
            return;
        };
        if *awaited != came {
            return;
        }
        let (process, tokens) = (run.process, run.tokens);
        let next = run.next(now);
        self.story
            .push(format!("{:>12} run {id}: {next:?}", self.now));
        match next {
            Next::Claim => self.ask_store(id, Op::Claim),
            Next::Write(verdict) => self.ask_store(id, Op::Write(verdict)),
            Next::Ask => self.ask_provider(id, tokens.unwrap()),
            Next::Wait(until) => {
                self.awaits(id, Awaited::Time);
                self.at(until, Event::Woken(id));
            }
            Next::Done(end) => {
                assert!(end != End::Failed || self.faults.failing_store);
                self.runs.remove(&id);
                self.processes[process].run = None;
            }
        }
    }

    fn awaits(&mut self, id: u64, what: Awaited) {
        self.runs.get_mut(&id).unwrap().1 = what;
    }

    fn ask_store(&mut self, id: u64, op: Op) {
        self.awaits(id, Awaited::Store);
        let delay = self.store_delay();
        let generation = self.runs[&id].0.generation;
        self.after(delay, Event::AtStore(id, generation, op));
    }

    fn store_delay(&mut self) -> i64 {
        if self.faults.slow_store && self.random.one_in(4) {
            return self.random.time(0, 40 * SECOND);
        }
        self.random.time(50, 20 * MILLISECOND)
    }

    fn ask_provider(&mut self, id: u64, tokens: Tokens) {
        self.awaits(id, Awaited::Answer);
        let run = &mut self.runs.get_mut(&id).unwrap().0;
        assert!(!run.has_asked, "one refresh asks once");
        run.has_asked = true;
        let generation = run.generation;
        let rivals = self.runs.iter().filter(|(other, (run, awaited))| {
            **other != id && *awaited == Awaited::Answer && run.generation == generation
        });
        assert_eq!(rivals.count(), 0, "two ask at once: {:#?}", self.story);
        self.after(RULES.answer, Event::Answered(id, Answer::Fault(())));
        let delay = self.random.time(0, 200 * MILLISECOND);
        self.after(delay, Event::AtProvider(id, tokens));
        if self.faults.doubled_requests && self.random.one_in(4) {
            let delay = self.random.time(0, 5 * SECOND);
            self.after(delay, Event::AtProvider(id, tokens));
        }
    }

    fn at_provider(&mut self, id: u64, tokens: Tokens) {
        let answer = if self.faults.refusing_provider && self.random.one_in(3) {
            Answer::Fault(())
        } else {
            match self.provider.refresh(tokens) {
                Some(tokens) => Answer::Tokens(tokens),
                None => Answer::InvalidGrant,
            }
        };
        let delay = if self.faults.slow_provider && self.random.one_in(4) {
            self.random.time(0, 60 * SECOND)
        } else {
            self.random.time(0, 500 * MILLISECOND)
        };
        if self.faults.slow_provider && self.random.one_in(8) {
            return;
        }
        self.after(delay, Event::Answered(id, answer.clone()));
        if self.faults.doubled_answers && self.random.one_in(2) {
            let delay = self.random.time(0, 60 * SECOND);
            self.after(delay, Event::Answered(id, answer));
        }
    }

    fn answered(&mut self, id: u64, answer: Answer<Tokens, ()>) {
        let now = self.now;
        if let Some((run, _)) = self.runs.get_mut(&id) {
            run.answered(answer, now);
            self.go_on(id, Awaited::Answer);
        }
    }

    /// The run may have died since; what it asked for is on its way all the same.
    fn at_store(&mut self, owner: u64, generation: i64, op: &Op) {
        let is_failing = self.faults.failing_store && self.random.one_in(4);
        let is_done = !is_failing || self.random.one_in(2);
        let mut reply = match op {
            Op::Claim if is_done => self.claim(owner, generation),
            Op::Write(verdict) if is_done => Reply::Written(self.write(owner, generation, verdict)),
            Op::Claim => Reply::Claimed(Claimed::Failed, None),
            Op::Write(_) => Reply::Written(Written::Failed),
        };
        if is_failing {
            reply = match op {
                Op::Claim => Reply::Claimed(Claimed::Failed, None),
                Op::Write(_) => Reply::Written(Written::Failed),
            };
        }
        let delay = self.store_delay();
        self.after(delay, Event::FromStore(owner, reply));
    }

    fn claim(&mut self, owner: u64, generation: i64) -> Reply {
        let Some(row) = &mut self.row else {
            return Reply::Claimed(Claimed::Closed, None);
        };
        let claimed = row.claim(owner, generation, RULES, self.now);
        self.taken_over += u64::from(claimed == Claimed::Granted { interrupted: true });
        Reply::Claimed(claimed, Some(row.tokens))
    }

    fn write(&mut self, owner: u64, generation: i64, verdict: &Verdict<Tokens, ()>) -> Written {
        let Some(row) = &mut self.row else {
            return Written::Superseded;
        };
        let before = row.clone();
        let written = row.write(owner, generation, verdict);
        self.superseded += u64::from(written == Written::Superseded);
        if written == Written::Done {
            let after = &row.standing;
            assert_eq!(
                row.tokens.family, before.tokens.family,
                "another grant's tokens"
            );
            assert!(row.tokens.access >= before.tokens.access, "older tokens");
            assert!(after.status != ConnectionStatus::Active || !after.is_disabled);
            if let Verdict::Expire { .. } = verdict {
                assert!(
                    !self.provider.accepts(row.tokens),
                    "expired too early: {:#?}",
                    self.story
                );
            }
        }
        written
    }

    fn store_replied(&mut self, id: u64, reply: Reply) {
        let now = self.now;
        let Some((run, _)) = self.runs.get_mut(&id) else {
            return;
        };
        match reply {
            Reply::Claimed(claimed, tokens) => {
                run.tokens = tokens;
                run.claimed(claimed, now);
            }
            Reply::Written(written) => run.written(written, now),
        }
        self.go_on(id, Awaited::Store);
    }

    fn crash(&mut self, process: usize) {
        if self.processes[process].is_down {
            return;
        }
        self.crashes += 1;
        self.processes[process].is_down = true;
        if let Some(run) = self.processes[process].run.take() {
            self.runs.remove(&run);
        }
        let delay = self.random.time(0, 60 * SECOND);
        self.after(delay, Event::Restart(process));
    }

    fn owner(&mut self) {
        let Some(row) = &mut self.row else { return };
        match self.random.below(5) {
            0 => row.standing = row.standing.after(Change::Disable).unwrap(),
            1 => row.standing = row.standing.after(Change::Enable).unwrap(),
            2 => self.row = None,
            3 => row.reconnect(self.provider.grant()),
            _ => self.provider.revoke(row.tokens.family),
        }
    }
}
