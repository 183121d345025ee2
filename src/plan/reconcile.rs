//! What must add up at the service, with nothing left to decide.
//!
//! In: `[[reconcile]]`, and the steps as they are planned. Out: [`Reconcile`]s. Always holds: the identity of a request
//! is the run's id and the iteration's number and nothing else, so that a request can be named by its number alone; an
//! amount can be worked out anew from that number.

mod fields;
mod resolve;

pub(super) use resolve::Against;

use serde::{Deserialize, Serialize};

use crate::sample::StepId;
use crate::scenario::feeder::Feeder;
use crate::scenario::json::JsonPath;
use crate::units::{Amount, Micros};

/// What stands in a path for the key and the page's length until they are known: characters that no path may hold.
const AFTER: &str = "\u{1}after\u{1}";
const LIMIT: &str = "\u{1}limit\u{1}";

/// From this number on iterations are of the preflight: one that no run comes to, so that no transaction number is used
/// twice and a charge of the preflight is told from one of the run.
pub const FIRST_REHEARSED: u64 = 1_000_000_000_000;

/// What must add up.
#[derive(Clone, Debug)]
pub struct Reconcile {
    /// The step whose requests are reconciled.
    pub step: StepId,
    /// Its name.
    pub name: String,
    /// How long the account must stand still.
    pub settle: Micros,
    /// Whether a target without such an account refuses the verdict.
    pub required: bool,
    /// What each request moves; `None` where only their number counts.
    pub amount: Option<AmountOf>,
    /// Names and values of the headers that it is read with.
    pub headers: Vec<(String, String)>,
    /// By what.
    pub by: By,
}

/// By what requests are reconciled.
#[derive(Clone, Debug)]
pub enum By {
    /// Each by its own identity.
    Identity(Box<Listing>),
    /// All by one number.
    Sum(Figure),
}

/// Where identities are read back, in pages.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The request's field, for reports.
    pub field: String,
    /// How a request is named.
    pub identity: Identity,
    path: String,
    /// Rows of a page, at least 1.
    pub page: u32,
    /// The array of rows.
    pub items: JsonPath,
    /// A row's key.
    pub key: JsonPath,
    /// A row's identity.
    pub id: JsonPath,
    /// A row's amount.
    pub amount: Option<JsonPath>,
}

/// What stands before and behind an iteration's number in the identity of its request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    prefix: String,
    suffix: String,
}

/// A number that requests change.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Path and query of the answer that holds it.
    pub path: String,
    /// The number in the answer.
    pub value: JsonPath,
    /// Whether it falls by what is done.
    pub falls: bool,
}

/// Where the amount of a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AmountOf {
    /// Always the same.
    Fixed(Amount),
    /// A column of a permuted feeder, whose row an iteration's number gives.
    Column {
        /// The feeder's index.
        feeder: usize,
        /// The column's index.
        column: usize,
    },
}

impl Listing {
    /// Path and query of the page of `limit` rows behind the key `after`.
    #[must_use]
    pub fn page_after(&self, after: u64, limit: u32) -> String {
        self.path.replace(AFTER, &after.to_string()).replace(LIMIT, &limit.to_string())
    }
}

impl Identity {
    /// How the request of iteration `sequence` is named.
    #[must_use]
    pub fn name(&self, sequence: u64) -> String {
        format!("{}{sequence}{}", self.prefix, self.suffix)
    }

    /// The iteration whose request is named `text`; `None` for a name of another's.
    #[must_use]
    pub fn sequence(&self, text: &[u8]) -> Option<u64> {
        let digits = text.strip_prefix(self.prefix.as_bytes())?.strip_suffix(self.suffix.as_bytes())?;
        let plain = matches!(digits, [b'0'] | [b'1'..=b'9', ..]) && digits.iter().all(u8::is_ascii_digit);
        plain.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
    }
}

impl AmountOf {
    /// What the request of iteration `sequence` moves.
    #[must_use]
    pub fn of(&self, sequence: u64, feeders: &[(String, Feeder)]) -> Option<Amount> {
        match self {
            Self::Fixed(amount) => Some(*amount),
            Self::Column { feeder, column } => {
                let Feeder::Permutation(values) = &feeders.get(*feeder)?.1 else { return None };
                let mut text = Vec::with_capacity(24);
                values.write(*column, values.row(sequence), &mut text);
                Amount::parse(&text)
            }
        }
    }
}

#[cfg(test)]
mod tests;
