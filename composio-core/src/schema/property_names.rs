use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::names::{NAME_LIMIT, with_hash};

/// Which names of properties a family accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameRule {
    /// Any.
    Any,
    /// `[A-Za-z0-9_.-]{1,64}`.
    Portable,
    /// `[A-Za-z_][A-Za-z0-9_]{0,63}`.
    Identifier,
}

impl NameRule {
    fn takes(self, character: char) -> bool {
        character.is_ascii_alphanumeric()
            || character == '_'
            || (self == Self::Portable && matches!(character, '.' | '-'))
    }

    pub(super) fn accepts(self, name: &str) -> bool {
        self == Self::Any
            || ((1..=NAME_LIMIT).contains(&name.len())
                && name.chars().all(|character| self.takes(character))
                && (self != Self::Identifier
                    || !name.starts_with(|first: char| first.is_ascii_digit())))
    }
}

/// The names of properties as a family is shown them, one to one over a whole schema.
#[derive(Debug)]
pub(super) struct PropertyNames {
    rule: NameRule,
    // Every name of the schema; read when the first one needs another.
    taken: Option<BTreeSet<String>>,
    shown: HashMap<String, String>,
}

impl PropertyNames {
    pub(super) fn new(rule: NameRule) -> Self {
        Self {
            rule,
            taken: None,
            shown: HashMap::new(),
        }
    }

    /// The name that is shown for `own`, a property of `root` or one of its schemas.
    pub(super) fn shown(&mut self, own: &str, root: &Value) -> String {
        if self.rule.accepts(own) {
            return own.to_owned();
        }
        if let Some(shown) = self.shown.get(own) {
            return shown.clone();
        }
        let rule = self.rule;
        let taken = self.taken.get_or_insert_with(|| names_in(root));
        let clean: String = own
            .chars()
            .map(|character| {
                if rule.takes(character) {
                    character
                } else {
                    '_'
                }
            })
            .collect();
        let clean = match clean.trim_matches(['_', '.', '-']) {
            "" => "argument".to_owned(),
            trimmed if trimmed.starts_with(|first: char| first.is_ascii_digit()) => {
                format!("_{trimmed}")
            }
            trimmed => trimmed.to_owned(),
        };
        let mut salt = 0;
        let mut shown = clean.clone();
        while taken.contains(&shown) || !rule.accepts(&shown) {
            shown = with_hash(own, &clean, salt, NAME_LIMIT);
            salt += 1;
        }
        taken.insert(shown.clone());
        self.shown.insert(own.to_owned(), shown.clone());
        shown
    }

    /// Shown name to own name, of those that differ.
    pub(super) fn into_changed(self) -> BTreeMap<String, String> {
        self.shown
            .into_iter()
            .map(|(own, shown)| (shown, own))
            .collect()
    }
}

fn names_in(root: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut waiting = vec![root];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(members) => {
                names.extend(members.keys().cloned());
                waiting.extend(members.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    names
}
