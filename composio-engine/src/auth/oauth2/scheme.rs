use std::time::Duration;

use crate::{
    auth::{
        Values,
        scheme::{Scheme, anything},
    },
    clock,
};

/// How many seconds the access token lives that comes with it (RFC 6749, 5.1).
pub(in crate::auth) const EXPIRES_IN: &str = "expires_in";
/// A life longer than ten years is a mistake.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

pub(in crate::auth) const SCHEME: Scheme = Scheme {
    names: &["oauth_redirect_uri", "redirect_uri"],
    // Tokens that the program has from elsewhere.
    members: &[
        "access_token",
        "refresh_token",
        "token_type",
        "scope",
        "id_token",
        EXPIRES_IN,
    ],
    check: anything,
};

/// Takes out how long the token lives that the program has from elsewhere, in microseconds. It is no field of the
/// account: it says something of the moment alone.
pub(crate) fn take_life(values: &mut Values) -> Option<i64> {
    let seconds: f64 = values.remove(EXPIRES_IN)?.expose().parse().ok()?;
    let life = Duration::try_from_secs_f64(seconds).ok()?;
    // Zero comes from providers whose tokens do not expire.
    (!life.is_zero()).then(|| clock::microseconds(life.min(LONGEST)))
}
