//! Failures by step, class, status and code, with what the first of each kind said; and the times of each class.

use std::collections::BTreeMap;

use crate::histogram::latency::LatencyHistogram;
use crate::histogram::sparse::SparseTimes;
use crate::sample::{Failure, FailureClass, StepId};
use crate::scenario::secret::Masker;
use crate::units::Micros;

/// The most kinds kept apart; a service that answers a new code each time must not fill the memory.
const MOST_KINDS: usize = 200;

/// What tells two failures apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailureKind {
    /// Where.
    pub step: StepId,
    /// Why.
    pub class: FailureClass,
    /// HTTP status, when an answer was read.
    pub status: Option<u16>,
    /// The envelope's own code.
    pub code: Option<i64>,
}

/// How many failures of one kind there were. Offsets count from the run's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureCount {
    /// What the first of them said.
    pub message: String,
    /// How many.
    pub count: u64,
    /// When the first of them ended.
    pub first: Micros,
    /// When the last of them ended.
    pub last: Micros,
}

/// Failures by kind. Allocates only for the first of a kind, and keeps no secret.
#[derive(Clone, Debug, Default)]
pub struct FailureTable {
    kinds: BTreeMap<FailureKind, FailureCount>,
    /// How long failures took: a histogram for each class that occurs, of which there are a dozen at most.
    times: BTreeMap<FailureClass, LatencyHistogram>,
    /// What the histogram of a class begins as; without it times are not kept.
    empty: Option<LatencyHistogram>,
    masker: Masker,
}

impl FailureTable {
    /// A table whose messages are masked.
    #[must_use]
    pub fn masked_by(masker: Masker) -> Self {
        Self { masker, ..Self::default() }
    }

    /// The same, keeping times in copies of `empty`.
    #[must_use]
    pub fn timed_by(self, empty: LatencyHistogram) -> Self {
        Self { empty: Some(empty), ..self }
    }

    /// Counts one failure, which took so long and ended then.
    pub fn record(&mut self, step: StepId, failure: &Failure<'_>, (took, ended): (Micros, Micros)) {
        if let Some(times) = self.times.get_mut(&failure.class) {
            times.record(took);
        } else if let Some(empty) = &self.empty {
            self.times.entry(failure.class).or_insert_with(|| empty.clone()).record(took);
        }
        let kind = FailureKind { step, class: failure.class, status: failure.status, code: failure.code };
        self.add(kind, (1, failure.message), (ended, ended));
    }

    /// Adds everything `other` counted.
    pub fn merge(&mut self, other: &Self) {
        for (kind, entry) in other.iter() {
            self.add(*kind, (entry.count, &entry.message), (entry.first, entry.last));
        }
        for (class, others) in other.times() {
            self.times.entry(class).and_modify(|times| times.merge(others)).or_insert_with(|| others.clone());
        }
    }

    /// Forgets every count, and keeps the kinds: the next failure of one of them allocates nothing.
    pub fn clear(&mut self) {
        self.kinds.values_mut().for_each(|entry| entry.count = 0);
        self.times.values_mut().for_each(LatencyHistogram::clear);
    }

    /// Adds `count` failures of one kind, of which the first said `message`; the first and the last ended then.
    pub fn add_kind(&mut self, kind: FailureKind, (count, message): (u64, &str), ended: (Micros, Micros)) {
        self.add(kind, (count, message), ended);
    }

    /// Adds the times that failures of a class took; nothing where times are not kept.
    pub fn add_times(&mut self, class: FailureClass, times: &SparseTimes) {
        if let Some(empty) = &self.empty {
            self.times.entry(class).or_insert_with(|| empty.clone()).add(times);
        }
    }

    /// The kinds and their counts.
    pub fn iter(&self) -> impl Iterator<Item = (&FailureKind, &FailureCount)> {
        self.kinds.iter().filter(|(_, entry)| entry.count > 0)
    }

    /// How long the failures of each class took.
    pub fn times(&self) -> impl Iterator<Item = (FailureClass, &LatencyHistogram)> {
        self.times.iter().filter(|(_, times)| times.count() > 0).map(|(class, times)| (*class, times))
    }

    fn add(&mut self, kind: FailureKind, (count, message): (u64, &str), (first, last): (Micros, Micros)) {
        if let Some(entry) = self.kinds.get_mut(&kind) {
            entry.grow(count, (first, last));
            return;
        }
        // Past the bound, kinds that differ by code only are counted together.
        let kind = if self.kinds.len() < MOST_KINDS { kind } else { FailureKind { code: None, ..kind } };
        let masker = &self.masker;
        let new = || FailureCount { message: masker.mask(message), count: 0, first, last };
        self.kinds.entry(kind).or_insert_with(new).grow(count, (first, last));
    }
}

impl FailureCount {
    fn grow(&mut self, count: u64, (first, last): (Micros, Micros)) {
        // Of a kind that was cleared, nothing is known any more of when it occurred.
        let of_before = if self.count > 0 { (self.first, self.last) } else { (first, last) };
        self.count = self.count.saturating_add(count);
        (self.first, self.last) = (of_before.0.min(first), of_before.1.max(last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_with_endless_codes_does_not_fill_the_memory_and_loses_no_count() {
        let mut table = FailureTable::default();
        for code in 0..10_000 {
            let failure =
                Failure { class: FailureClass::BusinessReject, status: Some(200), code: Some(code), message: "no" };
            table.record(StepId(0), &failure, (Micros::SECOND, Micros::SECOND));
        }
        assert!(table.iter().count() <= MOST_KINDS + 1);
        assert_eq!(table.iter().map(|(_, entry)| entry.count).sum::<u64>(), 10_000);
    }

    #[test]
    fn the_first_message_of_a_kind_is_kept() {
        let mut table = FailureTable::default();
        for (message, ended) in [("first", 5), ("second", 9)] {
            let failure = Failure { class: FailureClass::Timeout, status: None, code: None, message };
            table.record(StepId(1), &failure, (Micros::SECOND, Micros::from_secs(ended)));
        }
        let (kind, entry) = table.iter().next().unwrap();
        assert_eq!((kind.step, entry.message.as_str(), entry.count), (StepId(1), "first", 2));
        assert_eq!((entry.first, entry.last), (Micros::from_secs(5), Micros::from_secs(9)));
    }

    #[test]
    fn the_first_and_the_last_of_a_kind_are_those_of_all_threads() {
        let failure = Failure { class: FailureClass::Timeout, status: None, code: None, message: "" };
        let of = |ended: &[u64]| {
            let mut table = FailureTable::default();
            ended.iter().for_each(|s| table.record(StepId(0), &failure, (Micros::SECOND, Micros::from_secs(*s))));
            table
        };
        let mut one = of(&[7, 12]);
        one.merge(&of(&[3, 9]));
        let (_, entry) = one.iter().next().unwrap();
        assert_eq!((entry.first, entry.last, entry.count), (Micros::from_secs(3), Micros::from_secs(12), 4));
    }

    #[test]
    fn a_table_that_was_cleared_shows_only_what_came_after() {
        let empty = LatencyHistogram::new(Micros::from_secs(20)).unwrap();
        let mut table = FailureTable::default().timed_by(empty);
        let failed = |class, message| Failure { class, status: None, code: None, message };
        let at = |second| (Micros::SECOND, Micros::from_secs(second));
        table.record(StepId(0), &failed(FailureClass::Timeout, "first"), at(4));
        table.record(StepId(0), &failed(FailureClass::Cut, "cut"), at(5));
        table.clear();
        assert_eq!((table.iter().count(), table.times().count()), (0, 0));
        let timeout = failed(FailureClass::Timeout, "second");
        table.record(StepId(0), &timeout, at(9));
        table.record(StepId(0), &timeout, at(8));
        let seen: Vec<(&str, u64)> = table.iter().map(|(_, entry)| (entry.message.as_str(), entry.count)).collect();
        assert_eq!(seen, [("first", 2)], "the message of a kind stays that of its first");
        let (kind, entry) = table.iter().next().unwrap();
        assert_eq!((entry.first, entry.last), (Micros::from_secs(8), Micros::from_secs(9)), "what was cleared is gone");

        let (kind, mut sums) = (*kind, FailureTable::default());
        sums.add_kind(kind, (3, "first"), (Micros::from_secs(4), Micros::from_secs(5)));
        sums.merge(&table);
        sums.add_kind(kind, (1, ""), (Micros::from_secs(2), Micros::from_secs(2)));
        let (_, entry) = sums.iter().next().unwrap();
        assert_eq!((entry.count, entry.first, entry.last), (6, Micros::from_secs(2), Micros::from_secs(9)));
    }

    #[test]
    fn each_class_that_occurs_has_times_of_its_own_over_all_threads() {
        let empty = LatencyHistogram::new(Micros::from_secs(20)).unwrap();
        let table = || FailureTable::default().timed_by(empty.clone());
        let failed = |class| Failure { class, status: None, code: None, message: "" };
        let (mut one, mut other) = (table(), table());
        let took = |time| (time, Micros::from_secs(60));
        one.record(StepId(0), &failed(FailureClass::Timeout), took(Micros::from_secs(10)));
        other.record(StepId(1), &failed(FailureClass::Timeout), took(Micros::from_secs(12)));
        other.record(StepId(0), &failed(FailureClass::Connect), took(Micros::from_millis(2)));
        one.merge(&other);
        let seen: Vec<_> = one.times().map(|(class, times)| (class, times.count(), times.max().unwrap())).collect();
        let connect = (FailureClass::Connect, 1, Micros::from_millis(2));
        assert_eq!(seen.len(), 2, "a class that never occurs costs nothing");
        assert!(
            seen.contains(&(FailureClass::Timeout, 2, Micros::from_secs(12))) && seen.contains(&connect),
            "{seen:?}"
        );
    }
}
