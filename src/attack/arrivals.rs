//! Arrivals of an open model on their way to the users.
//!
//! In: intended starts, released by the pacer whether or not a user is free. Out: each of them to the next free user of
//! its scenario, in order. Always holds: nothing is dropped; what was never taken is still there at the end, to be
//! told of.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::units::Micros;

/// One queue a scenario, so that a fast scenario does not take another's share.
#[derive(Debug)]
pub(super) struct ArrivalQueues {
    queues: Box<[Queue]>,
    /// When the arrival is due that is handed out next, in microseconds; all before it have been handed out.
    next_due: AtomicU64,
}

#[derive(Debug)]
struct Queue {
    due: Mutex<VecDeque<Micros>>,
    /// One permit an arrival; closed when nothing more is to start.
    permits: Semaphore,
}

impl ArrivalQueues {
    pub(super) fn new(scenarios: usize) -> Self {
        let queue = || Queue { due: Mutex::default(), permits: Semaphore::new(0) };
        Self { queues: (0..scenarios).map(|_| queue()).collect(), next_due: AtomicU64::new(0) }
    }

    /// All arrivals before `due` have been handed out.
    pub(super) fn expect(&self, due: Micros) {
        self.next_due.store(due.get(), Ordering::SeqCst);
    }

    /// Hands out an arrival that was meant to start at `due`. Whether others still waited before it.
    pub(super) fn release(&self, scenario: usize, due: Micros) -> bool {
        let queue = &self.queues[scenario];
        // A permit that nobody has taken is an arrival without a free user; one that was granted is not.
        let queued = queue.permits.available_permits() > 0;
        queue.due.lock().unwrap_or_else(PoisonError::into_inner).push_back(due);
        queue.permits.add_permits(1);
        queued
    }

    /// Waits for an arrival and takes it; `None` when nothing more is to start. `taken` is told of it before anybody
    /// could find the queue empty and the user idle.
    pub(super) async fn take(&self, scenario: usize, taken: impl FnOnce(Micros)) -> Option<Micros> {
        let queue = &self.queues[scenario];
        queue.permits.acquire().await.ok()?.forget();
        let mut waiting = queue.due.lock().unwrap_or_else(PoisonError::into_inner);
        let due = waiting.pop_front()?;
        taken(due);
        Some(due)
    }

    /// Lets every waiting user go, and hands out nothing more.
    pub(super) fn close(&self) {
        self.queues.iter().for_each(|queue| queue.permits.close());
    }

    /// Whether an arrival that was due before `moment` still waits, or has yet to be handed out: a pacer that is late
    /// owes it all the same. In this order: an arrival that is handed out in between is found waiting.
    pub(super) fn any_due_before(&self, moment: Micros) -> bool {
        self.next_due.load(Ordering::SeqCst) < moment.get()
            || self.queues.iter().any(|queue| {
                let waiting = queue.due.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.front().is_some_and(|due| *due < moment)
            })
    }

    /// Takes what was never taken by a user: scenario and intended start.
    pub(super) fn left_over(&self) -> Vec<(usize, Micros)> {
        let taken = |queue: &Queue| std::mem::take(&mut *queue.due.lock().unwrap_or_else(PoisonError::into_inner));
        let queues = self.queues.iter().enumerate();
        queues.flat_map(|(scenario, queue)| taken(queue).into_iter().map(move |due| (scenario, due))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn arrivals_are_taken_in_order_and_what_is_left_is_told_of() {
        let queues = ArrivalQueues::new(2);
        for due in [3, 5, 7] {
            queues.release(1, Micros::new(due));
        }
        assert_eq!(queues.take(1, |_| {}).await, Some(Micros::new(3)));
        assert!(queues.release(1, Micros::new(9)), "two wait before it");
        assert!(!queues.release(0, Micros::new(9)), "nobody waits in the other scenario");
        assert!(queues.any_due_before(Micros::new(5)), "more may come");
        queues.expect(Micros::new(11));
        assert!(queues.any_due_before(Micros::new(12)), "the next is due before it");
        assert!(queues.any_due_before(Micros::new(6)));
        assert!(!queues.any_due_before(Micros::new(5)));
        queues.close();
        assert_eq!(queues.take(1, |_| {}).await, None, "nothing more is to start");
        let left = [(0, 9), (1, 5), (1, 7), (1, 9)].map(|(scenario, due)| (scenario, Micros::new(due)));
        assert_eq!(queues.left_over(), left);
    }

    #[tokio::test]
    async fn a_waiting_user_is_let_go_when_the_queues_close() {
        let queues = ArrivalQueues::new(1);
        let (taken, ()) = tokio::join!(queues.take(0, |_| {}), async { queues.close() });
        assert_eq!(taken, None);
    }
}
