use async_trait::async_trait;
use composio_core::Result;

use super::{SqliteStore, error::store_error};
use crate::store::{ChangeKind, ChangeRecord, ChangeStore};

const LAST: &str = "SELECT coalesce(max(seq), 0) FROM changes";
const SINCE: &str =
    "SELECT seq, kind, project, user_id, toolkit, id FROM changes WHERE seq > $1 ORDER BY seq";

type Row = (i64, String, String, Option<String>, Option<String>, String);

#[async_trait]
impl ChangeStore for SqliteStore {
    async fn last_change(&self) -> Result<i64> {
        sqlx::query_scalar(LAST)
            .fetch_one(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn changes_since(&self, seq: i64) -> Result<Option<Vec<ChangeRecord>>> {
        let rows: Vec<Row> = sqlx::query_as(SINCE)
            .bind(seq)
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?;
        let has_gap = rows.first().is_some_and(|(first, ..)| *first != seq + 1);
        let changes = rows.into_iter().map(|row| {
            let (seq, kind, project, user_id, toolkit, id) = row;
            ChangeRecord {
                seq,
                kind: match kind.as_str() {
                    "connection" => ChangeKind::Connection,
                    "key" => ChangeKind::Key,
                    "app" => ChangeKind::App,
                    _ => ChangeKind::AuthConfig,
                },
                project,
                user_id,
                toolkit,
                id,
            }
        });
        Ok((!has_gap).then(|| changes.collect()))
    }
}
