//! How well an open model's arrivals were handed out.
//!
//! In: each arrival with its lateness. Out: how many were due in the window, how many of them were handed out inside
//! it, and how late. Always holds: waiting for a free user is not lateness of the pacer.

use hdrhistogram::CreationError;

use crate::histogram::latency::LatencyHistogram;
use crate::sample::{MeasuredWindow, Phase};
use crate::units::Micros;

/// What is known of the pacer.
#[derive(Clone, Debug)]
pub struct Released {
    /// Arrivals due in the window.
    pub due: u64,
    /// Those of them that were handed out before it closed.
    pub inside: u64,
    /// Those of them that were handed out later than `tolerance`.
    pub late: u64,
    /// Those of them that found every user busy.
    pub queued: u64,
    /// How late, of those due in the window.
    pub lateness: LatencyHistogram,
    tolerance: Micros,
}

impl Released {
    /// Nothing handed out yet. Arrivals over `tolerance` late are counted apart.
    ///
    /// # Errors
    /// [`CreationError`] when the histogram cannot be built.
    pub fn new(top: Micros, tolerance: Micros) -> Result<Self, CreationError> {
        Ok(Self { due: 0, inside: 0, late: 0, queued: 0, lateness: LatencyHistogram::new(top)?, tolerance })
    }

    /// Adds everything `other` counted.
    pub fn merge(&mut self, other: &Self) {
        self.due += other.due;
        self.inside += other.inside;
        self.late += other.late;
        self.queued += other.queued;
        self.lateness.merge(&other.lateness);
    }

    /// Forgets everything, keeping the memory.
    pub(super) fn clear(&mut self) {
        (self.due, self.inside, self.late, self.queued) = (0, 0, 0, 0);
        self.lateness.clear();
    }

    /// Books one arrival.
    pub(super) fn record(&mut self, due: Micros, (late, queued): (Micros, bool), window: &MeasuredWindow) {
        if window.phase(due) != Phase::Measured {
            return;
        }
        self.due += 1;
        self.inside += u64::from(window.phase(due + late) == Phase::Measured);
        self.late += u64::from(late > self.tolerance);
        self.queued += u64::from(queued);
        self.lateness.record(late);
    }
}
