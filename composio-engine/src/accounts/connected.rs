use std::collections::HashMap;

use composio_core::{Result, models::ConnectedAccount};

use super::{
    Accounts,
    auth_configs::narrow_to_apps,
    faults::{no_account, no_auth_config, not_for_account},
};
use crate::{
    caller::Caller,
    clock,
    store::{AuthConfigRecord, ConnectionFilter, ConnectionRecord, Window},
};

impl Accounts {
    /// The accounts that pass `filter`, whose project is the caller's.
    pub(crate) async fn list_connections(
        &self,
        caller: &Caller,
        mut filter: ConnectionFilter,
        window: Window,
    ) -> Result<(Vec<ConnectedAccount>, u64)> {
        caller.project_id().clone_into(&mut filter.project);
        if let Some(own) = caller.only_user() {
            for user in &filter.users {
                caller.check_user(user)?;
            }
            filter.users = vec![own.to_owned()];
        }
        narrow_to_apps(caller, &mut filter.toolkits)?;
        let (connections, total) = self.store.connections(&filter, window).await?;
        let mut configs: HashMap<String, AuthConfigRecord> = HashMap::new();
        let mut models = Vec::with_capacity(connections.len());
        for connection in &connections {
            let id = &connection.auth_config_id;
            let config = match configs.get(id) {
                Some(config) => config,
                // An account whose auth config was deleted a moment ago is gone as well.
                None => match self.store.auth_config(caller.project_id(), id).await? {
                    Some(config) => configs.entry(id.clone()).or_insert(config),
                    None => continue,
                },
            };
            models.push(self.show_account(connection, config).await);
        }
        self.add_identities(caller, &mut models).await?;
        Ok((models, total))
    }

    pub(crate) async fn connection(&self, caller: &Caller, id: &str) -> Result<ConnectedAccount> {
        let connection = self.connection_record(caller, id).await?;
        let config_id = &connection.auth_config_id;
        let config = self
            .store
            .auth_config(caller.project_id(), config_id)
            .await?;
        let config = config.ok_or_else(|| no_auth_config(config_id))?;
        let mut model = self.show_account(&connection, &config).await;
        model.params = Some(Default::default());
        self.add_identities(caller, std::slice::from_mut(&mut model))
            .await?;
        Ok(model)
    }

    /// Says whose account each is, where that is known.
    async fn add_identities(&self, caller: &Caller, models: &mut [ConnectedAccount]) -> Result<()> {
        let ids: Vec<String> = models.iter().map(|model| model.id.clone()).collect();
        let known = self.store.identities(caller.project_id(), &ids).await?;
        let known: HashMap<String, String> = known.into_iter().collect();
        for model in models {
            let text = known.get(&model.id);
            model.identity = text.and_then(|text| serde_json::from_str(text).ok());
        }
        Ok(())
    }

    pub(crate) async fn enable_connection(
        &self,
        caller: &Caller,
        id: &str,
        enabled: bool,
    ) -> Result<()> {
        let connection = self.connection_record(caller, id).await?;
        let done = self
            .store
            .enable_connection(caller.project_id(), &connection.id, enabled, clock::now())
            .await?;
        self.leases.forget(&connection);
        if done { Ok(()) } else { Err(no_account(id)) }
    }

    pub(crate) async fn delete_connection(&self, caller: &Caller, id: &str) -> Result<()> {
        let connection = self.connection_record(caller, id).await?;
        let done = self
            .store
            .delete_connection(caller.project_id(), &connection.id)
            .await?;
        self.leases.forget(&connection);
        if done { Ok(()) } else { Err(no_account(id)) }
    }

    /// The account `id`, if the caller may see it.
    pub(super) async fn connection_record(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<ConnectionRecord> {
        let connection = self.store.connection(caller.project_id(), id).await?;
        let connection = connection.ok_or_else(|| no_account(id))?;
        if !caller.may_act_for(&connection.user_id) {
            return Err(not_for_account(id));
        }
        caller.check_app(&connection.toolkit)?;
        Ok(connection)
    }
}
