use async_trait::async_trait;
use composio_core::Result;
use sqlx::{FromRow, Row as _, sqlite::SqliteRow};

use super::{SqliteStore, error::store_error};
use crate::store::{OauthClientRecord, OauthClientStore};

const PUT: &str = "INSERT INTO oauth_clients (toolkit, scheme_name, client_id, sealed, generation, created_at, \
     updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (toolkit, scheme_name) DO UPDATE SET \
     client_id = excluded.client_id, sealed = excluded.sealed, generation = excluded.generation, \
     updated_at = excluded.updated_at";
const GET: &str = "SELECT * FROM oauth_clients WHERE toolkit = $1 AND scheme_name = $2";
const DELETE: &str = "DELETE FROM oauth_clients WHERE toolkit = $1 AND scheme_name = $2";

#[async_trait]
impl OauthClientStore for SqliteStore {
    async fn put_oauth_client(&self, client: &OauthClientRecord) -> Result<()> {
        sqlx::query(PUT)
            .bind(&client.toolkit)
            .bind(&client.scheme_name)
            .bind(&client.client_id)
            .bind(&client.sealed)
            .bind(client.generation)
            .bind(client.created_at)
            .bind(client.updated_at)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn oauth_client(
        &self,
        toolkit: &str,
        scheme_name: &str,
    ) -> Result<Option<OauthClientRecord>> {
        sqlx::query_as(GET)
            .bind(toolkit)
            .bind(scheme_name)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn delete_oauth_client(&self, toolkit: &str, scheme_name: &str) -> Result<bool> {
        let done = sqlx::query(DELETE)
            .bind(toolkit)
            .bind(scheme_name)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }
}

impl FromRow<'_, SqliteRow> for OauthClientRecord {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            toolkit: row.try_get("toolkit")?,
            scheme_name: row.try_get("scheme_name")?,
            client_id: row.try_get("client_id")?,
            sealed: row.try_get("sealed")?,
            generation: row.try_get("generation")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}
