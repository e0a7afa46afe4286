//! A new master key: everything sealed under former ones is sealed under it, while the engine serves.

use std::sync::Arc;

use composio_core::{Error, ErrorKind, Result};

use crate::{
    store::{Resealed, SealedRecord, SealedTable, Store},
    vault::{Place, Vault},
};

/// Records read and written at once, so that calls need not wait long for their own writes.
const BATCH: i64 = 200;

/// Seals what is under former keys under the active one; gives how many records that were. The text that tells the
/// right master key comes last, so an engine without a former key is refused until everything is done.
///
/// After each batch `progress` is told how many records were looked at, and of how many.
///
/// What changes meanwhile is sealed under the active key by whoever changes it. A damaged record is left as it is.
pub(crate) async fn reseal(
    store: &Arc<dyn Store>,
    vault: &Vault,
    progress: impl Fn(u64, u64) + Send,
) -> Result<u64> {
    let mut done = 0;
    let mut seen = 0;
    let of = store.sealed_count().await?;
    for table in SealedTable::ALL {
        let mut row = 0;
        loop {
            let records = store.sealed_after(table, row, BATCH).await?;
            let Some(last) = records.last() else { break };
            row = last.row;
            seen += records.len() as u64;
            let mut resealed = Vec::new();
            for record in records {
                resealed.extend(rewrapped(vault, record).await?);
            }
            if !resealed.is_empty() {
                done += store.reseal(table, &resealed).await?;
            }
            progress(seen, of.max(seen));
        }
    }
    Ok(done)
}

async fn rewrapped(vault: &Vault, record: SealedRecord) -> Result<Option<Resealed>> {
    let Some(before) = record.sealed else {
        return Ok(None);
    };
    let place = Place {
        project: &record.project,
        record: &record.record,
        field: &record.field,
        generation: record.generation,
    };
    match vault.rewrap(place, &before).await {
        Ok(after) => Ok(after.map(|after| Resealed {
            row: record.row,
            before,
            after,
        })),
        Err(error) if is_damage(&error) => {
            tracing::warn!(record = record.record, %error, "a record is not sealed anew");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn is_damage(error: &Error) -> bool {
    error.kind() == ErrorKind::Internal
}
