use std::collections::BTreeMap;

/// Which version of each toolkit is meant: the newest, unless one is pinned. Tools of a pinned version are shown and run
/// as they were then, whatever the vendor has changed since.
///
/// ```
/// use composio_core::ToolkitVersions;
///
/// let versions = ToolkitVersions::latest().toolkit("github", "20250905_00");
/// assert_eq!(versions.pinned("GitHub"), Some("20250905_00"));
/// assert_eq!(versions.pinned("gmail"), None);
/// ```
#[doc(alias = "toolkit_versions")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolkitVersions {
    every: Option<String>,
    // By slug in lower case.
    by_toolkit: BTreeMap<String, String>,
}

impl ToolkitVersions {
    /// The newest of every toolkit.
    #[must_use]
    pub fn latest() -> Self {
        Self::default()
    }

    /// This version, `YYYYMMDD_NN`, of every toolkit that is not named; `latest` for the newest.
    #[must_use]
    pub fn every(version: impl Into<String>) -> Self {
        Self {
            every: pin(version.into()),
            by_toolkit: BTreeMap::new(),
        }
    }

    /// This version of one toolkit, in place of an earlier one; `latest` for the newest.
    #[must_use]
    pub fn toolkit(mut self, slug: impl AsRef<str>, version: impl Into<String>) -> Self {
        let slug = slug.as_ref().to_lowercase();
        self.by_toolkit.insert(slug, version.into());
        self
    }

    /// The version that is pinned of a toolkit; `None` where the newest is meant.
    #[must_use]
    pub fn pinned(&self, slug: &str) -> Option<&str> {
        match self.by_toolkit.get(&slug.to_lowercase()) {
            Some(version) => Some(version.as_str()).filter(|version| is_pin(version)),
            None => self.every.as_deref(),
        }
    }

    /// The version of every toolkit that is not named, as the wire has it.
    pub(crate) fn default_version(&self) -> &str {
        self.every.as_deref().unwrap_or("latest")
    }

    /// Those that are named, by slug.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        let named = self.by_toolkit.iter();
        named.map(|(slug, version)| (slug.as_str(), version.as_str()))
    }
}

fn pin(version: String) -> Option<String> {
    Some(version).filter(|version| is_pin(version))
}

fn is_pin(version: &str) -> bool {
    !version.is_empty() && version != "latest"
}

#[cfg(test)]
mod tests {
    use super::ToolkitVersions;

    #[test]
    fn a_toolkit_that_is_named_goes_before_every_other() {
        let versions = ToolkitVersions::every("20250101_00")
            .toolkit("GitHub", "20250905_00")
            .toolkit("gmail", "latest");
        assert_eq!(versions.pinned("github"), Some("20250905_00"));
        assert_eq!(versions.pinned("GMAIL"), None);
        assert_eq!(versions.pinned("slack"), Some("20250101_00"));
        assert_eq!(ToolkitVersions::every("latest"), ToolkitVersions::latest());
        assert_eq!(ToolkitVersions::every("").default_version(), "latest");
    }
}
