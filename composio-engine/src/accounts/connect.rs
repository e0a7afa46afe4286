use composio_core::{
    Error, ErrorKind, Result,
    models::{
        AuthConfigDetails, AuthScheme, ConnectedAccount, ConnectionData, ConnectionStatus,
        CreateConnectedAccount, CreatedConnectedAccount, Fields, FormerAccount,
    },
};
use url::Url;

use super::{
    Accounts,
    auth_configs::new_config,
    faults::{
        disabled_auth_config, needs_consent, no_scheme, no_validation, other_scheme, other_toolkit,
    },
    refresh::{can_renew, due},
};
use crate::{
    auth::{self, Giver, Values},
    caller::Caller,
    catalogue::Release,
    clock, ids,
    store::{AuthConfigFilter, AuthConfigRecord, ConnectionRecord, Window},
};

/// The longest user id and alias, in bytes.
const LONGEST_NAME: usize = 512;
/// The most labels of one account.
const MOST_LABELS: usize = 32;

/// An account to connect, by toolkit; the auth config is found or made.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewConnection {
    pub(crate) toolkit: String,
    pub(crate) user: String,
    pub(crate) scheme: Option<AuthScheme>,
    pub(crate) auth_config: Option<String>,
    pub(crate) alias: Option<String>,
    pub(crate) fields: Fields,
}

/// Everything that was checked and is about to be written.
struct Draft {
    user: String,
    alias: Option<String>,
    labels: Vec<String>,
    config: AuthConfigRecord,
    /// Whether `config` is not in the store yet.
    is_new: bool,
    /// Whether the user has to consent first.
    waits: bool,
    values: Values,
}

impl Accounts {
    /// Connects an account through the auth config that the request names.
    pub(crate) async fn create_connection(
        &self,
        caller: &Caller,
        request: CreateConnectedAccount,
    ) -> Result<CreatedConnectedAccount> {
        let validates = request.validate_credentials == Some(true);
        let body = request.connection;
        let config = self.usable_config(caller, &request.auth_config.id).await?;
        let given = given_fields(&config, body.state, body.data)?;
        let app = self.catalogue.app(&config.toolkit)?;
        let details = app.newest.scheme(&config.scheme_name);
        let details = details.ok_or_else(|| no_scheme(&config.toolkit, &config.scheme_name))?;
        let values = self.checked(caller, details, &config, given).await?;
        let user = body.user_id.unwrap_or_else(|| default_user(caller));
        let waits = auth::needs_consent(&details.mode, &values);
        let identity = match validates && !waits {
            true => Some(
                self.ask_who(&config, None, &values)
                    .await?
                    .ok_or_else(no_validation)?,
            ),
            false => None,
        };
        let draft = Draft {
            user,
            alias: body.alias,
            labels: body.labels,
            config,
            is_new: false,
            waits,
            values,
        };
        let (connection, config, values) = self.write(caller, draft).await?;
        if let Some(identity) = &identity {
            self.keep_identity(&connection.project, &connection.id, identity)
                .await?;
        }
        let redirect_url = match waits {
            true => Some(
                self.begin_new(&connection, &config, body.callback_url)
                    .await?,
            ),
            false => None,
        };
        let mut created = CreatedConnectedAccount::new(&connection.id, connection.status.clone());
        created.connection_data = self.show_state(&config, &connection.status, &values);
        if let Some(url) = redirect_url {
            lead_to(&mut created, url);
        }
        let mut former = FormerAccount::new(&connection.id);
        former.auth_config_uuid = Some(config.id);
        created.deprecated = Some(former);
        Ok(created)
    }

    /// Connects an account to a toolkit: through the auth config that is named, else the newest enabled one of the
    /// scheme, else a new default one. Without a scheme it is the first that asks for just the given fields.
    pub(crate) async fn connect(
        &self,
        caller: &Caller,
        new: NewConnection,
    ) -> Result<ConnectedAccount> {
        let app = self.catalogue.app(&new.toolkit)?;
        let (config, is_new, values) = match &new.auth_config {
            Some(id) => {
                let config = self.usable_config(caller, id).await?;
                if config.toolkit != app.slug() {
                    return Err(other_toolkit(id, &config.toolkit, app.slug()));
                }
                let details = app.newest.scheme(&config.scheme_name);
                let details = details.ok_or_else(|| no_scheme(app.slug(), &config.scheme_name))?;
                let values = self.checked(caller, details, &config, new.fields).await?;
                at_hand(&config, &values)?;
                (config, false, values)
            }
            None => self.first_fit(caller, &app.newest, &new).await?,
        };
        let draft = Draft {
            user: new.user,
            alias: new.alias,
            labels: Vec::new(),
            config,
            is_new,
            waits: false,
            values,
        };
        let (connection, config, _) = self.write(caller, draft).await?;
        Ok(self.show_account(&connection, &config).await)
    }

    /// The first scheme whose fields the given ones are, with its auth config and the checked fields.
    async fn first_fit(
        &self,
        caller: &Caller,
        release: &Release,
        new: &NewConnection,
    ) -> Result<(AuthConfigRecord, bool, Values)> {
        let toolkit = &release.toolkit.slug;
        let mut best_error = None;
        for details in candidates(release, new.scheme.as_ref()) {
            let fit = async {
                auth::ensure_supported(&details.mode)?;
                let (config, is_new) = self.config_for(caller, toolkit, details).await?;
                let values = self
                    .checked(caller, details, &config, new.fields.clone())
                    .await?;
                at_hand(&config, &values)?;
                Ok((config, is_new, values))
            };
            match fit.await {
                Ok(fit) => return Ok(fit),
                Err(error) => best_error = Some(more_telling(best_error, error)),
            }
        }
        Err(best_error.unwrap_or_else(|| match &new.scheme {
            Some(scheme) => no_scheme(toolkit, scheme.as_str()),
            None => {
                let message = format!("the toolkit {toolkit} needs no connected account");
                Error::new(ErrorKind::InvalidInput, message).with_slug("Toolkit_NoAuth")
            }
        }))
    }

    /// The newest enabled auth config of a scheme, or a new default one.
    async fn config_for(
        &self,
        caller: &Caller,
        toolkit: &str,
        details: &AuthConfigDetails,
    ) -> Result<(AuthConfigRecord, bool)> {
        let filter = AuthConfigFilter {
            project: caller.project_id().to_owned(),
            toolkits: vec![toolkit.to_owned()],
            ..AuthConfigFilter::default()
        };
        let window = Window {
            offset: 0,
            limit: 1000,
        };
        let (configs, _) = self.store.auth_configs(&filter, window).await?;
        let existing = configs
            .into_iter()
            .find(|config| config.scheme_name == details.name && config.scheme == details.mode);
        if let Some(config) = existing {
            return Ok((config, false));
        }
        let mut config = new_config(caller, toolkit, details);
        self.seal_config(&mut config, &Values::new()).await?;
        Ok((config, true))
    }

    pub(super) async fn usable_config(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<AuthConfigRecord> {
        let config = self.config_record(caller, id).await?;
        if config.enabled {
            Ok(config)
        } else {
            Err(disabled_auth_config(id))
        }
    }

    async fn checked(
        &self,
        caller: &Caller,
        details: &AuthConfigDetails,
        config: &AuthConfigRecord,
        given: Fields,
    ) -> Result<Values> {
        auth::ensure_supported(&details.mode)?;
        let giver = match caller.only_user() {
            Some(_) => Giver::User,
            None => Giver::Program,
        };
        let values = auth::accept(details, given, giver)?;
        let mut all = self.developer_values(config).await?;
        all.extend(values.clone());
        let app = self.catalogue.app(&config.toolkit)?;
        self.ensure_client(&app.newest, details, &all)?;
        auth::require(details, &all)?;
        Ok(values)
    }

    async fn write(
        &self,
        caller: &Caller,
        draft: Draft,
    ) -> Result<(ConnectionRecord, AuthConfigRecord, Values)> {
        let Draft {
            user,
            alias,
            labels,
            mut config,
            is_new,
            waits,
            mut values,
        } = draft;
        check_names(&user, alias.as_deref(), &labels)?;
        caller.check_user(&user)?;
        caller.check_app(&config.toolkit)?;
        let expires_at = self.fetch_tokens(&config, &mut values).await?;
        let now = clock::now();
        let mut connection = ConnectionRecord {
            id: ids::connected_account(),
            project: config.project.clone(),
            user_id: user,
            toolkit: config.toolkit.clone(),
            auth_config_id: config.id.clone(),
            status: match waits {
                true => ConnectionStatus::Initiated,
                false => ConnectionStatus::Active,
            },
            status_reason: None,
            disabled: false,
            alias,
            labels,
            sealed: Vec::new(),
            generation: 1,
            expires_at,
            refresh_at: due(now, expires_at, can_renew(&config.scheme, &values)),
            created_at: now,
            updated_at: now,
        };
        self.seal_connection(&mut connection, &values).await?;
        let through = self
            .store
            .insert_connection(&connection, is_new.then_some(&config))
            .await?;
        self.leases.forget(&connection);
        config.id.clone_from(&through);
        connection.auth_config_id = through;
        Ok((connection, config, values))
    }
}

// What is connected at once has its credentials at hand.
fn at_hand(config: &AuthConfigRecord, values: &Values) -> Result<()> {
    if auth::needs_consent(&config.scheme, values) {
        return Err(needs_consent(config.scheme.as_str()));
    }
    Ok(())
}

/// The fields of a request, which may stand in two places; of the auth config's scheme if it names one.
fn given_fields(
    config: &AuthConfigRecord,
    state: Option<ConnectionData>,
    data: Option<Fields>,
) -> Result<Fields> {
    let (scheme, given) = match (state, data) {
        (Some(state), _) => (state.auth_scheme, state.val),
        (None, data) => (None, data.unwrap_or_default()),
    };
    match scheme.filter(|scheme| *scheme != config.scheme) {
        None => Ok(given),
        Some(scheme) => Err(other_scheme(
            &config.id,
            config.scheme.as_str(),
            scheme.as_str(),
        )),
    }
}

/// Says where the user consents, in every place that clients look at.
fn lead_to(created: &mut CreatedConnectedAccount, url: Url) {
    let fields = &mut created.connection_data.val;
    fields.insert("redirectUrl".to_owned(), url.as_str().into());
    created.redirect_uri = Some(url.as_str().to_owned());
    created.redirect_url = Some(url.into());
}

/// The user of a request that names none.
pub(super) fn default_user(caller: &Caller) -> String {
    caller.only_user().unwrap_or("default").to_owned()
}

fn candidates<'r>(
    release: &'r Release,
    scheme: Option<&AuthScheme>,
) -> impl Iterator<Item = &'r AuthConfigDetails> {
    release
        .schemes
        .iter()
        .filter(move |details| scheme.is_none_or(|scheme| details.mode == *scheme))
}

// The first scheme's error, unless a later one knows every given field and misses another.
fn more_telling(kept: Option<Error>, error: Error) -> Error {
    let misses = |error: &Error| error.slug() == Some("Auth_FieldMissing");
    match kept {
        Some(kept) if misses(&kept) || !misses(&error) => kept,
        _ => error,
    }
}

pub(super) fn check_names(user: &str, alias: Option<&str>, labels: &[String]) -> Result<()> {
    check_name("user id", user)?;
    if labels.len() > MOST_LABELS {
        let message = format!("an account has at most {MOST_LABELS} labels");
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    for label in labels {
        check_name("label", label)?;
    }
    alias.map_or(Ok(()), |alias| check_name("alias", alias))
}

pub(super) fn check_name(what: &str, name: &str) -> Result<()> {
    if name.is_empty() || name.len() > LONGEST_NAME || name.contains(char::is_control) {
        let message =
            format!("the {what} must be 1 to {LONGEST_NAME} bytes without control characters");
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(())
}
