//! One refresh of one account, step by step, without I/O.
//!
//! 1. **Claim.** The store grants the right to refresh one generation to one owner for a time. It is claimed before the
//!    provider is asked: to look first and compare afterwards would spend a rotating refresh token twice.
//! 2. **Ask**, once, and only while the right is sure to outlive the answer.
//! 3. **Write** the verdict, if the generation is still the claimed one. New tokens are written as soon as they are
//!    there and until they are: with a rotating provider they are the only ones.
//!
//! Whoever does not get the right waits for the one who did. An owner that dies keeps its right until the time is over;
//! the next one asks with the same refresh token, and what the provider says to that is the truth: it never came, or it
//! was spent and the new token is lost, and then the user has to connect again.

/// Times in microseconds. The clock only has to be one's own and to go forward.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// How long a claim lasts.
    pub(crate) claim: i64,
    /// How long the provider may take.
    pub(crate) answer: i64,
    /// How long to wait for another owner before giving up.
    pub(crate) patience: i64,
    /// How long tokens are tried to be written.
    pub(crate) writing: i64,
}

/// The first and the longest pause between two tries.
const FIRST_PAUSE: i64 = 20_000;
const LONGEST_PAUSE: i64 = 250_000;

/// What the store says to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claimed {
    /// The right is the asker's. `interrupted`: somebody had it before, and nobody knows what became of it.
    Granted { interrupted: bool },
    /// Somebody else has it for so long.
    Held { remaining: i64 },
    /// The tokens are newer than those the asker knows.
    Moved,
    /// The account is gone, or there is nothing to refresh.
    Closed,
    /// The store failed.
    Failed,
}

/// What the provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer<T, F> {
    Tokens(T),
    /// The refresh token is not, or no longer, accepted (`invalid_grant`, RFC 6749 section 5.2).
    InvalidGrant,
    /// Anything else; the tokens may still be good.
    Fault(F),
}

/// What is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict<T, F> {
    Keep(T),
    Expire { interrupted: bool },
    Later(F),
}

/// What the store says to a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Done,
    /// The account is gone, or its tokens are others by now.
    Superseded,
    /// The store failed.
    Failed,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step<'p, T, F> {
    /// Claim the right to refresh this generation, and tell [`Protocol::claimed`].
    Claim(i64),
    /// Send the refresh token, and tell [`Protocol::answered`].
    Ask,
    /// Write this, and tell [`Protocol::written`].
    Write(&'p Verdict<T, F>),
    /// Come back at this time.
    Wait(i64),
    Done(&'p End<F>),
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End<F> {
    /// There are other tokens, or none: look again.
    Look,
    /// The provider could not or did not want to, this time.
    Later(F),
    /// Somebody else does not come to an end with it.
    Busy,
    /// The store failed.
    Failed,
}

/// One refresh by one owner.
#[derive(Debug)]
pub(crate) struct Protocol<T, F> {
    rules: Rules,
    generation: i64,
    begun: i64,
    claim_until: i64,
    pauses: u32,
    interrupted: bool,
    state: State<T, F>,
}

#[derive(Debug)]
enum State<T, F> {
    Claiming,
    Waiting {
        until: i64,
    },
    Asking,
    Writing {
        verdict: Verdict<T, F>,
        since: i64,
    },
    Pausing {
        verdict: Verdict<T, F>,
        since: i64,
        until: i64,
    },
    Done(End<F>),
}

impl<T, F: Clone> Protocol<T, F> {
    /// A refresh of the tokens of `generation`.
    pub(crate) fn new(rules: Rules, generation: i64, now: i64) -> Self {
        Self {
            rules,
            generation,
            begun: now,
            claim_until: now,
            pauses: 0,
            interrupted: false,
            state: State::Claiming,
        }
    }

    /// What to do at `now`. What came before is done or has failed when this is asked again.
    pub(crate) fn step(&mut self, now: i64) -> Step<'_, T, F> {
        self.resume(now);
        match &self.state {
            State::Claiming => {
                // Counted from before the store counts it, so the right is there for at least as long.
                self.claim_until = now + self.rules.claim;
                Step::Claim(self.generation)
            }
            State::Asking => Step::Ask,
            State::Writing { verdict, .. } => Step::Write(verdict),
            State::Waiting { until } | State::Pausing { until, .. } => Step::Wait(*until),
            State::Done(end) => Step::Done(end),
        }
    }

    /// The store answered a claim.
    pub(crate) fn claimed(&mut self, claimed: Claimed, now: i64) {
        if !matches!(self.state, State::Claiming) {
            return;
        }
        if let Claimed::Granted { interrupted } = claimed {
            self.interrupted |= interrupted;
        }
        self.state = match claimed {
            Claimed::Granted { .. } if now + self.rules.answer > self.claim_until => {
                self.claim_again(now, now)
            }
            Claimed::Granted { .. } => State::Asking,
            Claimed::Held { remaining } => {
                let pause = self.pause().min(remaining.max(1));
                self.claim_again(now, now + pause)
            }
            Claimed::Moved | Claimed::Closed => State::Done(End::Look),
            Claimed::Failed => State::Done(End::Failed),
        };
    }

    /// The provider answered, or did not in time.
    pub(crate) fn answered(&mut self, answer: Answer<T, F>, now: i64) {
        if !matches!(self.state, State::Asking) {
            return;
        }
        let verdict = match answer {
            Answer::Tokens(tokens) => Verdict::Keep(tokens),
            Answer::InvalidGrant => Verdict::Expire {
                interrupted: self.interrupted,
            },
            Answer::Fault(fault) => Verdict::Later(fault),
        };
        self.pauses = 0;
        self.state = State::Writing {
            verdict,
            since: now,
        };
    }

    /// The store answered a verdict.
    pub(crate) fn written(&mut self, written: Written, now: i64) {
        if !matches!(self.state, State::Writing { .. }) {
            return;
        }
        let pause = self.pause();
        let before = std::mem::replace(&mut self.state, State::Done(End::Look));
        let State::Writing { verdict, since } = before else {
            return;
        };
        self.state = match (verdict, written) {
            (Verdict::Later(fault), Written::Done | Written::Failed) => {
                State::Done(End::Later(fault))
            }
            (_, Written::Done | Written::Superseded) => State::Done(End::Look),
            (verdict @ Verdict::Keep(_), Written::Failed) if now < since + self.rules.writing => {
                State::Pausing {
                    verdict,
                    since,
                    until: now + pause,
                }
            }
            (_, Written::Failed) => State::Done(End::Failed),
        };
    }

    fn resume(&mut self, now: i64) {
        let before = std::mem::replace(&mut self.state, State::Claiming);
        self.state = match before {
            State::Waiting { until } if until <= now => State::Claiming,
            State::Pausing {
                verdict,
                since,
                until,
            } if until <= now => State::Writing { verdict, since },
            other => other,
        };
    }

    fn claim_again(&self, now: i64, at: i64) -> State<T, F> {
        if now - self.begun >= self.rules.patience {
            State::Done(End::Busy)
        } else {
            State::Waiting { until: at }
        }
    }

    fn pause(&mut self) -> i64 {
        let pause = FIRST_PAUSE << self.pauses.min(10);
        self.pauses += 1;
        pause.min(LONGEST_PAUSE)
    }
}
