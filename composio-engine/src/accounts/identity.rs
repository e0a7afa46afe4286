//! Whose account it is, and whether its credentials are any good: what the app's own endpoint says.

use composio_core::{
    Error, ErrorKind, Result,
    models::{AccountIdentity, ProxyRequest, RawJson},
};
use serde_json::Value;

use super::{
    Accounts,
    faults::{no_scheme, no_validation},
};
use crate::{
    audit::Action,
    auth::{self, Values},
    executor::Credentials,
    store::{AuthConfigRecord, ConnectionRecord},
};

const REFUSED: &str = "Auth_CredentialsRefused";
/// The longest name that is kept, in bytes.
const LONGEST: usize = 512;

impl Accounts {
    /// Asks the app who `own` belongs to; `None` if the app has no endpoint for it.
    ///
    /// Errors: `InvalidInput` if the app refuses the credentials, `UnexpectedResponse` if it says neither yes nor no, and
    /// those of sending.
    pub(super) async fn ask_who(
        &self,
        config: &AuthConfigRecord,
        account: Option<&str>,
        own: &Values,
    ) -> Result<Option<AccountIdentity>> {
        let app = self.catalogue.app(&config.toolkit)?;
        let toolkit = &app.newest.toolkit;
        let integration = &toolkit.integration;
        let endpoint = integration.get_current_user_endpoint.as_deref();
        let Some(endpoint) = endpoint.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let missing = || no_scheme(&config.toolkit, &config.scheme_name);
        let details = app.newest.scheme(&config.scheme_name).ok_or_else(missing)?;
        let developer = self.developer_values(config).await?;
        let scheme = app.newest.scheme_config(&config.scheme_name);
        let credentials = Credentials {
            scheme: config.scheme.clone(),
            scheme_name: scheme.map(|scheme| scheme.name.clone()).unwrap_or_default(),
            values: auth::complete(details, developer, own.clone()),
        };
        let what = "get_current_user_endpoint";
        let endpoint = self
            .executor
            .render_text(what, endpoint, &credentials.values)?;
        // An account that lacks what the address is made of cannot be asked about.
        let Some(endpoint) = endpoint else {
            return Ok(None);
        };
        let identity = integration.identity.clone().unwrap_or_default();
        let method = identity.method.as_deref().unwrap_or("GET");
        let mut request = ProxyRequest::new(method, endpoint);
        if let Some(body) = &identity.body {
            let body: Value = serde_json::from_str(body).unwrap_or(Value::Null);
            request.body = Some(RawJson::from(body));
        }
        let request = self
            .executor
            .prepare_proxied(toolkit, Some(&credentials), &request)?;
        let noted = self.note_new(Action::Identify, config, account, Some(request.host()))?;
        let answer = self.executor.send(request, noted).await?;
        let answer = answer.into_proxy_response()?;
        let said = answer.data.to_value();
        let is_valid = identity
            .valid_if
            .as_deref()
            .is_none_or(|path| at(&said, path) == Some(&Value::Bool(true)));
        match answer.status {
            200..=299 if is_valid => Ok(Some(AccountIdentity::new(
                identity.id.as_deref().and_then(|path| text_at(&said, path)),
                identity
                    .label
                    .as_deref()
                    .and_then(|path| text_at(&said, path)),
            ))),
            200..=299 | 400 | 401 | 403 => Err(refused(&integration.name)),
            status => Err(unclear(&integration.name, status)),
        }
    }

    /// Whether the app still takes the credentials of an account; whose they are is noted by the way.
    ///
    /// Errors: `NotSupported` if the app has no endpoint for it, and those of asking it.
    pub(super) async fn is_valid(
        &self,
        connection: &ConnectionRecord,
        config: &AuthConfigRecord,
    ) -> Result<bool> {
        let own = self.open_connection(connection).await?;
        match self.ask_who(config, Some(&connection.id), &own).await {
            Ok(Some(identity)) => {
                let (project, id) = (&connection.project, &connection.id);
                self.keep_identity(project, id, &identity).await?;
                Ok(true)
            }
            Ok(None) => Err(no_validation()),
            Err(error) if error.slug() == Some(REFUSED) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Notes whose account it is, where the app tells.
    pub(super) async fn learn_identity(
        &self,
        connection: &ConnectionRecord,
        config: &AuthConfigRecord,
    ) -> Result<()> {
        if self.tells_identity(&connection.toolkit) {
            let own = self.open_connection(connection).await?;
            let (project, id) = (&connection.project, &connection.id);
            self.note_identity(project, id, config, &own).await;
        }
        Ok(())
    }

    /// Notes whose account it is, where the app says so. Not to know is no fault.
    async fn note_identity(
        &self,
        project: &str,
        account: &str,
        config: &AuthConfigRecord,
        own: &Values,
    ) {
        let noted = async {
            match self.ask_who(config, Some(account), own).await? {
                Some(identity) => self.keep_identity(project, account, &identity).await,
                None => Ok(()),
            }
        };
        if let Err(error) = noted.await {
            tracing::info!(account, %error, "the app does not say whose account it is");
        }
    }

    pub(super) async fn keep_identity(
        &self,
        project: &str,
        account: &str,
        identity: &AccountIdentity,
    ) -> Result<()> {
        let text = serde_json::to_string(identity).unwrap_or_default();
        self.store.set_identity(project, account, &text).await
    }

    /// Whether somebody is told whose account of the toolkit it is.
    fn tells_identity(&self, toolkit: &str) -> bool {
        let app = self.catalogue.app(toolkit);
        app.is_ok_and(|app| app.newest.toolkit.integration.identity.is_some())
    }
}

/// What stands at `data.user.0.name`.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, part| match value {
        Value::Array(entries) => entries.get(part.parse::<usize>().ok()?),
        other => other.get(part),
    })
}

fn text_at(value: &Value, path: &str) -> Option<String> {
    let text = match at(value, path)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let fits = !text.is_empty() && text.len() <= LONGEST && !text.contains(char::is_control);
    fits.then_some(text)
}

fn refused(app: &str) -> Error {
    let message = format!("{app} does not accept these credentials");
    Error::new(ErrorKind::InvalidInput, message).with_slug(REFUSED)
}

fn unclear(app: &str, status: u16) -> Error {
    let message =
        format!("{app} does not say whether the credentials are right: it answers {status}");
    Error::new(ErrorKind::UnexpectedResponse, message).with_slug("Auth_CredentialsUnclear")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::text_at;

    #[test]
    fn names_are_found_by_their_path_and_only_texts_are_names() {
        let said = json!({"user": [{"login": "mira", "id": 7, "none": null, "bad": "a\u{7}b"}], "ok": true});
        assert_eq!(text_at(&said, "user.0.login").as_deref(), Some("mira"));
        assert_eq!(text_at(&said, "user.0.id").as_deref(), Some("7"));
        for path in [
            "user",
            "user.1.login",
            "user.x.login",
            "user.0.none",
            "user.0.bad",
            "ok",
            "",
            "a..b",
        ] {
            assert_eq!(text_at(&said, path), None, "{path}");
        }
    }
}
