use async_trait::async_trait;
use composio_core::Result;
use futures_util::TryStreamExt as _;

use super::{SqliteStore, error::store_error};
use crate::store::SearchStore;

const GET: &str = "SELECT stamp, bytes FROM search_index ORDER BY piece";
const DELETE: &str = "DELETE FROM search_index";
const INSERT: &str = "INSERT INTO search_index (piece, stamp, bytes) VALUES ($1, $2, $3)";
const STAMP: &str = "SELECT stamp FROM search_index LIMIT 1";
/// Bytes of a piece: SQLite and its driver hold one piece each while they read.
const PIECE: usize = 1024 * 1024;

#[async_trait]
impl SearchStore for SqliteStore {
    async fn search_index(&self, stamp: &str) -> Result<Option<Vec<u8>>> {
        let mut snapshot = self.readers.begin().await.map_err(store_error)?;
        let kept: Option<String> = sqlx::query_scalar(STAMP)
            .fetch_optional(&mut *snapshot)
            .await
            .map_err(store_error)?;
        if kept.as_deref() != Some(stamp) {
            return Ok(None);
        }
        let mut rows = sqlx::query_as::<_, (String, Vec<u8>)>(GET).fetch(&mut *snapshot);
        let mut index = Vec::new();
        while let Some((of, piece)) = rows.try_next().await.map_err(store_error)? {
            if of != stamp {
                return Ok(None);
            }
            index.extend_from_slice(&piece);
        }
        Ok(Some(index))
    }

    async fn keep_search_index(&self, stamp: &str, index: &[u8]) -> Result<()> {
        let mut transaction = self.write().await?;
        sqlx::query(DELETE)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        for (piece, bytes) in (0_i64..).zip(index.chunks(PIECE)) {
            sqlx::query(INSERT)
                .bind(piece)
                .bind(stamp)
                .bind(bytes)
                .execute(&mut *transaction)
                .await
                .map_err(store_error)?;
        }
        transaction.commit().await.map_err(store_error)
    }
}
