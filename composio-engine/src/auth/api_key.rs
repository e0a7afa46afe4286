//! `API_KEY`: a key that the user has.

use super::scheme::{Scheme, anything};

pub(super) const SCHEME: Scheme = Scheme {
    names: &["api_key", "generic_api_key", "bearer_token", "token"],
    members: &[],
    check: anything,
};
