//! The conductor between two looks.
//!
//! In: where the run stands. Out: how long nothing can be due, and whether the run was interrupted meanwhile. Always
//! holds: the window opens and closes on time, whatever the length of a tick.

use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;

use super::course::{Conductor, Course};
use crate::units::Micros;

/// How often it looks while it waits for users to start or requests to end.
const SHORT_TICK: Micros = Micros::from_millis(5);

impl Conductor<'_> {
    /// How long nothing can be due.
    pub(super) fn wait(&self, now: Micros) -> Micros {
        let due = match (self.course, self.attack.window.bounds()) {
            (Course::WarmingUp, Some((open, _))) => open,
            (Course::Measuring, Some((_, close))) if !self.gates() => close,
            (Course::Measuring, Some(_)) => now + SHORT_TICK,
            (Course::Gathering | Course::Emptying { .. } | Course::Following | Course::Finishing { .. }, _) => {
                now + SHORT_TICK
            }
            _ => self.next_tick,
        };
        due.min(self.next_tick).saturating_sub(now)
    }

    /// Waits, and whether the run was interrupted meanwhile.
    pub(super) fn interrupted_while_waiting(&self, wait: Micros) -> bool {
        match self.attack.interrupt.recv_timeout(wait.into()) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(Duration::from(wait));
                false
            }
        }
    }
}
