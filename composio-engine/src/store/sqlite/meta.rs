use async_trait::async_trait;
use composio_core::Result;

use super::{SqliteStore, error::store_error};
use crate::store::MetaStore;

const GET: &str = "SELECT value FROM meta WHERE name = $1";
const INSERT: &str = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";

#[async_trait]
impl MetaStore for SqliteStore {
    async fn meta(&self, name: &str) -> Result<Option<Vec<u8>>> {
        sqlx::query_scalar(GET)
            .bind(name)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn meta_or_insert(&self, name: &str, value: &[u8]) -> Result<Vec<u8>> {
        let mut transaction = self.write().await?;
        sqlx::query(INSERT)
            .bind(name)
            .bind(value)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        let value = sqlx::query_scalar(GET)
            .bind(name)
            .fetch_one(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(value)
    }
}
