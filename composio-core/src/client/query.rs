use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

// Everything but the unreserved characters of RFC 3986, section 2.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Query parameters as the official SDKs send them: lists comma-joined, absent ones left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(&'static str, String)>);

impl Query {
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.retain(|(own, _)| *own != name);
        self.0.push((name, value.into()));
    }

    pub(crate) fn list<S: AsRef<str>>(
        &mut self,
        name: &'static str,
        values: impl IntoIterator<Item = S>,
    ) {
        let joined = values
            .into_iter()
            .map(|value| value.as_ref().to_owned())
            .collect::<Vec<_>>()
            .join(",");
        self.set(name, joined);
    }

    pub(crate) fn append_to(&self, path: &str) -> String {
        let mut address = path.to_owned();
        for (position, (name, value)) in self.0.iter().enumerate() {
            address.push(if position == 0 { '?' } else { '&' });
            address.push_str(name);
            address.push('=');
            address.extend(utf8_percent_encode(value, SEGMENT));
        }
        address
    }
}

/// One path segment, so that an id from outside cannot reach another route.
pub(crate) fn segment(text: &str) -> String {
    match text {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => utf8_percent_encode(text, SEGMENT).to_string(),
    }
}
