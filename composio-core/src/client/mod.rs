//! The typed v3.1 client: builders in, models out, over any [`Transport`].
//!
//! ```no_run
//! # async fn example(transport: composio_core::Transport) -> composio_core::Result<()> {
//! use composio_core::client::Client;
//!
//! let client = Client::new(transport);
//! let tool = client.tools().get("GITHUB_GET_THE_AUTHENTICATED_USER").await?;
//! let result = client.tools().execute(&tool.slug).user_id("alice").await?;
//! # Ok(()) }
//! ```

mod auth_configs;
mod auth_plan;
mod connect;
mod connected_accounts;
mod files;
mod paging;
mod query;
mod toolkits;
mod tools;

use std::{future::Future, pin::Pin, sync::Arc};

use http::{HeaderValue, Method, Request, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};

pub use auth_configs::{AuthConfigs, ListAuthConfigs};
pub use connect::Connect;
pub use connected_accounts::{ConnectedAccounts, ListConnectedAccounts};
pub use files::{Files, ListFiles};
pub use toolkits::{ListToolkits, Toolkits};
pub use tools::{Execute, GetTool, ListTools, Tools};

pub(crate) use query::Query;

use crate::{
    Body, Error, ErrorKind, Result, ToolkitVersions, Transport,
    models::{ErrorBody, ErrorEnvelope, SessionInfo},
};

/// The future behind every builder's `.await`.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

const PREFIX: &str = "/api/v3.1";
const ANSWER_LIMIT: usize = 64 * 1024 * 1024;
const EXCERPT: usize = 200;

/// Composio's API, typed. Cheap to clone.
///
/// An answer may have 64 MiB. Answers outside 2xx become errors whose kind comes from the status
/// ([`ErrorKind::from_status`]) and whose message is the service's own.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Transport,
    framework: &'static str,
    versions: Arc<ToolkitVersions>,
}

impl Client {
    /// A client of whatever `transport` reaches.
    pub fn new(transport: impl Into<Transport>) -> Self {
        Self {
            transport: transport.into(),
            framework: "rust",
            versions: Arc::default(),
        }
    }

    /// Pins versions of toolkits: tools are listed and shown as they are in those.
    #[must_use]
    pub fn toolkit_versions(mut self, versions: ToolkitVersions) -> Self {
        self.versions = Arc::new(versions);
        self
    }

    /// The versions that are pinned.
    #[must_use]
    pub fn versions(&self) -> &ToolkitVersions {
        &self.versions
    }

    /// Sets the framework that the `x-framework` header names.
    #[must_use]
    pub fn framework(mut self, name: &'static str) -> Self {
        self.framework = name;
        self
    }

    /// The transport itself, for requests that have no builder.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Toolkits: the seed's apps.
    #[must_use]
    pub fn toolkits(&self) -> Toolkits {
        Toolkits::new(self.clone())
    }

    /// Tools: the seed's actions.
    #[must_use]
    pub fn tools(&self) -> Tools {
        Tools::new(self.clone())
    }

    /// Auth configs: the seed's integrations.
    #[must_use]
    pub fn auth_configs(&self) -> AuthConfigs {
        AuthConfigs::new(self.clone())
    }

    /// Connected accounts: the seed's connections.
    #[must_use]
    pub fn connected_accounts(&self) -> ConnectedAccounts {
        ConnectedAccounts::new(self.clone())
    }

    /// Sends any request below `/api/v3.1`, for routes that have no method here. `path` begins with a slash and is
    /// already encoded.
    ///
    /// # Errors
    ///
    /// As [`Client`] says; [`ErrorKind::InvalidInput`] for a path that is none.
    pub async fn request<T, B>(&self, method: Method, path: &str, body: Option<B>) -> Result<T>
    where
        T: DeserializeOwned + 'static,
        B: Serialize + Send + 'static,
    {
        self.send(method, path, Query::default(), body.map(Body::json))
            .await
    }

    /// Whom the service takes the caller for.
    ///
    /// # Errors
    ///
    /// As [`Client`] says; [`ErrorKind::Unauthorized`] if it does not know the key.
    pub async fn session_info(&self) -> Result<SessionInfo> {
        self.get("/auth/session/info", Query::default()).await
    }

    /// Connects a user's account to the toolkit `slug`; the auth config is found or made.
    pub fn connect(&self, slug: impl Into<String>) -> Connect {
        Connect::new(self.clone(), Some(slug.into()))
    }

    /// Connects a user's account through the auth config `id`, `ac_…`, whatever its toolkit is.
    pub fn connect_through(&self, id: impl Into<String>) -> Connect {
        Connect::new(self.clone(), None).auth_config(id)
    }

    /// Files that tools take and give.
    #[must_use]
    pub fn files(&self) -> Files {
        Files::new(self.clone())
    }

    pub(crate) async fn get<T: DeserializeOwned + 'static>(
        &self,
        path: &str,
        query: Query,
    ) -> Result<T> {
        self.send(Method::GET, path, query, None).await
    }

    pub(crate) async fn post<T, B>(&self, path: &str, body: B) -> Result<T>
    where
        T: DeserializeOwned + 'static,
        B: Serialize + Send + 'static,
    {
        let body = Some(Body::json(body));
        self.send(Method::POST, path, Query::default(), body).await
    }

    pub(crate) async fn patch<T, B>(&self, path: &str, body: B) -> Result<T>
    where
        T: DeserializeOwned + 'static,
        B: Serialize + Send + 'static,
    {
        let body = Some(Body::json(body));
        self.send(Method::PATCH, path, Query::default(), body).await
    }

    pub(crate) async fn delete<T: DeserializeOwned + 'static>(&self, path: &str) -> Result<T> {
        self.send(Method::DELETE, path, Query::default(), None)
            .await
    }

    async fn send<T: DeserializeOwned + 'static>(
        &self,
        method: Method,
        path: &str,
        query: Query,
        body: Option<Body>,
    ) -> Result<T> {
        // A few routes exist below another version alone.
        let prefix = if path.starts_with("/api/") {
            ""
        } else {
            PREFIX
        };
        let mut request = Request::builder()
            .method(method)
            .uri(query.append_to(&format!("{prefix}{path}")))
            .header(header::ACCEPT, HeaderValue::from_static("application/json"))
            .header("x-framework", HeaderValue::from_static(self.framework))
            .header("x-source", HeaderValue::from_static("RUST_SDK"));
        if body.is_some() {
            request = request.header(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
        }
        let request = request.body(body.unwrap_or_default()).map_err(|error| {
            Error::new(ErrorKind::InvalidInput, "the request has no valid path").with_source(error)
        })?;
        let response = self.transport.send(request).await?;
        let request_id = text_header(response.headers(), "x-request-id");
        let status = response.status();
        let mut body = response.into_body();
        if status.is_success()
            && let Some(value) = body.take_json()
        {
            return Ok(value);
        }
        let body = body.bytes(ANSWER_LIMIT).await?;
        if status.is_success() {
            decode(&body)
        } else {
            Err(refusal(status, &body, request_id))
        }
    }
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| {
        let message = format!(
            "the answer has another shape: line {} column {}",
            error.line(),
            error.column()
        );
        Error::new(ErrorKind::UnexpectedResponse, message)
    })
}

fn text_header(headers: &http::HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

// A proxy between us and the service may answer with HTML: the status and a short excerpt survive.
fn refusal(status: StatusCode, body: &[u8], request_id: Option<String>) -> Error {
    let kind = ErrorKind::from_status(status);
    let error = serde_json::from_slice::<ErrorEnvelope>(body).map_or_else(
        |_| {
            let text =
                String::from_utf8_lossy(body.get(..EXCERPT.min(body.len())).unwrap_or_default())
                    .into_owned();
            Error::new(kind, format!("{status}: {}", text.trim()))
                .with_reader_message(format!("the service answered {status}"))
        },
        |envelope| from_body(kind, envelope.error),
    );
    match request_id {
        Some(id) if error.request_id().is_none() => error.with_request_id(id),
        _ => error,
    }
    .with_status(status)
}

fn from_body(kind: ErrorKind, body: ErrorBody) -> Error {
    let mut message = body.message;
    for detail in body.errors.iter().flatten().chain(&body.suggested_fix) {
        message.push_str(". ");
        message.push_str(detail);
    }
    let mut error = Error::new(kind, message);
    if let Some(slug) = body.slug {
        error = error.with_slug(slug);
    }
    if let Some(id) = body.request_id {
        error = error.with_request_id(id);
    }
    error
}

#[cfg(test)]
mod tests;
