//! Consent by OAuth 1 (RFC 5849, 2): a token for the request, the user's consent, a token for the account.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use composio_core::{Error, ErrorKind, Result, Secret, models::AuthConfigDetails};
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use super::{
    Accounts,
    faults::{no_scheme, unknown_flow},
    flows::{Callback, Finished},
    landing::return_address,
    links::hash,
};
use crate::{
    auth::{
        self, Values,
        oauth1::{Answer, Signer, Token, token_request},
    },
    clock,
    store::{AuthConfigRecord, ConnectionRecord, FlowRecord},
    vault::Place,
};

/// How long a user has.
const LIFE: Duration = Duration::from_secs(10 * 60);

/// What finishing takes.
#[derive(Serialize, Deserialize)]
struct Kept {
    secret: String,
    return_to: Option<String>,
}

/// What one provider expects, rendered for one account.
struct Settings {
    signer: Signer,
    request_url: Url,
    authorization_url: Url,
    token_url: Url,
    /// Further members of the answer that are kept.
    metadata: Vec<String>,
    own: Values,
}

impl Accounts {
    /// Asks the provider for a token for this request; gives the address where the user consents.
    pub(super) async fn begin_oauth1(
        &self,
        connection: &ConnectionRecord,
        config: &AuthConfigRecord,
        return_to: Option<&str>,
    ) -> Result<Url> {
        if let Some(address) = return_to {
            return_address(address)?;
        }
        let settings = self.oauth1_settings(connection, config).await?;
        let callback = self.callback_url()?;
        let own = [("oauth_callback", callback.as_str())];
        let answer = token_request(
            &self.executor,
            &settings.signer,
            &settings.request_url,
            &own,
        );
        let answer = answer.await.map_err(|reason| {
            let host = settings.request_url.host_str().unwrap_or_default();
            let message = format!("{host} gave no token for the request: {reason}");
            Error::new(ErrorKind::UnexpectedResponse, message).with_slug("Auth_ProviderRefused")
        })?;
        let Token { token, secret } = answer.token;
        self.keep_request(connection, &token, &secret, return_to)
            .await?;
        let mut url = settings.authorization_url;
        url.query_pairs_mut()
            .append_pair("oauth_token", token.expose());
        Ok(url)
    }

    /// Ends a consent with what the provider sent. Whatever comes of it, its token is used up.
    ///
    /// Errors: `InvalidInput` if the token is not known, used or too old.
    pub(super) async fn finish_oauth1(
        &self,
        token: &Secret,
        callback: &Callback,
    ) -> Result<Finished> {
        let flow = self.store.take_flow(&hash(token.expose())).await?;
        let flow = flow.filter(|flow| flow.expires_at > clock::now());
        let flow = flow.ok_or_else(unknown_flow)?;
        let record = record(&flow.state);
        let kept = self.vault.open(place(&flow.project, &record), &flow.sealed);
        let kept: Kept =
            serde_json::from_slice(&kept.await?).map_err(|error| unreadable(&error))?;
        let (connection, config) = self.flow_parts(&flow).await?;
        let mut settings = self.oauth1_settings(&connection, &config).await?;
        settings.signer.token = Some(Token {
            token: token.clone(),
            secret: Secret::from(kept.secret),
        });
        let return_to = kept.return_to.and_then(|text| Url::parse(&text).ok());
        match self.oauth1_token(&settings, callback).await {
            Ok(answer) => {
                let values = settings.kept(answer);
                let id = connection.id.clone();
                let settled = self.settle(connection, values, None, None).await?;
                let connection = self.store.connection(&flow.project, &id).await?;
                Ok(Finished {
                    connection: connection.ok_or_else(unknown_flow)?,
                    fault: None,
                    waits: settled.waits,
                    return_to: settled.next.or(return_to),
                })
            }
            Err(fault) => Ok(Finished {
                connection: self.keep_fault(connection, &fault).await?,
                fault: Some(fault),
                waits: false,
                return_to,
            }),
        }
    }

    async fn oauth1_token(
        &self,
        settings: &Settings,
        callback: &Callback,
    ) -> Result<Answer, String> {
        if callback.is_denied {
            return Err("the user or the provider refused".to_owned());
        }
        let verifier = callback.verifier.as_ref();
        let verifier = verifier.ok_or("the provider sent no verifier")?;
        let own = [("oauth_verifier", verifier.expose())];
        token_request(&self.executor, &settings.signer, &settings.token_url, &own).await
    }

    async fn keep_request(
        &self,
        connection: &ConnectionRecord,
        token: &Secret,
        secret: &Secret,
        return_to: Option<&str>,
    ) -> Result<()> {
        let kept = Kept {
            secret: secret.expose().to_owned(),
            return_to: return_to.map(str::to_owned),
        };
        let bytes = Zeroizing::new(serde_json::to_vec(&kept).map_err(|error| unreadable(&error))?);
        let now = clock::now();
        let state = hash(token.expose());
        let record = record(&state);
        let place = place(&connection.project, &record);
        let flow = FlowRecord {
            sealed: self.vault.seal(place, &bytes).await?,
            state,
            project: connection.project.clone(),
            connection_id: connection.id.clone(),
            expires_at: now + clock::microseconds(LIFE),
            created_at: now,
        };
        self.store.insert_flow(&flow).await
    }

    async fn oauth1_settings(
        &self,
        connection: &ConnectionRecord,
        config: &AuthConfigRecord,
    ) -> Result<Settings> {
        let app = self.catalogue.app(&config.toolkit)?;
        let release = &app.newest;
        let missing = || no_scheme(&config.toolkit, &config.scheme_name);
        let details: &AuthConfigDetails =
            release.scheme(&config.scheme_name).ok_or_else(missing)?;
        let scheme = release
            .scheme_config(&config.scheme_name)
            .ok_or_else(missing)?;
        let own = self.open_connection(connection).await?;
        let all = auth::complete(details, self.open_config(config).await?, own.clone());
        let address = |name: &str, template: Option<&str>| {
            let template = template.ok_or_else(|| {
                let message = format!("the scheme {} has no {name}", scheme.name);
                Error::new(ErrorKind::Config, message)
            })?;
            self.executor.render_address(name, template, &all)
        };
        let mut signer = Signer::of(&all, scheme.signature_method.as_deref())?;
        signer.token = None;
        Ok(Settings {
            signer,
            request_url: address("request_url", scheme.request_url.as_deref())?,
            authorization_url: address("authorization_url", scheme.authorization_url.as_deref())?,
            token_url: address("token_url", scheme.token_url.as_deref())?,
            metadata: release.toolkit.integration.token_response_metadata.clone(),
            own,
        })
    }
}

impl Settings {
    /// The account's own fields with the new token, and what else is to be kept of the answer.
    fn kept(self, answer: Answer) -> Values {
        let mut values = self.own;
        for (name, value) in answer.others {
            if self.metadata.contains(&name) {
                values.insert(name, Secret::from(value));
            }
        }
        values.insert("oauth_token".to_owned(), answer.token.token);
        values.insert("oauth_token_secret".to_owned(), answer.token.secret);
        values
    }
}

fn record(state: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(state)
}

fn place<'a>(project: &'a str, record: &'a str) -> Place<'a> {
    Place {
        project,
        record,
        field: "oauth1",
        generation: 0,
    }
}

// Where the parser stopped is enough: its message may quote the text.
fn unreadable(error: &serde_json::Error) -> Error {
    let column = error.column();
    let message = format!("a sealed request is not readable at column {column}");
    Error::new(ErrorKind::Internal, message)
}
