use std::future::IntoFuture;

use crate::{
    Error, ErrorKind, Result,
    client::{BoxFuture, Client},
    models::{AuthField, AuthScheme, Toolkit},
};

/// What an app asks of a user who connects.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ExpectedParams {
    /// The integration that was named.
    #[doc(alias = "auth_config_id")]
    pub integration_id: Option<String>,
    /// The scheme that asks.
    pub auth_scheme: AuthScheme,
    /// The fields, required ones first; none where the user consents on a page of the app's.
    #[doc(alias = "expectedInputFields")]
    pub expected_params: Vec<AuthField>,
}

impl ExpectedParams {
    /// The names of the fields, required ones first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.expected_params.iter().map(|field| field.name.as_str())
    }
}

/// A question for [`ExpectedParams`]. Await it. From
/// [`ToolSet::get_expected_params_for_user`](crate::ToolSet::get_expected_params_for_user).
///
/// It fails with [`ErrorKind::InvalidInput`] if the app has no such scheme, or the integration is another app's.
#[derive(Debug, Clone)]
#[must_use = "nothing is asked until this is awaited"]
pub struct GetExpectedParams {
    client: Client,
    app: String,
    scheme: Option<AuthScheme>,
    integration: Option<String>,
}

impl GetExpectedParams {
    pub(crate) fn new(client: Client, app: String) -> Self {
        Self {
            client,
            app,
            scheme: None,
            integration: None,
        }
    }

    /// The scheme, such as `"API_KEY"`; without it the integration's, else the app's first.
    pub fn auth_scheme(mut self, scheme: impl Into<AuthScheme>) -> Self {
        self.scheme = Some(scheme.into());
        self
    }

    /// The integration to connect through, `ac_…`.
    #[doc(alias = "auth_config_id")]
    pub fn integration_id(mut self, id: impl Into<String>) -> Self {
        self.integration = Some(id.into());
        self
    }

    async fn ask(self) -> Result<ExpectedParams> {
        let mut scheme = self.scheme;
        if let Some(id) = &self.integration {
            let config = self.client.auth_configs().get(id).await?;
            let slug = &config.toolkit.slug;
            if !slug.eq_ignore_ascii_case(&self.app) {
                let message = format!("{id} belongs to {slug}, not to {}", self.app);
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
            scheme = scheme.or(config.auth_scheme);
        }
        let toolkit = self.client.toolkits().get(&self.app).await?;
        let (auth_scheme, expected_params) = asked(&toolkit, scheme.as_ref())?;
        Ok(ExpectedParams {
            integration_id: self.integration,
            auth_scheme,
            expected_params,
        })
    }
}

fn asked(toolkit: &Toolkit, scheme: Option<&AuthScheme>) -> Result<(AuthScheme, Vec<AuthField>)> {
    let mut all = toolkit.auth_config_details.iter().flatten();
    let fits = |mode: &AuthScheme| match scheme {
        Some(scheme) => mode == scheme,
        None => *mode != AuthScheme::NoAuth,
    };
    let details = all.find(|details| fits(&details.mode)).ok_or_else(|| {
        let message = match scheme {
            Some(scheme) => format!("the app {} has no scheme {scheme}", toolkit.slug),
            None => format!("the app {} needs no connection", toolkit.slug),
        };
        Error::new(ErrorKind::InvalidInput, message)
    })?;
    let users = &details.fields.connected_account_initiation;
    let fields = users.required.iter().chain(&users.optional);
    Ok((details.mode.clone(), fields.cloned().collect()))
}

impl IntoFuture for GetExpectedParams {
    type Output = Result<ExpectedParams>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.ask())
    }
}
