//! What a file holds, read once before anything is counted.
//!
//! In: rows. Out: a [`Survey`]: labels, the time it spans, how many users there were, and how far rows are out of
//! order. Always holds: what counting relies on is checked here, so that the second reading cannot fail halfway.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::row::Row;
use crate::summary::caveat::UsersBy;

/// The most labels: each has its own histograms.
const MOST_LABELS: usize = 500;
/// The longest sample, in milliseconds: an hour. Stalled time is followed for so long.
const LONGEST_SAMPLE: u64 = 3_600_000;
/// The longest transaction, in milliseconds: a day.
const LONGEST_TRANSACTION: u64 = 86_400_000;
/// The longest time a file may span, in milliseconds: a week.
const LONGEST_FILE: u64 = 604_800_000;
/// How far rows may be out of order, in milliseconds: JMeter's servers send theirs every minute.
const MOST_DISORDER: u64 = 300_000;
/// The most thread names that are told apart.
const MOST_THREADS: usize = 100_000;

/// A label, and what its rows are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) name: String,
    /// Whether its rows are a transaction controller's.
    of_controller: bool,
    /// Whether they are counted as transactions: not where there is nothing else.
    pub(super) transaction: bool,
}

impl Label {
    pub(super) fn new(name: &str, transaction: bool) -> Self {
        Self { name: name.to_owned(), of_controller: transaction, transaction }
    }
}

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Survey {
    /// In the order in which they first come.
    pub(super) labels: Labels,
    /// Rows of samples.
    pub(super) samples: Span,
    /// Rows of transactions.
    pub(super) transactions: Span,
    /// Most active threads that a row tells of.
    active: u64,
    /// Different thread names, hashed.
    names: HashSet<u64>,
    /// Where the first address leads.
    pub(super) origin: Option<String>,
    /// Whether rows tell bytes sent, bytes received, and times to connect.
    pub(super) tells: [bool; 3],
}

/// Rows of one kind, and the time they span. Times in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) rows: u64,
    /// First start, since 1970.
    pub(super) start: u64,
    /// Last end, since 1970.
    pub(super) end: u64,
    /// Longest of all.
    pub(super) longest: u64,
    /// How long after a later start a row's end may still come.
    pub(super) disorder: u64,
    /// Latest start so far.
    latest: u64,
}

/// Labels and where they stand in the plan.
#[derive(Clone, Debug, Default)]
pub(super) struct Labels {
    all: Vec<Label>,
    samples: HashMap<String, u16>,
    transactions: HashMap<String, u16>,
    /// The last one found: rows of a label often follow each other.
    last: u16,
}

impl Labels {
    /// Whether the rows of a label are counted as transactions.
    pub(super) fn is_transaction(&self, at: u16) -> bool {
        self.all.get(usize::from(at)).is_some_and(|label| label.transaction)
    }

    /// Where the label of `row` stands; `None` when it was never seen.
    pub(super) fn find(&mut self, row: &Row<'_>) -> Option<u16> {
        let transaction = row.is_transaction();
        if let Some(label) = self.all.get(usize::from(self.last))
            && label.of_controller == transaction
            && label.name == row.label
        {
            return Some(self.last);
        }
        let known = if transaction { &self.transactions } else { &self.samples };
        self.last = *known.get(row.label)?;
        Some(self.last)
    }

    pub(super) fn all(&self) -> &[Label] {
        &self.all
    }

    fn learn(&mut self, row: &Row<'_>) -> Result<(), String> {
        if self.find(row).is_some() {
            return Ok(());
        }
        let at = u16::try_from(self.all.len()).ok().filter(|at| usize::from(*at) < MOST_LABELS).ok_or_else(|| {
            format!(
                "over {MOST_LABELS} labels: a label that holds a number or an id makes every sample a step of its own; \
                 give the samplers fixed names"
            )
        })?;
        let transaction = row.is_transaction();
        self.all.push(Label::new(row.label, transaction));
        let known = if transaction { &mut self.transactions } else { &mut self.samples };
        known.insert(row.label.to_owned(), at);
        self.last = at;
        Ok(())
    }
}

impl Survey {
    /// Takes one row into account.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub(super) fn add(&mut self, row: &Row<'_>) -> Result<(), String> {
        if row.samples > 1 {
            return Err(format!(
                "the row stands for {} samples, so their own times are lost; run JMeter with mode=StrippedBatch \
                 instead of a statistical one",
                row.samples
            ));
        }
        self.labels.learn(row)?;
        if row.is_transaction() {
            self.transactions.add(row, LONGEST_TRANSACTION)?;
        } else {
            self.samples.add(row, LONGEST_SAMPLE)?;
            // A transaction's row leaves its pauses out, so that it seems to end before it does.
            self.samples.in_order()?;
        }
        self.active = self.active.max(row.threads.unwrap_or(0));
        if self.active == 0 && self.names.len() < MOST_THREADS && !row.thread.is_empty() {
            let mut hasher = DefaultHasher::new();
            row.thread.hash(&mut hasher);
            self.names.insert(hasher.finish());
        }
        let told = [row.sent.is_some(), row.received.is_some(), row.connect.is_some()];
        self.tells.iter_mut().zip(told).for_each(|(tells, told)| *tells |= told);
        if self.origin.is_none() {
            self.origin = row.origin().map(str::to_owned);
        }
        Ok(())
    }

    /// Makes the transactions of a file that holds nothing else its samples: their controllers were told to write one
    /// row for all.
    pub(super) fn settled(mut self) -> Self {
        if self.samples.rows == 0 {
            self.samples = std::mem::take(&mut self.transactions);
            self.labels.all.iter_mut().for_each(|label| label.transaction = false);
        }
        self
    }

    /// How many users there were, and how that is known.
    pub(super) fn users(&self) -> (u32, UsersBy) {
        let number = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        match (self.active, self.names.len() as u64) {
            (0, 0) => (1, UsersBy::Nothing),
            (0, names) => (number(names), UsersBy::ThreadNames),
            (active, _) => (number(active), UsersBy::AllThreads),
        }
    }
}

impl Span {
    /// Widens the span, and refuses a row that cannot belong to it.
    fn add(&mut self, row: &Row<'_>, longest: u64) -> Result<(), String> {
        if row.elapsed > longest {
            return Err(format!(
                "elapsed {} ms is over {} h: another column is read for it, or the row is damaged; correct the row",
                row.elapsed,
                longest / 3_600_000
            ));
        }
        if self.rows == 0 {
            (self.start, self.end, self.latest) = (row.start, row.end(), row.start);
        }
        self.rows += 1;
        self.start = self.start.min(row.start);
        self.end = self.end.max(row.end());
        self.longest = self.longest.max(row.elapsed);
        self.latest = self.latest.max(row.start);
        self.disorder = self.disorder.max(self.latest.saturating_sub(row.end()));
        if self.length() > LONGEST_FILE {
            return Err(format!(
                "timeStamp {} lies over a week from other rows: the file holds several runs, or a clock was set; \
                 cut the file into its runs",
                row.start
            ));
        }
        Ok(())
    }

    fn in_order(&self) -> Result<(), String> {
        if self.disorder <= MOST_DISORDER {
            return Ok(());
        }
        Err(format!(
            "the row ended {} s before one above it started; sort the rows by timeStamp, or judge each generator's file \
             on its own",
            self.disorder / 1_000
        ))
    }

    /// From the first start to the last end.
    pub(super) const fn length(&self) -> u64 {
        self.end - self.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(start: u64, elapsed: u64) -> Row<'static> {
        Row { start, elapsed, label: "a", code: "200", success: true, samples: 1, ..Row::default() }
    }

    #[test]
    fn a_row_that_cannot_belong_to_the_file_is_refused_with_a_cure() {
        let second = |second: Row<'_>| {
            let mut survey = Survey::default();
            survey.add(&row(1_700_000_000_000, 10)).unwrap();
            survey.add(&second).unwrap_err()
        };
        assert!(second(row(1_700_000_000, 10)).contains("cut the file into its runs"));
        assert!(second(row(1_700_000_000_000, 3_600_001)).contains("over 1 h"));
        assert!(second(Row { samples: 5, ..row(1_700_000_000_000, 1) }).contains("StrippedBatch"));
        assert!(second(row(1_700_000_000_000 - 300_011, 10)).contains("sort the rows"));
    }

    #[test]
    fn labels_without_end_are_refused() {
        let mut survey = Survey::default();
        let labels: Vec<String> = (0..=500).map(|n| format!("GET /orders/{n}")).collect();
        let mut rows = labels.iter().map(|label| Row { label, ..row(1, 1) });
        assert!(rows.by_ref().take(500).all(|row| survey.add(&row).is_ok()));
        assert!(rows.all(|row| survey.add(&row).unwrap_err().contains("fixed names")));
    }

    #[test]
    fn a_transaction_and_a_sample_of_one_label_are_two() {
        let mut survey = Survey::default();
        let message = "Number of samples in transaction : 2, number of failing samples : 0";
        survey.add(&row(5, 1)).unwrap();
        survey.add(&Row { message, ..row(5, 1) }).unwrap();
        let kinds: Vec<bool> = survey.labels.all().iter().map(|label| label.transaction).collect();
        assert_eq!((kinds, survey.samples.rows, survey.transactions.rows), (vec![false, true], 1, 1));
    }

    #[test]
    fn transactions_that_stand_alone_are_the_samples() {
        let message = "Number of samples in transaction : 2, number of failing samples : 0";
        let mut survey = Survey::default();
        survey.add(&Row { message, ..row(5, 1) }).unwrap();
        let mut survey = survey.settled();
        assert_eq!((survey.samples.rows, survey.transactions.rows), (1, 0));
        let at = survey.labels.find(&Row { message, ..row(6, 1) }).unwrap();
        assert!(!survey.labels.is_transaction(at));
    }

    #[test]
    fn users_are_the_threads_that_were_active_else_those_that_have_a_name() {
        let mut survey = Survey::default();
        for thread in ["t 1-1", "t 1-2", "t 1-1"] {
            survey.add(&Row { thread, ..row(5, 1) }).unwrap();
        }
        assert_eq!(survey.users(), (2, UsersBy::ThreadNames));
        survey.add(&Row { threads: Some(50), ..row(5, 1) }).unwrap();
        assert_eq!(survey.users(), (50, UsersBy::AllThreads));
        assert_eq!(Survey::default().users(), (1, UsersBy::Nothing));
    }
}
