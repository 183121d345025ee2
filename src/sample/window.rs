//! The measured window, and which samples lie in it.
//!
//! In: when the load is steady, and for how long it is measured. Out: the phase of every start. Always holds: a window
//! that is open never moves; until it is open every sample counts as before it.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::units::Micros;

/// When a sample's request started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// During ramp-up or warm-up.
    Before,
    /// Inside the measured window.
    Measured,
    /// During the drain.
    After,
}

/// The half-open interval `[open, close)` that every metric is measured in.
///
/// Opened once while the run goes on, so it is shared; until then every sample counts as before it. An iteration
/// limit may close it before its time.
#[derive(Debug, Default)]
pub struct MeasuredWindow {
    planned: OnceLock<(Micros, Micros)>,
    /// Where it was closed before its time, because all that was to be done in it was done.
    closed: OnceLock<Micros>,
}

impl MeasuredWindow {
    /// Fixes the window at `[at, at + length)`. Only the first call counts: a window never moves.
    pub fn open(&self, at: Micros, length: Micros) {
        let _already_open = self.planned.set((at, at + length));
    }

    /// Closes it at `at`, before its time. Nothing may have started in it behind `at`, so that no sample changes its
    /// phase. Only the first call counts.
    pub fn close(&self, at: Micros) {
        let _already_closed = self.closed.set(at);
    }

    /// The window's two ends, once it is fixed.
    #[must_use]
    pub fn bounds(&self) -> Option<(Micros, Micros)> {
        let (open, close) = *self.planned.get()?;
        Some((open, self.closed.get().map_or(close, |at| close.min(*at).max(open))))
    }

    /// Where a request that started at `start` belongs.
    #[must_use]
    pub fn phase(&self, start: Micros) -> Phase {
        match self.bounds() {
            Some((open, close)) if start >= open => {
                if start < close {
                    Phase::Measured
                } else {
                    Phase::After
                }
            }
            _ => Phase::Before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_half_open_and_never_moves() {
        let window = MeasuredWindow::default();
        assert_eq!(window.phase(Micros::new(5)), Phase::Before, "nothing is measured before the window is fixed");
        window.open(Micros::new(10), Micros::new(10));
        window.open(Micros::new(50), Micros::new(10));
        assert_eq!(window.phase(Micros::new(9)), Phase::Before);
        assert_eq!(window.phase(Micros::new(10)), Phase::Measured);
        assert_eq!(window.phase(Micros::new(19)), Phase::Measured);
        assert_eq!(window.phase(Micros::new(20)), Phase::After);
        window.close(Micros::new(15));
        window.close(Micros::new(18));
        assert_eq!(window.bounds(), Some((Micros::new(10), Micros::new(15))));
        assert_eq!(window.phase(Micros::new(15)), Phase::After);
    }
}
