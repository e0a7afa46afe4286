//! Consent by OAuth 1 (RFC 5849, 2): a token for the request, the user's consent, a token for the account.

use composio_core::{Error, ErrorKind, Result, Secret, models::AuthConfigDetails};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Accounts,
    faults::{no_scheme, unknown_flow},
    flows::{Callback, Finished},
};
use crate::{
    audit::{Action, Who},
    auth::{
        self, Values,
        oauth1::{Answer, Signer, Token, token_request},
    },
    store::{AuthConfigRecord, ConnectionRecord, FlowRecord},
};

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
        let settings = self.oauth1_settings(connection, config).await?;
        let callback = self.callback_url()?;
        let own = [("oauth_callback", callback.as_str())];
        let host = settings.request_url.host_str();
        let noted = self.note(Action::Connect, Who::Engine, connection, host)?;
        let answer = token_request(
            &self.executor,
            &settings.signer,
            &settings.request_url,
            &own,
            noted,
        );
        let answer = answer.await.map_err(|reason| {
            let host = settings.request_url.host_str().unwrap_or_default();
            let message = format!("{host} gave no token for the request: {reason}");
            Error::new(ErrorKind::UnexpectedResponse, message).with_slug("Auth_ProviderRefused")
        })?;
        let Token { token, secret } = answer.token;
        let kept = Kept {
            secret: secret.expose().to_owned(),
            return_to: return_to.map(str::to_owned),
        };
        self.keep_flow(connection, &token, &kept).await?;
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
        let (flow, kept): (FlowRecord, Kept) = self.take_flow(token).await?;
        let (connection, config) = self.flow_parts(&flow).await?;
        let mut settings = self.oauth1_settings(&connection, &config).await?;
        settings.signer.token = Some(Token {
            token: token.clone(),
            secret: Secret::from(kept.secret),
        });
        let return_to = kept.return_to.and_then(|text| Url::parse(&text).ok());
        match self.oauth1_token(&connection, &settings, callback).await {
            Ok(answer) => {
                let values = settings.kept(answer);
                let id = connection.id.clone();
                let settled = self.settle(connection, values, None, None).await?;
                let connection = self.store.connection(&flow.project, &id).await?;
                let connection = connection.ok_or_else(unknown_flow)?;
                if !settled.waits {
                    self.learn_identity(&connection, &config).await?;
                }
                Ok(Finished {
                    connection,
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
        connection: &ConnectionRecord,
        settings: &Settings,
        callback: &Callback,
    ) -> Result<Answer, String> {
        if callback.is_denied {
            return Err("the user or the provider refused".to_owned());
        }
        let verifier = callback.verifier.as_ref();
        let verifier = verifier.ok_or("the provider sent no verifier")?;
        let own = [("oauth_verifier", verifier.expose())];
        let (signer, url) = (&settings.signer, &settings.token_url);
        let noted = self.note(Action::Connect, Who::Engine, connection, url.host_str());
        let noted = noted.map_err(|error| error.message().to_owned())?;
        token_request(&self.executor, signer, url, &own, noted).await
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
