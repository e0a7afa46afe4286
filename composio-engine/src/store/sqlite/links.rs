use async_trait::async_trait;
use composio_core::Result;
use sqlx::{FromRow, Row as _, sqlite::SqliteRow};

use super::{SqliteStore, error::store_error};
use crate::store::{ConfirmationRecord, LinkRecord, LinkStore};

const INSERT: &str = "INSERT INTO links (hash, project, account, callback_url, expires_at) VALUES ($1, $2, $3, $4, $5)";
const GET: &str = "SELECT * FROM links WHERE hash = $1 AND expires_at > $2";
const DELETE: &str = "DELETE FROM links WHERE account = $1";
const REPLACE: &str = "DELETE FROM confirmations WHERE account = $1";
const CONFIRM: &str = "INSERT INTO confirmations (hash, project, account, sealed, generation, token_expires_at, expires_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)";
const TAKE: &str =
    "DELETE FROM confirmations WHERE project = $1 AND hash = $2 AND expires_at > $3 RETURNING *";
const IS_OVER: &str = "SELECT EXISTS (SELECT 1 FROM links WHERE expires_at <= $1) \
     OR EXISTS (SELECT 1 FROM confirmations WHERE expires_at <= $1)";
const EXPIRE: [&str; 2] = [
    "DELETE FROM links WHERE expires_at <= $1",
    "DELETE FROM confirmations WHERE expires_at <= $1",
];

#[async_trait]
impl LinkStore for SqliteStore {
    async fn insert_link(&self, link: &LinkRecord) -> Result<()> {
        sqlx::query(INSERT)
            .bind(&link.hash)
            .bind(&link.project)
            .bind(&link.account)
            .bind(&link.callback_url)
            .bind(link.expires_at)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn link(&self, hash: &[u8], now: i64) -> Result<Option<LinkRecord>> {
        sqlx::query_as(GET)
            .bind(hash)
            .bind(now)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn delete_links(&self, account: &str) -> Result<()> {
        sqlx::query(DELETE)
            .bind(account)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn insert_confirmation(&self, confirmation: &ConfirmationRecord) -> Result<()> {
        let mut transaction = self.write().await?;
        sqlx::query(REPLACE)
            .bind(&confirmation.account)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        sqlx::query(CONFIRM)
            .bind(&confirmation.hash)
            .bind(&confirmation.project)
            .bind(&confirmation.account)
            .bind(&confirmation.sealed)
            .bind(confirmation.generation)
            .bind(confirmation.token_expires_at)
            .bind(confirmation.expires_at)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn take_confirmation(
        &self,
        project: &str,
        hash: &[u8],
        now: i64,
    ) -> Result<Option<ConfirmationRecord>> {
        sqlx::query_as(TAKE)
            .bind(project)
            .bind(hash)
            .bind(now)
            .fetch_optional(&self.writer)
            .await
            .map_err(store_error)
    }

    async fn expire_links(&self, now: i64) -> Result<()> {
        let is_over: bool = sqlx::query_scalar(IS_OVER)
            .bind(now)
            .fetch_one(&self.readers)
            .await
            .map_err(store_error)?;
        if !is_over {
            return Ok(());
        }
        let mut transaction = self.write().await?;
        for statement in EXPIRE {
            sqlx::query(statement)
                .bind(now)
                .execute(&mut *transaction)
                .await
                .map_err(store_error)?;
        }
        transaction.commit().await.map_err(store_error)
    }
}

impl FromRow<'_, SqliteRow> for LinkRecord {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            hash: row.try_get("hash")?,
            project: row.try_get("project")?,
            account: row.try_get("account")?,
            callback_url: row.try_get("callback_url")?,
            expires_at: row.try_get("expires_at")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for ConfirmationRecord {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            hash: row.try_get("hash")?,
            project: row.try_get("project")?,
            account: row.try_get("account")?,
            sealed: row.try_get("sealed")?,
            generation: row.try_get("generation")?,
            token_expires_at: row.try_get("token_expires_at")?,
            expires_at: row.try_get("expires_at")?,
        })
    }
}
