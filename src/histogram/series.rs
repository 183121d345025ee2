//! The run second by second.
//!
//! In: samples, each booked in the second in which it ended. Out: one [`IntervalCounts`] a row, second and phase, in
//! order. Always holds: the seconds of the window count from its start and sum to its totals.

use std::collections::BTreeMap;

pub use crate::histogram::classes::ClassCounts;
use crate::histogram::latency::LatencyHistogram;
use crate::histogram::sparse::SparseTimes;
use crate::plan::RowId;
use crate::sample::{FailureClass, Outcome, Phase, Sample, SampleOf};
use crate::units::Micros;
use hdrhistogram::CreationError;

/// Seconds that are open at once on one thread: this one and the last, of two phases.
const OPEN_SECONDS: usize = 4;

/// Which second of which phase, of which requests.
///
/// Before the window seconds count from the run's start; in it and behind it they count from the window's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntervalKey {
    /// All requests, or those that a rule names.
    pub row: RowId,
    /// Which requests are counted, by when they started.
    pub phase: Phase,
    /// The second, from 0.
    pub second: u32,
}

/// What ended in one second.
#[derive(Clone, Debug)]
pub struct IntervalCounts {
    /// Which second.
    pub key: IntervalKey,
    /// Successes.
    pub successes: u64,
    /// Failures.
    pub failures: u64,
    /// Whole answers of any kind.
    pub answered: u64,
    /// Sum of the times failures took by the model's own clock, in microseconds.
    pub failure_micros: u64,
    /// Sum of the successes' times to first byte, in microseconds.
    pub ttfb_micros: u64,
    /// Sum of the successes' service times, in microseconds, whatever the model.
    pub service_micros: u64,
    /// The failures by class; beside them arrivals that were never sent, in the second in which they were due.
    pub classes: ClassCounts,
    /// The successes' times by the model's own clock: response times in an open one, service times in a closed one.
    pub times: SparseTimes,
}

/// A second that is open on one thread. What it counts goes into a whole histogram, where counting is cheapest.
#[derive(Clone, Debug)]
struct OpenCounts {
    /// All but the times.
    counts: IntervalCounts,
    times: LatencyHistogram,
}

impl IntervalKey {
    /// The second in which a request that ended at `end` is booked, among all requests.
    #[must_use]
    pub fn of(phase: Phase, end: Micros, window: Option<(Micros, Micros)>) -> Self {
        let since = match (phase, window) {
            // One that started before the window and ended in it belongs to the last second before it.
            (Phase::Before, Some((open, _))) => end.min(open.saturating_sub(Micros::new(1))),
            (_, Some((open, _))) => end.saturating_sub(open),
            (_, None) => end,
        };
        let second = u32::try_from(since.get() / Micros::SECOND.get()).unwrap_or(u32::MAX);
        Self { row: RowId::All, phase, second }
    }
}

impl IntervalCounts {
    /// A second in which nothing has ended.
    #[must_use]
    pub fn empty(key: IntervalKey) -> Self {
        Self {
            key,
            successes: 0,
            failures: 0,
            answered: 0,
            failure_micros: 0,
            ttfb_micros: 0,
            service_micros: 0,
            classes: ClassCounts::default(),
            times: SparseTimes::default(),
        }
    }

    /// Adds what another thread counted in the same second.
    pub fn merge(&mut self, other: &Self) {
        self.successes += other.successes;
        self.failures += other.failures;
        self.answered += other.answered;
        self.failure_micros += other.failure_micros;
        self.ttfb_micros += other.ttfb_micros;
        self.service_micros += other.service_micros;
        self.classes.merge(&other.classes);
        self.times.merge(&other.times);
    }
}

impl OpenCounts {
    fn new(top: Micros) -> Result<Self, CreationError> {
        let key = IntervalKey { row: RowId::All, phase: Phase::Before, second: 0 };
        Ok(Self { counts: IntervalCounts::empty(key), times: LatencyHistogram::new(top)? })
    }

    const fn is_empty(&self) -> bool {
        let IntervalCounts { successes, failures, classes, .. } = &self.counts;
        *successes + *failures == 0 && classes.never_sent() == 0
    }

    fn record(&mut self, sample: &Sample<'_>) {
        let (counts, time) = (&mut self.counts, sample.response_time().unwrap_or_else(|| sample.service_time()));
        match &sample.outcome {
            Outcome::Success => {
                counts.successes += 1;
                counts.answered += 1;
                counts.ttfb_micros += sample.first_byte.map_or(0, |first| first.saturating_sub(sample.start).get());
                counts.service_micros += sample.service_time().get();
                self.times.record(time);
            }
            Outcome::Failure(failure) => {
                counts.failures += 1;
                counts.answered += u64::from(failure.class.answered());
                counts.failure_micros += time.get();
                counts.classes.add(failure.class);
            }
            Outcome::Aborted => {}
        }
    }

    /// Takes what was counted, leaving an empty second with the same memory.
    fn take(&mut self) -> IntervalCounts {
        let empty = IntervalCounts::empty(self.counts.key);
        let taken =
            IntervalCounts { times: SparseTimes::of(&self.times), ..std::mem::replace(&mut self.counts, empty) };
        self.times.clear();
        taken
    }
}

/// The seconds of one row that are open on one thread.
#[derive(Clone, Debug)]
pub(super) struct IntervalRing {
    row: RowId,
    open: Box<[OpenCounts]>,
    /// Seconds that had to make room because nobody took them in time.
    spilled: Vec<IntervalCounts>,
}

impl IntervalRing {
    pub(super) fn new(row: RowId, top: Micros) -> Result<Self, CreationError> {
        let empty = OpenCounts::new(top)?;
        Ok(Self { row, open: vec![empty; OPEN_SECONDS].into(), spilled: Vec::new() })
    }

    /// Counts a sample that ended in the second of `key`, if it belongs to this row.
    pub(super) fn record(&mut self, key: IntervalKey, sample: &Sample<'_>) {
        let own = match (self.row, sample.of) {
            (RowId::All, SampleOf::Step(_)) | (RowId::Iteration, SampleOf::Iteration) => true,
            (RowId::Step(step), SampleOf::Step(other)) => step == other,
            (RowId::Group(group), SampleOf::Group(other)) => group == other,
            _ => false,
        };
        if !own {
            return;
        }
        self.second(key).record(sample);
    }

    /// Counts an arrival that was due in the second of `key` and never sent, among all requests: it has no sample.
    pub(super) fn never_sent(&mut self, class: FailureClass, key: IntervalKey) {
        if self.row == RowId::All {
            self.second(key).counts.classes.add(class);
        }
    }

    /// The open second of `key` of this row.
    fn second(&mut self, key: IntervalKey) -> &mut OpenCounts {
        let key = IntervalKey { row: self.row, ..key };
        let open = self.open.iter().position(|second| second.counts.key == key && !second.is_empty());
        let at = open.unwrap_or_else(|| self.make_room(key));
        &mut self.open[at]
    }

    /// Starts `key` in a free place, or in that of the oldest second.
    fn make_room(&mut self, key: IntervalKey) -> usize {
        let free = self.open.iter().position(OpenCounts::is_empty);
        let at = free.unwrap_or_else(|| {
            let oldest = (0..self.open.len()).min_by_key(|at| self.open[*at].counts.key).unwrap_or(0);
            self.spilled.push(self.open[oldest].take());
            oldest
        });
        self.open[at].counts.key = key;
        at
    }

    /// Takes everything that was counted, leaving an empty ring with the same memory.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = IntervalCounts> {
        let open = self.open.iter_mut().filter(|second| !second.is_empty());
        self.spilled.drain(..).chain(open.map(OpenCounts::take))
    }
}

/// Calls of [`Series::add`] without a new count after which a second is settled.
const SETTLED_AFTER: u32 = 3;

/// Joins the intervals of all threads, second by second.
#[derive(Debug, Default)]
pub struct Series {
    open: BTreeMap<IntervalKey, OpenSecond>,
}

#[derive(Debug)]
struct OpenSecond {
    counts: IntervalCounts,
    users: u32,
    /// Calls of `add` since it last grew.
    age: u32,
}

impl Series {
    /// Adds what the threads counted since the last call, while `users` were running. Called about once a second.
    pub fn add(&mut self, taken: Vec<IntervalCounts>, users: u32) {
        self.open.values_mut().for_each(|second| second.age += 1);
        for counts in taken {
            match self.open.get_mut(&counts.key) {
                Some(second) => {
                    second.counts.merge(&counts);
                    (second.users, second.age) = (users, 0);
                }
                None => {
                    self.open.insert(counts.key, OpenSecond { counts, users, age: 0 });
                }
            }
        }
    }

    /// Takes every second that no thread will count in again, so that its histogram need not be kept.
    pub fn take_settled(&mut self) -> Vec<(IntervalCounts, u32)> {
        self.take_if(|second| second.age >= SETTLED_AFTER)
    }

    /// Takes every second, when the run has ended.
    pub fn take_all(&mut self) -> Vec<(IntervalCounts, u32)> {
        self.take_if(|_| true)
    }

    /// The last second of all requests that is over, for a progress display.
    #[must_use]
    pub fn last_whole(&self) -> Option<&IntervalCounts> {
        let all = self.open.values().rev().filter(|second| second.counts.key.row == RowId::All);
        all.map(|second| &second.counts).nth(1)
    }

    fn take_if(&mut self, done: impl Fn(&OpenSecond) -> bool) -> Vec<(IntervalCounts, u32)> {
        let keys: Vec<IntervalKey> = self.open.iter().filter(|(_, second)| done(second)).map(|(key, _)| *key).collect();
        keys.iter().filter_map(|key| self.open.remove(key)).map(|second| (second.counts, second.users)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Micros = Micros::from_millis(2_500);
    const WINDOW: Option<(Micros, Micros)> = Some((OPEN, Micros::from_millis(12_500)));

    #[test]
    fn seconds_of_the_window_count_from_its_start_and_book_a_sample_where_it_ended() {
        let key = |phase, millis| IntervalKey::of(phase, Micros::from_millis(millis), WINDOW).second;
        assert_eq!(key(Phase::Measured, 2_500), 0);
        assert_eq!(key(Phase::Measured, 3_499), 0);
        assert_eq!(key(Phase::Measured, 3_500), 1);
        assert_eq!(key(Phase::Measured, 12_600), 10, "ended in the drain");
        assert_eq!(key(Phase::Before, 1_999), 1);
        assert_eq!(key(Phase::Before, 9_000), 2, "ended in the window: booked just before it");
    }
}
