//! Numbers that look random and come from the run's seed.
//!
//! In: the run's seed, and the iteration or the user they are for. Out: uniform numbers. Always holds: the same seed
//! and iteration give the same numbers, whichever user plays it and whenever.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::scenario::feeder::{SPLITMIX_STEP, splitmix};

/// A small generator of uniform numbers (Steele, Lea and Flood 2014).
///
/// One user draws from it; it is atomic so that a user may be moved between threads, and never contended.
#[derive(Debug, Default)]
pub struct Random(AtomicU64);

impl Random {
    /// The numbers of iteration `of` in a run with `seed`.
    #[must_use]
    pub const fn new(seed: u64, of: u64) -> Self {
        Self(AtomicU64::new(splitmix(seed ^ splitmix(of))))
    }

    /// Uniform over all 64 bits.
    #[must_use]
    pub fn next(&self) -> u64 {
        let state = self.0.load(Ordering::Relaxed);
        self.0.store(state.wrapping_add(SPLITMIX_STEP), Ordering::Relaxed);
        splitmix(state)
    }

    /// Uniform in `0..bound`; 0 for a bound of 0.
    #[must_use]
    pub fn below(&self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
}
