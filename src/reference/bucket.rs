//! The gateway's rate limit: a bucket that is refilled at a steady rate.
//!
//! In: the moments at which requests come. Out: whether each may pass. Always holds: after a pause twice the rate may
//! pass at once, as at the contract's gateway (100 a second, 200 at once), and at least one.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::units::RatePerSec;

/// Tokens that requests take and time gives back.
pub(super) struct Bucket {
    rate: f64,
    level: Mutex<Option<Level>>,
}

#[derive(Clone, Copy)]
struct Level {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(rate: RatePerSec) -> Self {
        Self { rate: rate.get(), level: Mutex::new(None) }
    }

    /// Whether a request that comes at `now` may pass.
    pub(super) fn lets_pass(&self, now: Instant) -> bool {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let most = (2.0 * self.rate).max(1.0);
        let tokens = level.map_or(most, |last| {
            let gained = now.saturating_duration_since(last.at).as_secs_f64() * self.rate;
            (last.tokens + gained).min(most)
        });
        let passes = tokens >= 1.0;
        *level = Some(Level { tokens: if passes { tokens - 1.0 } else { tokens }, at: now });
        passes
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::reference::wall_clock;

    #[test]
    fn twice_the_rate_passes_at_once_and_then_the_rate() {
        let bucket = Bucket::new(RatePerSec::new(10.0).unwrap());
        let start = wall_clock::steady();
        let passed = |at: Duration| (0..100).filter(|_| bucket.lets_pass(start + at)).count();
        assert_eq!(passed(Duration::ZERO), 20);
        assert_eq!(passed(Duration::from_millis(1_000)), 10);
        assert_eq!(passed(Duration::from_millis(1_050)), 0);
        assert_eq!(passed(Duration::from_secs(3_600)), 20);
    }

    #[test]
    fn the_slowest_limit_still_lets_one_pass() {
        let bucket = Bucket::new(RatePerSec::new(0.001).unwrap());
        let start = wall_clock::steady();
        assert!(bucket.lets_pass(start));
        assert!(!bucket.lets_pass(start));
    }
}
