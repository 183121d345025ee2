//! Intervals of percentiles.
//!
//! In: the times of all seconds merged, and how sure the share at or under the observed percentile is. Out: the
//! times between which the percentile lies. Always holds: the observed percentile lies inside; an end with fewer than
//! 10 samples beyond it is open.
//!
//! Woodruff's method: the observed percentile is a value `x`, and the share of attempts at or under `x` is a ratio
//! whose interval `p -+ h` is known. The values at the two shares `p - h` and `p + h` are the ends. No density is
//! estimated. From R. S. Woodruff, "Confidence Intervals for Medians and Other Position Measures", Journal of the
//! American Statistical Association 47 (1952).

use crate::scenario::threshold::Permille;
use crate::summary::confidence::seconds::gathered;
use crate::summary::confidence::{ConfidenceInterval, TimesRecord};
use crate::units::Micros;

/// Samples that must lie beyond an end.
const BEYOND: u64 = 10;

/// The times of all seconds.
#[derive(Clone, Debug)]
pub(super) struct Merged {
    /// Upper edge in microseconds of each bucket, and how many successes lie at or under it; both rising.
    up_to: Vec<(u32, u64)>,
    attempts: u64,
}

impl Merged {
    pub(super) fn of(times: &[TimesRecord]) -> Self {
        let mut up_to = gathered(times);
        let mut total = 0;
        for (_, count) in &mut up_to {
            total += *count;
            *count = total;
        }
        Self { up_to, attempts: times.iter().map(|times| times.attempts).sum() }
    }

    /// The percentile over all attempts, in microseconds; `None` when it lies among the failures.
    pub(super) fn percentile(&self, p: Permille) -> Option<u32> {
        self.value_at(p.rank(self.attempts).max(1))
    }

    /// The interval in milliseconds, where the share at or under the percentile is known to `-+ half_width`.
    pub(super) fn interval(&self, p: Permille, half_width: f64) -> ConfidenceInterval {
        let middle = p.rank(self.attempts).max(1);
        let reach = half_width * self.attempts as f64;
        let (low, high) = (middle as f64 - reach, middle as f64 + reach);
        let millis = |rank: u64| self.value_at(rank).map(|micros| Micros::new(micros.into()).as_millis_f64());
        ConfidenceInterval {
            low: whole(low.floor()).filter(|rank| *rank >= BEYOND).and_then(millis),
            high: whole(high.ceil()).filter(|rank| rank + BEYOND <= self.attempts).and_then(millis),
        }
    }

    /// The value of this rank, counted from 1; `None` when it lies among the failures.
    fn value_at(&self, rank: u64) -> Option<u32> {
        let at = self.up_to.partition_point(|(_, up_to)| *up_to < rank);
        self.up_to.get(at).map(|(edge, _)| *edge)
    }
}

/// A rank as a whole number; `None` when it is negative.
fn whole(rank: f64) -> Option<u64> {
    (rank >= 0.0).then_some(rank as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::packed::PackedTimes;

    /// 1000 attempts in two seconds: one of every millisecond from 1, the last `failures` of them failed.
    fn merged(failures: u32) -> Merged {
        let seconds = [1, 0].map(|odd| {
            let times = (1..=1000 - failures).filter(|time| time % 2 == odd);
            let times = PackedTimes::of(times.map(|time| (time * 1000, 1)));
            TimesRecord { first: 0, attempts: 500, times }
        });
        Merged::of(&seconds)
    }

    #[test]
    fn the_ends_are_the_values_at_the_two_shares() {
        assert_eq!(merged(0).percentile(Permille::P95), Some(950_000));
        let found = merged(0).interval(Permille::P95, 0.02);
        assert_eq!((found.low, found.high), (Some(930.0), Some(970.0)));
        assert!(found.contains(950.0));
    }

    #[test]
    fn an_end_with_fewer_than_ten_samples_beyond_it_is_open() {
        assert_eq!(merged(0).interval(Permille::P95, 0.04).high, Some(990.0));
        assert_eq!(merged(0).interval(Permille::P95, 0.0401).high, None);
        let low = Permille::new(50).unwrap();
        assert_eq!(merged(0).interval(low, 0.04).low, Some(10.0));
        assert_eq!(merged(0).interval(low, 0.0401).low, None);
        assert_eq!(merged(0).interval(low, 0.2).low, None);
    }

    #[test]
    fn a_failure_is_over_every_value() {
        assert_eq!(merged(60).percentile(Permille::P95), None);
        assert_eq!(merged(40).percentile(Permille::P95), Some(950_000));
        let found = merged(40).interval(Permille::P95, 0.02);
        assert_eq!((found.low, found.high), (Some(930.0), None), "the upper end lies among the failures");
    }
}
