//! The one clock of a run.
//!
//! In: the moment the run starts. Out: offsets from it. Always holds: a start is rounded down and an end is rounded
//! up, so that every span is at least as long as it was.

use jiff::Timestamp;
use tokio::time::Instant;

use crate::units::Micros;

/// Offsets from the run's start, monotonic. Follows tokio's paused time in tests.
#[derive(Clone, Copy, Debug)]
pub struct RunClock {
    epoch: Instant,
}

impl RunClock {
    /// A clock that starts now.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn start() -> Self {
        Self { epoch: Instant::now() }
    }

    /// Now, rounded down: for the start of a span.
    #[must_use]
    pub fn floor(&self) -> Micros {
        Micros::new(self.nanos() / 1_000)
    }

    /// Now, rounded up: for the end of a span.
    #[must_use]
    pub fn ceil(&self) -> Micros {
        Micros::new(self.nanos().div_ceil(1_000))
    }

    /// The instant `offset` after the start, for timers.
    #[must_use]
    pub fn instant(&self, offset: Micros) -> Instant {
        self.epoch + offset.into()
    }

    #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn nanos(&self) -> u64 {
        // 584 years of nanoseconds.
        u64::try_from(Instant::now().duration_since(self.epoch).as_nanos()).unwrap_or(u64::MAX)
    }
}

/// The time of day, for reports. Never used to measure.
#[must_use]
pub fn time_of_day() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn spans_are_never_shorter_than_they_were() {
        let clock = RunClock::start();
        tokio::time::advance(Duration::from_nanos(1_001_500)).await;
        assert_eq!(clock.floor(), Micros::new(1_001));
        assert_eq!(clock.ceil(), Micros::new(1_002));
        assert_eq!(clock.instant(Micros::new(5)).duration_since(clock.instant(Micros::ZERO)), Duration::from_micros(5));
    }
}
