//! Failures by class.
//!
//! In: classes. Out: how many there were of each. Always holds: a count stays at its top and never wraps.

use serde::{Deserialize, Serialize};

use crate::sample::FailureClass;

/// How many failures of each class there were, by the classes' numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCounts([u32; FailureClass::ALL.len()]);

impl ClassCounts {
    /// Counts one failure.
    pub const fn add(&mut self, class: FailureClass) {
        self.add_many(class, 1);
    }

    /// Counts so many failures; past what fits a count stays at its top.
    pub const fn add_many(&mut self, class: FailureClass, failures: u32) {
        let count = &mut self.0[class as usize];
        *count = count.saturating_add(failures);
    }

    /// The classes that occurred, in order, and how many of each there were.
    pub fn iter(&self) -> impl Iterator<Item = (FailureClass, u32)> {
        FailureClass::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }

    /// How many of `class` there were.
    #[must_use]
    pub const fn of(&self, class: FailureClass) -> u32 {
        self.0[class as usize]
    }

    /// Arrivals that no request was made of: they are in no count of failures.
    #[must_use]
    pub const fn never_sent(&self) -> u64 {
        self.of(FailureClass::Unsent) as u64 + self.of(FailureClass::Dropped) as u64
    }

    /// Adds everything `other` counted.
    pub fn merge(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(count, other)| *count = count.saturating_add(other));
    }
}
