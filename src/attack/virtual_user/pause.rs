//! Pauses of a user: never part of a latency, and never longer than the run.
//!
//! In: how long to pause. Out: how long it was. Always holds: the time is booked as spent at rest, so that what the
//! generator itself costs a user can be told apart.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::Session;
use crate::attack::shared::{Spent, Stop};
use crate::units::Micros;

impl<T> Session<T> {
    /// Pauses for `time`, or until the run stops. How long it was.
    pub(super) async fn pause(&self, time: Micros) -> Micros {
        if time == Micros::ZERO {
            return time;
        }
        let clock = self.shared.clock;
        let from = clock.floor();
        let mut sleep = pin!(tokio::time::sleep_until(clock.instant(from + time)));
        poll_fn(|cx| {
            let stop = self.shared.poll_at_least(self.seat, Stop::Finish, cx);
            if stop || sleep.as_mut().poll(cx).is_ready() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let until = clock.floor();
        self.shared.spent(self.seat, Spent::Rest, (from, until));
        until.saturating_sub(from)
    }
}
