use std::collections::HashMap;

use super::Dialect;

/// The longest name that every model family accepts.
pub(crate) const NAME_LIMIT: usize = 64;

const HASH_LENGTH: usize = 6;

/// Which name a model was given for which position, one to one.
#[derive(Debug, Clone)]
pub(crate) struct NameMap {
    positions: HashMap<String, usize>,
    limit: usize,
    // The first character is a letter or `_`.
    begins_with_letter: bool,
}

impl Default for NameMap {
    fn default() -> Self {
        Self::new(Dialect::JsonSchema, NAME_LIMIT)
    }
}

impl NameMap {
    /// Names for the models of `dialect`, of at most `limit` characters.
    pub(crate) fn new(dialect: Dialect, limit: usize) -> Self {
        Self {
            positions: HashMap::new(),
            limit,
            begins_with_letter: matches!(dialect, Dialect::Gemini | Dialect::GeminiLegacy),
        }
    }

    /// Gives `wanted` a name that models accept and no other position has.
    pub(crate) fn assign(&mut self, wanted: &str, position: usize) -> String {
        let mut name = self.model_name(wanted);
        let mut salt = 0_u64;
        while self.positions.contains_key(&name) {
            salt += 1;
            name = with_hash(wanted, &name, salt, self.limit);
        }
        self.positions.insert(name.clone(), position);
        name
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    /// `[A-Za-z0-9_-]{1,64}`: the name itself where it fits, else its beginning and a hash of the whole.
    fn model_name(&self, wanted: &str) -> String {
        let mut clean: String = wanted
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '_' || c == '-' {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        let begins_well =
            clean.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        if self.begins_with_letter && !begins_well {
            clean.insert(0, '_');
        }
        if clean == wanted && (1..=self.limit).contains(&clean.len()) {
            return clean;
        }
        with_hash(wanted, &clean, 0, self.limit)
    }
}

/// The beginning of `clean` and a hash of `wanted`, at most `limit` characters.
pub(super) fn with_hash(wanted: &str, clean: &str, salt: u64, limit: usize) -> String {
    let kept: String = clean.chars().take(limit - HASH_LENGTH - 1).collect();
    let hash = format!("{:016x}", fnv1a(wanted.as_bytes(), salt));
    let hash: String = hash.chars().take(HASH_LENGTH).collect();
    format!("{kept}_{hash}")
}

/// FNV-1a: names stand in stored histories, so the hash must be the same in every release.
pub(crate) fn fnv1a(bytes: &[u8], salt: u64) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64 ^ salt;
    bytes.iter().fold(start, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
