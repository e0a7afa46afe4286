//! Texts of a specification are untrusted and written for web pages: cleaned and cut before a model reads them.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

/// Elements whose marks are removed. Others stay: `<owner>/<repo>` is a placeholder, not an element.
const ELEMENTS: [&str; 40] = [
    "a",
    "abbr",
    "b",
    "big",
    "blockquote",
    "br",
    "code",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "tr",
    "ul",
];
const ENTITIES: [(&str, &str); 7] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&apos;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

/// The first 12 hexadecimal digits of the SHA-256 of `text`.
pub(crate) fn short_hash(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// `text` on one line, of at most `limit` bytes.
pub(crate) fn line(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit));
    for word in text.split_whitespace() {
        if out.len() >= limit {
            break;
        }
        let before = out.len();
        if before > 0 {
            out.push(' ');
        }
        out.extend(word.chars().filter(|letter| !is_invisible(*letter)));
        if out.len() == before + 1 && before > 0 {
            out.pop();
        }
    }
    cut(&mut out, limit);
    out
}

/// `text` without marks of HTML, those of Markdown's headings, quotations and strong words, link addresses and invisible
/// characters, of at most `limit` bytes.
pub(crate) fn prose(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit && is_plain(text) {
        return Cow::Borrowed(text);
    }
    // What lies far behind the limit need not be looked at.
    let head = head(text, limit.saturating_mul(4));
    let mut out = String::with_capacity(head.len().min(limit));
    clean(head, limit, &mut out);
    let trimmed = out.trim_end().len();
    out.truncate(trimmed);
    cut(&mut out, limit);
    Cow::Owned(out)
}

/// Writes what is left of `text`, until there is enough.
fn clean(text: &str, limit: usize, out: &mut String) {
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if out.len() > limit {
            break;
        }
        rest = match marked(letter, rest, out) {
            Some((strong, after)) => {
                clean(strong, limit, out);
                after
            }
            None => step(letter, rest, out),
        };
    }
}

/// Splits `rest` where Markdown's marks begin it: what they are around, and what follows.
fn marked<'t>(letter: char, rest: &'t str, out: &str) -> Option<(&'t str, &'t str)> {
    let begins_line = out.is_empty() || out.ends_with('\n');
    match letter {
        '#' | '>' if begins_line => {
            let text = rest.trim_start_matches(letter);
            let marks = rest.len() - text.len();
            (marks <= 6 && text.starts_with(' ')).then_some(("", text))
        }
        '*' if !out.ends_with(|before: char| before.is_alphanumeric() || before == '/') => {
            let (strong, after) = rest.strip_prefix("**")?.split_once("**")?;
            let is_edge = |letter: char| letter.is_whitespace() || matches!(letter, '*' | '/');
            let is_strong = !strong.is_empty()
                && !strong.contains('\n')
                && !strong.starts_with(is_edge)
                && !strong.ends_with(is_edge);
            is_strong.then_some((strong, after))
        }
        _ => None,
    }
}

/// Writes what `rest` starts with, and returns what follows.
fn step<'t>(letter: char, rest: &'t str, out: &mut String) -> &'t str {
    let behind = rest.get(letter.len_utf8()..).unwrap_or_default();
    match letter {
        '<' => {
            if let Some(after) = unread(rest) {
                return after;
            }
            if let Some((name, after)) = element(rest) {
                space(
                    out,
                    if matches!(name, "br" | "p" | "li" | "tr" | "div") {
                        '\n'
                    } else {
                        ' '
                    },
                    name,
                );
                return after;
            }
            out.push('<');
        }
        '&' => {
            for (entity, meaning) in ENTITIES {
                if let Some(after) = rest.strip_prefix(entity) {
                    out.push_str(meaning);
                    return after;
                }
            }
            out.push('&');
        }
        '!' if behind.starts_with('[') && link(behind).is_some() => {}
        '[' => {
            if let Some((label, after)) = link(rest) {
                out.extend(label.chars().filter(|letter| !is_invisible(*letter)));
                return after;
            }
            out.push('[');
        }
        '\n' | '\u{2028}' | '\u{2029}' => {
            if !out.is_empty() && !out.ends_with("\n\n") {
                let trimmed = out.trim_end_matches(' ').len();
                out.truncate(trimmed);
                out.push('\n');
            }
        }
        _ if letter.is_whitespace() => {
            if !out.is_empty() && !out.ends_with([' ', '\n']) {
                out.push(' ');
            }
        }
        _ if is_invisible(letter) => {}
        _ => out.push(letter),
    }
    behind
}

/// An element's mark leaves a gap only where a word would else run into the next.
fn space(out: &mut String, gap: char, name: &str) {
    let is_inline = matches!(
        name,
        "a" | "abbr"
            | "b"
            | "big"
            | "code"
            | "em"
            | "font"
            | "i"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
    );
    if !is_inline && !out.is_empty() && !out.ends_with([' ', '\n']) {
        out.push(gap);
    }
}

/// What follows the script or style sheet that `text` opens with: nobody reads those.
fn unread(text: &str) -> Option<&str> {
    ["script", "style"].iter().find_map(|name| {
        let inside = text.strip_prefix('<')?;
        let (own, after) = inside.split_at_checked(name.len())?;
        let is_own = own.eq_ignore_ascii_case(name) && after.starts_with(['>', ' ']);
        let (_, after) = after.split_once("</").filter(|_| is_own)?;
        after.split_once('>').map(|(_, after)| after)
    })
}

/// The name of the element that `text` opens or closes with, and what follows its mark.
fn element(text: &str) -> Option<(&'static str, &str)> {
    let inside = text.strip_prefix('<')?;
    if inside.starts_with("!--") {
        return inside.split_once("-->").map(|(_, after)| ("span", after));
    }
    let inside = inside.strip_prefix('/').unwrap_or(inside);
    let end = inside.find(|letter: char| !letter.is_ascii_alphanumeric())?;
    let (name, after) = inside.split_at_checked(end)?;
    let name = ELEMENTS
        .iter()
        .find(|known| known.eq_ignore_ascii_case(name))?;
    let (attributes, after) = after.split_once('>')?;
    (attributes.len() < 500 && !attributes.contains('<')).then_some((name, after))
}

/// The label of the Markdown link that `text` starts with, and what follows the link.
fn link(text: &str) -> Option<(&str, &str)> {
    let (label, after) = text.strip_prefix('[')?.split_once("](")?;
    let (address, after) = after.split_once(')')?;
    let is_link = !label.contains(['[', '\n']) && !address.contains(['(', '\n', ' ']);
    is_link.then_some((label, after))
}

fn is_plain(text: &str) -> bool {
    let mut last = b' ';
    !text.starts_with(['#', '>'])
        && text.bytes().all(|byte| {
            let fine = matches!(byte, b' '..=b'~')
                && !matches!(byte, b'<' | b'&' | b'[')
                && !(byte == last && matches!(byte, b' ' | b'*'));
            last = byte;
            fine
        })
        && last != b' '
}

/// Characters that a person does not see and a model may obey: controls, directions, joiners, tags.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{AD}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether `text`, which has to stay as it is, holds what a person does not see. Line breaks and tabs are data.
pub(crate) fn has_hidden(text: &str) -> bool {
    !text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && text
            .chars()
            .any(|letter| is_invisible(letter) && !matches!(letter, '\n' | '\r' | '\t'))
}

fn head(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

/// Cuts `text` to `limit` bytes, between words where that loses little.
fn cut(text: &mut String, limit: usize) {
    if text.len() <= limit {
        return;
    }
    let end = head(text, limit.saturating_sub('…'.len_utf8())).len();
    let kept = text.get(..end).unwrap_or_default();
    let end = match kept.rfind(char::is_whitespace) {
        Some(blank) if blank > end / 2 => blank,
        _ => end,
    };
    text.truncate(end);
    let end = text.trim_end().len();
    text.truncate(end);
    text.push('…');
}

#[cfg(test)]
mod tests {
    use super::{line, prose};

    #[test]
    fn plain_prose_is_not_copied() {
        assert!(matches!(
            prose("Gets a user.", 100),
            std::borrow::Cow::Borrowed("Gets a user.")
        ));
    }

    #[test]
    fn marks_and_addresses_go_and_placeholders_stay() {
        let cases = [
            ("<p>Gets <b>one</b> user.</p>", "Gets one user."),
            (
                "see [the guide](https://example.com/a?b=c).",
                "see the guide.",
            ),
            ("![logo](https://example.com/x.png) text", "logo text"),
            ("as <owner>/<repo>", "as <owner>/<repo>"),
            ("a &lt; b &amp;&amp; c", "a < b && c"),
            ("one<br/>two", "one\ntwo"),
            ("a list [1, 2] (not a link)", "a list [1, 2] (not a link)"),
            ("x\u{202E}y\u{200B}z\u{E0041}\u{7}", "xyz"),
            ("a  b\n\n\n\nc \n", "a b\n\nc"),
            ("<!-- hidden -->shown", "shown"),
            (
                "<style>p { color: red }</style>red<SCRIPT src='x'>f(1 < 2)</script>.",
                "red.",
            ),
            ("<script>never ends", "<script>never ends"),
            ("## Scopes\n> **Note:** a *b*", "Scopes\nNote: a *b*"),
            (
                "**Required.** See **[the guide](https://a.example)**.",
                "Required. See the guide.",
            ),
            (
                "# A\n#tag >> b\n####### c\n> > d",
                "A\n#tag >> b\n####### c\nd",
            ),
            ("src/**/*.rs and **/*.md", "src/**/*.rs and **/*.md"),
            (
                "f(**kwargs), 2 ** 3 ** 4, a**b**c, ** x **",
                "f(**kwargs), 2 ** 3 ** 4, a**b**c, ** x **",
            ),
            ("**", "**"),
            ("****", "****"),
        ];
        for (given, expected) in cases {
            assert_eq!(prose(given, 1_000), expected, "{given:?}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_words() {
        let text = "word ".repeat(100);
        let short = prose(&text, 32);
        assert!(short.len() <= 32 && short.ends_with("word…"), "{short}");
        assert_eq!(line("äöü".repeat(50).as_str(), 10).len(), 9);
    }

    #[test]
    fn lines_have_no_breaks_and_no_invisible_words() {
        assert_eq!(line(" a\n\tb \u{200B} c ", 100), "a b c");
    }
}
