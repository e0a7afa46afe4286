use composio_core::models::ConnectionStatus;

use super::provider::Tokens;
use crate::accounts::{
    lifecycle::{Event, Standing},
    refresh::protocol::{Claimed, Rules, Verdict, Written},
};

/// The account in the store. Every method is one transaction.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) standing: Standing,
    pub(super) generation: i64,
    pub(super) tokens: Tokens,
    /// Whose right to refresh it is, and until when.
    pub(super) claim: Option<(u64, i64)>,
}

impl Row {
    pub(super) fn new(tokens: Tokens) -> Self {
        Self {
            standing: Standing {
                status: ConnectionStatus::Active,
                is_disabled: false,
            },
            generation: 1,
            tokens,
            claim: None,
        }
    }

    pub(super) fn claim(&mut self, owner: u64, generation: i64, rules: Rules, now: i64) -> Claimed {
        if self.generation != generation {
            return Claimed::Moved;
        }
        if self.standing.status != ConnectionStatus::Active {
            return Claimed::Closed;
        }
        let interrupted = match self.claim {
            Some((other, until)) if other != owner && until > now => {
                let remaining = until - now;
                return Claimed::Held { remaining };
            }
            Some((other, _)) => other != owner,
            None => false,
        };
        self.claim = Some((owner, now + rules.claim));
        Claimed::Granted { interrupted }
    }

    pub(super) fn write(
        &mut self,
        owner: u64,
        generation: i64,
        verdict: &Verdict<Tokens, ()>,
    ) -> Written {
        if self.generation != generation {
            return Written::Superseded;
        }
        let status = &self.standing.status;
        let works = matches!(
            status,
            ConnectionStatus::Active | ConnectionStatus::Inactive
        );
        match verdict {
            Verdict::Keep(tokens) if works || *status == ConnectionStatus::Expired => {
                self.tokens = *tokens;
                self.generation += 1;
                self.standing = self.standing.after(Event::Connect).unwrap();
                self.claim = None;
            }
            Verdict::Expire { .. } if works => {
                self.standing = self.standing.after(Event::Expire).unwrap();
                self.claim = None;
            }
            Verdict::Later(()) if self.claim.is_some_and(|(own, _)| own == owner) => {
                self.claim = None;
            }
            Verdict::Later(()) => {}
            _ => return Written::Superseded,
        }
        Written::Done
    }

    /// The user has connected again.
    pub(super) fn reconnect(&mut self, tokens: Tokens) {
        self.tokens = tokens;
        self.generation += 1;
        self.standing = self.standing.after(Event::Connect).unwrap();
        self.claim = None;
    }
}
