//! An authorization from its beginning to the callback (RFC 6749, 4.1): state, verifier, tokens.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use composio_core::{
    Result, Secret,
    models::{AuthConfigDetails, AuthScheme},
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Accounts,
    faults::{
        changed_meanwhile, disabled_auth_config, mixed_up, no_account, no_auth_config,
        no_public_url, no_scheme, unknown_flow,
    },
    kept_flow::LIFE,
    landing::{return_address, verification},
    lifecycle::Event,
    refresh::due,
};
use crate::{
    audit::{Action, Who},
    auth::{
        self, Obtain, Values,
        oauth2::{
            Authorization, Given, Grant, Settings, TokenFault, Tokens, Verifier, request_tokens,
        },
    },
    clock,
    store::{AuthConfigRecord, ConnectionRecord, FlowRecord},
};

/// Where a provider sends the user back to, below the public URL. The product documents name it, and clients are
/// registered with it at providers.
pub(crate) const CALLBACK: &str = "/api/v1/auth-apps/add";
/// How long finishing may take after that.
const GRACE: i64 = 60 * 1_000_000;
/// How often a write is tried that others get in the way of.
const ATTEMPTS: usize = 5;
const UNFINISHED: &str = "the user did not finish within 10 minutes";

/// What a provider sends along with the user. Its words are a stranger's.
#[derive(Debug, Default)]
pub(crate) struct Callback {
    pub(crate) state: Option<Secret>,
    pub(crate) code: Option<Secret>,
    pub(crate) error: Option<String>,
    pub(crate) error_description: Option<String>,
    /// The issuer (RFC 9207).
    pub(crate) issuer: Option<String>,
    /// OAuth 1 (RFC 5849, 2.2): the token of the request, and the proof that its user consented.
    pub(crate) token: Option<Secret>,
    pub(crate) verifier: Option<Secret>,
    /// OAuth 1: whether the provider says that its user refused.
    pub(crate) is_denied: bool,
}

impl Callback {
    /// Whether it says that somebody refused, and not what: some OAuth 1 providers leave the token out then.
    pub(crate) fn is_nameless_refusal(&self) -> bool {
        self.error.is_some() && self.state.is_none() && self.token.is_none()
    }
}

/// How an authorization ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) connection: ConnectionRecord,
    /// Why it failed, if it did.
    pub(crate) fault: Option<String>,
    /// Whether the application has to confirm who consented.
    pub(crate) waits: bool,
    /// Where the program wants its user, with its own query.
    pub(crate) return_to: Option<Url>,
}

/// What finishing a flow takes.
#[derive(Serialize, Deserialize)]
struct Kept {
    redirect_uri: String,
    verifier: Option<String>,
    return_to: Option<String>,
}

impl Accounts {
    /// Begins an authorization for an account; gives the address where its user consents.
    pub(super) async fn begin_flow(
        &self,
        connection: &ConnectionRecord,
        config: &AuthConfigRecord,
        return_to: Option<&str>,
    ) -> Result<Url> {
        if let Some(address) = return_to {
            return_address(address)?;
        }
        if config.scheme == AuthScheme::Oauth1 {
            return self.begin_oauth1(connection, config, return_to).await;
        }
        let config = &self.with_client(config).await?;
        let settings = self.settings(connection, config).await?;
        let redirect_uri = match settings.redirect_uri.clone() {
            Some(own) => own,
            None => self.callback_url()?,
        };
        let state = random_state();
        let verifier = settings.verifier();
        let url = settings.authorize(Authorization {
            state: &state,
            redirect_uri: &redirect_uri,
            verifier: verifier.as_ref(),
        })?;
        let kept = Kept {
            redirect_uri,
            verifier: verifier.map(|verifier| verifier.secret().expose().to_owned()),
            return_to: return_to.map(str::to_owned),
        };
        self.keep_flow(connection, &state, &kept).await?;
        Ok(url)
    }

    /// Begins the first authorization of a new account, which goes again if that fails.
    pub(super) async fn begin_new(
        &self,
        connection: &ConnectionRecord,
        config: &AuthConfigRecord,
        return_to: Option<String>,
    ) -> Result<Url> {
        let begun = self
            .begin_flow(connection, config, return_to.as_deref())
            .await;
        if begun.is_err() {
            self.store
                .delete_connection(&connection.project, &connection.id)
                .await?;
        }
        begun
    }

    /// Lets the user of an account consent again. The account keeps its id, and works on meanwhile if it works.
    ///
    /// Errors: `InvalidInput` for a scheme without consent, `Conflict` for a disabled auth config, and those of
    /// beginning a flow; nothing is changed then.
    pub(super) async fn reconnect(
        &self,
        mut connection: ConnectionRecord,
        config: &AuthConfigRecord,
        return_to: Option<&str>,
    ) -> Result<(ConnectionRecord, Url)> {
        if !config.enabled {
            return Err(disabled_auth_config(&config.id));
        }
        let url = self.begin_flow(&connection, config, return_to).await?;
        for _ in 0..ATTEMPTS {
            let before = connection.status.clone();
            if !connection.undergo(Event::Invite) || connection.status == before {
                return Ok((connection, url));
            }
            let values = self.open_connection(&connection).await?;
            if self.put(&mut connection, &values, clock::now()).await? {
                return Ok((connection, url));
            }
            connection = self.reread(&connection).await?;
        }
        Err(changed_meanwhile(&connection.id))
    }

    /// Ends an authorization with what its provider sent. Whatever comes of it, its state is used up.
    ///
    /// Errors: `InvalidInput` if the state is missing, unknown, used or too old, and nothing is changed then.
    pub(crate) async fn finish_flow(&self, callback: Callback) -> Result<Finished> {
        if let (None, Some(token)) = (&callback.state, &callback.token) {
            return self.finish_oauth1(token, &callback).await;
        }
        let state = callback.state.as_ref().ok_or_else(unknown_flow)?;
        let (flow, kept): (FlowRecord, Kept) = self.take_flow(state).await?;
        let (connection, config) = self.flow_parts(&flow).await?;
        let settings = self.settings(&connection, &config).await?;
        let verifier = self.projects.verifier(&flow.project).await?;
        let answer = self.tokens(&connection, &settings, &callback, &kept).await;
        let mut return_to = kept.return_to.and_then(|text| Url::parse(&text).ok());
        let waits = verifier.is_some() && answer.is_ok();
        let (connection, fault) = match (answer, verifier) {
            (Ok(tokens), None) => (self.keep_tokens(connection, tokens).await?, None),
            (Ok(tokens), Some(verifier)) => {
                let (connection, session) = self.hold_tokens(connection, tokens).await?;
                return_to = Some(verification(&verifier, &session));
                (connection, None)
            }
            (Err(fault), _) => (self.keep_fault(connection, &fault).await?, Some(fault)),
        };
        if fault.is_none() {
            self.store.delete_links(&connection.id).await?;
            if !waits {
                self.learn_identity(&connection, &config).await?;
            }
        }
        Ok(Finished {
            connection,
            fault,
            waits,
            return_to,
        })
    }

    /// Ends authorizations that nobody finished in time.
    pub(crate) async fn expire_flows(&self, now: i64) -> Result<()> {
        let since = now - LIFE - GRACE;
        self.store.expire_flows(now, since, UNFINISHED).await
    }

    /// Where providers send users back to.
    pub(crate) fn callback_url(&self) -> Result<String> {
        let base = self.public_url.of_browsers().ok_or_else(no_public_url)?;
        Ok(format!("{base}{CALLBACK}"))
    }

    /// What the provider of an account expects.
    pub(crate) async fn settings(
        &self,
        connection: &ConnectionRecord,
        config: &AuthConfigRecord,
    ) -> Result<Settings> {
        let own = self.open_connection(connection).await?;
        self.settings_with(config, &own).await
    }

    /// The same for an account with the fields `own`.
    async fn settings_with(&self, config: &AuthConfigRecord, own: &Values) -> Result<Settings> {
        let app = self.catalogue.app(&config.toolkit)?;
        let release = &app.newest;
        let missing = || no_scheme(&config.toolkit, &config.scheme_name);
        let details: &AuthConfigDetails =
            release.scheme(&config.scheme_name).ok_or_else(missing)?;
        let scheme = release
            .scheme_config(&config.scheme_name)
            .ok_or_else(missing)?;
        let all = auth::complete(details, self.developer_values(config).await?, own.clone());
        let given = Given { all: &all, own };
        let integration = &release.toolkit.integration;
        let metadata = self.metadata(integration, scheme, &all).await?;
        Settings::render(
            &self.executor,
            integration,
            scheme,
            given,
            metadata.as_deref(),
        )
    }

    /// Asks for tokens with the credentials that an account and its developer have, once; `connection` if it is there
    /// already.
    ///
    /// Errors: those of credentials that cannot be used, and nothing is sent then.
    pub(super) async fn own_tokens(
        &self,
        config: &AuthConfigRecord,
        own: &Values,
        connection: Option<&ConnectionRecord>,
    ) -> Result<Result<Tokens, TokenFault>> {
        let note = |host: Option<&str>| match connection {
            Some(connection) => self.note(Action::Refresh, Who::Engine, connection, host),
            None => self.note_new(Action::Connect, config, None, host),
        };
        if config.scheme == AuthScheme::S2sOauth2 {
            let settings = self.settings_with(config, own).await?;
            let grant = Grant::ClientCredentials;
            let noted = note(Some(settings.host_of(grant)))?;
            return Ok(request_tokens(&self.executor, &settings, grant, noted).await);
        }
        let app = self.catalogue.app(&config.toolkit)?;
        let release = &app.newest;
        let missing = || no_scheme(&config.toolkit, &config.scheme_name);
        let details = release.scheme(&config.scheme_name).ok_or_else(missing)?;
        let scheme = release.scheme_config(&config.scheme_name);
        let all = auth::complete(details, self.developer_values(config).await?, own.clone());
        let obtain = Obtain::of(
            &config.scheme,
            &auth::Request {
                executor: &self.executor,
                integration: &release.toolkit.integration,
                scheme: scheme.ok_or_else(missing)?,
                given: Given { all: &all, own },
            },
        )?;
        let noted = note(obtain.host())?;
        Ok(obtain.run(&self.executor, noted).await)
    }

    /// Gets the first tokens of an account whose scheme takes no user (RFC 6749, 4.4), unless they were given; says when
    /// they run out.
    ///
    /// Errors: those of the provider, with its reason.
    pub(super) async fn fetch_tokens(
        &self,
        config: &AuthConfigRecord,
        own: &mut Values,
    ) -> Result<Option<i64>> {
        let given = auth::oauth2::take_life(own);
        if !auth::fetches_tokens(&config.scheme) || own.contains_key("access_token") {
            return Ok(given.map(|life| clock::now().saturating_add(life)));
        }
        let tokens = self.own_tokens(config, own, None).await?;
        let tokens = tokens.map_err(|fault| fault.to_error())?;
        let lives = tokens.expires_in.map(clock::microseconds);
        tokens.replace(own);
        Ok(lives.map(|life| clock::now().saturating_add(life)))
    }

    pub(super) async fn flow_parts(
        &self,
        flow: &FlowRecord,
    ) -> Result<(ConnectionRecord, AuthConfigRecord)> {
        let connection = self.store.connection(&flow.project, &flow.connection_id);
        let connection = connection
            .await?
            .ok_or_else(|| no_account(&flow.connection_id))?;
        let config = &connection.auth_config_id;
        let config = self.store.auth_config(&flow.project, config).await?;
        let config = config.ok_or_else(|| no_auth_config(&connection.auth_config_id))?;
        Ok((connection, config))
    }

    /// Exchanges the code, or says why there is nothing to exchange.
    async fn tokens(
        &self,
        connection: &ConnectionRecord,
        settings: &Settings,
        callback: &Callback,
        kept: &Kept,
    ) -> Result<Tokens, String> {
        if !settings.is_from(callback.issuer.as_deref()) {
            return Err(mixed_up());
        }
        if let Some(error) = &callback.error {
            return Err(refused_by_user(
                error,
                callback.error_description.as_deref(),
            ));
        }
        let code = callback.code.as_ref();
        let code = code.ok_or("the provider sent neither a code nor an error")?;
        let verifier = kept.verifier.as_deref();
        let verifier = verifier.map(|text| Verifier::kept(Secret::from(text)));
        let grant = Grant::Code {
            code,
            redirect_uri: &kept.redirect_uri,
            verifier: verifier.as_ref(),
        };
        let host = Some(settings.host_of(grant));
        let noted = self.note(Action::Connect, Who::Engine, connection, host);
        let noted = noted.map_err(|error| error.message().to_owned())?;
        let tokens = request_tokens(&self.executor, settings, grant, noted).await;
        tokens.map_err(|fault| fault.reason().to_owned())
    }

    /// Makes the account usable with the tokens of a new consent.
    async fn keep_tokens(
        &self,
        mut connection: ConnectionRecord,
        tokens: Tokens,
    ) -> Result<ConnectionRecord> {
        for _ in 0..ATTEMPTS {
            let mut values = self.open_connection(&connection).await?;
            let now = clock::now();
            let lives = tokens.expires_in.map(clock::microseconds);
            connection.expires_at = lives.map(|life| now.saturating_add(life));
            tokens.clone().replace(&mut values);
            let can_renew = values.contains_key("refresh_token");
            connection.refresh_at = due(now, connection.expires_at, can_renew);
            if !connection.undergo(Event::Connect) {
                return Ok(connection);
            }
            if self.put(&mut connection, &values, now).await? {
                return Ok(connection);
            }
            connection = self.reread(&connection).await?;
        }
        Err(changed_meanwhile(&connection.id))
    }

    /// Keeps the tokens of a new consent until the application has said who consented; gives the session.
    async fn hold_tokens(
        &self,
        mut connection: ConnectionRecord,
        tokens: Tokens,
    ) -> Result<(ConnectionRecord, String)> {
        let mut values = self.open_connection(&connection).await?;
        let lives = tokens.expires_in.map(clock::microseconds);
        let expires_at = lives.map(|life| clock::now().saturating_add(life));
        tokens.replace(&mut values);
        let session = self.hold(&mut connection, &values, expires_at).await?;
        Ok((connection, session))
    }

    /// Notes why a consent failed. An account that was usable before stays so.
    pub(super) async fn keep_fault(
        &self,
        mut connection: ConnectionRecord,
        fault: &str,
    ) -> Result<ConnectionRecord> {
        for _ in 0..ATTEMPTS {
            let before = connection.status.clone();
            if !connection.undergo(Event::Fail) || connection.status == before {
                return Ok(connection);
            }
            let values = self.open_connection(&connection).await?;
            connection.status_reason = Some(fault.to_owned());
            if self.put(&mut connection, &values, clock::now()).await? {
                return Ok(connection);
            }
            connection = self.reread(&connection).await?;
        }
        Err(changed_meanwhile(&connection.id))
    }

    /// Writes the next generation of an account; whether nobody else was faster.
    async fn put(
        &self,
        connection: &mut ConnectionRecord,
        values: &Values,
        now: i64,
    ) -> Result<bool> {
        connection.generation += 1;
        connection.updated_at = now;
        self.seal_connection(connection, values).await?;
        let done = self.store.update_connection(connection).await;
        self.leases.forget(connection);
        done
    }

    async fn reread(&self, connection: &ConnectionRecord) -> Result<ConnectionRecord> {
        let found = self.store.connection(&connection.project, &connection.id);
        found.await?.ok_or_else(|| no_account(&connection.id))
    }
}

fn random_state() -> Secret {
    Secret::from(BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
}

/// What a provider says when its user did not consent (RFC 6749, 4.1.2.1).
fn refused_by_user(error: &str, description: Option<&str>) -> String {
    let error = auth::oauth2::excerpt(error);
    match (&*error, description.map(auth::oauth2::excerpt)) {
        ("access_denied", None) => "the user or the provider refused (access_denied)".to_owned(),
        (_, Some(description)) if !description.is_empty() => {
            format!("the provider refused: {error} ({description})")
        }
        _ => format!("the provider refused: {error}"),
    }
}
