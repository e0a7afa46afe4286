use async_trait::async_trait;
use composio_core::Result;

use super::{SqliteStore, error::store_error};
use crate::store::{Resealed, SealedRecord, SealedStore, SealedTable};

macro_rules! sealed {
    ($table:literal, $column:literal, $place:literal) => {
        Statements {
            table: $table,
            count: concat!("SELECT count(*) FROM ", $table),
            list: concat!(
                "SELECT ",
                $table,
                ".rowid AS row, ",
                $place,
                ", ",
                $column,
                " AS sealed FROM ",
                $table,
                " WHERE ",
                $table,
                ".rowid > $1 ORDER BY ",
                $table,
                ".rowid LIMIT $2"
            ),
            update: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = $1 WHERE rowid = $2 AND ",
                $column,
                " = $3"
            ),
        }
    };
}

/// Where the sealed records of a table are, and what place each was sealed for.
struct Statements {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the tests compare it with the schema")
    )]
    table: &'static str,
    count: &'static str,
    list: &'static str,
    update: &'static str,
}

impl SealedTable {
    fn statements(self) -> Statements {
        match self {
            Self::Connections => sealed!(
                "connections",
                "sealed",
                "project, id AS record, 'state' AS field, generation"
            ),
            Self::AuthConfigs => sealed!(
                "auth_configs",
                "sealed",
                "project, id AS record, 'credentials' AS field, generation"
            ),
            Self::OauthClients => sealed!(
                "oauth_clients",
                "sealed",
                "'' AS project, toolkit || '/' || scheme_name AS record, 'oauth_client' AS field, generation"
            ),
            Self::Confirmations => sealed!(
                "confirmations",
                "sealed",
                "project, account AS record, 'held' AS field, generation"
            ),
            Self::Flows => sealed!(
                "flows",
                "sealed",
                "project, lower(hex(state)) AS record, 'flow' AS field, 0 AS generation"
            ),
            Self::Files => sealed!(
                "files",
                "sealed",
                "project, id AS record, 'file' AS field, 0 AS generation"
            ),
            Self::LogPayloads => sealed!(
                "log_payloads",
                "sealed",
                "coalesce((SELECT project FROM logs WHERE id = log_id), '') AS project, log_id AS record, \
                 'payload' AS field, 0 AS generation"
            ),
            Self::Meta => sealed!(
                "meta",
                "value",
                "'' AS project, 'meta' AS record, name AS field, 0 AS generation"
            ),
        }
    }
}

#[async_trait]
impl SealedStore for SqliteStore {
    async fn sealed_after(
        &self,
        table: SealedTable,
        row: i64,
        limit: i64,
    ) -> Result<Vec<SealedRecord>> {
        sqlx::query_as(table.statements().list)
            .bind(row)
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)
    }

    async fn sealed_count(&self) -> Result<u64> {
        let mut all = 0;
        for table in SealedTable::ALL {
            let count: i64 = sqlx::query_scalar(table.statements().count)
                .fetch_one(&self.readers)
                .await
                .map_err(store_error)?;
            all += count.cast_unsigned();
        }
        Ok(all)
    }

    async fn reseal(&self, table: SealedTable, records: &[Resealed]) -> Result<u64> {
        let mut transaction = self.write().await?;
        let mut done = 0;
        for record in records {
            let updated = sqlx::query(table.statements().update)
                .bind(&record.after)
                .bind(record.row)
                .bind(&record.before)
                .execute(&mut *transaction)
                .await
                .map_err(store_error)?;
            done += updated.rows_affected();
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::store::{SealedTable, sqlite::SqliteStore};

    #[tokio::test]
    async fn every_table_with_sealed_records_is_known() {
        let store = SqliteStore::in_memory().await.unwrap();
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT t.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c \
             WHERE t.type = 'table' AND c.name = 'sealed'",
        )
        .fetch_all(&store.readers)
        .await
        .unwrap();
        let mut tables: BTreeSet<String> = tables.into_iter().collect();
        tables.insert("meta".to_owned());
        let known = SealedTable::ALL.map(|table| table.statements().table.to_owned());
        assert_eq!(tables, BTreeSet::from(known));
    }
}
