//! Values that vary from iteration to iteration.
//!
//! In: what `[[feeder]]` says. Out: a [`Feeder`] of rows with named columns. Always holds: the same seed gives the same
//! rows in the same order.

mod permutation;

pub use permutation::{FeederError, Permutation};
pub(crate) use permutation::{SPLITMIX_STEP, greatest_common_divisor, splitmix};

/// A source of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Feeder {
    /// Every combination of its columns once, before any comes again.
    Permutation(Permutation),
}

impl Feeder {
    /// The index of the column called `name`.
    #[must_use]
    pub fn column_named(&self, name: &str) -> Option<usize> {
        match self {
            Self::Permutation(values) => values.column_named(name),
        }
    }

    /// The columns' names, in order.
    pub fn column_names(&self) -> Vec<&str> {
        match self {
            Self::Permutation(values) => values.column_names().collect(),
        }
    }

    /// How many rows there are before the first comes again.
    #[must_use]
    pub const fn period(&self) -> u64 {
        match self {
            Self::Permutation(values) => values.period(),
        }
    }

    /// The row for an iteration of a user; `drawn` says how many rows were drawn before, and is asked at most once.
    /// `None` when there is no row left.
    pub fn next(&self, (sequence, _user): (u64, u64), _drawn: impl FnOnce() -> u64) -> Option<u64> {
        match self {
            Self::Permutation(values) => Some(values.row(sequence)),
        }
    }

    /// The row of iteration `sequence`, in `0..period`.
    #[must_use]
    pub fn row(&self, sequence: u64) -> u64 {
        match self {
            Self::Permutation(values) => values.row(sequence),
        }
    }

    /// Appends the value of `column` in `row` to `out`.
    pub fn write(&self, column: usize, row: u64, out: &mut Vec<u8>) {
        match self {
            Self::Permutation(values) => values.write(column, row, out),
        }
    }
}
