use async_trait::async_trait;
use composio_core::{Result, models::AuthScheme};
use sqlx::{FromRow, Row as _, Sqlite, Transaction, sqlite::SqliteRow, types::Json};

use super::{SqliteStore, error::store_error};
use crate::store::{AuthConfigFilter, AuthConfigRecord, AuthConfigStore, Window};

const INSERT: &str = "INSERT INTO auth_configs (id, project, toolkit, name, scheme, scheme_name, managed, enabled, \
     tools_for_creation, tools_for_execution, sealed, generation, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const GET: &str = "SELECT *, (SELECT count(*) FROM connections WHERE auth_config_id = auth_configs.id) AS connections \
     FROM auth_configs WHERE project = $1 AND id = $2";
const LIST: &str = "SELECT *, (SELECT count(*) FROM connections WHERE auth_config_id = auth_configs.id) AS connections \
     FROM auth_configs WHERE project = $1 AND ($2 IS NULL OR toolkit IN (SELECT value FROM json_each($2))) \
     AND ($3 IS NULL OR managed = $3) AND ($4 OR enabled) AND ($5 IS NULL OR instr(lower(name), lower($5)) > 0) \
     ORDER BY created_at DESC, rowid DESC LIMIT $6 OFFSET $7";
const COUNT: &str = "SELECT count(*) \
     FROM auth_configs WHERE project = $1 AND ($2 IS NULL OR toolkit IN (SELECT value FROM json_each($2))) \
     AND ($3 IS NULL OR managed = $3) AND ($4 OR enabled) AND ($5 IS NULL OR instr(lower(name), lower($5)) > 0)";
const UPDATE: &str = "UPDATE auth_configs SET name = $1, tools_for_creation = $2, tools_for_execution = $3, \
     sealed = $4, generation = $5, updated_at = $6 WHERE project = $7 AND id = $8 AND generation = $5 - 1";
const ENABLE: &str =
    "UPDATE auth_configs SET enabled = $1, updated_at = $2 WHERE project = $3 AND id = $4";
const DELETE: &str = "DELETE FROM auth_configs WHERE project = $1 AND id = $2";

#[async_trait]
impl AuthConfigStore for SqliteStore {
    async fn insert_auth_config(&self, config: &AuthConfigRecord) -> Result<()> {
        let mut transaction = self.write().await?;
        insert(&mut transaction, config).await?;
        transaction.commit().await.map_err(store_error)
    }

    async fn auth_config(&self, project: &str, id: &str) -> Result<Option<AuthConfigRecord>> {
        sqlx::query_as(GET)
            .bind(project)
            .bind(id)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn auth_configs(
        &self,
        filter: &AuthConfigFilter,
        window: Window,
    ) -> Result<(Vec<AuthConfigRecord>, u64)> {
        let toolkits = any_of(&filter.toolkits);
        let mut snapshot = self.readers.begin().await.map_err(store_error)?;
        let configs = sqlx::query_as(LIST)
            .bind(&filter.project)
            .bind(toolkits)
            .bind(filter.managed)
            .bind(filter.show_disabled)
            .bind(&filter.search)
            .bind(window.limit)
            .bind(window.offset)
            .fetch_all(&mut *snapshot)
            .await
            .map_err(store_error)?;
        let total: i64 = sqlx::query_scalar(COUNT)
            .bind(&filter.project)
            .bind(toolkits)
            .bind(filter.managed)
            .bind(filter.show_disabled)
            .bind(&filter.search)
            .fetch_one(&mut *snapshot)
            .await
            .map_err(store_error)?;
        Ok((configs, total.cast_unsigned()))
    }

    async fn update_auth_config(&self, config: &AuthConfigRecord) -> Result<bool> {
        let done = sqlx::query(UPDATE)
            .bind(&config.name)
            .bind(config.tools_for_creation.as_ref().map(Json))
            .bind(config.tools_for_execution.as_ref().map(Json))
            .bind(&config.sealed)
            .bind(config.generation)
            .bind(config.updated_at)
            .bind(&config.project)
            .bind(&config.id)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }

    async fn enable_auth_config(
        &self,
        project: &str,
        id: &str,
        enabled: bool,
        now: i64,
    ) -> Result<bool> {
        let done = sqlx::query(ENABLE)
            .bind(enabled)
            .bind(now)
            .bind(project)
            .bind(id)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }

    async fn delete_auth_config(&self, project: &str, id: &str) -> Result<bool> {
        let done = sqlx::query(DELETE)
            .bind(project)
            .bind(id)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }
}

/// A filter that an empty list leaves open.
pub(super) fn any_of(values: &[String]) -> Option<Json<&[String]>> {
    (!values.is_empty()).then_some(Json(values))
}

/// Adds `config` within a transaction.
pub(super) async fn insert(
    transaction: &mut Transaction<'static, Sqlite>,
    config: &AuthConfigRecord,
) -> Result<()> {
    sqlx::query(INSERT)
        .bind(&config.id)
        .bind(&config.project)
        .bind(&config.toolkit)
        .bind(&config.name)
        .bind(config.scheme.as_str())
        .bind(&config.scheme_name)
        .bind(config.managed)
        .bind(config.enabled)
        .bind(config.tools_for_creation.as_ref().map(Json))
        .bind(config.tools_for_execution.as_ref().map(Json))
        .bind(&config.sealed)
        .bind(config.generation)
        .bind(config.created_at)
        .bind(config.updated_at)
        .execute(&mut **transaction)
        .await
        .map_err(store_error)?;
    Ok(())
}

impl FromRow<'_, SqliteRow> for AuthConfigRecord {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        let tools = |column: &str| -> sqlx::Result<Option<Vec<String>>> {
            let tools: Option<Json<Vec<String>>> = row.try_get(column)?;
            Ok(tools.map(|Json(tools)| tools))
        };
        Ok(Self {
            id: row.try_get("id")?,
            project: row.try_get("project")?,
            toolkit: row.try_get("toolkit")?,
            name: row.try_get("name")?,
            scheme: AuthScheme::from(row.try_get::<&str, _>("scheme")?),
            scheme_name: row.try_get("scheme_name")?,
            managed: row.try_get("managed")?,
            enabled: row.try_get("enabled")?,
            tools_for_creation: tools("tools_for_creation")?,
            tools_for_execution: tools("tools_for_execution")?,
            sealed: row.try_get("sealed")?,
            generation: row.try_get("generation")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            connections: row.try_get::<i64, _>("connections")?.cast_unsigned(),
        })
    }
}
