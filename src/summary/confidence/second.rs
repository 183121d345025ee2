//! What is kept of one second of the window, and how seconds are laid on it.
//!
//! In: the counts of a second, while its histogram is still at hand. Out: a record of its sums, one of its times, and the
//! parts of a ratio, one for each second of the window. Always holds: every record lands on exactly one place of the
//! window, and a second in which nothing ended is there with zeros.
//!
//! The window counts requests by their start and the series books them by their end. So the first seconds lack the
//! requests of the warm-up that ended in them, and as many of the window's own end in the drain behind it. Those are
//! laid over the first seconds, the first second of the drain on the first of the window: sums stay those of the
//! whole window, and a steady service gives a steady series. Added to the last second instead they would look like
//! a drift of the rate, by twice the requests in flight.

use crate::histogram::packed::PackedTimes;
use crate::histogram::series::IntervalCounts;
use crate::summary::confidence::cosine::Part;
use crate::units::Micros;

/// What ended in one second, of the requests that started in the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecondRecord {
    /// The second, from the window's start; seconds past its end are the drain.
    pub second: u32,
    /// Successes.
    pub successes: u64,
    /// Failures that were sent.
    pub failures: u64,
    /// Whole answers of any kind.
    pub answered: u64,
    /// Exact sum of the successes' times by the model's own clock, in microseconds.
    pub sum_micros: u64,
    /// The same of the failures.
    pub failure_micros: u64,
    /// Exact sum of the successes' times to first byte, in microseconds.
    pub ttfb_micros: u64,
}

/// How long what ended in one second took, or in the seconds of a stretch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimesRecord {
    /// The first of its seconds, from the window's start.
    pub first: u32,
    /// Successes and failures.
    pub attempts: u64,
    /// The successes' times by bucket. A time over 71 minutes counts as 71 minutes.
    pub(super) times: PackedTimes,
}

impl SecondRecord {
    /// The sums of a second.
    pub(super) fn of(counts: &IntervalCounts) -> Self {
        Self {
            second: counts.key.second,
            successes: counts.successes,
            failures: counts.failures,
            answered: counts.answered,
            sum_micros: u64::try_from(counts.times.sum()).unwrap_or(u64::MAX),
            failure_micros: counts.failure_micros,
            ttfb_micros: counts.ttfb_micros,
        }
    }

    /// Successes and failures.
    #[must_use]
    pub const fn attempts(&self) -> u64 {
        self.successes + self.failures
    }

    /// Adds what else was counted in the same second.
    pub(super) const fn merge(&mut self, other: &Self) {
        self.successes += other.successes;
        self.failures += other.failures;
        self.answered += other.answered;
        self.sum_micros += other.sum_micros;
        self.failure_micros += other.failure_micros;
        self.ttfb_micros += other.ttfb_micros;
    }
}

impl TimesRecord {
    /// The times of a second.
    pub(super) fn of(counts: &IntervalCounts) -> Self {
        Self {
            first: counts.key.second,
            attempts: counts.successes + counts.failures,
            times: PackedTimes::of(narrowed(counts.times.buckets())),
        }
    }

    /// Upper edge in microseconds of each occupied histogram bucket, and how many successes lie in it; rising.
    pub fn buckets(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.times.buckets()
    }

    /// Successes that took at most so long; exact when `micros` is a bucket's edge.
    #[must_use]
    pub fn at_or_under(&self, micros: u32) -> u64 {
        self.buckets().take_while(|(edge, _)| *edge <= micros).map(|(_, count)| u64::from(count)).sum()
    }
}

/// The buckets in 32 bits; those whose edge does not fit become one at the highest that does.
fn narrowed(buckets: impl Iterator<Item = (Micros, u64)>) -> impl Iterator<Item = (u32, u32)> {
    let narrow = |value| u32::try_from(value).unwrap_or(u32::MAX);
    let mut buckets = buckets.peekable();
    std::iter::from_fn(move || {
        let (edge, mut count) = buckets.next()?;
        let edge = narrow(edge.get());
        while let Some((_, more)) = buckets.next_if(|(next, _)| narrow(next.get()) == edge) {
            count += more;
        }
        Some((edge, narrow(count)))
    })
}

/// The seconds of a window; the last may be a part of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    window: Micros,
    seconds: usize,
}

impl Grid {
    pub(super) fn of(window: Micros) -> Self {
        let seconds = window.get().div_ceil(Micros::SECOND.get());
        Self { window, seconds: usize::try_from(seconds).unwrap_or(usize::MAX) }
    }

    /// How many seconds it has.
    pub(super) const fn seconds(self) -> usize {
        self.seconds
    }

    /// The two sums of a ratio for every stretch of `width` seconds: each of `parts` comes with the second that it is of.
    pub(super) fn parts(self, width: u32, parts: impl Iterator<Item = (u32, (f64, f64))>) -> Vec<Part> {
        let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
        let mut laid = vec![Part::default(); self.seconds.div_ceil(width)];
        for (second, (share, of)) in parts {
            let at = second as usize / width % laid.len().max(1);
            if let Some(part) = laid.get_mut(at) {
                part.share += share;
                part.of += of;
            }
        }
        laid
    }

    /// How long each second of the window is, in seconds.
    pub(super) fn lengths(self) -> impl Iterator<Item = f64> {
        let starts = (0..self.seconds as u64).map(Micros::from_secs);
        starts.map(move |start| self.window.saturating_sub(start).min(Micros::SECOND).as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::latency::LatencyHistogram;
    use crate::histogram::series::IntervalKey;
    use crate::histogram::sparse::SparseTimes;
    use crate::plan::RowId;
    use crate::sample::Phase;

    fn counts(times: &[u64]) -> IntervalCounts {
        let mut service = LatencyHistogram::new(Micros::from_secs(20)).unwrap();
        times.iter().for_each(|time| service.record(Micros::new(*time)));
        let mut counts = IntervalCounts::empty(IntervalKey { row: RowId::All, phase: Phase::Measured, second: 7 });
        (counts.successes, counts.failures, counts.times) = (times.len() as u64, 2, SparseTimes::of(&service));
        counts
    }

    fn shares(seconds: u64, width: u32, records: &[(u32, f64)]) -> Vec<f64> {
        let parts = records.iter().map(|(second, successes)| (*second, (*successes, 1.0)));
        Grid::of(Micros::from_secs(seconds)).parts(width, parts).iter().map(|part| part.share).collect()
    }

    #[test]
    fn a_record_keeps_what_the_second_counted() {
        let (record, times) = (SecondRecord::of(&counts(&[10, 10, 30, 50_001])), &counts(&[10, 10, 30, 50_001]));
        assert_eq!((record.second, record.successes, record.failures, record.attempts()), (7, 4, 2, 6));
        assert_eq!(record.sum_micros, 50_051);
        let times = TimesRecord::of(times);
        assert_eq!((times.first, times.attempts, times.buckets().count()), (7, 6, 3));
        assert_eq!([9, 10, 29, 30, 60_000].map(|micros| times.at_or_under(micros)), [0, 2, 2, 3, 4]);
    }

    #[test]
    fn times_too_long_for_32_bits_count_at_the_longest_that_is_not() {
        let hour = Micros::from_secs(3_600);
        let buckets = [(hour, 2), (hour + hour, 3), (hour + hour + hour, 4)].into_iter();
        assert_eq!(narrowed(buckets).collect::<Vec<_>>(), [(3_600_000_000, 2), (u32::MAX, 7)]);
    }

    #[test]
    fn a_second_in_which_nothing_ended_is_there_with_zeros() {
        assert_eq!(shares(4, 1, &[(2, 5.0), (0, 3.0)]), [3.0, 0.0, 5.0, 0.0]);
    }

    #[test]
    fn the_drain_lies_over_the_first_seconds_and_no_request_is_lost() {
        let records = [(0, 8.0), (1, 9.0), (2, 10.0), (3, 2.0), (4, 1.0)];
        assert_eq!(shares(3, 1, &records), [10.0, 10.0, 10.0]);
        assert_eq!(shares(3, 1, &[(30, 4.0)]).iter().sum::<f64>(), 4.0, "a drain longer than the window too");
    }

    #[test]
    fn seconds_of_one_stretch_are_one_part_and_the_last_may_be_shorter() {
        assert_eq!(shares(5, 2, &[(0, 1.0), (1, 2.0), (2, 4.0), (4, 8.0), (6, 16.0)]), [19.0, 4.0, 8.0]);
    }

    #[test]
    fn the_last_second_is_as_long_as_the_window_leaves_it() {
        let lengths: Vec<f64> = Grid::of(Micros::from_millis(2_250)).lengths().collect();
        assert_eq!(lengths, [1.0, 1.0, 0.25]);
    }
}
