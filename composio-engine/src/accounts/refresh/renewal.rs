//! How tokens are renewed, when, and when again after a failure.

use composio_core::{Secret, models::AuthScheme};

use crate::{
    auth::{self, Values, oauth2::TokenFault},
    clock,
};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
/// Tokens are renewed in the last fifth of their life, and not earlier than this before its end.
const EARLIEST: i64 = 5 * MINUTE;
/// The pauses after a fault that will pass.
const FIRST_PAUSE: i64 = 5 * SECOND;
const LONGEST_PAUSE: i64 = 10 * MINUTE;
/// The pauses after a refusal: somebody has to do something about it first.
const FIRST_LONG_PAUSE: i64 = MINUTE;
const LONGEST_LONG_PAUSE: i64 = 60 * MINUTE;

/// What new tokens are asked for with.
#[derive(Debug)]
pub(super) enum Renewal {
    /// A refresh token (RFC 6749, 6).
    Refresh(Secret),
    /// The account's or its client's own credentials, which need no refresh token (RFC 6749, 4.4; RFC 7523).
    Own,
    /// Nothing: only the user can help.
    Impossible,
}

impl Renewal {
    pub(super) fn of(scheme: &AuthScheme, own: &Values) -> Self {
        match own.get("refresh_token") {
            _ if auth::fetches_tokens(scheme) => Self::Own,
            Some(token) => Self::Refresh(token.clone()),
            None => Self::Impossible,
        }
    }

    pub(super) fn is_possible(&self) -> bool {
        !matches!(self, Self::Impossible)
    }
}

/// Whether the credentials of an account can be renewed without its user.
pub(crate) fn can_renew(scheme: &AuthScheme, own: &Values) -> bool {
    Renewal::of(scheme, own).is_possible()
}

/// When an access token that runs out at `expires_at` is due; what cannot be renewed is due when it has run out.
///
/// All times in microseconds since 1970. Tokens that were granted together are not due together.
pub(crate) fn due(now: i64, expires_at: Option<i64>, can_renew: bool) -> Option<i64> {
    let expires_at = expires_at?;
    if !can_renew {
        return Some(expires_at);
    }
    let margin = (expires_at.saturating_sub(now) / 5).clamp(0, EARLIEST);
    let spread = rand::random_range(0..=margin / 5);
    Some(expires_at - margin - spread)
}

/// How long to wait after the fault that follows `failures` others, in microseconds.
pub(super) fn pause(failures: i64, fault: &TokenFault) -> i64 {
    let (first, longest) = match fault {
        TokenFault::Transient { .. } => (FIRST_PAUSE, LONGEST_PAUSE),
        _ => (FIRST_LONG_PAUSE, LONGEST_LONG_PAUSE),
    };
    let doublings = u32::try_from(failures.clamp(0, 16)).unwrap_or(16);
    let pause = (first << doublings).min(longest);
    let asked = match fault {
        TokenFault::Transient {
            retry_after: Some(wait),
            ..
        } => clock::microseconds(*wait).min(LONGEST_LONG_PAUSE),
        _ => 0,
    };
    let spread = rand::random_range(0..=pause / 4);
    pause.max(asked) + spread
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{EARLIEST, LONGEST_PAUSE, MINUTE, SECOND, due, pause};
    use crate::auth::oauth2::TokenFault;

    fn transient(retry_after: Option<Duration>) -> TokenFault {
        TokenFault::Transient {
            reason: String::new(),
            is_unsent: false,
            retry_after,
        }
    }

    #[test]
    fn tokens_are_due_in_the_last_fifth_of_their_life_and_never_after_it() {
        for life in [
            SECOND,
            5 * SECOND,
            MINUTE,
            60 * MINUTE,
            365 * 24 * 60 * MINUTE,
        ] {
            let at = due(1_000, Some(1_000 + life), true).unwrap();
            let before = 1_000 + life - at;
            assert!(
                before > 0 && before <= EARLIEST + EARLIEST / 5,
                "{life} {before}"
            );
            assert!(before >= (life / 5).min(EARLIEST), "{life} {before}");
        }
        assert_eq!(due(1_000, Some(500), true), Some(500));
        assert_eq!(due(1_000, Some(5_000), false), Some(5_000));
        assert_eq!(due(1_000, None, true), None);
    }

    #[test]
    fn pauses_grow_to_a_limit_and_are_as_long_as_the_provider_asks() {
        let pauses: Vec<i64> = (0..40)
            .map(|failures| pause(failures, &transient(None)))
            .collect();
        assert!(pauses[0] >= 5 * SECOND && pauses[0] < 7 * SECOND);
        assert!(pauses[3] > pauses[0]);
        assert!(
            pauses
                .iter()
                .all(|pause| *pause <= LONGEST_PAUSE + LONGEST_PAUSE / 4)
        );
        let asked = pause(0, &transient(Some(Duration::from_secs(90))));
        assert!(asked >= 90 * SECOND);
        let refused = TokenFault::Refused {
            reason: String::new(),
        };
        assert!(pause(0, &refused) >= MINUTE);
        assert!(pause(i64::MAX, &refused) <= 75 * MINUTE);
    }
}
