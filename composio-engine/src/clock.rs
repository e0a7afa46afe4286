//! Times as the store keeps them: microseconds since 1970.

use std::time::Duration;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

pub(crate) fn now() -> i64 {
    Timestamp::now().as_microsecond()
}

/// RFC 3339 with milliseconds.
pub(crate) fn rfc3339(microseconds: i64) -> String {
    Timestamp::from_microsecond(microseconds)
        .map(|time| format!("{time:.3}"))
        .unwrap_or_default()
}

/// Seconds since 1970 as HTTP fields have them (RFC 9651, 3.3.7).
pub(crate) fn sf_date(microseconds: i64) -> String {
    format!("@{}", microseconds.div_euclid(1_000_000))
}

/// A date as HTTP has it (RFC 9110, 5.6.7).
pub(crate) fn http_date(microseconds: i64) -> String {
    Timestamp::from_microsecond(microseconds)
        .map(|time| time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .unwrap_or_default()
}

/// Reads a date, `YYYY-MM-DD` (its first moment in UTC), or a time of RFC 3339.
pub(crate) fn read(text: &str) -> Option<i64> {
    let time = match text.parse::<Timestamp>() {
        Ok(time) => time,
        // The parser of dates takes times too, and forgets them.
        Err(_) if text.len() == "YYYY-MM-DD".len() => {
            let date: Date = text.parse().ok()?;
            date.to_zoned(TimeZone::UTC).ok()?.timestamp()
        }
        Err(_) => return None,
    };
    Some(time.as_microsecond())
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
    use super::{http_date, read, rfc3339};

    #[test]
    fn times_are_written_with_milliseconds() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_767_225_600_123_456), "2026-01-01T00:00:00.123Z");
    }

    #[test]
    fn dates_and_times_are_read_and_nothing_else() {
        let new_year = Some(1_767_225_600_000_000);
        assert_eq!(read("2026-01-01"), new_year);
        assert_eq!(read("2026-01-01T01:00:00+01:00"), new_year);
        assert_eq!(
            http_date(1_767_225_600_000_000),
            "Thu, 01 Jan 2026 00:00:00 GMT"
        );
        for text in ["", "tomorrow", "2026-13-01", "2026-01-01T00:00:00"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
