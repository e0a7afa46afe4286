use async_trait::async_trait;
use composio_core::Result;
use sqlx::{FromRow, Row as _, sqlite::SqliteRow};

use super::{SqliteStore, error::store_error};
use crate::store::{FlowRecord, FlowStore};

const INSERT: &str = "INSERT INTO flows (state, project, connection_id, sealed, expires_at, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6)";
const TAKE: &str = "DELETE FROM flows WHERE state = $1 RETURNING *";
const REMOVE: &str = "DELETE FROM flows WHERE expires_at <= $1";
const EXPIRE: &str = "UPDATE connections SET status = 'EXPIRED', status_reason = $1, updated_at = $2 \
     WHERE status = 'INITIATED' AND updated_at <= $3 \
     AND NOT EXISTS (SELECT 1 FROM flows WHERE connection_id = connections.id)";

#[async_trait]
impl FlowStore for SqliteStore {
    async fn insert_flow(&self, flow: &FlowRecord) -> Result<()> {
        sqlx::query(INSERT)
            .bind(&flow.state)
            .bind(&flow.project)
            .bind(&flow.connection_id)
            .bind(&flow.sealed)
            .bind(flow.expires_at)
            .bind(flow.created_at)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn take_flow(&self, state: &[u8]) -> Result<Option<FlowRecord>> {
        sqlx::query_as(TAKE)
            .bind(state)
            .fetch_optional(&self.writer)
            .await
            .map_err(store_error)
    }

    async fn expire_flows(&self, now: i64, since: i64, reason: &str) -> Result<()> {
        let mut transaction = self.write().await?;
        sqlx::query(REMOVE)
            .bind(now)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        sqlx::query(EXPIRE)
            .bind(reason)
            .bind(now)
            .bind(since)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }
}

impl FromRow<'_, SqliteRow> for FlowRecord {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            state: row.try_get("state")?,
            project: row.try_get("project")?,
            connection_id: row.try_get("connection_id")?,
            sealed: row.try_get("sealed")?,
            expires_at: row.try_get("expires_at")?,
            created_at: row.try_get("created_at")?,
        })
    }
}
