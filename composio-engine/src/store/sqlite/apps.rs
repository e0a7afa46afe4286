use async_trait::async_trait;
use composio_core::Result;
use sqlx::{FromRow, Row as _, sqlite::SqliteRow};

use super::{SqliteStore, error::store_error};
use crate::store::{AppOutline, AppRecord, AppStore, AppVersion, DeprecationRecord, NewAppRecord};

const NEWEST: &str = "SELECT slug, version, created_at, facts FROM apps AS app \
     WHERE version = (SELECT max(version) FROM apps WHERE slug = app.slug) ORDER BY slug";
const VERSIONS: &str = "SELECT slug, version, created_at FROM apps ORDER BY slug, version";
const VERSIONS_OF: &str =
    "SELECT slug, version, created_at FROM apps WHERE slug = $1 ORDER BY version";
const COMPILED: &str = "SELECT compiled FROM app_contents WHERE slug = $1 AND version = $2";
const INTEGRATION: &str = "SELECT integration FROM app_contents WHERE slug = $1 AND version = $2";
const TOOLS: &str = "SELECT tools FROM apps WHERE slug = $1 AND version = $2";
const INSERT: &str =
    "INSERT INTO apps (slug, version, created_at, facts, tools) VALUES ($1, $2, $3, $4, $5)";
const INSERT_CONTENT: &str =
    "INSERT INTO app_contents (slug, version, integration, compiled) VALUES ($1, $2, $3, $4)";
const OUTLINE: &str = "UPDATE apps SET facts = $3, tools = $4 WHERE slug = $1 AND version = $2";
const DEPRECATIONS: &str =
    "SELECT slug, version, deprecated_at, sunset_at, reason FROM app_deprecations";
const DEPRECATE: &str = "INSERT INTO app_deprecations (slug, version, deprecated_at, sunset_at, reason) \
     SELECT slug, version, $3, $4, $5 FROM apps WHERE slug = $1 AND version = $2 \
     ON CONFLICT (slug, version) DO UPDATE SET sunset_at = excluded.sunset_at, reason = excluded.reason";
const UNDEPRECATE: &str = "DELETE FROM app_deprecations WHERE slug = $1 AND version = $2";
// Connections go with their auth configs.
const DELETE: [&str; 2] = [
    "DELETE FROM auth_configs WHERE toolkit = $1",
    "DELETE FROM apps WHERE slug = $1",
];

#[async_trait]
impl AppStore for SqliteStore {
    async fn load_apps(&self) -> Result<(Vec<AppRecord>, Vec<AppVersion>)> {
        let mut snapshot = self.readers.begin().await.map_err(store_error)?;
        let newest = sqlx::query_as(NEWEST)
            .fetch_all(&mut *snapshot)
            .await
            .map_err(store_error)?;
        let versions = sqlx::query_as(VERSIONS)
            .fetch_all(&mut *snapshot)
            .await
            .map_err(store_error)?;
        Ok((newest, versions))
    }

    async fn app_versions(&self, slug: &str) -> Result<Vec<AppVersion>> {
        sqlx::query_as(VERSIONS_OF)
            .bind(slug)
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn compiled_app(&self, slug: &str, version: &str) -> Result<Option<String>> {
        self.text_of(COMPILED, slug, version).await
    }

    async fn app_integration(&self, slug: &str, version: &str) -> Result<Option<String>> {
        self.text_of(INTEGRATION, slug, version).await
    }

    async fn app_tools(&self, slug: &str, version: &str) -> Result<Option<String>> {
        self.text_of(TOOLS, slug, version).await
    }

    async fn insert_app(&self, app: &NewAppRecord) -> Result<()> {
        let mut transaction = self.write().await?;
        sqlx::query(INSERT)
            .bind(&app.slug)
            .bind(&app.version)
            .bind(app.created_at)
            .bind(&app.outline.facts)
            .bind(&app.outline.tools)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        sqlx::query(INSERT_CONTENT)
            .bind(&app.slug)
            .bind(&app.version)
            .bind(&app.integration)
            .bind(&app.compiled)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn outline_app(&self, slug: &str, version: &str, outline: &AppOutline) -> Result<()> {
        sqlx::query(OUTLINE)
            .bind(slug)
            .bind(version)
            .bind(&outline.facts)
            .bind(&outline.tools)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(())
    }

    async fn deprecations(&self) -> Result<Vec<DeprecationRecord>> {
        sqlx::query_as(DEPRECATIONS)
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn deprecate(&self, deprecation: &DeprecationRecord) -> Result<bool> {
        let done = sqlx::query(DEPRECATE)
            .bind(&deprecation.slug)
            .bind(&deprecation.version)
            .bind(deprecation.deprecated_at)
            .bind(deprecation.sunset_at)
            .bind(&deprecation.reason)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }

    async fn undeprecate(&self, slug: &str, version: &str) -> Result<bool> {
        let done = sqlx::query(UNDEPRECATE)
            .bind(slug)
            .bind(version)
            .execute(&self.writer)
            .await
            .map_err(store_error)?;
        Ok(done.rows_affected() > 0)
    }

    async fn remove_app(&self, slug: &str) -> Result<bool> {
        let mut transaction = self.write().await?;
        let mut removed = 0;
        for statement in DELETE {
            let done = sqlx::query(statement)
                .bind(slug)
                .execute(&mut *transaction)
                .await
                .map_err(store_error)?;
            removed = done.rows_affected();
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(removed > 0)
    }
}

impl SqliteStore {
    /// The one text that `statement` selects of a version; `None` too where it is not kept.
    async fn text_of(
        &self,
        statement: &'static str,
        slug: &str,
        version: &str,
    ) -> Result<Option<String>> {
        let text: Option<Option<String>> = sqlx::query_scalar(statement)
            .bind(slug)
            .bind(version)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)?;
        Ok(text.flatten())
    }
}

impl FromRow<'_, SqliteRow> for AppRecord {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            slug: row.try_get("slug")?,
            version: row.try_get("version")?,
            facts: row.try_get("facts")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for AppVersion {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            slug: row.try_get("slug")?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for DeprecationRecord {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            slug: row.try_get("slug")?,
            version: row.try_get("version")?,
            deprecated_at: row.try_get("deprecated_at")?,
            sunset_at: row.try_get("sunset_at")?,
            reason: row.try_get("reason")?,
        })
    }
}
