use std::collections::HashMap;

/// What stands for the tokens of one generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Tokens {
    pub(super) family: u64,
    pub(super) refresh: u64,
    pub(super) access: u64,
}

/// How a provider treats refresh tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// The same one for ever.
    Keeps,
    /// A new one each time; a spent one is refused.
    Rotates,
    /// A new one each time; a spent one is taken for stolen, and everything of its family is revoked.
    Revokes,
}

/// An authorization server.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) habit: Habit,
    families: HashMap<u64, Family>,
    next_family: u64,
    /// Refreshes that gave new tokens.
    pub(super) renewed: u64,
    /// Refreshes with a token that was spent.
    pub(super) spent_twice: u64,
}

#[derive(Debug)]
struct Family {
    refresh: u64,
    access: u64,
    is_revoked: bool,
}

impl Provider {
    pub(super) fn new(habit: Habit) -> Self {
        Self {
            habit,
            families: HashMap::new(),
            next_family: 0,
            renewed: 0,
            spent_twice: 0,
        }
    }

    /// The user agrees.
    pub(super) fn grant(&mut self) -> Tokens {
        self.next_family += 1;
        let family = Family {
            refresh: 1,
            access: 1,
            is_revoked: false,
        };
        self.families.insert(self.next_family, family);
        Tokens {
            family: self.next_family,
            refresh: 1,
            access: 1,
        }
    }

    /// The user thinks better of it.
    pub(super) fn revoke(&mut self, family: u64) {
        self.families.get_mut(&family).unwrap().is_revoked = true;
    }

    /// New tokens, or `None` for `invalid_grant`.
    pub(super) fn refresh(&mut self, tokens: Tokens) -> Option<Tokens> {
        let family = self.families.get_mut(&tokens.family).unwrap();
        if tokens.refresh != family.refresh {
            self.spent_twice += 1;
            family.is_revoked |= self.habit == Habit::Revokes;
            return None;
        }
        if family.is_revoked {
            return None;
        }
        family.access += 1;
        if self.habit != Habit::Keeps {
            family.refresh += 1;
        }
        self.renewed += 1;
        Some(Tokens {
            family: tokens.family,
            refresh: family.refresh,
            access: family.access,
        })
    }

    /// Whether the refresh token of `tokens` would be accepted.
    pub(super) fn accepts(&self, tokens: Tokens) -> bool {
        let family = &self.families[&tokens.family];
        !family.is_revoked && family.refresh == tokens.refresh
    }
}
