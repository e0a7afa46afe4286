use composio_core::{
    Error, ErrorKind, Result,
    models::{
        AuthConfig, AuthConfigDetails, CreateAuthConfig, CreateAuthConfigRequest,
        CreatedAuthConfig, CreatedAuthConfigDetails, ToolAccessConfig, ToolkitRef,
        UpdateAuthConfig,
    },
};

use super::{
    Accounts,
    faults::{changed_meanwhile, no_auth_config, no_proxy, no_scheme, no_such_kind, not_for_users},
};
use crate::{
    auth::{self, Giver, Values},
    caller::Caller,
    catalogue::Release,
    clock, ids,
    store::{AuthConfigFilter, AuthConfigRecord, Window},
};

/// Which auth configs are listed.
#[derive(Debug, Default)]
pub(crate) struct ConfigQuery {
    pub(crate) toolkits: Vec<String>,
    pub(crate) managed: Option<bool>,
    pub(crate) show_disabled: bool,
    pub(crate) search: Option<String>,
}

impl Accounts {
    /// Makes an auth config. Without one in the request, or with a managed one, it is for the toolkit's first scheme
    /// that needs nothing of the developer.
    pub(crate) async fn create_auth_config(
        &self,
        caller: &Caller,
        request: CreateAuthConfigRequest,
    ) -> Result<CreatedAuthConfig> {
        may_manage(caller)?;
        let app = self.catalogue.app(&request.toolkit.slug)?;
        caller.check_app(app.slug())?;
        let wanted = request
            .auth_config
            .unwrap_or_else(CreateAuthConfig::managed);
        let is_custom = match wanted.kind.as_str() {
            "use_custom_auth" => true,
            "use_composio_managed_auth" => false,
            _ => return Err(no_such_kind()),
        };
        let details = self.chosen_scheme(&app.newest, &wanted).await?;
        if wanted.proxy_config.is_some() {
            return Err(no_proxy());
        }
        let mut values = auth::accept(details, wanted.credentials, Giver::Developer)?;
        let shared = wanted.shared_credentials.unwrap_or_default();
        values.extend(auth::accept(details, shared, Giver::Program)?);
        let mut config = new_config(caller, app.slug(), details);
        config.managed = !is_custom;
        if !config.managed {
            auth::require_developer(details, &values)?;
        }
        if let Some(name) = wanted.name {
            config.name = name;
        }
        let (creation, execution) = tools(
            wanted.tool_access_config,
            wanted.restrict_to_following_tools,
        );
        config.tools_for_creation = creation;
        config.tools_for_execution = execution;
        self.seal_config(&mut config, &values).await?;
        self.store.insert_auth_config(&config).await?;
        let mut created = CreatedAuthConfig::default();
        created.toolkit = ToolkitRef::new(&config.toolkit);
        let mut short = CreatedAuthConfigDetails::default();
        short.id = config.id;
        short.auth_scheme = Some(config.scheme);
        short.is_composio_managed = config.managed;
        short.restrict_to_following_tools = config.tools_for_execution;
        created.auth_config = short;
        Ok(created)
    }

    pub(crate) async fn list_auth_configs(
        &self,
        caller: &Caller,
        query: ConfigQuery,
        window: Window,
    ) -> Result<(Vec<AuthConfig>, u64)> {
        let mut toolkits = query
            .toolkits
            .iter()
            .map(|slug| slug.to_lowercase())
            .collect();
        narrow_to_apps(caller, &mut toolkits)?;
        let filter = AuthConfigFilter {
            project: caller.project_id().to_owned(),
            toolkits,
            managed: query.managed,
            show_disabled: query.show_disabled,
            search: query.search,
        };
        let (configs, total) = self.store.auth_configs(&filter, window).await?;
        let mut models = Vec::with_capacity(configs.len());
        for config in &configs {
            models.push(self.show_config(config).await);
        }
        Ok((models, total))
    }

    pub(crate) async fn auth_config(&self, caller: &Caller, id: &str) -> Result<AuthConfig> {
        let config = self.config_record(caller, id).await?;
        Ok(self.show_config(&config).await)
    }

    /// Changes what the request names; fields that it does not name stay.
    pub(crate) async fn update_auth_config(
        &self,
        caller: &Caller,
        id: &str,
        change: UpdateAuthConfig,
    ) -> Result<()> {
        may_manage(caller)?;
        if change.proxy_config.is_some() {
            return Err(no_proxy());
        }
        let mut config = self.config_record(caller, id).await?;
        let mut values = self.open_config(&config).await?;
        for (given, giver) in [
            (change.credentials, Giver::Developer),
            (change.shared_credentials, Giver::Program),
        ] {
            let Some(given) = given else { continue };
            let app = self.catalogue.app(&config.toolkit)?;
            let details = app.newest.scheme(&config.scheme_name);
            let details = details.ok_or_else(|| no_scheme(&config.toolkit, &config.scheme_name))?;
            values.extend(auth::accept(details, given, giver)?);
        }
        if let Some(name) = change.name {
            config.name = name;
        }
        restrict(
            &mut config,
            change.tool_access_config,
            change.restrict_to_following_tools,
        );
        config.generation += 1;
        config.updated_at = clock::now();
        self.seal_config(&mut config, &values).await?;
        let done = self.store.update_auth_config(&config).await?;
        self.leases.forget_all();
        if done {
            Ok(())
        } else {
            Err(changed_meanwhile(id))
        }
    }

    pub(crate) async fn enable_auth_config(
        &self,
        caller: &Caller,
        id: &str,
        enabled: bool,
    ) -> Result<()> {
        may_manage(caller)?;
        let project = caller.project_id();
        self.config_record(caller, id).await?;
        let done = self
            .store
            .enable_auth_config(project, id, enabled, clock::now())
            .await?;
        self.leases.forget_all();
        if done {
            Ok(())
        } else {
            Err(no_auth_config(id))
        }
    }

    /// Deletes it with the accounts that are connected through it.
    pub(crate) async fn delete_auth_config(&self, caller: &Caller, id: &str) -> Result<()> {
        may_manage(caller)?;
        self.config_record(caller, id).await?;
        let done = self
            .store
            .delete_auth_config(caller.project_id(), id)
            .await?;
        self.leases.forget_all();
        if done {
            Ok(())
        } else {
            Err(no_auth_config(id))
        }
    }

    /// The scheme of a new auth config: the one it names, else the first that the operator has a client for, else the
    /// first that works without fields of the developer.
    async fn chosen_scheme<'r>(
        &self,
        release: &'r Release,
        wanted: &CreateAuthConfig,
    ) -> Result<&'r AuthConfigDetails> {
        let toolkit = &release.toolkit.slug;
        let is_custom = wanted.kind == "use_custom_auth";
        if let Some(mode) = &wanted.auth_scheme {
            auth::ensure_supported(mode)?;
            let details = release
                .scheme_of(mode)
                .ok_or_else(|| no_scheme(toolkit, mode.as_str()))?;
            if !is_custom {
                let values = self.operator_values(toolkit, &details.name).await?;
                self.ensure_client(release, details, &values)?;
            }
            return Ok(details);
        }
        if is_custom {
            let message = "use_custom_auth needs an authScheme";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let supported = || {
            let schemes = release.schemes.iter();
            schemes.filter(|details| auth::ensure_supported(&details.mode).is_ok())
        };
        for details in supported().filter(|details| auth::has_client(&details.mode)) {
            let client = self.store.oauth_client(toolkit, &details.name).await?;
            if client.is_some() {
                return Ok(details);
            }
        }
        let needs_nothing =
            |details: &&AuthConfigDetails| details.fields.auth_config_creation.required.is_empty();
        if let Some(details) = supported().find(needs_nothing) {
            return Ok(details);
        }
        if let Some(details) = supported().find(|details| auth::has_client(&details.mode)) {
            self.ensure_client(release, details, &Values::new())?;
        }
        let message = format!(
            "the toolkit {toolkit} has no scheme that works without the developer's own fields: use use_custom_auth"
        );
        Err(Error::new(ErrorKind::InvalidInput, message).with_slug("AuthConfig_CustomNeeded"))
    }

    pub(super) async fn config_record(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<AuthConfigRecord> {
        let config = self.store.auth_config(caller.project_id(), id).await?;
        let config = config.ok_or_else(|| no_auth_config(id))?;
        caller.check_app(&config.toolkit)?;
        Ok(config)
    }
}

/// An auth config with nothing in it yet.
pub(super) fn new_config(
    caller: &Caller,
    toolkit: &str,
    details: &AuthConfigDetails,
) -> AuthConfigRecord {
    let now = clock::now();
    AuthConfigRecord {
        id: ids::auth_config(),
        project: caller.project_id().to_owned(),
        toolkit: toolkit.to_owned(),
        name: format!("{toolkit}-{}", details.mode.as_str().to_lowercase()),
        scheme: details.mode.clone(),
        scheme_name: details.name.clone(),
        managed: true,
        enabled: true,
        tools_for_creation: None,
        tools_for_execution: None,
        sealed: Vec::new(),
        generation: 1,
        created_at: now,
        updated_at: now,
        connections: 0,
    }
}

/// Narrows a filter, which is open if empty, to the apps that the caller may use.
pub(super) fn narrow_to_apps(caller: &Caller, toolkits: &mut Vec<String>) -> Result<()> {
    let Some(apps) = caller.only_apps() else {
        return Ok(());
    };
    for toolkit in &*toolkits {
        caller.check_app(toolkit)?;
    }
    if toolkits.is_empty() {
        *toolkits = apps.to_vec();
    }
    Ok(())
}

fn may_manage(caller: &Caller) -> Result<()> {
    match caller.only_user() {
        None => Ok(()),
        Some(_) => Err(not_for_users()),
    }
}

// What is absent stays.
fn restrict(
    config: &mut AuthConfigRecord,
    access: Option<ToolAccessConfig>,
    restricted: Option<Vec<String>>,
) {
    if access.is_none() && restricted.is_none() {
        return;
    }
    let keeps_creation = access.is_none();
    let (creation, execution) = tools(access, restricted.unwrap_or_default());
    if !keeps_creation {
        config.tools_for_creation = creation;
    }
    config.tools_for_execution = execution;
}

// The older spelling stands in where the newer one is absent; an empty list means every tool.
fn tools(
    access: Option<ToolAccessConfig>,
    restricted: Vec<String>,
) -> (Option<Vec<String>>, Option<Vec<String>>) {
    let access = access.unwrap_or_default();
    let upper = |tools: Vec<String>| -> Vec<String> {
        tools.iter().map(|tool| tool.to_ascii_uppercase()).collect()
    };
    let execution = access
        .tools_available_for_execution
        .or((!restricted.is_empty()).then_some(restricted))
        .filter(|tools| !tools.is_empty());
    (
        access.tools_for_connected_account_creation.map(upper),
        execution.map(upper),
    )
}
