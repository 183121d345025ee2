//! Who may begin an iteration, in a closed model.
//!
//! In: how many users may work at once, and how many iterations there are to be. Out: each user is let through or
//! parked between two iterations. Always holds: a parked user is idle and its wait is booked as rest; exactly as many
//! iterations are let through as the limit says, however many users ask at once.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::task::Poll;

use crate::attack::shared::{Shared, Spent, Stop, Stopped};
use crate::units::Micros;

/// What users pass before each iteration.
#[derive(Debug)]
pub(super) struct Turnstile {
    /// Seats below this may begin.
    allowed: AtomicU32,
    /// Users that wait here.
    parked: AtomicU32,
    limit: Option<Limit>,
}

/// How many iterations there are to be.
#[derive(Debug)]
struct Limit {
    most: u64,
    /// Whether iterations count: those before the window do not.
    counts: AtomicBool,
    begun: AtomicU64,
    ended: AtomicU64,
    /// When the last request of the iterations that count ended, in microseconds.
    last_end: AtomicU64,
}

impl Turnstile {
    /// Lets the seats below `allowed` through, and `most` iterations once they count.
    pub(super) fn new(allowed: u32, most: Option<u64>) -> Self {
        let limit = most.map(|most| Limit {
            most,
            counts: AtomicBool::new(false),
            begun: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            last_end: AtomicU64::new(0),
        });
        Self { allowed: AtomicU32::new(allowed), parked: AtomicU32::new(0), limit }
    }

    /// Whether the user in `seat` may begin; if so, its iteration is counted.
    fn admits(&self, seat: usize) -> bool {
        // Sequentially consistent: a user that does not see the turnstile shut is seen busy by whoever shut it.
        seat < self.allowed.load(Ordering::SeqCst) as usize && self.limit.as_ref().is_none_or(Limit::take)
    }

    /// Iterations count from now on.
    pub(super) fn count(&self) {
        self.limit.iter().for_each(|limit| limit.counts.store(true, Ordering::SeqCst));
    }

    /// When the last of the iterations ended, once all of them have.
    pub(super) fn all_ended(&self) -> Option<Micros> {
        let limit = self.limit.as_ref().filter(|limit| limit.ended.load(Ordering::Acquire) >= limit.most)?;
        Some(Micros::new(limit.last_end.load(Ordering::Acquire)))
    }

    pub(super) fn parked(&self) -> u32 {
        self.parked.load(Ordering::Acquire)
    }

    /// Sets how many users may begin. Whether that lets any through that may not begin now.
    fn allow(&self, users: u32) -> bool {
        self.allowed.swap(users, Ordering::SeqCst) < users
    }
}

impl Limit {
    /// Takes one of the iterations that are left.
    fn take(&self) -> bool {
        let one_more = |begun| (begun < self.most).then_some(begun + 1);
        !self.counts.load(Ordering::SeqCst)
            || self.begun.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).is_ok()
    }

    fn ended(&self, at: Micros) {
        if self.counts.load(Ordering::SeqCst) {
            self.last_end.fetch_max(at.get(), Ordering::AcqRel);
            self.ended.fetch_add(1, Ordering::AcqRel);
        }
    }
}

impl Shared {
    /// Waits until the user may begin an iteration, and marks it as busy. `Err` when nothing more is to start.
    pub(super) async fn admit(&self, seat: usize, since: Micros) -> Result<(), Stopped> {
        self.busy(seat, since);
        // Asked only now that the conductor can see this user: it waits for whoever does not see its stop.
        if self.at_least(Stop::Finish) {
            self.idle(seat);
            return Err(Stopped);
        }
        if self.turnstile.admits(seat) {
            return Ok(());
        }
        self.idle(seat);
        self.park(seat).await
    }

    async fn park(&self, seat: usize) -> Result<(), Stopped> {
        let from = self.clock.floor();
        self.turnstile.parked.fetch_add(1, Ordering::AcqRel);
        let admitted = poll_fn(|cx| {
            if self.poll_at_least(seat, Stop::Finish, cx) {
                return Poll::Ready(Err(Stopped));
            }
            self.busy(seat, self.clock.floor());
            if !self.at_least(Stop::Finish) && self.turnstile.admits(seat) {
                return Poll::Ready(Ok(()));
            }
            self.idle(seat);
            Poll::Pending
        })
        .await;
        self.turnstile.parked.fetch_sub(1, Ordering::AcqRel);
        self.spent(seat, Spent::Rest, (from, self.clock.floor()));
        admitted
    }

    /// The iteration of the user in `seat` has ended; its last request did so at `at`.
    pub(super) fn iteration_ended(&self, seat: usize, at: Micros) {
        self.turnstile.limit.iter().for_each(|limit| limit.ended(at));
        self.idle(seat);
    }

    /// Lets the seats below `users` begin, and parks the others when their iterations end.
    pub(super) fn allow(&self, users: u32) {
        if self.turnstile.allow(users) {
            self.wake_users();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::attack::clock::RunClock;

    fn shared(users: u32, turnstile: Turnstile) -> Arc<Shared> {
        let shared = Shared::new(RunClock::start(), users, Arc::default()).with_turnstile(turnstile);
        assert!((0..users).all(|seat| shared.sit_down() == Some(seat as usize)));
        Arc::new(shared)
    }

    /// How many of the users are let through without waiting.
    async fn let_through(shared: &Shared, users: usize) -> usize {
        let mut through = 0;
        for seat in 0..users {
            let admitted = tokio::time::timeout(std::time::Duration::ZERO, shared.admit(seat, Micros::ZERO)).await;
            through += usize::from(admitted == Ok(Ok(())));
        }
        through
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_users_that_are_allowed_begin() {
        let shared = shared(5, Turnstile::new(2, None));
        assert_eq!(let_through(&shared, 5).await, 2);
        shared.allow(4);
        assert_eq!(let_through(&shared, 5).await, 4);
        shared.allow(0);
        assert_eq!(let_through(&shared, 5).await, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_parked_user_begins_when_it_is_allowed_to_and_its_wait_is_rest() {
        let window = Arc::new(crate::sample::MeasuredWindow::default());
        window.open(Micros::ZERO, Micros::from_secs(10));
        let shared = Shared::new(RunClock::start(), 1, window).with_turnstile(Turnstile::new(0, None));
        shared.sit_down();
        let allow = async {
            tokio::time::sleep(std::time::Duration::from_secs(3)).await;
            assert_eq!((shared.users(), shared.any_busy_since_before(Micros::new(u64::MAX))), (0, false));
            shared.allow(1);
        };
        let (admitted, ()) = tokio::join!(shared.admit(0, Micros::ZERO), allow);
        assert_eq!((admitted, shared.users()), (Ok(()), 1));
        assert!(shared.any_busy_since_before(Micros::new(u64::MAX)));
        let rest = shared.user_time().rest;
        assert!((3_000..3_010).contains(&(rest.get() / 1_000)), "{rest}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_lets_a_parked_user_go() {
        let shared = shared(1, Turnstile::new(0, None));
        let (admitted, ()) = tokio::join!(shared.admit(0, Micros::ZERO), async { shared.stop(Stop::Finish) });
        assert_eq!((admitted, shared.users()), (Err(Stopped), 1));
        assert!(!shared.any_busy_since_before(Micros::new(u64::MAX)));
    }

    #[tokio::test(start_paused = true)]
    async fn exactly_the_limit_is_let_through_once_iterations_count() {
        let shared = shared(4, Turnstile::new(4, Some(6)));
        assert_eq!(let_through(&shared, 4).await, 4, "before the window none counts");
        shared.turnstile.count();
        assert_eq!(let_through(&shared, 4).await + let_through(&shared, 4).await, 6);
        for at in [30, 70, 50, 20, 10] {
            shared.iteration_ended(0, Micros::new(at));
        }
        assert_eq!(shared.turnstile.all_ended(), None, "one is still on its way");
        shared.iteration_ended(1, Micros::new(60));
        assert_eq!(shared.turnstile.all_ended(), Some(Micros::new(70)));
    }
}
