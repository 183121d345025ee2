//! Failures by step, class, status and code, with what the first of each kind said.

use std::collections::BTreeMap;

use crate::sample::{Failure, FailureClass, StepId};
use crate::scenario::secret::Masker;

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
    masker: Masker,
}

impl FailureTable {
    /// A table whose messages are masked.
    #[must_use]
    pub fn masked_by(masker: Masker) -> Self {
        Self { kinds: BTreeMap::new(), masker }
    }

    /// Counts one failure.
    pub fn record(&mut self, step: StepId, failure: &Failure<'_>) {
        let kind = FailureKind { step, class: failure.class, status: failure.status, code: failure.code };
        self.add(kind, 1, failure.message);
    }

    /// Adds everything `other` counted.
    pub fn merge(&mut self, other: &Self) {
        other.kinds.iter().for_each(|(kind, entry)| self.add(*kind, entry.count, &entry.message));
    }

    /// The kinds and their counts.
    pub fn iter(&self) -> impl Iterator<Item = (&FailureKind, &FailureCount)> {
        self.kinds.iter()
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
            table.record(StepId(0), &failure);
        }
        assert!(table.iter().count() <= MOST_KINDS + 1);
        assert_eq!(table.iter().map(|(_, entry)| entry.count).sum::<u64>(), 10_000);
    }

    #[test]
    fn the_first_message_of_a_kind_is_kept() {
        let mut table = FailureTable::default();
        for message in ["first", "second"] {
            let failure = Failure { class: FailureClass::Timeout, status: None, code: None, message };
            table.record(StepId(1), &failure);
        }
        let (kind, entry) = table.iter().next().unwrap();
        assert_eq!((kind.step, entry.message.as_str(), entry.count), (StepId(1), "first", 2));
    }
}
