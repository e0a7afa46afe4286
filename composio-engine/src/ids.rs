//! Unguessable names for what is stored.

use rand::distr::{Alphanumeric, SampleString as _};

/// Digits in the order of their bytes.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Enough for the microseconds of 400 years.
const TIME_DIGITS: usize = 9;
/// Sixteen of 62 characters: 95 bits.
const RANDOM: usize = 16;

pub(crate) fn connected_account() -> String {
    with_random("ca_".to_owned())
}

pub(crate) fn auth_config() -> String {
    with_random("ac_".to_owned())
}

pub(crate) fn file() -> String {
    with_random("file_".to_owned())
}

/// The id of a log entry of this time, in microseconds since 1970.
///
/// Later entries sort after earlier ones, so that a batch is written to one place of the table and not all over it.
pub(crate) fn log(time: i64) -> String {
    with_random(first_log(time))
}

/// What no id of a log entry of this time or later sorts before.
pub(crate) fn first_log(time: i64) -> String {
    let mut id = String::with_capacity(4 + TIME_DIGITS + RANDOM);
    id.push_str("log_");
    push_sortable(&mut id, time);
    id
}

pub(crate) fn key() -> String {
    with_random("key_".to_owned())
}

/// A new API key: 32 of 62 characters, 190 bits.
pub(crate) fn api_key() -> String {
    secret("ak_")
}

/// The token of a link: 32 of 62 characters, 190 bits. Whoever has it may connect that one account.
pub(crate) fn link_token() -> String {
    secret("lk_")
}

/// The token of credentials that wait for the application's word.
pub(crate) fn session() -> String {
    secret("session_")
}

/// What tells a page's own forms from foreign ones.
pub(crate) fn csrf() -> String {
    secret("")
}

/// Who has claimed something.
pub(crate) fn owner() -> String {
    with_random("own_".to_owned())
}

pub(crate) fn request() -> String {
    with_random("req_".to_owned())
}

fn secret(before: &str) -> String {
    let mut text = before.to_owned();
    Alphanumeric.append_string(&mut rand::rng(), &mut text, 2 * RANDOM);
    text
}

fn with_random(mut id: String) -> String {
    id.reserve(RANDOM);
    Alphanumeric.append_string(&mut rand::rng(), &mut id, RANDOM);
    id
}

/// Appends `number` in `TIME_DIGITS` digits; texts of two numbers compare as the numbers do.
fn push_sortable(text: &mut String, number: i64) {
    let mut rest = u64::try_from(number).unwrap_or_default();
    let mut digits = [0; TIME_DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = usize::try_from(rest % 62).unwrap_or_default();
        rest /= 62;
    }
    let digits = digits.iter().filter_map(|digit| DIGITS.get(*digit));
    text.extend(digits.map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use super::log;

    #[test]
    fn log_ids_sort_by_time_and_differ_at_one_time() {
        let times = [0, 1, 61, 62, 1_767_225_600_000_000, 1_767_225_600_000_001];
        let ids: Vec<String> = times.into_iter().map(log).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(ids.iter().all(|id| id.len() == 29), "{ids:?}");
        assert_ne!(log(7), log(7));
        assert!(log(-1) < log(1));
    }
}
