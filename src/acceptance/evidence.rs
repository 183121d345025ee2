//! What a reading of the service's own account showed, beside what the client knows.
//!
//! In: two readings and the books. Out: [`Evidence`], counted and named, and judged by nobody yet. Always holds: an
//! account that could not be read says why, and has no figures.

use serde::{Deserialize, Serialize};

use crate::plan::reconcile::Identity;
use crate::units::{Amount, Micros};

/// The most requests that are named of one kind; all are counted.
pub const MOST_NAMED: usize = 1_000_000;

/// What was seen of one reconciled step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The step's name.
    pub step: String,
    /// The request's field that names it; `None` where a sum is compared.
    pub by: Option<String>,
    /// Whether a target without such an account refuses the verdict.
    pub required: bool,
    /// What the client knows of its requests.
    pub sent: Sent,
    /// What the service's own account said.
    pub seen: Seen,
}

/// How many requests were sent since the first reading, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Those that the service said were done.
    pub acknowledged: u64,
    /// Those that it said were not.
    pub refused: u64,
    /// Those of which nobody said.
    pub unknown: u64,
}

/// What an account said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Every request by its own name.
    Identities(Box<Identities>),
    /// One number before and after.
    Change(Change),
    /// Nothing: it could not be read.
    Unread {
        /// Why.
        cause: Unread,
        /// Whether it had never been read: this target may have no such account at all.
        from_the_start: bool,
    },
}

/// Rows of the span, held against the requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identities {
    /// How requests are named.
    pub identity: Identity,
    /// Rows that name a request of this run.
    pub rows: u64,
    /// Acknowledged, and no row.
    pub lost: Named,
    /// More than one row.
    pub doubled: Named,
    /// Refused, and a row nevertheless.
    pub refused: Named,
    /// A row of another amount than was sent; `None` where amounts are not compared.
    pub wrong_amount: Option<Named>,
    /// Unknown, and a row: it was done.
    pub unknown_done: u64,
    /// Rows that name no request of this run.
    pub foreign: u64,
    /// Rows that came behind the first reading after the load, and how long behind it the last of them.
    pub late: Option<(u64, Micros)>,
}

/// Requests of one kind: how many, and their iterations' numbers in order, at most [`MOST_NAMED`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// How many.
    pub count: u64,
    /// Which.
    pub numbers: Vec<u64>,
}

impl Named {
    /// Adds one.
    pub fn add(&mut self, number: u64) {
        self.count += 1;
        if self.numbers.len() < MOST_NAMED {
            self.numbers.push(number);
        }
    }
}

/// A number before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Before the load.
    pub before: Amount,
    /// When it stood still behind it.
    pub after: Amount,
    /// What it must have changed by at least: what was acknowledged.
    pub least: Amount,
    /// What it may have changed by at most: that and what is unknown.
    pub most: Amount,
    /// Whether it falls by what is done.
    pub falls: bool,
    /// By how much it changed behind the first reading after the load, and how long behind it.
    pub late: Option<(Amount, Micros)>,
}

impl Change {
    /// By how much it moved in its own direction.
    #[must_use]
    pub fn moved(&self) -> Amount {
        let change = self.after - self.before;
        if self.falls { -change } else { change }
    }

    /// What is missing (negative) or too much (positive); nothing where the change is explained.
    #[must_use]
    pub fn unexplained(&self) -> Amount {
        let moved = self.moved();
        if moved < self.least {
            moved - self.least
        } else if moved > self.most {
            moved - self.most
        } else {
            Amount::ZERO
        }
    }
}

/// Why an account could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unread {
    /// The answer had another status than 200.
    Status {
        /// What was asked.
        path: String,
        /// HTTP status.
        status: u16,
    },
    /// There was no whole answer.
    NoAnswer {
        /// What was asked.
        path: String,
        /// What the client said.
        cause: String,
    },
    /// The answer did not hold what the scenario says it does.
    NotThere {
        /// What was asked.
        path: String,
        /// What was looked for.
        wanted: String,
    },
    /// A page began before the key it was asked for: it would be read without end.
    OutOfOrder {
        /// What was asked.
        path: String,
    },
    /// The account moved although nothing was sent, or never stood still: others use it.
    Restless,
    /// Whoever runs it did not want to wait.
    Interrupted,
    /// There were more requests than the books hold.
    TooMany,
}
