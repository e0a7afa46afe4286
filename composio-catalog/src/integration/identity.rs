//! How the answer of `get_current_user_endpoint` is asked for and read.

use serde::{Deserialize, Serialize};

use super::lenient;

/// How `get_current_user_endpoint` is called, and what in its answer tells whose account it is.
///
/// An extension of ours. Paths are names with dots between them, a number for an element of a list: `data.viewer.id`, `user.0.email`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Identity {
    /// The method of the request; `GET` if absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub method: Option<String>,
    /// The body of the request, JSON as a text; none if absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub body: Option<String>,
    /// Path of what stays the same as long as the account exists.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub id: Option<String>,
    /// Path of what a person recognises the account by: a login name, an address.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub label: Option<String>,
    /// Path of what must be `true`, for APIs that answer 200 to bad credentials; the status alone decides if absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub valid_if: Option<String>,
}
