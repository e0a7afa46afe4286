use async_trait::async_trait;
use composio_core::{Error, ErrorKind, Result, models::ConnectionStatus};
use serde_json::Value;
use sqlx::{FromRow, Row as _, Sqlite, Transaction, sqlite::SqliteRow, types::Json};

use super::{
    SqliteStore,
    auth_configs::{self, any_of},
    error::store_error,
};
use crate::store::{
    AuthConfigRecord, ConnectionFilter, ConnectionRecord, ConnectionStore, Order, Window,
};

const INSERT: &str = "INSERT INTO connections (id, project, user_id, toolkit, auth_config_id, status, status_reason, \
     disabled, alias, sealed, generation, created_at, updated_at, expires_at, labels, refresh_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const DEFAULT_CONFIG: &str = "SELECT id FROM auth_configs WHERE project = $1 AND toolkit = $2 AND scheme_name = $3 \
     AND scheme = $4 AND managed AND enabled ORDER BY created_at DESC, rowid DESC LIMIT 1";
const GET: &str = "SELECT * FROM connections WHERE project = $1 AND id = $2";
const NEWEST: &str = "SELECT connections.* FROM connections JOIN auth_configs ON auth_configs.id = auth_config_id \
     WHERE connections.project = $1 AND user_id = $2 AND connections.toolkit = $3 \
     ORDER BY (status = 'ACTIVE' AND NOT disabled AND enabled) DESC, connections.created_at DESC, \
     connections.rowid DESC LIMIT 1";
const UPDATE: &str = "UPDATE connections SET alias = $1, sealed = $2, generation = $3, status = $4, status_reason = $5, \
     updated_at = $6, expires_at = $9, refresh_at = $10, refresh_failures = 0 \
     WHERE project = $7 AND id = $8 AND generation = $3 - 1 AND disabled = $11";
const ALIAS: &str = "SELECT EXISTS (SELECT 1 FROM connections WHERE project = $1 AND user_id = $2 AND toolkit = $3 \
     AND alias = $4 AND id <> $5)";
const ENABLE: &str = "UPDATE connections SET disabled = NOT $1, updated_at = $2, status = CASE \
     WHEN $1 AND status = 'INACTIVE' THEN 'ACTIVE' WHEN NOT $1 AND status = 'ACTIVE' THEN 'INACTIVE' ELSE status END \
     WHERE project = $3 AND id = $4";
const SET_IDENTITY: &str = "UPDATE connections SET identity = $1 WHERE project = $2 AND id = $3";
const IDENTITIES: &str = "SELECT id, identity FROM connections WHERE project = $1 AND identity IS NOT NULL \
     AND id IN (SELECT value FROM json_each($2))";
const DELETE: &str = "DELETE FROM connections WHERE project = $1 AND id = $2";
const COUNT: &str = concat!("SELECT count(*) ", filter!());

macro_rules! filter {
    () => {
        "FROM connections WHERE project = $1 \
         AND ($2 IS NULL OR user_id IN (SELECT value FROM json_each($2))) \
         AND ($3 IS NULL OR toolkit IN (SELECT value FROM json_each($3))) \
         AND ($4 IS NULL OR status IN (SELECT value FROM json_each($4))) \
         AND ($5 IS NULL OR auth_config_id IN (SELECT value FROM json_each($5))) \
         AND ($6 IS NULL OR id IN (SELECT value FROM json_each($6)))"
    };
}
use filter;

macro_rules! list {
    ($order:literal) => {
        concat!(
            "SELECT * ",
            filter!(),
            " ORDER BY ",
            $order,
            " LIMIT $7 OFFSET $8"
        )
    };
}

fn list(order: Order) -> &'static str {
    match (order.by_update, order.ascending) {
        (false, false) => list!("created_at DESC, rowid DESC"),
        (false, true) => list!("created_at, rowid"),
        (true, false) => list!("updated_at DESC, rowid DESC"),
        (true, true) => list!("updated_at, rowid"),
    }
}

#[async_trait]
impl ConnectionStore for SqliteStore {
    async fn insert_connection(
        &self,
        connection: &ConnectionRecord,
        default_config: Option<&AuthConfigRecord>,
    ) -> Result<String> {
        let mut transaction = self.write().await?;
        let auth_config = match default_config {
            Some(config) => default_auth_config(&mut transaction, config).await?,
            None => connection.auth_config_id.clone(),
        };
        ensure_alias_is_free(&mut transaction, connection).await?;
        sqlx::query(INSERT)
            .bind(&connection.id)
            .bind(&connection.project)
            .bind(&connection.user_id)
            .bind(&connection.toolkit)
            .bind(&auth_config)
            .bind(connection.status.as_str())
            .bind(&connection.status_reason)
            .bind(connection.disabled)
            .bind(&connection.alias)
            .bind(&connection.sealed)
            .bind(connection.generation)
            .bind(connection.created_at)
            .bind(connection.updated_at)
            .bind(connection.expires_at)
            .bind(Value::from(connection.labels.clone()).to_string())
            .bind(connection.refresh_at)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(auth_config)
    }

    async fn connection(&self, project: &str, id: &str) -> Result<Option<ConnectionRecord>> {
        sqlx::query_as(GET)
            .bind(project)
            .bind(id)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn newest_connection(
        &self,
        project: &str,
        user: &str,
        toolkit: &str,
    ) -> Result<Option<ConnectionRecord>> {
        sqlx::query_as(NEWEST)
            .bind(project)
            .bind(user)
            .bind(toolkit)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn connections(
        &self,
        filter: &ConnectionFilter,
        window: Window,
    ) -> Result<(Vec<ConnectionRecord>, u64)> {
        let [users, toolkits, statuses, auth_configs, ids] = [
            any_of(&filter.users),
            any_of(&filter.toolkits),
            any_of(&filter.statuses),
            any_of(&filter.auth_configs),
            any_of(&filter.ids),
        ];
        let mut snapshot = self.readers.begin().await.map_err(store_error)?;
        let connections = sqlx::query_as(list(filter.order))
            .bind(&filter.project)
            .bind(users)
            .bind(toolkits)
            .bind(statuses)
            .bind(auth_configs)
            .bind(ids)
            .bind(window.limit)
            .bind(window.offset)
            .fetch_all(&mut *snapshot)
            .await
            .map_err(store_error)?;
        let total: i64 = sqlx::query_scalar(COUNT)
            .bind(&filter.project)
            .bind(users)
            .bind(toolkits)
            .bind(statuses)
            .bind(auth_configs)
            .bind(ids)
            .fetch_one(&mut *snapshot)
            .await
            .map_err(store_error)?;
        Ok((connections, total.cast_unsigned()))
    }

    async fn update_connection(&self, connection: &ConnectionRecord) -> Result<bool> {
        let mut transaction = self.write().await?;
        ensure_alias_is_free(&mut transaction, connection).await?;
        let done = sqlx::query(UPDATE)
            .bind(&connection.alias)
            .bind(&connection.sealed)
            .bind(connection.generation)
            .bind(connection.status.as_str())
            .bind(&connection.status_reason)
            .bind(connection.updated_at)
            .bind(&connection.project)
            .bind(&connection.id)
            .bind(connection.expires_at)
            .bind(connection.refresh_at)
            .bind(connection.disabled)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }

    async fn enable_connection(
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

    async fn set_identity(&self, project: &str, id: &str, identity: &str) -> Result<()> {
        sqlx::query(SET_IDENTITY)
            .bind(identity)
            .bind(project)
            .bind(id)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn identities(&self, project: &str, ids: &[String]) -> Result<Vec<(String, String)>> {
        sqlx::query_as(IDENTITIES)
            .bind(project)
            .bind(Json(ids))
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn delete_connection(&self, project: &str, id: &str) -> Result<bool> {
        let done = sqlx::query(DELETE)
            .bind(project)
            .bind(id)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }
}

async fn ensure_alias_is_free(
    transaction: &mut Transaction<'static, Sqlite>,
    connection: &ConnectionRecord,
) -> Result<()> {
    let Some(alias) = &connection.alias else {
        return Ok(());
    };
    let is_taken: bool = sqlx::query_scalar(ALIAS)
        .bind(&connection.project)
        .bind(&connection.user_id)
        .bind(&connection.toolkit)
        .bind(alias)
        .bind(&connection.id)
        .fetch_one(&mut **transaction)
        .await
        .map_err(store_error)?;
    if is_taken {
        let message = "another account of the user for this toolkit has the alias";
        return Err(
            Error::new(ErrorKind::Conflict, message).with_slug("ConnectedAccount_AliasTaken")
        );
    }
    Ok(())
}

async fn default_auth_config(
    transaction: &mut Transaction<'static, Sqlite>,
    config: &AuthConfigRecord,
) -> Result<String> {
    let existing: Option<String> = sqlx::query_scalar(DEFAULT_CONFIG)
        .bind(&config.project)
        .bind(&config.toolkit)
        .bind(&config.scheme_name)
        .bind(config.scheme.as_str())
        .fetch_optional(&mut **transaction)
        .await
        .map_err(store_error)?;
    if let Some(id) = existing {
        return Ok(id);
    }
    auth_configs::insert(transaction, config).await?;
    Ok(config.id.clone())
}

fn labels(text: &str) -> sqlx::Result<Vec<String>> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::ColumnDecode {
        index: "labels".to_owned(),
        source: error.into(),
    })
}

impl FromRow<'_, SqliteRow> for ConnectionRecord {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            project: row.try_get("project")?,
            user_id: row.try_get("user_id")?,
            toolkit: row.try_get("toolkit")?,
            auth_config_id: row.try_get("auth_config_id")?,
            status: ConnectionStatus::from(row.try_get::<&str, _>("status")?),
            status_reason: row.try_get("status_reason")?,
            disabled: row.try_get("disabled")?,
            alias: row.try_get("alias")?,
            labels: labels(row.try_get("labels")?)?,
            sealed: row.try_get("sealed")?,
            generation: row.try_get("generation")?,
            expires_at: row.try_get("expires_at")?,
            refresh_at: row.try_get("refresh_at")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}
