//! What each scheme asks for and how it is checked: one file per scheme.
//!
//! The fields themselves come from the toolkit's `integration.yaml`; a scheme adds the names a value may be given
//! under and what its value must look like.

mod api_key;
mod basic;
mod basic_with_jwt;
mod bearer;
mod fields;
mod google_service_account;
mod jwt;
mod no_auth;
pub(crate) mod oauth1;
pub(crate) mod oauth2;
mod obtain;
mod scheme;
mod service_account;

pub(crate) use fields::{
    Giver, Values, accept, complete, removed, require, require_developer, shown,
};
pub(crate) use obtain::{Obtain, Request};
pub(crate) use scheme::{ensure_supported, fetches_tokens, has_client, has_consent, needs_consent};

#[cfg(test)]
mod tests;
