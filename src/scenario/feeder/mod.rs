//! Values that vary from iteration to iteration.
//!
//! In: what `[[feeder]]` says. Out: a [`Feeder`] of rows with named columns. Always holds: the same seed gives the same
//! rows in the same order.

mod count;
mod permutation;
mod table;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

pub use count::Count;
pub(in crate::scenario) use count::WrittenCount;
pub use permutation::{FeederError, Permutation};
pub(crate) use permutation::{SPLITMIX_STEP, greatest_common_divisor, splitmix};
pub use table::{Layout, Table, TableError};

/// A source of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Feeder {
    /// Every combination of its columns once, before any comes again.
    Permutation(Permutation),
    /// The rows of a file, or of the scenario itself.
    File(FileFeeder),
    /// Numbers, one after the other.
    Count(Count),
}

/// Who asks for a row, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// The iteration's number, from 0.
    pub sequence: u64,
    /// The user's number, from 1.
    pub user: u64,
    /// How many rows this user took before.
    pub own: u64,
}

/// The rows of a file, and in which order they are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct FileFeeder {
    /// The rows.
    pub table: Arc<Table>,
    /// Their order.
    pub order: Order,
    /// What comes behind the last.
    pub at_end: AtEnd,
    /// What a random order comes from.
    pub seed: u64,
}

/// The order of a file's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As they stand, over all users.
    #[default]
    Sequential,
    /// At random, from the run's seed; a row may come again.
    Random,
    /// Each user keeps a row of its own for the whole run.
    UniquePerUser,
    /// Each user keeps one row for the whole run; where there are fewer rows than users, users share them.
    ByUser,
    /// As they stand, from the first one for each user.
    EachUser,
}

/// What comes behind the last row of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AtEnd {
    /// The first row again.
    #[default]
    Recycle,
    /// Nothing: the run ends.
    Stop,
}

impl Feeder {
    /// The index of the column called `name`.
    #[must_use]
    pub fn column_named(&self, name: &str) -> Option<usize> {
        self.column_names().into_iter().position(|column| column == name)
    }

    /// The columns' names, in order.
    #[must_use]
    pub fn column_names(&self) -> Vec<&str> {
        match self {
            Self::Permutation(values) => values.column_names().collect(),
            Self::File(file) => file.table.columns().iter().map(String::as_str).collect(),
            Self::Count(_) => vec![Count::COLUMN],
        }
    }

    /// How many rows there are before the first comes again.
    #[must_use]
    pub fn period(&self) -> u64 {
        match self {
            Self::Permutation(values) => values.period(),
            Self::File(file) => file.table.rows(),
            Self::Count(count) => count.period(),
        }
    }

    /// The mean of a column's numbers; `None` where one of its values is no number.
    #[must_use]
    pub fn mean(&self, column: usize) -> Option<f64> {
        match self {
            Self::Permutation(values) => values.mean(column),
            Self::File(file) => {
                let value = |row| std::str::from_utf8(file.table.value(column, row)).ok()?.trim().parse::<f64>().ok();
                let sum: Option<f64> = (0..file.table.rows()).map(value).sum();
                sum.map(|sum| sum / file.table.rows() as f64)
            }
            Self::Count(count) => Some(count.mean()),
        }
    }

    /// After how many rows the values of these columns come together again, at the earliest. `None` where that cannot
    /// be told: rows drawn at random, or columns that stand behind others.
    #[must_use]
    pub fn apart(&self, columns: &[usize]) -> Option<u64> {
        match self {
            Self::Permutation(values) => values.apart(columns),
            Self::Count(count) => (!count.each_user).then(|| count.period()),
            Self::File(_) => None,
        }
    }

    /// The row for this turn; `drawn` says how many rows were drawn before, and is asked at most once. `None` when there
    /// is no row left.
    pub fn next(&self, Turn { sequence, user, own }: Turn, drawn: impl FnOnce() -> u64) -> Option<u64> {
        match self {
            Self::Permutation(values) => Some(values.row(sequence)),
            Self::Count(count) => Some(if count.each_user { own } else { drawn() } % count.period()),
            Self::File(file) => {
                let rows = file.table.rows();
                let in_turn =
                    |at: u64| Some(at).filter(|at| file.at_end == AtEnd::Recycle || *at < rows).map(|at| at % rows);
                match file.order {
                    Order::Sequential => in_turn(drawn()),
                    Order::EachUser => in_turn(own),
                    Order::Random => {
                        let random = splitmix(file.seed ^ splitmix(sequence));
                        Some(((u128::from(random) * u128::from(rows)) >> 64) as u64)
                    }
                    Order::UniquePerUser => Some(user.saturating_sub(1)).filter(|row| *row < rows),
                    Order::ByUser => Some(user.saturating_sub(1) % rows),
                }
            }
        }
    }

    /// Appends the value of `column` in `row` to `out`.
    pub fn write(&self, column: usize, row: u64, out: &mut Vec<u8>) {
        match self {
            Self::Permutation(values) => values.write(column, row, out),
            Self::File(file) => out.extend_from_slice(file.table.value(column, row)),
            Self::Count(count) => count.write(row, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(sequence: u64, user: u64) -> Turn {
        Turn { sequence, user, own: 0 }
    }

    #[test]
    fn a_user_may_go_through_the_rows_by_itself_or_keep_one_that_others_keep_too() {
        let each = feeder(Order::EachUser, AtEnd::Recycle);
        let rows = [0, 1, 2, 3].map(|own| each.next(Turn { sequence: 70, user: 2, own }, || 9));
        assert_eq!(rows, [0, 1, 2, 0].map(Some));
        let ended = feeder(Order::EachUser, AtEnd::Stop);
        assert_eq!(ended.next(Turn { own: 3, ..Turn::default() }, || 0), None);
        let kept = feeder(Order::ByUser, AtEnd::Recycle);
        assert_eq!([1, 3, 4].map(|user| kept.next(turn(5, user), || 0)), [0, 2, 0].map(Some));
    }

    fn feeder(order: Order, at_end: AtEnd) -> Feeder {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("u.csv");
        std::fs::write(&path, "id\na\nb\nc\n").unwrap();
        let table = Arc::new(Table::read(&path, &Layout::default()).unwrap());
        Feeder::File(FileFeeder { table, order, at_end, seed: 7 })
    }

    #[test]
    fn rows_come_in_the_order_that_was_asked_for() {
        let recycled = feeder(Order::Sequential, AtEnd::Recycle);
        assert_eq!(
            (0..5).map(|drawn| recycled.next(turn(99, 1), || drawn)).collect::<Vec<_>>(),
            [0, 1, 2, 0, 1].map(Some)
        );
        let stopped = feeder(Order::Sequential, AtEnd::Stop);
        assert_eq!([2, 3].map(|drawn| stopped.next(turn(0, 1), || drawn)), [Some(2), None]);
        let own = feeder(Order::UniquePerUser, AtEnd::Recycle);
        assert_eq!([1, 3, 1, 4].map(|user| own.next(turn(5, user), || 0)), [Some(0), Some(2), Some(0), None]);
        let random = feeder(Order::Random, AtEnd::Recycle);
        let rows: Vec<Option<u64>> = (0..30).map(|sequence| random.next(turn(sequence, 1), || 0)).collect();
        assert!([0, 1, 2].iter().all(|row| rows.contains(&Some(*row))) && rows.iter().all(|row| *row < Some(3)));
        assert_eq!(rows, (0..30).map(|sequence| random.next(turn(sequence, 2), || 5)).collect::<Vec<_>>());
    }
}
