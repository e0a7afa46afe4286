use async_trait::async_trait;
use composio_core::{Result, models::ConnectionStatus};
use sqlx::{Sqlite, Transaction};

use super::{SqliteStore, error::store_error};
use crate::store::{ClaimReply, ConnectionRecord, DueRefresh, RefreshClaim, RefreshStore};

const GET: &str = "SELECT *, refresh_owner AS owner, refresh_until AS until FROM connections WHERE project = $1 AND id = $2";
// It comes due when the claim ends, so that what a dead owner left behind is found.
const CLAIM: &str = "UPDATE connections SET refresh_owner = $1, refresh_until = $2, refresh_at = $2 WHERE project = $3 AND id = $4";
const KEEP: &str = "UPDATE connections SET sealed = $1, generation = $2, expires_at = $3, refresh_at = $4, refreshed_at = $5, \
     updated_at = $5, refresh_owner = NULL, refresh_until = NULL, refresh_failures = 0, status_reason = NULL, \
     status = iif(disabled, 'INACTIVE', 'ACTIVE') \
     WHERE project = $6 AND id = $7 AND generation = $2 - 1 AND status IN ('ACTIVE', 'INACTIVE', 'EXPIRED')";
const EXPIRE: &str = "UPDATE connections SET status = 'EXPIRED', status_reason = $1, updated_at = $2, refresh_at = NULL, \
     refresh_owner = NULL, refresh_until = NULL \
     WHERE project = $3 AND id = $4 AND generation = $5 AND status IN ('ACTIVE', 'INACTIVE')";
const RELEASE: &str = "UPDATE connections SET refresh_at = coalesce($1, refresh_at), \
     refresh_failures = refresh_failures + ($1 IS NOT NULL), \
     refresh_owner = NULL, refresh_until = NULL WHERE project = $2 AND id = $3 AND refresh_owner = $4";
const DUE: &str = "SELECT project, id, user_id, toolkit, generation FROM connections WHERE status = 'ACTIVE' AND refresh_at <= $1 \
     AND (refreshed_at IS NULL OR refreshed_at <= $2) ORDER BY refresh_at LIMIT $3";

#[async_trait]
impl RefreshStore for SqliteStore {
    async fn claim_refresh(&self, claim: &RefreshClaim<'_>) -> Result<ClaimReply> {
        let mut transaction = self.write().await?;
        let row: Option<Claimable> = sqlx::query_as(GET)
            .bind(claim.project)
            .bind(claim.id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(store_error)?;
        let Some(row) = row else {
            return Ok(ClaimReply::Closed);
        };
        let interrupted = match row.refusal(claim) {
            Ok(interrupted) => interrupted,
            Err(refusal) => return Ok(refusal),
        };
        take(&mut transaction, claim).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(ClaimReply::Granted {
            connection: Box::new(row.connection),
            failures: row.refresh_failures,
            interrupted,
        })
    }

    async fn keep_refreshed(&self, connection: &ConnectionRecord) -> Result<bool> {
        let done = sqlx::query(KEEP)
            .bind(&connection.sealed)
            .bind(connection.generation)
            .bind(connection.expires_at)
            .bind(connection.refresh_at)
            .bind(connection.updated_at)
            .bind(&connection.project)
            .bind(&connection.id)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }

    async fn expire_connection(
        &self,
        connection: &ConnectionRecord,
        reason: &str,
        now: i64,
    ) -> Result<bool> {
        let done = sqlx::query(EXPIRE)
            .bind(reason)
            .bind(now)
            .bind(&connection.project)
            .bind(&connection.id)
            .bind(connection.generation)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }

    async fn release_refresh(&self, claim: &RefreshClaim<'_>, until: Option<i64>) -> Result<()> {
        sqlx::query(RELEASE)
            .bind(until)
            .bind(claim.project)
            .bind(claim.id)
            .bind(claim.owner)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn due_refreshes(
        &self,
        now: i64,
        refreshed_before: i64,
        limit: i64,
    ) -> Result<Vec<DueRefresh>> {
        sqlx::query_as(DUE)
            .bind(now)
            .bind(refreshed_before)
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)
    }
}

#[derive(sqlx::FromRow)]
struct Claimable {
    #[sqlx(flatten)]
    connection: ConnectionRecord,
    owner: Option<String>,
    until: Option<i64>,
    refresh_failures: i64,
}

impl Claimable {
    /// Why `claim` is refused; else whether another owner's claim ran out.
    fn refusal(&self, claim: &RefreshClaim<'_>) -> Result<bool, ClaimReply> {
        if self.connection.generation != claim.generation {
            return Err(ClaimReply::Moved);
        }
        if self.connection.status != ConnectionStatus::Active {
            return Err(ClaimReply::Closed);
        }
        let Some(until) = self.until else {
            let is_due = self.connection.refresh_at.is_some_and(|at| at <= claim.now);
            return match is_due || claim.forced {
                true => Ok(false),
                false => Err(ClaimReply::Closed),
            };
        };
        if self.owner.as_deref() == Some(claim.owner) {
            return Ok(false);
        }
        if until > claim.now {
            let remaining = until - claim.now;
            return Err(ClaimReply::Held { remaining });
        }
        Ok(true)
    }
}

async fn take(
    transaction: &mut Transaction<'static, Sqlite>,
    claim: &RefreshClaim<'_>,
) -> Result<()> {
    sqlx::query(CLAIM)
        .bind(claim.owner)
        .bind(claim.now.saturating_add(claim.life))
        .bind(claim.project)
        .bind(claim.id)
        .execute(&mut **transaction)
        .await
        .map_err(store_error)?;
    Ok(())
}
