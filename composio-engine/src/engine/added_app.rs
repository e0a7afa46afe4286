use composio_catalog::Report;
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
    /// What was skipped, repaired or guessed, and where.
    pub report: Report,
}
