//! What finishing a consent takes, sealed under the hash of the secret that comes back with the user.

use composio_core::{Error, ErrorKind, Result, Secret};
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::{Accounts, faults::unknown_flow, links::hash};
use crate::{
    clock,
    hex::hex,
    store::{ConnectionRecord, FlowRecord},
    vault::Place,
};

/// How long a user has, in microseconds.
pub(super) const LIFE: i64 = 10 * 60 * 1_000_000;

impl Accounts {
    /// Keeps `kept` for the callback that brings `secret`.
    pub(super) async fn keep_flow(
        &self,
        connection: &ConnectionRecord,
        secret: &Secret,
        kept: &impl Serialize,
    ) -> Result<()> {
        let bytes = serde_json::to_vec(kept).map_err(|error| unreadable(&error))?;
        let bytes = Zeroizing::new(bytes);
        let now = clock::now();
        let state = hash(secret.expose());
        let record = hex(&state);
        let place = place(&connection.project, &record);
        let flow = FlowRecord {
            sealed: self.vault.seal(place, &bytes).await?,
            state,
            project: connection.project.clone(),
            connection_id: connection.id.clone(),
            expires_at: now + LIFE,
            created_at: now,
        };
        self.store.insert_flow(&flow).await
    }

    /// What was kept for the callback that brings `secret`. Nobody gets it a second time.
    ///
    /// Errors: `InvalidInput` if nothing is, or it is too old.
    pub(super) async fn take_flow<K: DeserializeOwned>(
        &self,
        secret: &Secret,
    ) -> Result<(FlowRecord, K)> {
        let flow = self.store.take_flow(&hash(secret.expose())).await?;
        let flow = flow.filter(|flow| flow.expires_at > clock::now());
        let flow = flow.ok_or_else(unknown_flow)?;
        let record = hex(&flow.state);
        let bytes = self.vault.open(place(&flow.project, &record), &flow.sealed);
        let kept = serde_json::from_slice(&bytes.await?).map_err(|error| unreadable(&error))?;
        Ok((flow, kept))
    }
}

// The store finds this place again when records are sealed anew.
fn place<'a>(project: &'a str, record: &'a str) -> Place<'a> {
    Place {
        project,
        record,
        field: "flow",
        generation: 0,
    }
}

// Where the parser stopped is enough: its message may quote the text.
fn unreadable(error: &serde_json::Error) -> Error {
    let message = format!("a sealed flow is not readable at column {}", error.column());
    Error::new(ErrorKind::Internal, message)
}
