use async_trait::async_trait;
use composio_core::Result;
use futures_util::TryStreamExt as _;

use super::{SqliteStore, error::store_error};
use crate::store::SearchStore;
#[cfg(feature = "semantic")]
use crate::store::VectorRecord;

const GET: &str = "SELECT stamp, bytes FROM search_index ORDER BY piece";
const DELETE: &str = "DELETE FROM search_index";
const INSERT: &str = "INSERT INTO search_index (piece, stamp, bytes) VALUES ($1, $2, $3)";
/// Bytes of a piece: SQLite and its driver hold one piece each while they read.
const PIECE: usize = 1024 * 1024;

#[async_trait]
impl SearchStore for SqliteStore {
    async fn search_index(&self) -> Result<Option<(String, Vec<u8>)>> {
        // One statement sees one index, whoever replaces it meanwhile.
        let mut rows = sqlx::query_as::<_, (String, Vec<u8>)>(GET).fetch(&self.readers);
        let mut kept: Option<(String, Vec<u8>)> = None;
        while let Some((stamp, piece)) = rows.try_next().await.map_err(store_error)? {
            match &mut kept {
                None => kept = Some((stamp, piece)),
                Some((of, index)) if *of == stamp => index.extend_from_slice(&piece),
                Some(_) => return Ok(None),
            }
        }
        Ok(kept)
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

    #[cfg(feature = "semantic")]
    async fn count_vectors(&self, stamp: &str) -> Result<u64> {
        self.count_pieces(stamp).await
    }

    #[cfg(feature = "semantic")]
    async fn vectors(&self, slug: &str, version: &str, stamp: &str) -> Result<Vec<(u64, Vec<u8>)>> {
        self.pieces(slug, version, stamp).await
    }

    #[cfg(feature = "semantic")]
    async fn keep_vectors(&self, piece: &VectorRecord) -> Result<()> {
        self.keep_piece(piece).await
    }
}
