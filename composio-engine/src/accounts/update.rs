use std::{collections::BTreeSet, sync::Arc};

use composio_core::{
    Result, Secret,
    models::{
        ConnectionData, ConnectionStatus, RefreshedConnectedAccount, UpdateConnectedAccount,
        UpdatedConnectedAccount,
    },
};

use super::{
    Accounts,
    connect::check_name,
    faults::{changed_meanwhile, no_account, no_auth_config, no_scheme, other_scheme},
    lifecycle::Event,
    refresh::{can_renew, due},
};
use crate::{
    auth::{self, Giver, Values},
    caller::Caller,
    clock,
    store::{AuthConfigRecord, ConnectionRecord},
};

impl Accounts {
    /// Changes what the request names. New credentials make an account usable again that had failed or expired.
    pub(crate) async fn update_connection(
        &self,
        caller: &Caller,
        id: &str,
        change: UpdateConnectedAccount,
    ) -> Result<UpdatedConnectedAccount> {
        let mut connection = self.connection_record(caller, id).await?;
        let mut values = self.open_connection(&connection).await?;
        if let Some(alias) = change.alias {
            connection.alias = (!alias.is_empty()).then_some(alias);
        }
        if let Some(alias) = &connection.alias {
            check_name("alias", alias)?;
        }
        if let Some(update) = change.connection {
            let before = values.get("access_token").cloned();
            values = self
                .changed_values(caller, &connection, values, update.state)
                .await?;
            self.date_anew(&mut connection, &mut values, before.as_ref())
                .await?;
            connection.undergo(Event::Connect);
        }
        connection.generation += 1;
        connection.updated_at = clock::now();
        self.seal_connection(&mut connection, &values).await?;
        let done = self.store.update_connection(&connection).await?;
        self.leases.forget(&connection);
        if done {
            Ok(UpdatedConnectedAccount::new(
                connection.id,
                connection.status,
            ))
        } else {
            Err(changed_meanwhile(id))
        }
    }

    /// Begins a new consent where there is one and it is asked for, by `return_to`, or needed; else renews the tokens of
    /// a usable account, due or not. Static credentials do not run out: their account stays as it is.
    ///
    /// `validates` asks the app first whether it takes the credentials: an account that it refuses, new tokens and all,
    /// is `EXPIRED`.
    pub(crate) async fn refresh_connection(
        self: &Arc<Self>,
        caller: &Caller,
        id: &str,
        return_to: Option<&str>,
        validates: bool,
    ) -> Result<RefreshedConnectedAccount> {
        let mut connection = self.connection_record(caller, id).await?;
        let config = self.config_of(&connection).await?;
        let mut is_fresh = false;
        if validates && is_active(&connection) && !self.is_valid(&connection, &config).await? {
            // Their age may be all that is wrong with them.
            let before = connection.generation;
            connection = self.renewed_record(connection).await?;
            is_fresh = connection.generation != before;
            if is_active(&connection) && !(is_fresh && self.is_valid(&connection, &config).await?) {
                connection = self.expire_refused(connection).await?;
            }
        }
        if auth::has_consent(&config.scheme) && (return_to.is_some() || !works(&connection)) {
            let (connection, url) = self.reconnect(connection, &config, return_to).await?;
            let mut refreshed = RefreshedConnectedAccount::new(connection.id, connection.status);
            refreshed.redirect_url = Some(url.into());
            return Ok(refreshed);
        }
        if !is_fresh {
            connection = self.renewed_record(connection).await?;
        }
        Ok(RefreshedConnectedAccount::new(
            connection.id,
            connection.status,
        ))
    }

    /// The app refuses what the account has.
    async fn expire_refused(&self, connection: ConnectionRecord) -> Result<ConnectionRecord> {
        let app = self.catalogue.app(&connection.toolkit)?;
        let name = &app.newest.toolkit.integration.name;
        let reason = format!("{name} does not accept these credentials any longer: connect again");
        let store = &self.store;
        store
            .expire_connection(&connection, &reason, clock::now())
            .await?;
        self.leases.forget(&connection);
        let found = store.connection(&connection.project, &connection.id);
        found.await?.ok_or_else(|| no_account(&connection.id))
    }

    /// The toolkits of those auth configs that the caller's project has, lower case.
    pub(crate) async fn toolkits_of(
        &self,
        caller: &Caller,
        auth_configs: &[String],
    ) -> Result<BTreeSet<String>> {
        let mut toolkits = BTreeSet::new();
        for id in auth_configs {
            let config = self.store.auth_config(caller.project_id(), id).await?;
            toolkits.extend(config.map(|config| config.toolkit));
        }
        Ok(toolkits)
    }

    async fn changed_values(
        &self,
        caller: &Caller,
        connection: &ConnectionRecord,
        mut values: Values,
        given: ConnectionData,
    ) -> Result<Values> {
        let config = self.config_of(connection).await?;
        if let Some(scheme) = given.auth_scheme.filter(|scheme| *scheme != config.scheme) {
            return Err(other_scheme(
                &connection.id,
                config.scheme.as_str(),
                scheme.as_str(),
            ));
        }
        let app = self.catalogue.app(&config.toolkit)?;
        let details = app.newest.scheme(&config.scheme_name);
        let details = details.ok_or_else(|| no_scheme(&config.toolkit, &config.scheme_name))?;
        let giver = match caller.only_user() {
            Some(_) => Giver::User,
            None => Giver::Program,
        };
        for name in auth::removed(details, &given.val) {
            values.remove(&name);
        }
        values.extend(auth::accept(details, given.val, giver)?);
        let mut all = self.developer_values(&config).await?;
        all.extend(values.clone());
        auth::require(details, &all)?;
        Ok(values)
    }

    /// Says when tokens that are new run out; gets them first where new credentials give them.
    async fn date_anew(
        &self,
        connection: &mut ConnectionRecord,
        values: &mut Values,
        before: Option<&Secret>,
    ) -> Result<()> {
        let config = self.config_of(connection).await?;
        if auth::fetches_tokens(&config.scheme) {
            values.remove("access_token");
        } else if values.get("access_token").map(Secret::expose) == before.map(Secret::expose) {
            auth::oauth2::take_life(values);
            return Ok(());
        }
        connection.expires_at = self.fetch_tokens(&config, values).await?;
        let can_renew = can_renew(&config.scheme, values);
        connection.refresh_at = due(clock::now(), connection.expires_at, can_renew);
        Ok(())
    }

    pub(super) async fn config_of(
        &self,
        connection: &ConnectionRecord,
    ) -> Result<AuthConfigRecord> {
        let id = &connection.auth_config_id;
        let config = self.store.auth_config(&connection.project, id).await?;
        config.ok_or_else(|| no_auth_config(id))
    }
}

fn works(connection: &ConnectionRecord) -> bool {
    matches!(
        connection.status,
        ConnectionStatus::Active | ConnectionStatus::Inactive
    )
}

fn is_active(connection: &ConnectionRecord) -> bool {
    connection.status == ConnectionStatus::Active
}
