//! What an iteration ends beside itself.
//!
//! In: a scenario's word on failures, or a step that says so. Out: whether the user stays, and why the run ends. Always
//! holds: what the first user says counts, whatever others say behind it.

use std::sync::atomic::{AtomicU8, Ordering};

/// What an iteration ends beside itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// Nothing.
    Iteration,
    /// Its user's work.
    User,
    /// The run.
    Run(Early),
}

/// Why the run is to end before its time, by a user's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Early {
    /// A step failed, and the scenario says that this ends the run.
    Failure = 1,
    /// A step of the scenario says so.
    Step = 2,
}

/// The first word of a user that the run is to end.
#[derive(Debug, Default)]
pub(super) struct FirstWord(AtomicU8);

impl FirstWord {
    pub(super) fn say(&self, why: Early) {
        let _known = self.0.compare_exchange(0, why as u8, Ordering::AcqRel, Ordering::Acquire);
    }

    pub(super) fn get(&self) -> Option<Early> {
        let said = self.0.load(Ordering::Acquire);
        [Early::Failure, Early::Step].into_iter().find(|why| *why as u8 == said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_counts() {
        let word = FirstWord::default();
        assert_eq!(word.get(), None);
        word.say(Early::Step);
        word.say(Early::Failure);
        assert_eq!(word.get(), Some(Early::Step));
    }
}
