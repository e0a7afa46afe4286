//! OAuth 2.0 (RFC 6749): what a provider expects, the address a user consents at, and the token endpoint.
//!
//! [`Settings`] are one scheme's, rendered for one account. [`Settings::authorize`] makes the address;
//! [`request_tokens`] asks for tokens and [`revoke`] takes them back.

mod authorize;
mod discovery;
mod fault;
mod registration;
mod response;
mod revoke;
mod scheme;
mod settings;
mod token;

pub(crate) use authorize::{Authorization, Verifier};
pub(crate) use discovery::{Metadata, discover, issuer_of};
pub(crate) use fault::TokenFault;
pub(crate) use registration::{Registration, is_registered, register};
pub(in crate::auth) use response::read;
pub(crate) use response::{Shape, Tokens, excerpt};
pub(crate) use revoke::{TokenKind, revoke};
pub(crate) use scheme::take_life;
pub(in crate::auth) use scheme::{EXPIRES_IN, SCHEME};
pub(crate) use settings::{Given, Settings};
pub(in crate::auth) use settings::{guard, scopes, token_headers};
pub(crate) use token::{Grant, request_tokens};
pub(in crate::auth) use token::{Parameters, transient};

#[cfg(test)]
mod tests;
