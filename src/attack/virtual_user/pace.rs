//! Pacing: a user's iterations start on a fixed period.
//!
//! In: the period. Out: the wait before the next iteration. Always holds: the wait is booked as rest and is part of no
//! latency; starts are computed from the schedule and not from the last start, so that no error of a timer adds up.
//!
//! An iteration that takes longer than the period lets the next start at once, and the period counts from there: a
//! user that was held up does not hurry to catch up, which would be a load that nobody asked for.

use super::Session;
use crate::units::Micros;

/// When the iterations of one user are due.
pub(super) struct Pace {
    period: Option<Micros>,
    /// When the iteration that comes, or the next behind it, is due; none before the first.
    due: Option<Micros>,
}

impl Pace {
    pub(super) const fn new(period: Option<Micros>) -> Self {
        Self { period, due: None }
    }

    /// Waits until the next iteration is due, or the run stops. The first is due at once: users that start together
    /// keep step, and the ramp-up is what spreads them.
    pub(super) async fn wait<T>(&mut self, session: &Session<T>) {
        if self.period.is_none() {
            return;
        }
        let now = session.shared.clock.floor();
        let due = self.due.map_or(now, |due| due.max(now));
        if due > now {
            session.pause(due - now).await;
        }
        self.due = Some(due);
    }

    /// An iteration has begun. One that was held back by more than a period, as a parked user's is, moves the schedule.
    pub(super) fn began<T>(&mut self, session: &Session<T>) {
        let Some((period, due)) = self.period.zip(self.due) else { return };
        let now = session.shared.clock.floor();
        let from = if now.saturating_sub(due) > period { now } else { due };
        self.due = Some(from + period);
    }
}
