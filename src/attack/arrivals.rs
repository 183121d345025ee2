//! Arrivals of an open model on their way to the users.
//!
//! In: intended starts, released by the pacer whether or not a user is free. Out: each of them to the next free user of
//! its scenario, in order. Always holds: nothing is dropped without a cap on how many may wait; what was never taken is
//! still there at the end, to be told of.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::units::Micros;

/// One queue a scenario, so that a fast scenario does not take another's share.
#[derive(Debug)]
pub(super) struct ArrivalQueues {
    queues: Box<[Queue]>,
    /// When the arrival is due that is handed out next, in microseconds; all before it have been handed out.
    next_due: AtomicU64,
    /// How many may wait, over all scenarios.
    cap: usize,
}

/// What became of an arrival that was handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handed {
    /// It is the next in its scenario's queue.
    Next,
    /// Others still wait before it.
    Behind,
    /// As many wait as may.
    Dropped,
}

#[derive(Debug)]
struct Queue {
    due: Mutex<VecDeque<Micros>>,
    /// One permit an arrival; closed when nothing more is to start.
    permits: Semaphore,
    /// Users that wait for an arrival, or have been given one that they have not taken out yet.
    free: AtomicUsize,
}

impl ArrivalQueues {
    /// Queues for so many scenarios; all arrivals wait where there is no `cap`.
    pub(super) fn new(scenarios: usize, cap: Option<u32>) -> Self {
        let queue = || Queue { due: Mutex::default(), permits: Semaphore::new(0), free: AtomicUsize::new(0) };
        let cap = cap.and_then(|cap| usize::try_from(cap).ok()).unwrap_or(usize::MAX);
        Self { queues: (0..scenarios).map(|_| queue()).collect(), next_due: AtomicU64::new(0), cap }
    }

    /// All arrivals before `due` have been handed out.
    pub(super) fn expect(&self, due: Micros) {
        self.next_due.store(due.get(), Ordering::SeqCst);
    }

    /// Hands out an arrival that was meant to start at `due`.
    pub(super) fn release(&self, scenario: usize, due: Micros) -> Handed {
        // A permit that nobody has taken is an arrival without a free user; one that was granted is not.
        let waiting = |queue: &Queue| queue.permits.available_permits();
        let queue = &self.queues[scenario];
        let mut handed_out = queue.due.lock().unwrap_or_else(PoisonError::into_inner);
        // A user counts as free until it has taken its arrival out, behind the same lock.
        let is_taken_at_once = queue.free.load(Ordering::SeqCst) > handed_out.len();
        // Only the pacer adds to them, so there are never more than it finds here.
        if !is_taken_at_once && self.cap < usize::MAX && self.queues.iter().map(waiting).sum::<usize>() >= self.cap {
            return Handed::Dropped;
        }
        let handed = if waiting(queue) > 0 { Handed::Behind } else { Handed::Next };
        handed_out.push_back(due);
        drop(handed_out);
        queue.permits.add_permits(1);
        handed
    }

    /// Waits for an arrival and takes it; `None` when nothing more is to start. `taken` is told of it before anybody
    /// could find the queue empty and the user idle.
    pub(super) async fn take(&self, scenario: usize, taken: impl FnOnce(Micros)) -> Option<Micros> {
        let queue = &self.queues[scenario];
        queue.free.fetch_add(1, Ordering::SeqCst);
        // One that is let go is free no more, but nothing is handed out then either.
        queue.permits.acquire().await.ok()?.forget();
        let mut waiting = queue.due.lock().unwrap_or_else(PoisonError::into_inner);
        queue.free.fetch_sub(1, Ordering::SeqCst);
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
        let queues = ArrivalQueues::new(2, None);
        for due in [3, 5, 7] {
            queues.release(1, Micros::new(due));
        }
        assert_eq!(queues.take(1, |_| {}).await, Some(Micros::new(3)));
        assert_eq!(queues.release(1, Micros::new(9)), Handed::Behind, "two wait before it");
        assert_eq!(queues.release(0, Micros::new(9)), Handed::Next, "nobody waits in the other scenario");
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
    async fn one_more_than_may_wait_is_dropped_and_never_taken() {
        let queues = ArrivalQueues::new(2, Some(2));
        let hand = |scenario, due| queues.release(scenario, Micros::new(due));
        assert_eq!([hand(0, 1), hand(1, 2)], [Handed::Next, Handed::Next]);
        assert_eq!(hand(0, 3), Handed::Dropped, "two wait, over all scenarios");
        assert_eq!(queues.take(0, |_| {}).await, Some(Micros::new(1)));
        assert_eq!([hand(0, 4), hand(1, 5)], [Handed::Next, Handed::Dropped], "there was room for one");
        queues.close();
        assert_eq!(queues.left_over(), [(0, Micros::new(4)), (1, Micros::new(2))], "what was dropped is in no queue");
    }

    #[tokio::test]
    async fn a_free_user_gets_its_arrival_however_many_wait_for_others() {
        let queues = ArrivalQueues::new(2, Some(1));
        let mut user = Box::pin(queues.take(1, |_| {}));
        assert!(futures_util::poll!(&mut user).is_pending());
        let handed = [0, 0, 1, 1].map(|scenario| queues.release(scenario, Micros::new(1)));
        assert_eq!(handed, [Handed::Next, Handed::Dropped, Handed::Next, Handed::Dropped]);
        assert_eq!(user.await, Some(Micros::new(1)));
        assert_eq!(queues.release(1, Micros::new(2)), Handed::Dropped, "nobody waits for it any more");
    }

    #[tokio::test]
    async fn an_arrival_that_a_free_user_takes_does_not_wait() {
        let queues = ArrivalQueues::new(1, Some(1));
        let mut users = [(); 2].map(|()| Box::pin(queues.take(0, |_| {})));
        for user in &mut users {
            assert!(futures_util::poll!(user).is_pending());
        }
        let handed = [1, 2, 3, 4].map(|due| queues.release(0, Micros::new(due)));
        assert_eq!(handed, [Handed::Next, Handed::Next, Handed::Next, Handed::Dropped], "two are granted, one waits");
    }

    #[tokio::test]
    async fn a_waiting_user_is_let_go_when_the_queues_close() {
        let queues = ArrivalQueues::new(1, None);
        let (taken, ()) = tokio::join!(queues.take(0, |_| {}), async { queues.close() });
        assert_eq!(taken, None);
    }
}
