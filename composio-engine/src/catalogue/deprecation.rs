use http::HeaderValue;

use super::App;
use crate::store::DeprecationRecord;

/// The longest header that is written, in bytes; toolkits that no longer fit are left out, as readers would.
const LONGEST: usize = 2048;

/// The toolkits in an answer whose version is deprecated, for `Composio-Deprecated-Toolkits`: a list of RFC 9651.
///
/// The wire: `"GMAIL";version="20250114_00";deprecated=@1779840000;sunset=@1787788800;reason="lifecycle"`.
#[derive(Debug, Default)]
pub(crate) struct Deprecated {
    items: Vec<String>,
}

impl Deprecated {
    /// Adds `app`, if its `version` is deprecated and not in the list yet.
    pub(crate) fn see(&mut self, app: &App, version: &str) {
        if let Some(deprecation) = app.deprecation(version) {
            let item = item(deprecation);
            if !self.items.contains(&item) {
                self.items.push(item);
            }
        }
    }

    /// The header's value; `None` if there is nothing to tell.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let mut list = String::new();
        for item in &self.items {
            if list.len() + item.len() + 2 > LONGEST {
                break;
            }
            if !list.is_empty() {
                list.push_str(", ");
            }
            list.push_str(item);
        }
        if list.is_empty() {
            return None;
        }
        HeaderValue::from_str(&list).ok()
    }
}

fn item(deprecation: &DeprecationRecord) -> String {
    let seconds = |microseconds: i64| microseconds.div_euclid(1_000_000);
    let mut item = format!(
        "{};version={};deprecated=@{}",
        quoted(&deprecation.slug.to_ascii_uppercase()),
        quoted(&deprecation.version),
        seconds(deprecation.deprecated_at)
    );
    if let Some(sunset) = deprecation.sunset_at {
        item.push_str(&format!(";sunset=@{}", seconds(sunset)));
    }
    if let Some(reason) = deprecation.reason.as_deref() {
        item.push_str(&format!(";reason={}", quoted(reason)));
    }
    item
}

// RFC 9651, 3.3.3: printable ASCII, with quotes and backslashes escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            _ => quoted.push('?'),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::{Deprecated, LONGEST, item, quoted};
    use crate::store::DeprecationRecord;

    fn record(reason: Option<&str>) -> DeprecationRecord {
        DeprecationRecord {
            slug: "gmail".to_owned(),
            version: "20250114_00".to_owned(),
            deprecated_at: 1_779_840_000_999_999,
            sunset_at: Some(1_787_788_800_000_000),
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn an_item_says_what_since_when_until_when_and_why() {
        let text = r#""GMAIL";version="20250114_00";deprecated=@1779840000;sunset=@1787788800;reason="lifecycle""#;
        assert_eq!(item(&record(Some("lifecycle"))), text);
        assert!(!item(&record(None)).contains("reason"));
    }

    #[test]
    fn a_reason_cannot_leave_its_quotes() {
        assert_eq!(quoted("a\"b\\c\r\nd é"), r#""a\"b\\c??d ?""#);
    }

    #[test]
    fn a_header_has_an_end() {
        let long = "x".repeat(500);
        let items = (0..10).map(|_| item(&record(Some(&long)))).collect();
        let header = Deprecated { items }.header().unwrap();
        assert!(header.len() <= LONGEST && header.len() > 500);
        assert!(Deprecated::default().header().is_none());
    }
}
