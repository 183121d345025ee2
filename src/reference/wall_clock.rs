//! The clocks of the service, which is a process of its own and measures nothing for a run.
//!
//! In: nothing. Out: wall time for timestamps, a steady clock for its own metrics. Always holds: this is the only file
//! here that reads a clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Milliseconds since 1970.
#[allow(clippy::disallowed_methods, reason = "the service's timestamps are its own, not the run's")]
pub(super) fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A moment of the steady clock.
#[allow(clippy::disallowed_methods, reason = "the service times its requests by itself, as a real one does")]
pub(super) fn steady() -> Instant {
    Instant::now()
}

/// `yyyy-MM-ddTHH:mm:ss`, in UTC: the contract's local date-time.
pub(super) fn date_time(millis: i64) -> String {
    format!("{:.0}", utc(millis).datetime())
}

/// `yyyy-MM-dd HH:mm:ss`, in UTC: as the store's own functions write a moment.
pub(super) fn stored(millis: i64) -> String {
    utc(millis).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `yyyy-MM-ddTHH:mm:ss.SSS+00:00`: the framework's own.
pub(super) fn iso(millis: i64) -> String {
    format!("{:.3}+00:00", utc(millis).datetime())
}

fn utc(millis: i64) -> jiff::Zoned {
    Timestamp::from_millisecond(millis).unwrap_or_default().to_zoned(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_print_as_the_contract_has_them() {
        assert_eq!(date_time(1_766_523_540_123), "2025-12-23T20:59:00");
        assert_eq!(stored(1_766_523_540_123), "2025-12-23 20:59:00");
        assert_eq!(iso(1_766_523_540_123), "2025-12-23T20:59:00.123+00:00");
    }
}
