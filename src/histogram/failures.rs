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

/// How many failures of one kind there were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureCount {
    /// What the first of them said.
    pub message: String,
    /// How many.
    pub count: u64,
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

    /// Counts one failure, which took so long.
    pub fn record(&mut self, step: StepId, failure: &Failure<'_>, took: Micros) {
        if let Some(times) = self.times.get_mut(&failure.class) {
            times.record(took);
        } else if let Some(empty) = &self.empty {
            self.times.entry(failure.class).or_insert_with(|| empty.clone()).record(took);
        }
        let kind = FailureKind { step, class: failure.class, status: failure.status, code: failure.code };
        self.add(kind, 1, failure.message);
    }

    /// Adds everything `other` counted.
    pub fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(kind, entry)| self.add(*kind, entry.count, &entry.message));
        for (class, others) in other.times() {
            self.times.entry(class).and_modify(|times| times.merge(others)).or_insert_with(|| others.clone());
        }
    }

    /// Forgets every count, and keeps the kinds: the next failure of one of them allocates nothing.
    pub fn clear(&mut self) {
        self.kinds.values_mut().for_each(|entry| entry.count = 0);
        self.times.values_mut().for_each(LatencyHistogram::clear);
    }

    /// Adds `count` failures of one kind, of which the first said `message`.
    pub fn add_kind(&mut self, kind: FailureKind, count: u64, message: &str) {
        self.add(kind, count, message);
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

    fn add(&mut self, kind: FailureKind, count: u64, message: &str) {
        if let Some(entry) = self.kinds.get_mut(&kind) {
            entry.count += count;
            return;
        }
        // Past the bound, kinds that differ by code only are counted together.
        let kind = if self.kinds.len() < MOST_KINDS { kind } else { FailureKind { code: None, ..kind } };
        let masker = &self.masker;
        let first = || FailureCount { message: masker.mask(message), count: 0 };
        let entry = self.kinds.entry(kind).or_insert_with(first);
        entry.count += count;
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
            table.record(StepId(0), &failure, Micros::SECOND);
        }
        assert!(table.iter().count() <= MOST_KINDS + 1);
        assert_eq!(table.iter().map(|(_, entry)| entry.count).sum::<u64>(), 10_000);
    }

    #[test]
    fn the_first_message_of_a_kind_is_kept() {
        let mut table = FailureTable::default();
        for message in ["first", "second"] {
            let failure = Failure { class: FailureClass::Timeout, status: None, code: None, message };
            table.record(StepId(1), &failure, Micros::SECOND);
        }
        let (kind, entry) = table.iter().next().unwrap();
        assert_eq!((kind.step, entry.message.as_str(), entry.count), (StepId(1), "first", 2));
    }

    #[test]
    fn a_table_that_was_cleared_shows_only_what_came_after() {
        let empty = LatencyHistogram::new(Micros::from_secs(20)).unwrap();
        let mut table = FailureTable::default().timed_by(empty);
        let failed = |class, message| Failure { class, status: None, code: None, message };
        table.record(StepId(0), &failed(FailureClass::Timeout, "first"), Micros::SECOND);
        table.record(StepId(0), &failed(FailureClass::Cut, "cut"), Micros::SECOND);
        table.clear();
        assert_eq!((table.iter().count(), table.times().count()), (0, 0));
        table.record(StepId(0), &failed(FailureClass::Timeout, "second"), Micros::SECOND);
        let seen: Vec<(&str, u64)> = table.iter().map(|(_, entry)| (entry.message.as_str(), entry.count)).collect();
        assert_eq!(seen, [("first", 1)], "the message of a kind stays that of its first");
    }

    #[test]
    fn each_class_that_occurs_has_times_of_its_own_over_all_threads() {
        let empty = LatencyHistogram::new(Micros::from_secs(20)).unwrap();
        let table = || FailureTable::default().timed_by(empty.clone());
        let failed = |class| Failure { class, status: None, code: None, message: "" };
        let (mut one, mut other) = (table(), table());
        one.record(StepId(0), &failed(FailureClass::Timeout), Micros::from_secs(10));
        other.record(StepId(1), &failed(FailureClass::Timeout), Micros::from_secs(12));
        other.record(StepId(0), &failed(FailureClass::Connect), Micros::from_millis(2));
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
