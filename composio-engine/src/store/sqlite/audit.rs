use async_trait::async_trait;
use composio_core::Result;
use sqlx::{Row as _, Sqlite, Transaction};

use super::{SqliteStore, error::store_error};
use crate::store::{AuditAppend, AuditEnd, AuditHead, AuditPart, AuditStore};

// One statement, so that all of it is of one moment.
const END: &str = "SELECT coalesce((SELECT min(part) FROM audit), 0) AS oldest, \
     coalesce((SELECT max(part) FROM audit), 0) AS newest, first, base, last, code, entries, proof \
     FROM (SELECT 1) LEFT JOIN audit_head ON id = 1";
const BEGIN: &str = "INSERT INTO audit_head (id, first, base, last, code, entries, proof) \
     VALUES (1, $1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
const MOVE: &str = "UPDATE audit_head SET first = $1, base = $2, last = $3, code = $4, entries = $5, proof = $6 \
     WHERE id = 1 AND first = $7 AND base = $8 AND last = $9 AND code = $10 AND entries = $11 AND proof = $12";
const INSERT: &str =
    "INSERT INTO audit (part, first, count, entries, code) VALUES ($1, $2, $3, $4, $5)";
const TAKE: &str = "INSERT INTO audit_journals (id, taken, part) VALUES ($1, $2, $3) \
     ON CONFLICT (id) DO UPDATE SET taken = excluded.taken, part = excluded.part";
const TAKEN: &str = "SELECT taken FROM audit_journals WHERE id = $1";
const LIST: &str = "SELECT * FROM audit WHERE part >= $1 ORDER BY part LIMIT $2";
const BEFORE: &str = "SELECT * FROM audit WHERE part < $1 ORDER BY part DESC LIMIT $2";
const REMOVE: &str = "DELETE FROM audit WHERE part < $1";
const FORGET: &str = "DELETE FROM audit_journals WHERE part < $1";

#[async_trait]
impl AuditStore for SqliteStore {
    async fn audit_end(&self) -> Result<AuditEnd> {
        let row = sqlx::query(END)
            .fetch_one(&self.readers)
            .await
            .map_err(store_error)?;
        let read = || -> sqlx::Result<AuditEnd> {
            let first: Option<i64> = row.try_get("first")?;
            let head = match first {
                Some(first) => Some(AuditHead {
                    first,
                    base: row.try_get("base")?,
                    last: row.try_get("last")?,
                    code: row.try_get("code")?,
                    entries: row.try_get("entries")?,
                    proof: row.try_get("proof")?,
                }),
                None => None,
            };
            Ok(AuditEnd {
                head,
                oldest: row.try_get("oldest")?,
                newest: row.try_get("newest")?,
            })
        };
        read().map_err(store_error)
    }

    async fn append_audit(&self, append: &AuditAppend<'_>) -> Result<bool> {
        let mut transaction = self.write().await?;
        if !move_head(&mut transaction, append.before, append.after).await? {
            return Ok(false);
        }
        let part = append.part;
        sqlx::query(INSERT)
            .bind(part.part)
            .bind(part.first)
            .bind(part.count)
            .bind(&part.entries)
            .bind(&part.code)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        sqlx::query(TAKE)
            .bind(append.journal)
            .bind(append.taken)
            .bind(part.part)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    async fn audit_taken(&self, journal: &str) -> Result<i64> {
        let taken: Option<i64> = sqlx::query_scalar(TAKEN)
            .bind(journal)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)?;
        Ok(taken.unwrap_or_default())
    }

    async fn audit_parts(&self, from: i64, limit: i64) -> Result<Vec<AuditPart>> {
        sqlx::query_as(LIST)
            .bind(from)
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn audit_parts_before(&self, before: i64, limit: i64) -> Result<Vec<AuditPart>> {
        sqlx::query_as(BEFORE)
            .bind(before)
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn shorten_audit(&self, before: &AuditHead, after: &AuditHead) -> Result<bool> {
        let mut transaction = self.write().await?;
        if !move_head(&mut transaction, Some(before), after).await? {
            return Ok(false);
        }
        for statement in [REMOVE, FORGET] {
            sqlx::query(statement)
                .bind(after.first)
                .execute(&mut *transaction)
                .await
                .map_err(store_error)?;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }
}

/// Puts `after` in the place of `before`; whether that was there.
async fn move_head(
    transaction: &mut Transaction<'_, Sqlite>,
    before: Option<&AuditHead>,
    after: &AuditHead,
) -> Result<bool> {
    let mut query = sqlx::query(if before.is_some() { MOVE } else { BEGIN });
    for head in [Some(after), before].into_iter().flatten() {
        query = query
            .bind(head.first)
            .bind(&head.base)
            .bind(head.last)
            .bind(&head.code)
            .bind(head.entries)
            .bind(&head.proof);
    }
    let done = query.execute(&mut **transaction).await;
    Ok(done.map_err(store_error)?.rows_affected() == 1)
}
