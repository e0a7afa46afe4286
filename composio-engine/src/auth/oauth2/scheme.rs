use crate::auth::scheme::{Scheme, anything};

pub(in crate::auth) const SCHEME: Scheme = Scheme {
    names: &["oauth_redirect_uri", "redirect_uri"],
    // Tokens that the program has from elsewhere.
    members: &[
        "access_token",
        "refresh_token",
        "token_type",
        "scope",
        "id_token",
    ],
    check: anything,
};
