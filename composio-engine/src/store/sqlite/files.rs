use async_trait::async_trait;
use composio_core::Result;
use sqlx::{FromRow, Row as _, Sqlite, Transaction, sqlite::SqliteRow, types::Json};

use super::{SqliteStore, error::store_error};
use crate::store::{FileContent, FileFilter, FileRecord, FileStore, FileUsage, Kept, Window};

const INSERT: &str = "INSERT INTO files (id, project, user_id, toolkit, tool, name, media_type, md5, size, blob, \
     sealed, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
const AWAITED: &str = "SELECT project FROM files WHERE id = $1 AND blob IS NULL";
const KEEP: &str =
    "UPDATE files SET size = $2, blob = $3, sealed = $4, expires_at = $5 WHERE id = $1";
const GET: &str = "SELECT * FROM files WHERE id = $1";
const SAME: &str = "SELECT * FROM files WHERE md5 = $1 AND project = $2 AND user_id IS $3 AND toolkit = $4 \
     AND tool = $5 AND name = $6 AND media_type = $7 AND blob IS NOT NULL AND expires_at > $8 LIMIT 1";
const USAGE: &str = "SELECT coalesce(sum(size), 0) AS bytes, coalesce(sum(size IS NULL), 0) AS awaited FROM files \
     WHERE project = $1";
const EXTEND: &str = "UPDATE files SET expires_at = max(expires_at, $2) WHERE id = $1";
const USE: &str = "INSERT INTO file_users (file_id, user_id) SELECT id, $2 FROM files \
     WHERE id = $1 AND user_id IS NULL ON CONFLICT DO NOTHING";
const COUNT: &str = concat!("SELECT count(*) ", filter!());
const LIST: &str = concat!(
    "SELECT * ",
    filter!(),
    " ORDER BY created_at DESC, id LIMIT $6 OFFSET $7"
);
const DELETE_OF: &str = "DELETE FROM files WHERE project = $1 AND (user_id = $2 OR (user_id IS NULL \
     AND EXISTS (SELECT 1 FROM file_users WHERE file_id = id AND file_users.user_id = $2) \
     AND NOT EXISTS (SELECT 1 FROM file_users WHERE file_id = id AND file_users.user_id <> $2))) RETURNING blob";
const FORGET_USER: &str = "DELETE FROM file_users WHERE user_id = $2 \
     AND file_id IN (SELECT id FROM files WHERE project = $1)";
const EXPIRE: &str = "DELETE FROM files WHERE expires_at <= $1 RETURNING blob";
const STRAY: &str = "SELECT value FROM json_each($1) WHERE value NOT IN \
     (SELECT blob FROM files WHERE blob IS NOT NULL)";

macro_rules! filter {
    () => {
        "FROM files WHERE project = $1 AND blob IS NOT NULL AND ($2 IS NULL OR user_id = $2) \
         AND ($3 IS NULL OR toolkit = $3) AND ($4 IS NULL OR tool = $4) \
         AND ($5 IS NULL OR toolkit = '' OR toolkit IN (SELECT value FROM json_each($5)))"
    };
}
use filter;

#[async_trait]
impl FileStore for SqliteStore {
    async fn insert_file(&self, file: &FileRecord, quota: i64) -> Result<Kept> {
        let mut transaction = self.write().await?;
        if let Some(content) = &file.content
            && usage(&mut transaction, &file.project).await?.bytes + content.size > quota
        {
            return Ok(Kept::NoRoom);
        }
        let content = file.content.as_ref();
        sqlx::query(INSERT)
            .bind(&file.id)
            .bind(&file.project)
            .bind(&file.user_id)
            .bind(&file.toolkit)
            .bind(&file.tool)
            .bind(&file.name)
            .bind(&file.media_type)
            .bind(&file.md5)
            .bind(content.map(|content| content.size))
            .bind(content.map(|content| &content.blob))
            .bind(content.map(|content| &content.sealed))
            .bind(file.created_at)
            .bind(file.expires_at)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(Kept::Done)
    }

    async fn keep_file(
        &self,
        id: &str,
        content: &FileContent,
        expires_at: i64,
        quota: i64,
    ) -> Result<Kept> {
        let mut transaction = self.write().await?;
        let project: Option<String> = sqlx::query_scalar(AWAITED)
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(store_error)?;
        let Some(project) = project else {
            return Ok(Kept::NotAwaited);
        };
        if usage(&mut transaction, &project).await?.bytes + content.size > quota {
            return Ok(Kept::NoRoom);
        }
        sqlx::query(KEEP)
            .bind(id)
            .bind(content.size)
            .bind(&content.blob)
            .bind(&content.sealed)
            .bind(expires_at)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(Kept::Done)
    }

    async fn file(&self, id: &str) -> Result<Option<FileRecord>> {
        sqlx::query_as(GET)
            .bind(id)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn same_file(&self, file: &FileRecord) -> Result<Option<FileRecord>> {
        sqlx::query_as(SAME)
            .bind(&file.md5)
            .bind(&file.project)
            .bind(&file.user_id)
            .bind(&file.toolkit)
            .bind(&file.tool)
            .bind(&file.name)
            .bind(&file.media_type)
            .bind(file.created_at)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn file_usage(&self, project: &str) -> Result<FileUsage> {
        sqlx::query_as(USAGE)
            .bind(project)
            .fetch_one(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn use_file(&self, id: &str, user: Option<&str>, expires_at: i64) -> Result<()> {
        let mut transaction = self.write().await?;
        sqlx::query(EXTEND)
            .bind(id)
            .bind(expires_at)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        if let Some(user) = user {
            sqlx::query(USE)
                .bind(id)
                .bind(user)
                .execute(&mut *transaction)
                .await
                .map_err(store_error)?;
        }
        transaction.commit().await.map_err(store_error)
    }

    async fn files(&self, filter: &FileFilter, window: Window) -> Result<(Vec<FileRecord>, u64)> {
        let mut snapshot = self.readers.begin().await.map_err(store_error)?;
        let total: i64 = sqlx::query_scalar(COUNT)
            .bind(&filter.project)
            .bind(&filter.user)
            .bind(&filter.toolkit)
            .bind(&filter.tool)
            .bind(filter.apps.as_ref().map(Json))
            .fetch_one(&mut *snapshot)
            .await
            .map_err(store_error)?;
        let files = sqlx::query_as(LIST)
            .bind(&filter.project)
            .bind(&filter.user)
            .bind(&filter.toolkit)
            .bind(&filter.tool)
            .bind(filter.apps.as_ref().map(Json))
            .bind(window.limit)
            .bind(window.offset)
            .fetch_all(&mut *snapshot)
            .await
            .map_err(store_error)?;
        Ok((files, total.unsigned_abs()))
    }

    async fn delete_files_of(&self, project: &str, user: &str) -> Result<(Vec<String>, u64)> {
        let mut transaction = self.write().await?;
        let blobs: Vec<Option<String>> = sqlx::query_scalar(DELETE_OF)
            .bind(project)
            .bind(user)
            .fetch_all(&mut *transaction)
            .await
            .map_err(store_error)?;
        sqlx::query(FORGET_USER)
            .bind(project)
            .bind(user)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let count = blobs.len() as u64;
        Ok((blobs.into_iter().flatten().collect(), count))
    }

    async fn expire_files(&self, now: i64) -> Result<Vec<String>> {
        let blobs: Vec<Option<String>> = sqlx::query_scalar(EXPIRE)
            .bind(now)
            .fetch_all(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(blobs.into_iter().flatten().collect())
    }

    async fn stray_blobs(&self, blobs: &[String]) -> Result<Vec<String>> {
        sqlx::query_scalar(STRAY)
            .bind(Json(blobs))
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)
    }
}

async fn usage(transaction: &mut Transaction<'_, Sqlite>, project: &str) -> Result<FileUsage> {
    sqlx::query_as(USAGE)
        .bind(project)
        .fetch_one(&mut **transaction)
        .await
        .map_err(store_error)
}

impl FromRow<'_, SqliteRow> for FileUsage {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            bytes: row.try_get("bytes")?,
            awaited: row.try_get("awaited")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for FileRecord {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        let blob: Option<String> = row.try_get("blob")?;
        let content = match blob {
            Some(blob) => Some(FileContent {
                size: row.try_get("size")?,
                blob,
                sealed: row.try_get("sealed")?,
            }),
            None => None,
        };
        Ok(Self {
            id: row.try_get("id")?,
            project: row.try_get("project")?,
            user_id: row.try_get("user_id")?,
            toolkit: row.try_get("toolkit")?,
            tool: row.try_get("tool")?,
            name: row.try_get("name")?,
            media_type: row.try_get("media_type")?,
            md5: row.try_get("md5")?,
            content,
            created_at: row.try_get("created_at")?,
            expires_at: row.try_get("expires_at")?,
        })
    }
}
