use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{CustomAuth, RawJson};

/// The body of `POST /tools/execute/proxy` (wire reference 1.3): any request, with the connection's credentials.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProxyRequest {
    /// A path below the toolkit's base URL, or an absolute address on one of its hosts.
    pub endpoint: String,
    /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE` or `HEAD`.
    pub method: String,
    /// Whose credentials are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_account_id: Option<String>,
    /// The end user; with it and [`ProxyRequest::toolkit_slug`] the newest active account is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The toolkit, where no account names it. An extension of our engine; others ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toolkit_slug: Option<String>,
    /// The JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<RawJson>,
    /// Headers and query parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ProxyParameter>,
    /// The end user of a request with credentials of its own, so that none of the user's connections is taken. An
    /// extension of our engine; others ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_id: Option<String>,
    /// Credentials for this call alone. An extension of our engine; others ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_auth_params: Option<CustomAuth>,
}

impl ProxyRequest {
    /// A request without body and parameters.
    #[must_use]
    pub fn new(method: impl Into<String>, endpoint: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            endpoint: endpoint.into(),
            ..Self::default()
        }
    }
}

/// A header or query parameter of a proxied request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProxyParameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where it goes.
    #[serde(rename = "type")]
    pub kind: ProxyParameterType,
}

impl ProxyParameter {
    /// A parameter of `kind`.
    #[must_use]
    pub fn new(
        kind: ProxyParameterType,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            kind,
        }
    }
}

/// Where a parameter of a proxied request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ProxyParameterType {
    /// A request header.
    Header,
    /// A query parameter.
    Query,
}

/// The vendor's answer to a proxied request.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProxyResponse {
    /// The decoded body: JSON as it is, text as a string; `null` if empty.
    #[serde(default)]
    pub data: RawJson,
    /// The vendor's HTTP status.
    pub status: u16,
    /// The vendor's headers, without those that set cookies.
    #[serde(default)]
    pub headers: Map<String, Value>,
}

impl ProxyResponse {
    /// An answer with `status` and `data`.
    #[must_use]
    pub fn new(status: u16, data: RawJson) -> Self {
        Self {
            data,
            status,
            headers: Map::new(),
        }
    }
}
