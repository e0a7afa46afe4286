//! Where an app's credentials may go.

use super::Integration;

impl Integration {
    /// Whether the app's credentials may go to `host`: a name as it stands in an address, without a port.
    ///
    /// Without [`hosts`](Self::hosts) every host is one: the templates and the document say where the API is.
    ///
    /// ```
    /// use composio_catalog::Integration;
    ///
    /// let app = Integration::parse(b"name: Desk\nunique_key: desk\nhosts: [api.desk.example, '*.desk.example']")?;
    /// assert!(app.permits_host("eu.desk.example") && app.permits_host("API.desk.example."));
    /// assert!(!app.permits_host("desk.example") && !app.permits_host("evildesk.example"));
    /// # Ok::<(), composio_catalog::CompileError>(())
    /// ```
    #[must_use]
    pub fn permits_host(&self, host: &str) -> bool {
        self.hosts.is_empty() || self.lists_host(host)
    }

    /// Whether [`hosts`](Self::hosts) names `host`.
    #[must_use]
    pub fn lists_host(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        self.hosts.iter().any(|pattern| matches(pattern, host))
    }
}

/// `*.` stands for one label or more.
fn matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        None => pattern.eq_ignore_ascii_case(host),
        Some(domain) => {
            let Some(start) = host.len().checked_sub(domain.len() + 1) else {
                return false;
            };
            let (labels, rest) = (host.get(..start), host.get(start..));
            labels.is_some_and(|labels| !labels.is_empty())
                && rest
                    .and_then(|rest| rest.strip_prefix('.'))
                    .is_some_and(|rest| rest.eq_ignore_ascii_case(domain))
        }
    }
}

/// What is wrong with a pattern of `hosts`.
pub(super) fn fault(pattern: &str) -> Option<&'static str> {
    let name = pattern.strip_prefix("*.").unwrap_or(pattern);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if name.len() > 253 || !name.split('.').all(is_label) {
        return Some(
            "is no host name, and no `*.` before one: no scheme, port or path belongs there",
        );
    }
    if pattern.starts_with("*.") && !name.contains('.') {
        return Some("stands for a whole top-level domain");
    }
    None
}
