use std::{collections::BTreeMap, convert::Infallible};

use axum::extract::{FromRequestParts, Path};
use composio_core::{Error, ErrorKind};
use http::request::Parts;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::error::{Answer, Fault};
use crate::caller::Caller;

/// A request's query. Lists are comma-joined or repeated.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// The last value of `name`, if there is one and it is not empty.
    pub(super) fn one(&self, name: &str) -> Option<String> {
        let mut values = self
            .0
            .iter()
            .filter(|(key, value)| key == name && !value.is_empty());
        values.next_back().map(|(_, value)| value.clone())
    }

    /// The value of `name` if it is there exactly once (RFC 6749, 3.1).
    pub(super) fn only(&self, name: &str) -> Option<String> {
        let mut values = self.0.iter().filter(|(key, _)| key == name);
        let (_, value) = values.next()?;
        (values.next().is_none() && !value.is_empty()).then(|| value.clone())
    }

    /// All values of `name`, comma-joined ones taken apart.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        self.0
            .iter()
            // Some clients write `name[]` for a list.
            .filter(|(key, _)| key.strip_suffix("[]").unwrap_or(key) == name)
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Whether `name` is `true`; `None` if it is absent.
    pub(super) fn flag(&self, name: &str) -> Answer<Option<bool>> {
        match self.one(name).as_deref() {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(invalid(&format!("{name} must be true or false"))),
        }
    }

    /// The values of `name[key]`, by key.
    pub(super) fn map(&self, name: &str) -> BTreeMap<String, String> {
        let entry = |(key, value): &(String, String)| {
            let key = key
                .strip_prefix(name)?
                .strip_prefix('[')?
                .strip_suffix(']')?;
            (!key.is_empty() && !value.is_empty()).then(|| (key.to_lowercase(), value.clone()))
        };
        self.0.iter().filter_map(entry).collect()
    }
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(
            form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        ))
    }
}

/// The variable parts of the path.
#[derive(Debug)]
pub(super) struct Segments<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Segments<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(segments)) => Ok(Self(segments)),
            Err(_) => Err(invalid("the path is not readable")),
        }
    }
}

/// Who asks, as an extension says it.
#[derive(Debug)]
pub(super) struct From(pub(super) Caller);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().cloned().unwrap_or_default()))
    }
}

/// Who asks, if it is an operator: everybody else is refused before the body is read.
#[derive(Debug)]
pub(super) struct FromOperator(pub(super) Caller);

impl<S: Sync> FromRequestParts<S> for FromOperator {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Fault> {
        let caller: Caller = parts.extensions.get().cloned().unwrap_or_default();
        caller.check_operator()?;
        Ok(Self(caller))
    }
}

pub(super) fn invalid(message: &str) -> Fault {
    Fault::from(Error::new(ErrorKind::InvalidInput, message).with_slug("Request_InvalidQuery"))
}
