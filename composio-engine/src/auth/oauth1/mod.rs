//! OAuth 1.0a (RFC 5849): requests are signed, and tokens are asked for with signed requests.

mod scheme;
mod signature;
mod tokens;

pub(super) use scheme::SCHEME;
pub(crate) use signature::{Signed, Signer};
pub(crate) use tokens::{Answer, Token, nonce, token_request};

#[cfg(test)]
mod tests;
