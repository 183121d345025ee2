//! The turnstile in the conductor's hand: user stages and the iteration limit.
//!
//! In: the load and where the run stands. Out: how many users may begin an iteration, and a window that closes with
//! the last iteration of a limit. Always holds: a user over the stage's level is parked once its iteration has ended; with a limit no user begins between the end of the warm-up and the
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
    let users = if at_once || load.stages.is_some() { 0 } else { load.users };
    Turnstile::new(users, load.iterations)
}

impl Conductor<'_> {
    /// Whether the turnstile has to be looked after inside the window.
    pub(super) const fn gates(&self) -> bool {
        let load = &self.attack.plan.load;
        load.iterations.is_some() || load.stages.is_some()
    }

    /// Looks after the turnstile.
    pub(super) fn gate(&self, now: Micros) {
        if self.attack.plan.load.stages.is_some() {
            self.shared.allow(self.allowed(now));
        }
        if self.attack.plan.load.iterations.is_none() {
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

    /// How many users the stages let work now. Goose starts all that there will ever be along the ramp-up, so those of
    /// the first stage are let through along it.
    fn allowed(&self, now: Micros) -> u32 {
        let load = &self.attack.plan.load;
        let first = load.users_at(Micros::ZERO);
        match self.attack.window.bounds() {
            Some((open, _)) if now >= open => load.users_at(now - open),
            _ if now >= load.ramp_up => first,
            _ => (f64::from(first) * now.as_secs_f64() / load.ramp_up.as_secs_f64()) as u32 + 1,
        }
    }

    /// Lets nobody begin, and whether everybody has ended; gives up on an iteration that does not end.
    pub(super) fn emptied(&self, now: Micros, from: Micros) -> bool {
        self.shared.allow(0);
        let busy = self.shared.any_busy_since_before(Micros::new(u64::MAX));
        !busy || now > from + self.attack.plan.longest_iteration()
    }
}
