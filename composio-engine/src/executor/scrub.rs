use std::borrow::Cow;

use super::style;

/// What stands where a credential stood.
pub(super) const REDACTED: &str = "[redacted]";

/// Shorter values cannot be told from ordinary text: replacing `us` would spoil every answer.
const SHORTEST: usize = 5;

/// The credentials of one request, to be taken out of whatever comes back.
#[derive(Clone, Default)]
pub(crate) struct Scrubber(Vec<String>);

impl Scrubber {
    /// Remembers `secret` in each spelling in which an answer may quote it: as it is, in JSON, percent-encoded.
    pub(crate) fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        if secret.len() < SHORTEST {
            return;
        }
        self.push(secret.to_owned());
        // Most tokens look the same in every spelling.
        if secret
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
        {
            return;
        }
        let json = serde_json::Value::from(secret).to_string();
        let json = json
            .strip_prefix('"')
            .and_then(|json| json.strip_suffix('"'))
            .unwrap_or(secret);
        self.push(json.replace('/', "\\/"));
        self.push(ascii_json(json));
        self.push(json.to_owned());
        self.push(style::encode(secret));
    }

    /// Remembers a header's credential whole, and what stands behind the scheme's name.
    pub(crate) fn add_header(&mut self, value: &str) {
        self.add(value);
        if let Some((_, rest)) = value.split_once(' ') {
            self.add(rest);
        }
    }

    fn push(&mut self, spelling: String) {
        if !self.0.contains(&spelling) {
            // The longest first, so that no tail of a longer spelling is left standing.
            let at = self
                .0
                .partition_point(|other| other.len() >= spelling.len());
            self.0.insert(at, spelling);
        }
    }

    /// Whether `text` holds one of the credentials.
    pub(super) fn finds(&self, text: &str) -> bool {
        self.0
            .iter()
            .any(|spelling| text.contains(spelling.as_str()))
    }

    /// `text` without the credentials.
    pub(crate) fn scrub<'a>(&self, text: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
        let mut text = text.into();
        for spelling in &self.0 {
            if text.contains(spelling.as_str()) {
                text = Cow::Owned(text.replace(spelling.as_str(), REDACTED));
            }
        }
        text
    }
}

/// JSON text with everything beyond ASCII escaped, as some services write it.
fn ascii_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() {
            out.push(letter);
        } else {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Scrubber;

    fn scrubber(secret: &str) -> Scrubber {
        let mut scrubber = Scrubber::default();
        scrubber.add(secret);
        scrubber
    }

    #[test]
    fn every_spelling_of_a_credential_is_taken_out() {
        for (secret, text) in [
            ("tok_12345", "your key tok_12345 is bad"),
            ("ab/cd+ef=", r#"{"key":"ab\/cd+ef="}"#),
            ("ab/cd+ef=", "?key=ab%2Fcd%2Bef%3D"),
            ("quo\"te\\d", r#"{"key":"quo\"te\\d"}"#),
            (
                "пароль",
                r#"{"key":"\u043f\u0430\u0440\u043e\u043b\u044c"}"#,
            ),
            ("пароль", "пароль"),
        ] {
            let scrubbed = scrubber(secret).scrub(text).into_owned();
            assert!(scrubbed.contains("[redacted]"), "{text}: {scrubbed}");
            assert!(!scrubbed.contains(secret), "{scrubbed}");
        }
    }

    #[test]
    fn short_values_and_other_text_stay() {
        assert_eq!(scrubber("us").scrub("status"), "status");
        assert_eq!(scrubber("tok_12345").scrub("all is well"), "all is well");
    }

    #[test]
    fn a_secret_that_ends_in_another_leaves_no_rest() {
        let mut scrubber = Scrubber::default();
        scrubber.add("secret");
        scrubber.add("Bearer secret-and-more");
        assert_eq!(scrubber.scrub("Bearer secret-and-more"), "[redacted]");
    }
}
