use composio_catalog::Report;
use composio_core::models::AuthScheme;
use serde::{Deserialize, Serialize};

/// What came of [`Engine::add_app`](crate::Engine::add_app).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AddedApp {
    /// The toolkit's slug: `github`.
    pub toolkit: String,
    /// The version that was added, `YYYYMMDD_NN`.
    pub version: String,
    /// How many tools it has.
    pub tools: usize,
    /// The schemes that users can connect by.
    #[serde(default)]
    pub schemes: Vec<AuthScheme>,
    /// What was skipped, repaired or guessed, and where.
    pub report: Report,
}
