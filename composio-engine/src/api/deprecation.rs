use axum::{body::Body, response::IntoResponse};
use http::{HeaderMap, HeaderName, HeaderValue, Response};

use crate::{
    catalogue::{App, Deprecated},
    clock,
};

const TOOLKITS: HeaderName = HeaderName::from_static("composio-deprecated-toolkits");
/// RFC 9745.
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
/// RFC 8594.
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// An answer that tells which of the toolkit versions in it are deprecated.
#[derive(Debug)]
pub(super) struct Noted<T> {
    answer: T,
    headers: HeaderMap,
}

impl<T> Noted<T> {
    /// An answer about one version of one app.
    pub(super) fn one(answer: T, app: &App, version: &str) -> Self {
        let mut seen = Deprecated::default();
        seen.see(app, version);
        let mut noted = Self::many(answer, &seen);
        if let Some(deprecation) = app.deprecation(version) {
            let since = clock::sf_date(deprecation.deprecated_at);
            noted.insert(DEPRECATION, HeaderValue::try_from(since).ok());
            let until = deprecation.sunset_at.map(clock::http_date);
            noted.insert(
                SUNSET,
                until.and_then(|date| HeaderValue::try_from(date).ok()),
            );
        }
        noted
    }

    /// An answer about what was `seen`.
    pub(super) fn many(answer: T, seen: &Deprecated) -> Self {
        let mut noted = Self {
            answer,
            headers: HeaderMap::new(),
        };
        noted.insert(TOOLKITS, seen.header());
        noted
    }

    fn insert(&mut self, name: HeaderName, value: Option<HeaderValue>) {
        if let Some(value) = value {
            self.headers.insert(name, value);
        }
    }
}

impl<T: IntoResponse> IntoResponse for Noted<T> {
    fn into_response(self) -> Response<Body> {
        let mut response = self.answer.into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}
