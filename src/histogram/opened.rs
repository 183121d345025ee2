//! Requests that opened a connection, told apart from those that used one again.
//!
//! In: what is counted of successes, and of redirects. Out: counts beside those of a whole row. Always holds: a request
//! is one that opened a connection once, however many it opened.

use serde::{Deserialize, Serialize};

/// What is counted apart of the requests that opened a connection; the others used one again. How many there were is
/// the count of the times to connect less [`Opened::later`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Those that succeeded.
    pub successes: u64,
    /// Sum of the successes' times by the model's own clock, in microseconds.
    pub success_micros: u64,
    /// Connections that redirects opened beside the first of their request.
    pub later: u64,
    /// Successes at or under each limit of the options, as in those of all requests.
    pub at_or_under: Vec<u64>,
}

impl Opened {
    pub(super) fn clear(&mut self) {
        (self.successes, self.success_micros, self.later) = (0, 0, 0);
        self.at_or_under.fill(0);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.successes += other.successes;
        self.success_micros += other.success_micros;
        self.later += other.later;
        self.at_or_under.iter_mut().zip(&other.at_or_under).for_each(|(count, other)| *count += other);
    }
}
