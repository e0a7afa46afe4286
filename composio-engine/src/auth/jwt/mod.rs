//! Signed tokens in their compact form (RFC 7515, 7.1; RFC 7519), and the keys that sign.

mod private_key;
mod signing_key;
mod token;

pub(super) use private_key::read_pem;
pub(super) use signing_key::SigningKey;
pub(super) use token::{expiry, sign};

#[cfg(test)]
mod tests;
