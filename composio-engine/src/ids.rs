//! Unguessable names for what is stored.

use rand::distr::{Alphanumeric, SampleString as _};

pub(crate) fn connected_account() -> String {
    with_prefix("ca_")
}

pub(crate) fn auth_config() -> String {
    with_prefix("ac_")
}

pub(crate) fn log() -> String {
    with_prefix("log_")
}

pub(crate) fn request() -> String {
    with_prefix("req_")
}

// Sixteen of 62 characters: 95 bits.
fn with_prefix(prefix: &str) -> String {
    let mut id = String::with_capacity(prefix.len() + 16);
    id.push_str(prefix);
    Alphanumeric.append_string(&mut rand::rng(), &mut id, 16);
    id
}
