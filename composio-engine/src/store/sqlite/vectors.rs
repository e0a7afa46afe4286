use composio_core::Result;

use super::{SqliteStore, error::store_error};
use crate::store::VectorRecord;

const COUNT: &str = "SELECT count(*) FROM tool_vectors WHERE stamp = $1";
const GET: &str = "SELECT piece, bytes FROM tool_vectors \
                   WHERE slug = $1 AND version = $2 AND stamp = $3 ORDER BY piece";
const KEEP: &str = "INSERT INTO tool_vectors (slug, version, piece, stamp, bytes) VALUES ($1, $2, $3, $4, $5) \
                    ON CONFLICT (slug, version, piece) DO UPDATE SET stamp = excluded.stamp, bytes = excluded.bytes";
const FORGET: &str = "DELETE FROM tool_vectors WHERE slug = $1 AND version < $2";

impl SqliteStore {
    pub(super) async fn count_pieces(&self, stamp: &str) -> Result<u64> {
        let count = sqlx::query_scalar::<_, i64>(COUNT).bind(stamp);
        let count = count.fetch_one(&self.readers).await.map_err(store_error)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    pub(super) async fn pieces(
        &self,
        slug: &str,
        version: &str,
        stamp: &str,
    ) -> Result<Vec<(u64, Vec<u8>)>> {
        let pieces = sqlx::query_as::<_, (i64, Vec<u8>)>(GET)
            .bind(slug)
            .bind(version)
            .bind(stamp);
        let pieces = pieces.fetch_all(&self.readers).await.map_err(store_error)?;
        let numbered = |(piece, bytes)| Some((u64::try_from(piece).ok()?, bytes));
        Ok(pieces.into_iter().filter_map(numbered).collect())
    }

    pub(super) async fn keep_piece(&self, piece: &VectorRecord) -> Result<()> {
        let mut transaction = self.write().await?;
        sqlx::query(FORGET)
            .bind(&piece.slug)
            .bind(&piece.version)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        sqlx::query(KEEP)
            .bind(&piece.slug)
            .bind(&piece.version)
            .bind(i64::try_from(piece.piece).unwrap_or(i64::MAX))
            .bind(&piece.stamp)
            .bind(&piece.bytes)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }
}
