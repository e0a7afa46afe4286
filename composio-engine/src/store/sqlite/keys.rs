use async_trait::async_trait;
use composio_core::Result;
use sqlx::{FromRow, Row as _, sqlite::SqliteRow, types::Json};

use super::{SqliteStore, error::store_error};
use crate::store::{KeyRecord, KeyStore};

const INSERT: &str = "INSERT INTO keys (id, hash, hint, name, project, user_id, apps, operator, per_minute, \
     expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const BY_HASH: &str = "SELECT * FROM keys WHERE hash = $1";
const LIST: &str = "SELECT * FROM keys ORDER BY created_at, rowid";
const DELETE: &str = "DELETE FROM keys WHERE id = $1";

#[async_trait]
impl KeyStore for SqliteStore {
    async fn insert_key(&self, key: &KeyRecord) -> Result<()> {
        sqlx::query(INSERT)
            .bind(&key.id)
            .bind(&key.hash)
            .bind(&key.hint)
            .bind(&key.name)
            .bind(&key.project)
            .bind(&key.user_id)
            .bind(key.apps.as_ref().map(Json))
            .bind(key.operator)
            .bind(key.per_minute)
            .bind(key.expires_at)
            .bind(key.created_at)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn key_by_hash(&self, hash: &[u8]) -> Result<Option<KeyRecord>> {
        sqlx::query_as(BY_HASH)
            .bind(hash)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn keys(&self) -> Result<Vec<KeyRecord>> {
        sqlx::query_as(LIST)
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn delete_key(&self, id: &str) -> Result<bool> {
        let done = sqlx::query(DELETE)
            .bind(id)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }
}

impl FromRow<'_, SqliteRow> for KeyRecord {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            hash: row.try_get("hash")?,
            hint: row.try_get("hint")?,
            name: row.try_get("name")?,
            project: row.try_get("project")?,
            user_id: row.try_get("user_id")?,
            apps: row
                .try_get::<Option<Json<Vec<String>>>, _>("apps")?
                .map(|apps| apps.0),
            operator: row.try_get("operator")?,
            per_minute: row.try_get("per_minute")?,
            expires_at: row.try_get("expires_at")?,
            created_at: row.try_get("created_at")?,
        })
    }
}
