//! `BEARER_TOKEN`: a token that the user has (RFC 6750).

use super::scheme::{Scheme, anything};

pub(super) const SCHEME: Scheme = Scheme {
    names: &["token", "bearer_token", "access_token"],
    members: &[],
    check: anything,
};
