use serde::{Deserialize, Serialize};

/// Which OAuth scopes a tool needs (wire reference 1.3): everything that `all_of` lists.
///
/// ```
/// use composio_core::models::ScopeRequirements;
///
/// let text = r#"{"all_of":["read",{"any_of":["write",{"all_of":["edit","create"]}]}]}"#;
/// let needed: ScopeRequirements = serde_json::from_str(text)?;
/// assert!(needed.is_met_by(&["read", "edit", "create"]));
/// assert!(!needed.is_met_by(&["read", "edit"]));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScopeRequirements {
    /// What is needed. Nothing if it is empty.
    #[serde(default)]
    pub all_of: Vec<ScopeRequirement>,
}

/// One thing that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ScopeRequirement {
    /// This scope.
    Scope(String),
    /// One of these.
    #[non_exhaustive]
    AnyOf {
        /// Any of them is enough.
        any_of: Vec<ScopeSet>,
    },
}

/// Scopes that are enough together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ScopeSet {
    /// This one alone.
    Scope(String),
    /// These together.
    #[non_exhaustive]
    AllOf {
        /// All of them are needed.
        all_of: Vec<String>,
    },
}

impl ScopeRequirements {
    /// All of these.
    #[must_use]
    pub fn new(all_of: Vec<ScopeRequirement>) -> Self {
        Self { all_of }
    }

    /// Whether `granted` is enough. A vendor may count one scope among another; that is not known here.
    #[must_use]
    pub fn is_met_by(&self, granted: &[&str]) -> bool {
        let has = |scope: &String| granted.contains(&scope.as_str());
        self.all_of.iter().all(|needed| match needed {
            ScopeRequirement::Scope(scope) => has(scope),
            ScopeRequirement::AnyOf { any_of } => any_of.iter().any(|set| match set {
                ScopeSet::Scope(scope) => has(scope),
                ScopeSet::AllOf { all_of } => all_of.iter().all(has),
            }),
        })
    }
}

impl ScopeRequirement {
    /// One of these.
    #[must_use]
    pub fn any_of(any_of: Vec<ScopeSet>) -> Self {
        Self::AnyOf { any_of }
    }
}

impl ScopeSet {
    /// These together.
    #[must_use]
    pub fn all_of(all_of: Vec<String>) -> Self {
        Self::AllOf { all_of }
    }
}
