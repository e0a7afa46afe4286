//! Times as the store keeps them: microseconds since 1970.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};

pub(crate) fn now() -> i64 {
    Timestamp::now().as_microsecond()
}

/// RFC 3339 with milliseconds.
pub(crate) fn rfc3339(microseconds: i64) -> String {
    Timestamp::from_microsecond(microseconds)
        .map(|time| format!("{time:.3}"))
        .unwrap_or_default()
}

/// Today's date as `YYYYMMDD`, in UTC.
pub(crate) fn today() -> String {
    Timestamp::now()
        .to_zoned(TimeZone::UTC)
        .strftime("%Y%m%d")
        .to_string()
}

pub(crate) fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn times_are_written_with_milliseconds() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_767_225_600_123_456), "2026-01-01T00:00:00.123Z");
    }
}
