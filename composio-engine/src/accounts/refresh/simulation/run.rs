use super::provider::Tokens;
use crate::accounts::refresh::protocol::{
    Answer, Claimed, End, Protocol, Rules, Step, Verdict, Written,
};

/// One refresh by one process: what the engine's task does, without the waiting.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) process: usize,
    pub(super) generation: i64,
    /// The tokens that the claim read.
    pub(super) tokens: Option<Tokens>,
    /// Whether the provider was asked.
    pub(super) has_asked: bool,
    protocol: Protocol<Tokens, ()>,
}

/// What a run does next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    Claim,
    Ask,
    Write(Verdict<Tokens, ()>),
    Wait(i64),
    Done(End<()>),
}

impl Run {
    pub(super) fn new(process: usize, generation: i64, rules: Rules, now: i64) -> Self {
        Self {
            process,
            generation,
            tokens: None,
            has_asked: false,
            protocol: Protocol::new(rules, generation, now),
        }
    }

    pub(super) fn next(&mut self, now: i64) -> Next {
        match self.protocol.step(now) {
            Step::Claim(_) => Next::Claim,
            Step::Ask => Next::Ask,
            Step::Write(verdict) => Next::Write(verdict.clone()),
            Step::Wait(until) => Next::Wait(until),
            Step::Done(end) => Next::Done(end.clone()),
        }
    }

    pub(super) fn claimed(&mut self, claimed: Claimed, now: i64) {
        self.protocol.claimed(claimed, now);
    }

    pub(super) fn answered(&mut self, answer: Answer<Tokens, ()>, now: i64) {
        self.protocol.answered(answer, now);
    }

    pub(super) fn written(&mut self, written: Written, now: i64) {
        self.protocol.written(written, now);
    }
}
