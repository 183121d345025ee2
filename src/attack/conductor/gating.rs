//! The turnstile in the conductor's hand: user stages and the iteration limit.
//!
//! In: the load and where the run stands. Out: how many users may begin an iteration, and a window that closes with
//! the last iteration of a limit. Always holds: with a limit no user begins between the end of the warm-up and the
//! opening of the window, so every iteration lies on one side of it.

use super::course::{Conductor, Course};
use crate::attack::turnstile::Turnstile;
use crate::plan::LoadProfile;
use crate::units::Micros;

/// The turnstile a run begins with.
pub(super) fn turnstile(load: &LoadProfile) -> Turnstile {
    // Without ramp-up and warm-up nothing is sent before the window, so that the target sees the limit's iterations
    // and no other.
    let at_once = load.iterations.is_some() && load.ramp_up + load.warm_up == Micros::ZERO;
    Turnstile::new(if at_once { 0 } else { load.users }, load.iterations)
}

impl Conductor<'_> {
    /// Whether the turnstile has to be looked after inside the window.
    pub(super) const fn gates(&self) -> bool {
        self.attack.plan.load.iterations.is_some()
    }

    /// Looks after the turnstile.
    pub(super) fn gate(&self, now: Micros) {
        if !self.gates() {
            return;
        }
        match (self.course, self.attack.window.bounds()) {
            (Course::WarmingUp, Some((open, _))) if now >= open => {
                self.shared.turnstile.count();
                self.shared.allow(self.attack.plan.load.users);
            }
            (Course::Measuring, _) => {
                if let Some(at) = self.shared.turnstile.all_ended() {
                    self.attack.window.close(at);
                }
            }
            _ => {}
        }
    }

    /// Lets nobody begin, and whether everybody has ended; gives up on an iteration that does not end.
    pub(super) fn emptied(&self, now: Micros, from: Micros) -> bool {
        self.shared.allow(0);
        let busy = self.shared.any_busy_since_before(Micros::new(u64::MAX));
        !busy || now > from + self.attack.plan.longest_iteration()
    }
}
