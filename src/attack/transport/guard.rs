//! What ends an exchange before its answer does.
//!
//! In: the work of one exchange. Out: what it came to, the timeout, or an interruption. Always holds: the timeout is of
//! the whole request, whatever arrives in between.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tokio::task::coop::has_budget_remaining;
use tokio::time::{Sleep, sleep_until};

use crate::attack::shared::{Shared, Stop};
use crate::attack::transport::TransportError;
use crate::units::Micros;

/// Ends an exchange at its timeout or when the run is interrupted.
pub(super) struct Guard {
    shared: Arc<Shared>,
    seat: usize,
    /// Set to the deadline of some earlier request, and moved only when it fires or is too late: a timer that is set
    /// anew for every request costs more than the check.
    timer: Pin<Box<Sleep>>,
    /// The task that the timer wakes when it fires; `None` where it must be looked at to know.
    wakes: Option<Waker>,
}

impl Guard {
    /// For the user in a seat, whose first request will hardly end before `timeout`.
    pub(super) fn new(shared: Arc<Shared>, seat: usize, timeout: Micros) -> Self {
        let timer = Box::pin(sleep_until(shared.clock.instant(timeout)));
        Self { shared, seat, timer, wakes: None }
    }

    /// Runs `work` until it ends, `start + timeout` passes, or the run is interrupted.
    pub(super) async fn watch<T>(
        &mut self,
        (start, timeout): (Micros, Micros),
        mut work: Pin<&mut impl Future<Output = Result<T, TransportError>>>,
    ) -> Result<T, TransportError> {
        let deadline = self.shared.clock.instant(start + timeout);
        if self.timer.deadline() > deadline {
            self.timer.as_mut().reset(deadline);
            self.wakes = None;
        }
        let mut first = true;
        poll_fn(|cx| {
            if let Poll::Ready(result) = work.as_mut().poll(cx) {
                return Poll::Ready(result);
            }
            if self.shared.poll_at_least(self.seat, Stop::Abort, cx) {
                return Poll::Ready(Err(TransportError::Aborted));
            }
            if std::mem::take(&mut first) && self.will_wake(cx) {
                return Poll::Pending;
            }
            while self.timer.as_mut().poll(cx).is_ready() {
                if self.timer.deadline() >= deadline {
                    return Poll::Ready(Err(TransportError::Timeout(timeout)));
                }
                self.timer.as_mut().reset(deadline);
            }
            if !has_budget_remaining() {
                // The timer may have put its turn off without taking the waker.
                self.wakes = None;
                return Poll::Pending;
            }
            match &mut self.wakes {
                Some(waker) => waker.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
            Poll::Pending
        })
        .await
    }

    /// Whether the timer has not fired and wakes this task when it does, so that looking at it would tell nothing. It was
    /// set no later than for this request: what it wakes the task for is looked at then.
    fn will_wake(&self, cx: &Context<'_>) -> bool {
        !self.timer.is_elapsed() && self.wakes.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()))
    }
}
