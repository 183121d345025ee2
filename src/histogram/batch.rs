//! What was counted in about a second, by all threads together.
//!
//! In: what the recorder's threads counted since the last batch. Out: the same, to be written down and added up.
//! Always holds: the batches of a run add up to everything it counted; each count is in exactly one.

use crate::histogram::counts::Recording;
use crate::histogram::latency::LatencyHistogram;
use crate::histogram::released::Released;
use crate::histogram::series::IntervalCounts;
use crate::histogram::stall::Stalls;

/// The counts of about a second.
#[derive(Clone, Debug)]
pub struct Batch {
    /// By the second in which requests ended. The same second may come several times, and again in later batches.
    pub intervals: Vec<IntervalCounts>,
    /// Of the window.
    pub recording: Recording,
    /// How arrivals were handed out; nothing in a closed model.
    pub released: Released,
    /// How long the threads that measure let a task wait.
    pub lag: LatencyHistogram,
    /// The gaps of the window so far; `None` where they cannot be followed.
    pub stalls: Option<Stalls>,
    /// Whether the model is an open one.
    pub open: bool,
}

impl Batch {
    /// Forgets everything, keeping the memory.
    pub(super) fn clear(&mut self) {
        self.intervals.clear();
        self.recording.clear();
        self.released.clear();
        self.lag.clear();
        self.stalls = None;
    }
}
