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
    let summary = lasting(operation.node.text_of("summary").unwrap_or_default());
    let id = operation.node.text_of("operationId").unwrap_or_default();
    let mut words = match identifier(summary) {
        Some(id) => upper_snake(&split_camel(id)),
        None => upper_snake(summary),
    };
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

/// What a vendor writes before the summary of an operation that is about to go.
const NOTICES: [&str; 4] = ["closing down", "deprecated", "deprecation notice", "sunset"];

/// The summary without a notice that the operation will go: it must keep its name until it does.
fn lasting(summary: &str) -> &str {
    let text = summary.trim();
    let inside = text.trim_start_matches(['[', '(', '*', '⚠', '\u{FE0F}', ' ']);
    let notice = NOTICES.iter().find_map(|notice| {
        let (head, rest) = inside.split_at_checked(notice.len())?;
        head.eq_ignore_ascii_case(notice).then_some(rest)
    });
    let Some(rest) = notice else { return text };
    let name = rest.trim_start_matches([']', ')', '*', ' ']);
    let is_apart = rest.starts_with([']', ')', '*']) || name.starts_with(['-', ':', '–', '—']);
    let name = name.trim_start_matches(['-', ':', '–', '—', ' ']);
    if is_apart && !name.is_empty() {
        name
    } else {
        text
    }
}

/// The operation's id, where the document repeats it as a summary: `getCardsById()`.
fn identifier(summary: &str) -> Option<&str> {
    let name = summary.strip_suffix("()").unwrap_or(summary);
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let starts_low = name.starts_with(|letter: char| letter.is_ascii_lowercase());
    let has_humps = name.contains(|letter: char| letter.is_ascii_uppercase());
    (is_word && starts_low && (has_humps || name.len() < summary.len())).then_some(name)
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
    use super::{identifier, lasting, split_camel, upper_snake};

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

    #[test]
    fn a_notice_that_an_operation_will_go_is_no_part_of_its_name() {
        for (summary, kept) in [
            ("Closing down - Get a classroom", "Get a classroom"),
            ("[Deprecated] List cards", "List cards"),
            ("DEPRECATED: List cards", "List cards"),
            ("(deprecated) List cards", "List cards"),
            ("**Deprecated** - List cards", "List cards"),
            ("Deprecated endpoints", "Deprecated endpoints"),
            ("Deprecated", "Deprecated"),
            ("Sunset times of a place", "Sunset times of a place"),
            ("Größe: ändern", "Größe: ändern"),
        ] {
            assert_eq!(lasting(summary), kept);
        }
    }

    #[test]
    fn a_summary_that_repeats_the_id_is_read_as_one() {
        for (summary, id) in [
            ("getCardsByIdCard()", Some("getCardsByIdCard")),
            ("getCards", Some("getCards")),
            ("search()", Some("search")),
            ("search", None),
            ("GitHub", None),
            ("iOS and more", None),
        ] {
            assert_eq!(identifier(summary), id, "{summary}");
        }
    }
}
