use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AuthScheme, Fields, RawJson};
use crate::{Error, Secret};

/// The body of `POST /tools/execute/{slug}` (wire reference 1.3.1).
///
/// Custom credentials are serialised for the wire and hidden from `Debug`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExecuteRequestBody {
    /// The account to use; without it the user's newest active one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_account_id: Option<String>,
    /// The end user.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "entity_id")]
    pub user_id: Option<String>,
    /// The toolkit version; `latest` if it does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The arguments, an object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<RawJson>,
    /// A sentence in place of arguments, for services with a model of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Credentials for this call alone; they override every connection and are not stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_auth_params: Option<CustomAuth>,
    /// A whole connection for this call alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_connection_data: Option<CustomConnectionData>,
}

/// What came of an execution: the envelope every tool answers with (wire reference 1.3).
///
/// A failure of the tool is a value of this type, not an [`Error`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolResult {
    /// What the tool gave back; `{}` if nothing.
    #[serde(default)]
    pub data: RawJson,
    /// Why it failed, for the reader.
    #[serde(default)]
    pub error: Option<String>,
    /// Whether it worked. The misspelling of older services is understood.
    #[serde(default, alias = "successfull")]
    pub successful: bool,
    /// The entry in the service's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_id: Option<String>,
}

impl ToolResult {
    /// A success with `data`.
    #[must_use]
    pub fn success(data: impl Into<RawJson>) -> Self {
        Self {
            data: data.into(),
            error: None,
            successful: true,
            log_id: None,
        }
    }

    /// A failure with a sentence for the reader.
    #[must_use]
    pub fn failure(error: impl Into<String>) -> Self {
        Self {
            data: RawJson::empty_object(),
            error: Some(error.into()),
            successful: false,
            log_id: None,
        }
    }

    /// The data as a value.
    #[must_use]
    pub fn data(&self) -> Value {
        self.data.to_value()
    }

    /// The same result with other data.
    #[must_use]
    pub fn with_data(mut self, data: impl Into<RawJson>) -> Self {
        self.data = data.into();
        self
    }

    /// Keeps only the named top-level keys of the data; in a list, of each entry.
    ///
    /// Failures and data of another shape stay as they are.
    #[must_use]
    pub fn keep<K: AsRef<str>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        let keys: Vec<K> = keys.into_iter().collect();
        let retain = |map: &mut Map<String, Value>| {
            map.retain(|key, _| keys.iter().any(|kept| kept.as_ref() == key));
        };
        let mut data = self.data();
        match &mut data {
            Value::Object(map) => retain(map),
            Value::Array(entries) => entries
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .for_each(retain),
            _ => return self,
        }
        self.with_data(data)
    }
}

impl From<&Error> for ToolResult {
    fn from(error: &Error) -> Self {
        Self::failure(error.reader_message())
    }
}

/// Credentials given with a call: the seed's `auth`.
#[doc(alias = "auth")]
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CustomAuth {
    /// Where the API is, if not where the toolkit says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Members merged into the request's body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Fields>,
    /// The credentials and where each goes.
    #[serde(default)]
    pub parameters: Vec<AuthParameter>,
}

impl CustomAuth {
    /// No credentials yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a header, such as `Authorization`.
    #[must_use]
    pub fn header(self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.parameter(AuthParameter::new(Placement::Header, name, value))
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.parameter(AuthParameter::new(Placement::Query, name, value))
    }

    /// Fills a placeholder of the path.
    #[must_use]
    pub fn path(self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.parameter(AuthParameter::new(Placement::Path, name, value))
    }

    /// Fills a placeholder of the host, such as `subdomain`.
    #[must_use]
    pub fn subdomain(self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.parameter(AuthParameter::new(Placement::Subdomain, name, value))
    }

    /// Adds a cookie.
    #[must_use]
    pub fn cookie(self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.parameter(AuthParameter::new(Placement::Cookie, name, value))
    }

    /// Adds a parameter with a placement of its own.
    #[must_use]
    pub fn parameter(mut self, parameter: AuthParameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Sets where the API is.
    #[must_use]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Adds a member to the request's body.
    #[must_use]
    pub fn body(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.body
            .get_or_insert_default()
            .insert(name.into(), value.into());
        self
    }
}

/// One credential and where it goes: the seed's `CustomAuthParameter`.
#[doc(alias = "CustomAuthParameter")]
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct AuthParameter {
    /// The name, such as `Authorization`.
    pub name: String,
    /// The value.
    pub value: Secret,
    /// Where it goes.
    #[serde(rename = "in")]
    pub placement: Placement,
}

impl AuthParameter {
    /// A parameter `name` at `placement`.
    #[must_use]
    pub fn new(placement: Placement, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            placement,
        }
    }
}

impl Serialize for AuthParameter {
    // The one place where a credential is written out on purpose: the request that carries it.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut out = serializer.serialize_struct("AuthParameter", 3)?;
        out.serialize_field("name", &self.name)?;
        out.serialize_field("value", self.value.expose())?;
        out.serialize_field("in", &self.placement)?;
        out.end()
    }
}

impl fmt::Debug for AuthParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {:?}: {:?}", self.name, self.placement, self.value)
    }
}

/// Where a credential goes in a request: the seed's `ParamPlacement`.
#[doc(alias = "ParamPlacement")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Placement {
    /// A request header.
    Header,
    /// A query parameter.
    Query,
    /// A placeholder in the path.
    Path,
    /// A placeholder in the host.
    Subdomain,
    /// A cookie.
    Cookie,
}

/// A whole connection given with a call (wire reference 1.3.1).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CustomConnectionData {
    /// The scheme.
    pub auth_scheme: AuthScheme,
    /// The toolkit.
    pub toolkit_slug: String,
    /// The scheme's fields, as a connection's `state.val` has them.
    pub val: Fields,
}
