//! Names of apps, actions and arguments as names of Rust.

use std::collections::HashSet;

const MOST_LETTERS: usize = 120;

/// Keywords that may be written `r#type`.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// Keywords that may not.
const ROOTS: &[&str] = &["self", "super", "crate"];

/// What generated code means by these names, and what everybody else does.
const TAKEN_TYPES: &[&str] = &[
    "Action",
    "App",
    "Arguments",
    "AsRef",
    "BTreeMap",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Decode",
    "Default",
    "Drop",
    "Encode",
    "Eq",
    "Err",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "Into",
    "IntoIterator",
    "Iterator",
    "Members",
    "None",
    "Ok",
    "Option",
    "PartialEq",
    "Reader",
    "Result",
    "Self",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "Tag",
    "ToOwned",
    "ToString",
    "TypedAction",
    "Value",
    "Vec",
];

/// Names that are taken, each by one thing.
#[derive(Debug, Default)]
pub(crate) struct Names(HashSet<String>);

impl Names {
    /// For types, beside those that generated code uses itself.
    pub(crate) fn of_types() -> Self {
        Self(TAKEN_TYPES.iter().map(ToString::to_string).collect())
    }

    /// The name, or the first of it and a number that is free.
    pub(crate) fn claim(&mut self, name: &str) -> String {
        if self.0.insert(name.to_owned()) {
            return name.to_owned();
        }
        // `Page2` and a second `Page` must not meet.
        let ends_in_digit = name.ends_with(|letter: char| letter.is_ascii_digit());
        let joint = if ends_in_digit { "_" } else { "" };
        let mut number: u64 = 2;
        loop {
            let numbered = format!("{name}{joint}{number}");
            if self.0.insert(numbered.clone()) {
                return numbered;
            }
            number += 1;
        }
    }
}

/// The words of a name, in lower case: `listIssues`, `list-issues` and `LIST_ISSUES` are `list` and `issues`.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = None;
    for letter in name.chars() {
        let begins = |before: char| before.is_ascii_lowercase() && letter.is_ascii_uppercase();
        if !letter.is_ascii_alphanumeric() || before.is_some_and(begins) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        if letter.is_ascii_alphanumeric() {
            word.push(letter.to_ascii_lowercase());
        }
        before = Some(letter);
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

fn cut(mut name: String) -> String {
    // Only ASCII is in it.
    name.truncate(MOST_LETTERS);
    name
}

/// `CreateAnIssue`.
pub(crate) fn of_type(name: &str) -> String {
    let mut joined = String::new();
    for word in words(name) {
        let (first, rest) = word.split_at(1);
        joined.push_str(&first.to_ascii_uppercase());
        joined.push_str(rest);
    }
    letter_first(cut(joined), "N")
}

/// A variant: also for values that are made of signs, such as `+1`.
pub(crate) fn of_variant(value: &str) -> String {
    let mut spelt = String::new();
    for (place, letter) in value.char_indices() {
        match letter {
            '+' => spelt.push_str(" plus "),
            '-' if place == 0 => spelt.push_str(" minus "),
            '*' => spelt.push_str(" star "),
            '<' => spelt.push_str(" less "),
            '>' => spelt.push_str(" more "),
            '=' => spelt.push_str(" equal "),
            '!' => spelt.push_str(" not "),
            other => spelt.push(other),
        }
    }
    match of_type(&spelt).as_str() {
        "N" => "Empty".to_owned(),
        "Self" => "Self_".to_owned(),
        name => name.to_owned(),
    }
}

/// `milestone_number`, before [`written`].
pub(crate) fn of_field(name: &str) -> String {
    letter_first(cut(words(name).join("_")), "n")
}

/// `GITHUB_CREATE_AN_ISSUE`, `READ_ONLY_HINT`.
pub(crate) fn of_constant(name: &str) -> String {
    let name = words(name).join("_").to_ascii_uppercase();
    letter_first(cut(name), "N")
}

/// A name of Rust begins with a letter.
fn letter_first(name: String, letter: &str) -> String {
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("{letter}{name}"),
    }
}

/// A name in lower case as it is written where it may be a keyword.
pub(crate) fn written(name: &str) -> String {
    if ROOTS.contains(&name) {
        format!("{name}_")
    } else if KEYWORDS.contains(&name) {
        format!("r#{name}")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, of_constant, of_field, of_type, of_variant, written};

    #[test]
    fn words_are_split_at_signs_and_capitals() {
        assert_eq!(of_type("CREATE_AN_ISSUE"), "CreateAnIssue");
        assert_eq!(of_type("simple-user"), "SimpleUser");
        assert_eq!(of_field("pullRequestId"), "pull_request_id");
        assert_eq!(of_field("X-GitHub-Api"), "x_git_hub_api");
        assert_eq!(of_constant("readOnlyHint"), "READ_ONLY_HINT");
    }

    #[test]
    fn whatever_it_is_called_it_is_a_name() {
        for name in ["", "7", "../..", "Ünïcode", "\u{202e}", "a\nb"] {
            for name in [
                of_type(name),
                of_field(name),
                of_constant(name),
                of_variant(name),
            ] {
                assert!(
                    name.starts_with(|letter: char| letter.is_ascii_alphabetic()),
                    "{name}"
                );
                assert!(
                    name.chars()
                        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
                );
            }
        }
    }

    #[test]
    fn keywords_are_escaped_and_those_that_cannot_be_are_changed() {
        assert_eq!(written("type"), "r#type");
        assert_eq!(written("self"), "self_");
        assert_eq!(written("owner"), "owner");
    }

    #[test]
    fn signs_have_names() {
        assert_eq!(of_variant("+1"), "Plus1");
        assert_eq!(of_variant("-1"), "Minus1");
        assert_eq!(of_variant(""), "Empty");
    }

    #[test]
    fn equal_names_get_numbers_that_no_other_name_has() {
        let mut names = Names::of_types();
        let claimed = ["Page", "Page2", "Page", "Page", "Option"].map(|name| names.claim(name));
        assert_eq!(claimed, ["Page", "Page2", "Page3", "Page4", "Option2"]);
        assert_eq!(names.claim("Page2"), "Page2_2");
    }
}
