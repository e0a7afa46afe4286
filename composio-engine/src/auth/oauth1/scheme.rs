use crate::auth::scheme::{Scheme, anything};

pub(in crate::auth) const SCHEME: Scheme = Scheme {
    names: &[],
    // A token that the program has from elsewhere.
    members: &["oauth_token", "oauth_token_secret"],
    check: anything,
};
