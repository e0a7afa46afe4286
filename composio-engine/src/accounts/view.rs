use composio_core::models::{
    AuthConfig, ConnectedAccount, ConnectedAccountAuthConfig, ConnectionData, ConnectionStatus,
    FormerAccount, ToolAccessConfig, ToolkitRef,
};
use serde_json::Value;

use super::Accounts;
use crate::{
    auth::{Values, shown},
    clock::rfc3339,
    store::{AuthConfigRecord, ConnectionRecord},
};

impl Accounts {
    /// The auth config as the API shows it, secrets masked.
    pub(super) async fn show_config(&self, config: &AuthConfigRecord) -> AuthConfig {
        let values = self.open_config(config).await;
        let mut model = AuthConfig::default();
        model.id.clone_from(&config.id);
        model.uuid.clone_from(&config.id);
        model.kind = if config.managed { "default" } else { "custom" }.to_owned();
        model.toolkit = ToolkitRef::new(&config.toolkit);
        let app = self.catalogue.app(&config.toolkit).ok();
        let logo = app.map(|app| app.newest.toolkit.integration.logo.clone());
        model.toolkit.logo = Some(logo.unwrap_or_default());
        model.name.clone_from(&config.name);
        model.auth_scheme = Some(config.scheme.clone());
        model.is_composio_managed = config.managed;
        model.credentials = self.shown(config, &or_warn(values, &config.id));
        model.status = if config.enabled {
            "ENABLED"
        } else {
            "DISABLED"
        }
        .to_owned();
        model.created_at = rfc3339(config.created_at);
        model.last_updated_at = rfc3339(config.updated_at);
        model.no_of_connections = config.connections;
        model.restrict_to_following_tools = config.tools_for_execution.clone().unwrap_or_default();
        let mut access = ToolAccessConfig::default();
        access
            .tools_for_connected_account_creation
            .clone_from(&config.tools_for_creation);
        access
            .tools_available_for_execution
            .clone_from(&config.tools_for_execution);
        model.tool_access_config = access;
        model
    }

    /// The connected account as the API shows it, secrets masked.
    pub(super) async fn show_account(
        &self,
        connection: &ConnectionRecord,
        config: &AuthConfigRecord,
    ) -> ConnectedAccount {
        let values = or_warn(self.open_connection(connection).await, &connection.id);
        let mut model = ConnectedAccount::new(
            &connection.id,
            &connection.user_id,
            connection.status.clone(),
        );
        model.toolkit = ToolkitRef::new(&connection.toolkit);
        let mut through = ConnectedAccountAuthConfig::default();
        through.id.clone_from(&config.id);
        through.auth_scheme = Some(config.scheme.clone());
        through.is_composio_managed = config.managed;
        through.is_disabled = !config.enabled;
        model.auth_config = through;
        model.status_reason.clone_from(&connection.status_reason);
        model.is_disabled = connection.disabled;
        model.state = self.show_state(config, &connection.status, &values);
        model.created_at = rfc3339(connection.created_at);
        model.updated_at = rfc3339(connection.updated_at);
        model.alias.clone_from(&connection.alias);
        let mut former = FormerAccount::new(&connection.id);
        former.labels.clone_from(&connection.labels);
        model.deprecated = Some(former);
        model
    }

    /// Scheme and fields, with `status` among them where the SDKs look for it.
    pub(super) fn show_state(
        &self,
        config: &AuthConfigRecord,
        status: &ConnectionStatus,
        values: &Values,
    ) -> ConnectionData {
        let mut fields = self.shown(config, values);
        fields.insert("status".to_owned(), Value::from(status.as_str()));
        ConnectionData::new(config.scheme.clone(), fields)
    }

    fn shown(&self, config: &AuthConfigRecord, values: &Values) -> composio_core::models::Fields {
        let app = self.catalogue.app(&config.toolkit).ok();
        let details = app
            .as_ref()
            .and_then(|app| app.newest.scheme(&config.scheme_name));
        shown(details, values)
    }
}

// One damaged record must not hide all the others of a list.
fn or_warn(values: composio_core::Result<Values>, id: &str) -> Values {
    values.unwrap_or_else(|error| {
        tracing::warn!(id, %error, "the fields cannot be shown");
        Values::new()
    })
}
