/// `text` on one line, without what a terminal would obey: it may come from a vendor's document.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !cleaned.is_empty() {
            cleaned.push(' ');
        }
        cleaned.extend(word.chars().filter(|letter| !is_unseen(*letter)));
    }
    cleaned
}

/// Control characters, and marks that turn the direction of writing around.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn what_a_terminal_would_obey_is_removed() {
        assert_eq!(clean("a\x1b[31mb\u{9b}0m\u{202e}c"), "a[31mb0mc");
        assert_eq!(clean(" one\n two\tthree\r\n"), "one two three");
    }
}
