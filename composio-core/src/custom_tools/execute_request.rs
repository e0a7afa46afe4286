use std::{fmt, future::IntoFuture};

use super::CustomCall;
use crate::{
    Result,
    client::{BoxFuture, Client},
    connections::newest_active,
    models::{
        CustomAuth, ProxyParameter, ProxyParameterType, ProxyRequest, ProxyResponse, RawJson,
    },
};

/// Sends requests to an app with the credentials of the user for whom the tool runs: the seed's `execute_request`.
///
/// Credentials that the toolset was given by `add_auth` are used in place of a connection. They never pass through
/// the tool.
#[doc(alias = "execute_request")]
#[derive(Clone)]
pub struct ExecuteRequest {
    client: Client,
    app: String,
    entity: String,
    account: Option<String>,
    auth: Option<CustomAuth>,
}

impl ExecuteRequest {
    pub(super) fn new(call: CustomCall) -> Self {
        Self {
            client: call.client,
            app: call.app,
            entity: call.entity,
            account: call.account,
            auth: call.auth,
        }
    }

    /// The user for whom the tool runs.
    #[must_use]
    pub fn entity(&self) -> &str {
        &self.entity
    }

    /// A request to `endpoint`, a path below the app's base URL.
    pub fn request(&self, method: impl Into<String>, endpoint: impl Into<String>) -> ProxyCall {
        ProxyCall {
            handle: self.clone(),
            request: ProxyRequest::new(method, endpoint),
        }
    }

    /// A GET request.
    pub fn get(&self, endpoint: impl Into<String>) -> ProxyCall {
        self.request("GET", endpoint)
    }

    /// A POST request with a JSON body.
    pub fn post(&self, endpoint: impl Into<String>, body: impl Into<RawJson>) -> ProxyCall {
        self.request("POST", endpoint).body(body)
    }

    async fn send(self, mut request: ProxyRequest) -> Result<ProxyResponse> {
        request.toolkit_slug = Some(self.app.clone());
        if let Some(auth) = &self.auth {
            // A service that does not know credentials of the program's own must not take a connection's instead.
            request.custom_auth_params = Some(auth.clone());
            request.entity_id = Some(self.entity.clone());
        } else {
            request.user_id = Some(self.entity.clone());
            let account = match &self.account {
                Some(account) => account.clone(),
                None => {
                    newest_active(&self.client, &self.entity, &self.app)
                        .await?
                        .id
                }
            };
            request.connected_account_id = Some(account);
        }
        self.client.tools().proxy(&request).await
    }
}

impl fmt::Debug for ExecuteRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExecuteRequest({} as {})", self.app, self.entity)
    }
}

/// One request of an [`ExecuteRequest`]. Await it.
///
/// The vendor's 4xx and 5xx are answers ([`ProxyResponse::status`]); an error means that there is none.
#[derive(Debug, Clone)]
#[must_use = "a request is sent when it is awaited"]
pub struct ProxyCall {
    handle: ExecuteRequest,
    request: ProxyRequest,
}

impl ProxyCall {
    /// Sets the JSON body.
    pub fn body(mut self, body: impl Into<RawJson>) -> Self {
        self.request.body = Some(body.into());
        self
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request
            .parameters
            .push(ProxyParameter::new(ProxyParameterType::Query, name, value));
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request
            .parameters
            .push(ProxyParameter::new(ProxyParameterType::Header, name, value));
        self
    }
}

impl IntoFuture for ProxyCall {
    type Output = Result<ProxyResponse>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.handle.send(self.request))
    }
}
