use async_trait::async_trait;
use composio_core::Result;
use sqlx::{FromRow, Row as _, sqlite::SqliteRow};

use super::{SqliteStore, error::store_error};
use crate::store::{ProjectRecord, ProjectStore, UserRemains};

const GET: &str = "SELECT * FROM projects WHERE id = $1";
const CHANGE: &str = "INSERT INTO projects \
     (id, logo_url, display_name, keeps_payloads, require_mcp_api_key, callback_verifier_url, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (id) DO UPDATE SET \
     logo_url = coalesce(excluded.logo_url, logo_url), \
     display_name = coalesce(excluded.display_name, display_name), \
     keeps_payloads = coalesce(excluded.keeps_payloads, keeps_payloads), \
     require_mcp_api_key = coalesce(excluded.require_mcp_api_key, require_mcp_api_key), \
     callback_verifier_url = coalesce(excluded.callback_verifier_url, callback_verifier_url), \
     updated_at = excluded.updated_at RETURNING *";
// Payloads go with their entries.
const DELETE_LOGS: &str = "DELETE FROM logs WHERE project = $1 AND user_id = $2";
const DELETE_KEYS: &str = "DELETE FROM keys WHERE project = $1 AND user_id = $2";
const DELETE_CONNECTIONS: &str = "DELETE FROM connections WHERE project = $1 AND user_id = $2";

#[async_trait]
impl ProjectStore for SqliteStore {
    async fn project(&self, id: &str) -> Result<Option<ProjectRecord>> {
        sqlx::query_as(GET)
            .bind(id)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn change_project(&self, id: &str, change: &ProjectRecord) -> Result<ProjectRecord> {
        sqlx::query_as(CHANGE)
            .bind(id)
            .bind(&change.logo_url)
            .bind(&change.display_name)
            .bind(change.keeps_payloads)
            .bind(change.require_mcp_api_key)
            .bind(&change.callback_verifier_url)
            .bind(change.updated_at)
            .fetch_one(&self.writer)
            .await
            .map_err(store_error)
    }

    async fn delete_user(&self, project: &str, user: &str) -> Result<UserRemains> {
        let mut transaction = self.write().await?;
        let mut removed = [0; 3];
        let statements = [DELETE_CONNECTIONS, DELETE_LOGS, DELETE_KEYS];
        for (count, statement) in removed.iter_mut().zip(statements) {
            let done = sqlx::query(statement)
                .bind(project)
                .bind(user)
                .execute(&mut *transaction)
                .await
                .map_err(store_error)?;
            *count = done.rows_affected();
        }
        transaction.commit().await.map_err(store_error)?;
        let [connections, log_entries, keys] = removed;
        Ok(UserRemains {
            connections,
            log_entries,
            keys,
        })
    }
}

impl FromRow<'_, SqliteRow> for ProjectRecord {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            logo_url: row.try_get("logo_url")?,
            display_name: row.try_get("display_name")?,
            keeps_payloads: row.try_get("keeps_payloads")?,
            require_mcp_api_key: row.try_get("require_mcp_api_key")?,
            callback_verifier_url: row.try_get("callback_verifier_url")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}
