//! Slugs: `<TOOLKIT>_<SUMMARY>`, as Composio spells them.

use std::collections::{HashMap, HashSet};

use super::operation::Operation;
use crate::text::short_hash;

/// Some documents put a paragraph where the summary belongs.
const MAX_WORDS: usize = 160;

/// The slug of each operation, in the same order.
///
/// Of operations with equal slugs the first by length of path, path and method keeps it. The others get a
/// hash of method and path behind it, never a counter: another import must not exchange two tools' names.
pub(super) fn slugs(unique_key: &str, operations: &[Operation<'_>]) -> Vec<String> {
    let prefix = unique_key.to_ascii_uppercase().replace('-', "_");
    let plain: Vec<String> = operations
        .iter()
        .map(|operation| format!("{prefix}_{}", words_of(operation)))
        .collect();
    let mut taken: HashSet<String> = plain.iter().cloned().collect();
    let mut holders: HashMap<&str, usize> = HashMap::new();
    let mut order: Vec<usize> = (0..operations.len()).collect();
    order.sort_by_key(|index| operations.get(*index).map(Operation::rank));
    let mut slugs = plain.clone();
    for index in order {
        let (Some(own), Some(operation)) = (plain.get(index), operations.get(index)) else {
            continue;
        };
        if *holders.entry(own).or_insert(index) == index {
            continue;
        }
        let hash =
            short_hash(&format!("{} {}", operation.method, operation.path)).to_ascii_uppercase();
        let free = (6..=hash.len())
            .filter_map(|length| hash.get(..length))
            .map(|hash| format!("{own}_{hash}"))
            .find(|slug| taken.insert(slug.clone()));
        if let (Some(slug), Some(free)) = (slugs.get_mut(index), free) {
            *slug = free;
        }
    }
    slugs
}

/// The summary, else the words of the operation's id, else method and path.
fn words_of(operation: &Operation<'_>) -> String {
    let summary = operation.node.text_of("summary").unwrap_or_default();
    let id = operation.node.text_of("operationId").unwrap_or_default();
    let mut words = upper_snake(&summary.replace('\'', ""));
    if words.is_empty() {
        words = upper_snake(&split_camel(id));
    }
    if words.is_empty() {
        let path = operation.path.replace('{', " by ");
        words = upper_snake(&format!("{} {path}", operation.method));
    }
    if words.len() > MAX_WORDS {
        let hash = short_hash(&words).to_ascii_uppercase();
        words.truncate(MAX_WORDS);
        let end = words.rfind('_').unwrap_or(MAX_WORDS);
        words.truncate(end);
        words.push('_');
        words.push_str(hash.get(..6).unwrap_or_default());
    }
    words
}

/// Letters in upper case, every run of anything but ASCII letters and digits as one `_`, none at the ends.
fn upper_snake(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            out.push(letter.to_ascii_uppercase());
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

/// `getUserByID` as `get User By ID`, `HTTPServer` as `HTTP Server`.
fn split_camel(id: &str) -> String {
    let letters: Vec<char> = id.chars().collect();
    let mut out = String::with_capacity(id.len() + 8);
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(index + 1);
        let starts_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
        if starts_word {
            out.push(' ');
        }
        out.push(*letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{split_camel, upper_snake};

    #[test]
    fn identifiers_become_words() {
        let cases = [
            ("getUserByID", "GET_USER_BY_ID"),
            ("HTTPServer", "HTTP_SERVER"),
            ("repos/list-for-org", "REPOS_LIST_FOR_ORG"),
            ("v2GetItem", "V2_GET_ITEM"),
            ("_private__thing_", "PRIVATE_THING"),
            ("取得", ""),
        ];
        for (id, words) in cases {
            assert_eq!(upper_snake(&split_camel(id)), words, "{id}");
        }
    }
}
