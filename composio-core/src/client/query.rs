use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::ToolkitVersions;

const VERSIONS: &str = "toolkit_versions";

// Everything but the unreserved characters of RFC 3986, section 2.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Query parameters as the official SDKs send them: lists comma-joined, absent ones left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(Cow<'static, str>, String)>);

impl Query {
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.replace(name.into(), value.into());
    }

    /// Asks for these versions in place of any others.
    pub(crate) fn versions(&mut self, versions: &ToolkitVersions) {
        self.0.retain(|(name, _)| !name.starts_with(VERSIONS));
        let mut named = versions.named().peekable();
        if named.peek().is_none() || versions.default_version() != "latest" {
            self.set(VERSIONS, versions.default_version());
        }
        for (slug, version) in named {
            let name = format!("{VERSIONS}%5B{}%5D", segment(slug));
            self.replace(name.into(), version.to_owned());
        }
    }

    fn replace(&mut self, name: Cow<'static, str>, value: String) {
        self.0.retain(|(own, _)| *own != name);
        self.0.push((name, value));
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
