//! Texts of others as documentation and as literals: nothing in them is obeyed, by the compiler or by rustdoc.

use std::fmt::Write as _;

const WIDTH: usize = 100;

/// `text` as documentation below `indent`, cut at `limit` characters; nothing if there is no text.
pub(crate) fn docs(out: &mut String, indent: &str, text: &str, limit: usize) {
    let mut line = String::new();
    for word in escaped(&cut(text, limit)).split(' ') {
        if !line.is_empty() && indent.len() + line.len() + word.len() > WIDTH {
            write_line(out, indent, &line);
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        write_line(out, indent, &line);
    }
}

/// An empty line between paragraphs.
pub(crate) fn gap(out: &mut String, indent: &str) {
    writeln!(out, "{indent}///").ok();
}

/// A text as a literal.
pub(crate) fn literal(text: &str) -> String {
    format!("{text:?}")
}

fn write_line(out: &mut String, indent: &str, line: &str) {
    writeln!(out, "{indent}/// {line}").ok();
}

/// The text on one line, at the end of a word where it is too long.
fn cut(text: &str, limit: usize) -> String {
    let mut kept = String::new();
    let mut count = 0;
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(|letter| is_seen(*letter)).collect();
        count += word.chars().count() + 1;
        if count > limit {
            kept.push('…');
            break;
        }
        if !kept.is_empty() && !word.is_empty() {
            kept.push(' ');
        }
        kept.push_str(&word);
    }
    kept
}

/// Without what people do not see: control characters, and marks that turn the direction of writing, which the compiler
/// refuses.
fn is_seen(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter, '\u{61C}' | '\u{FEFF}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
}

/// Markdown that would be a link, code, HTML or a heading is text.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (place, letter) in text.char_indices() {
        let begins_block = place == 0 && "#>+-=~|*".contains(letter);
        if begins_block || r"\`[]<>*_~".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    // Words that begin a line may begin a list or a heading there.
    escaped
        .split(' ')
        .map(|word| match word.chars().next() {
            Some('#' | '+' | '-' | '=' | '|') if !word.starts_with('\\') => format!("\\{word}"),
            Some(digit) if digit.is_ascii_digit() && word.ends_with(['.', ')']) => {
                word.replace('.', "\\.").replace(')', "\\)")
            }
            _ => word.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::{docs, literal};

    fn written(text: &str) -> String {
        let mut out = String::new();
        docs(&mut out, "", text, 1_000);
        out
    }

    #[test]
    fn a_text_stays_within_its_comment() {
        let hostile = "a\n*/ fn main() {}\r\n/// ```\u{2028}b\u{202e}c\0";
        for line in written(hostile).lines() {
            assert!(line.starts_with("/// "), "{line}");
        }
        assert_eq!(written(hostile).lines().count(), 1);
        assert!(!written(hostile).contains('\u{202e}'));
    }

    #[test]
    fn links_fences_and_html_are_text() {
        let text = written("See [`crate::x`] ```rust panic!() ``` <script> https://a.example_b");
        assert!(text.contains(r"\[\`crate::x\`\]"), "{text}");
        assert!(
            !text.contains("```") && text.contains(r"\<script\>"),
            "{text}"
        );
    }

    #[test]
    fn a_long_text_is_wrapped_and_cut_between_words() {
        let text = written(&"word ".repeat(1_000));
        assert!(text.lines().all(|line| line.len() <= 110));
        assert!(text.trim_end().ends_with("word…"), "{text}");
    }

    #[test]
    fn a_literal_ends_where_it_should() {
        assert_eq!(literal("a\"\\\n"), r#""a\"\\\n""#);
    }
}
