use std::collections::BTreeMap;

use composio_core::{Error, ErrorKind, Result};
use zeroize::Zeroizing;

use super::Accounts;
use crate::{
    auth::Values,
    store::{AuthConfigRecord, ConnectionRecord},
    vault::Place,
};

impl Accounts {
    /// Seals the developer's fields into `config`.
    pub(super) async fn seal_config(
        &self,
        config: &mut AuthConfigRecord,
        values: &Values,
    ) -> Result<()> {
        config.sealed = self
            .vault
            .seal(config_place(config), &to_bytes(values)?)
            .await?;
        Ok(())
    }

    /// The developer's fields of `config`.
    pub(super) async fn open_config(&self, config: &AuthConfigRecord) -> Result<Values> {
        let plain = self
            .vault
            .open(config_place(config), &config.sealed)
            .await?;
        from_bytes(&plain)
    }

    /// Seals the account's fields into `connection`.
    pub(super) async fn seal_connection(
        &self,
        connection: &mut ConnectionRecord,
        values: &Values,
    ) -> Result<()> {
        let place = connection_place(connection);
        connection.sealed = self.vault.seal(place, &to_bytes(values)?).await?;
        Ok(())
    }

    /// The account's fields of `connection`.
    pub(super) async fn open_connection(&self, connection: &ConnectionRecord) -> Result<Values> {
        let place = connection_place(connection);
        let plain = self.vault.open(place, &connection.sealed).await?;
        from_bytes(&plain)
    }

    /// Seals values that wait beside `connection`, for this generation of it alone.
    pub(super) async fn seal_held(
        &self,
        connection: &ConnectionRecord,
        values: &Values,
    ) -> Result<Vec<u8>> {
        let place = held_place(connection);
        self.vault.seal(place, &to_bytes(values)?).await
    }

    /// The values that wait beside `connection`.
    pub(super) async fn open_held(
        &self,
        connection: &ConnectionRecord,
        sealed: &[u8],
    ) -> Result<Values> {
        let plain = self.vault.open(held_place(connection), sealed).await?;
        from_bytes(&plain)
    }
}

fn held_place(connection: &ConnectionRecord) -> Place<'_> {
    Place {
        field: "held",
        ..connection_place(connection)
    }
}

fn config_place(config: &AuthConfigRecord) -> Place<'_> {
    Place {
        project: &config.project,
        record: &config.id,
        field: "credentials",
        generation: config.generation,
    }
}

fn connection_place(connection: &ConnectionRecord) -> Place<'_> {
    Place {
        project: &connection.project,
        record: &connection.id,
        field: "state",
        generation: connection.generation,
    }
}

pub(super) fn to_bytes(values: &Values) -> Result<Zeroizing<Vec<u8>>> {
    let texts: BTreeMap<&str, &str> = values
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose()))
        .collect();
    // Room for everything escaped, so that no copy is left behind when the buffer grows.
    let room = texts
        .iter()
        .map(|(name, text)| 6 * (name.len() + text.len() + 2))
        .sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    serde_json::to_writer(&mut *bytes, &texts).map_err(|error| unreadable(&error))?;
    Ok(bytes)
}

pub(super) fn from_bytes(bytes: &[u8]) -> Result<Values> {
    serde_json::from_slice(bytes).map_err(|error| unreadable(&error))
}

// Where the parser stopped is enough: its message may quote the text.
fn unreadable(error: &serde_json::Error) -> Error {
    let message = format!(
        "sealed fields are not readable at column {}",
        error.column()
    );
    Error::new(ErrorKind::Internal, message)
        .with_reader_message("the stored credentials cannot be read")
}
