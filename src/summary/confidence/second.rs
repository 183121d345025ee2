//! What is kept of one second of the window, and how seconds are laid on it.
//!
//! In: the counts of a second, while its histogram is still at hand. Out: a record of a byte or two an occupied bucket,
//! and the parts of a ratio, one for each second of the window. Always holds: every record lands on exactly one second,
//! and a second in which nothing ended is there with zeros.
//!
//! The window counts requests by their start and the series books them by their end. So the first seconds lack the
//! requests of the warm-up that ended in them, and as many of the window's own end in the drain behind it. Those are
//! laid over the first seconds, the first second of the drain on the first of the window: sums stay those of the
//! whole window, and a steady service gives a steady series. Added to the last second instead they would look like
//! a drift of the rate, by twice the requests in flight.

use crate::histogram::packed::PackedTimes;
use crate::histogram::series::IntervalCounts;
use crate::plan::RowId;
use crate::sample::Phase;
use crate::summary::confidence::cosine::Part;
use crate::units::Micros;

/// What ended in one second, of the requests that started in the window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecondRecord {
    /// Of which requests.
    pub row: RowId,
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
    /// The successes' times by bucket. A time over 71 minutes counts as 71 minutes.
    pub(super) times: PackedTimes,
}

impl SecondRecord {
    /// The record of a second; `None` for requests that started outside the window.
    #[must_use]
    pub fn of(counts: &IntervalCounts) -> Option<Self> {
        (counts.key.phase == Phase::Measured).then(|| Self {
            row: counts.key.row,
            second: counts.key.second,
            successes: counts.successes,
            failures: counts.failures,
            answered: counts.answered,
            sum_micros: u64::try_from(counts.times.sum()).unwrap_or(u64::MAX),
            failure_micros: counts.failure_micros,
            ttfb_micros: counts.ttfb_micros,
            times: PackedTimes::of(narrowed(counts.times.buckets())),
        })
    }

    /// Successes and failures.
    #[must_use]
    pub const fn attempts(&self) -> u64 {
        self.successes + self.failures
    }

    /// Upper edge in microseconds of each occupied histogram bucket, and how many successes lie in it.
    pub fn buckets(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.times.buckets()
    }

    /// The record of a second with these times.
    #[cfg(test)]
    pub(crate) fn with_times(second: u32, buckets: &[(u32, u32)]) -> Self {
        Self { second, times: PackedTimes::of(buckets.iter().copied()), ..Self::default() }
    }

    /// Successes that took at most so long; exact when `micros` is a bucket's edge.
    #[must_use]
    pub fn at_or_under(&self, micros: u32) -> u64 {
        let mut count = 0;
        for (edge, in_bucket) in self.times.buckets() {
            if edge > micros {
                break;
            }
            count += u64::from(in_bucket);
        }
        count
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

    /// The two sums of a ratio for every second of the window.
    pub(super) fn parts<'a>(
        self,
        records: impl IntoIterator<Item = &'a SecondRecord>,
        part: impl Fn(&SecondRecord) -> (f64, f64),
    ) -> Vec<Part> {
        let mut parts = vec![Part::default(); self.seconds];
        for record in records {
            let (share, of) = part(record);
            let at = record.second as usize % self.seconds.max(1);
            if let Some(part) = parts.get_mut(at) {
                part.share += share;
                part.of += of;
            }
        }
        parts
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

    fn counts(phase: Phase, times: &[u64]) -> IntervalCounts {
        let mut service = LatencyHistogram::new(Micros::from_secs(20)).unwrap();
        times.iter().for_each(|time| service.record(Micros::new(*time)));
        let mut counts = IntervalCounts::empty(IntervalKey { row: RowId::All, phase, second: 7 });
        (counts.successes, counts.failures, counts.times) = (times.len() as u64, 2, SparseTimes::of(&service));
        counts
    }

    fn record(second: u32, successes: u64) -> SecondRecord {
        SecondRecord { second, successes, ..SecondRecord::default() }
    }

    fn shares(seconds: u64, records: &[SecondRecord]) -> Vec<f64> {
        let parts = Grid::of(Micros::from_secs(seconds)).parts(records, |record| (record.successes as f64, 1.0));
        parts.iter().map(|part| part.share).collect()
    }

    #[test]
    fn a_record_keeps_what_the_second_counted() {
        let record = SecondRecord::of(&counts(Phase::Measured, &[10, 10, 30, 50_001])).unwrap();
        assert_eq!((record.second, record.successes, record.failures, record.attempts()), (7, 4, 2, 6));
        assert_eq!((record.sum_micros, record.times.buckets().count()), (50_051, 3));
        assert_eq!([9, 10, 29, 30, 60_000].map(|micros| record.at_or_under(micros)), [0, 2, 2, 3, 4]);
    }

    #[test]
    fn times_too_long_for_32_bits_count_at_the_longest_that_is_not() {
        let hour = Micros::from_secs(3_600);
        let buckets = [(hour, 2), (hour + hour, 3), (hour + hour + hour, 4)].into_iter();
        assert_eq!(narrowed(buckets).collect::<Vec<_>>(), [(3_600_000_000, 2), (u32::MAX, 7)]);
    }

    #[test]
    fn requests_from_outside_the_window_leave_no_record() {
        assert_eq!(SecondRecord::of(&counts(Phase::Before, &[10])), None);
        assert_eq!(SecondRecord::of(&counts(Phase::After, &[10])), None);
    }

    #[test]
    fn a_second_in_which_nothing_ended_is_there_with_zeros() {
        assert_eq!(shares(4, &[record(2, 5), record(0, 3)]), [3.0, 0.0, 5.0, 0.0]);
    }

    #[test]
    fn the_drain_lies_over_the_first_seconds_and_no_request_is_lost() {
        let records = [record(0, 8), record(1, 9), record(2, 10), record(3, 2), record(4, 1)];
        assert_eq!(shares(3, &records), [10.0, 10.0, 10.0]);
        assert_eq!(shares(3, &[record(30, 4)]).iter().sum::<f64>(), 4.0, "a drain longer than the window too");
    }

    #[test]
    fn the_last_second_is_as_long_as_the_window_leaves_it() {
        let lengths: Vec<f64> = Grid::of(Micros::from_millis(2_250)).lengths().collect();
        assert_eq!(lengths, [1.0, 1.0, 0.25]);
    }
}
