use std::sync::OnceLock;

use axum::response::IntoResponse;
use bytes::Bytes;
use composio_core::{Error, ErrorKind, Result};
use http::header;
use serde_json::Value;

use crate::api::error::Answer;

/// The engine's API in OpenAPI 3.1, as it is written by hand.
const WRITTEN: &str = include_str!("../../../openapi.yaml");

pub(super) async fn get() -> Answer<impl IntoResponse> {
    static JSON: OnceLock<Bytes> = OnceLock::new();
    let bytes = match JSON.get() {
        Some(bytes) => bytes.clone(),
        None => {
            let bytes = as_json()?;
            JSON.get_or_init(|| bytes).clone()
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], bytes))
}

fn as_json() -> Result<Bytes> {
    let broken = |error: &dyn std::fmt::Display| {
        let message = format!("the engine's own document is broken: {error}");
        Error::new(ErrorKind::Internal, message)
    };
    let document: Value = serde_saphyr::from_str(WRITTEN).map_err(|error| broken(&error))?;
    let text = serde_json::to_vec(&document).map_err(|error| broken(&error))?;
    Ok(Bytes::from(text))
}
