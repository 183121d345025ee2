//! What the users of a run and its conductor know together.
//!
//! In: each user writes its own seat; the conductor writes the stop level. Out: the conductor sees who is busy, users
//! see when to stop. Always holds: a seat has one writer, so nothing is contended on the request path; a user that
//! does not see a stop is seen busy by whoever raised it (both orders are sequentially consistent).

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::task::Context;

use crate::attack::arrivals::{ArrivalQueues, Handed};
use crate::attack::clock::RunClock;
use crate::attack::leave::{FirstWord, Leave};
pub(super) use crate::attack::seat::Spent;
use crate::attack::seat::{Counter, IDLE, Seat};
use crate::attack::turnstile::Turnstile;
use crate::instrument::UserTime;
use crate::sample::MeasuredWindow;
use crate::units::Micros;

/// How urgently users are to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Stop {
    /// Go on.
    Go = 0,
    /// Start nothing new; follow what is in flight to its end.
    Finish = 1,
    /// Give up what is in flight.
    Abort = 2,
}

/// Nothing more is to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stopped;

/// The state of one run.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) clock: RunClock,
    window: Arc<MeasuredWindow>,
    stop: AtomicU8,
    seats: Box<[Seat]>,
    /// Users that have started.
    hatched: AtomicU32,
    /// Users whose on_start has ended.
    ready: AtomicU32,
    /// The feeder that ran out of rows, counted from 1; 0 as long as none did.
    dry: AtomicU32,
    /// Why a user ended the run before its time, if one did.
    pub(super) early: FirstWord,
    /// Users that have started and not left.
    live: AtomicU32,
    /// Users that have begun their work and not ended it.
    playing: AtomicU32,
    /// Users that left without being told to.
    lost: AtomicU32,
    /// Iterations begun, over all users: the one figure that every user writes, so it has cache lines of its own.
    sequence: Counter,
    /// Arrivals on their way to the users, in an open model.
    arrivals: Option<ArrivalQueues>,
    /// Who may begin an iteration, in a closed one.
    pub(super) turnstile: Turnstile,
}

impl Shared {
    /// The state of a closed run; of an open one with [`Self::with_arrivals`].
    pub(super) fn new(clock: RunClock, users: u32, window: Arc<MeasuredWindow>) -> Self {
        Self {
            clock,
            window,
            stop: AtomicU8::new(Stop::Go as u8),
            seats: (0..users).map(|_| Seat::default()).collect(),
            hatched: AtomicU32::new(0),
            ready: AtomicU32::new(0),
            dry: AtomicU32::new(0),
            early: FirstWord::default(),
            live: AtomicU32::new(0),
            playing: AtomicU32::new(0),
            lost: AtomicU32::new(0),
            sequence: Counter::default(),
            arrivals: None,
            turnstile: Turnstile::new(users, None),
        }
    }

    /// Makes it an open run of so many scenarios, in which so many arrivals may wait.
    pub(super) fn with_arrivals(self, scenarios: usize, cap: Option<u32>) -> Self {
        Self { arrivals: Some(ArrivalQueues::new(scenarios, cap)), ..self }
    }

    /// Makes users pass `turnstile` before each iteration.
    pub(super) fn with_turnstile(self, turnstile: Turnstile) -> Self {
        Self { turnstile, ..self }
    }

    // What users write and ask.

    /// A user takes the next free seat; `None` when all are taken.
    pub(super) fn sit_down(&self) -> Option<usize> {
        let seat = self.hatched.fetch_add(1, Ordering::AcqRel) as usize;
        self.live.fetch_add(1, Ordering::AcqRel);
        self.seats.get(seat)?.here[0].store(self.clock.floor().get(), Ordering::Relaxed);
        Some(seat)
    }

    /// A user begins its work.
    pub(super) fn plays(&self) {
        self.playing.fetch_add(1, Ordering::AcqRel);
    }

    /// A user's work has ended. Whether nobody works any more, and nobody will.
    pub(super) fn played(&self) -> bool {
        self.playing.fetch_sub(1, Ordering::AcqRel) == 1 && self.at_least(Stop::Finish)
    }

    /// A user's on_start has ended, well or not.
    pub(super) fn ready(&self) {
        self.ready.fetch_add(1, Ordering::AcqRel);
    }

    /// A feeder has no row left: nothing more can start.
    pub(super) fn run_dry(&self, feeder: usize) {
        let counted = u32::try_from(feeder).map_or(u32::MAX, |feeder| feeder.saturating_add(1));
        self.dry.fetch_max(counted, Ordering::AcqRel);
        self.stop(Stop::Finish);
    }

    /// Does what an iteration asks for that ended more than itself. Whether its user stays.
    pub(super) fn heed(&self, leave: Option<Leave>) -> bool {
        if let Some(Leave::Run(why)) = leave {
            self.early.say(why);
            self.stop(Stop::Finish);
        }
        matches!(leave, None | Some(Leave::Iteration))
    }

    /// A user is gone. One that was not told to stop is lost.
    pub(super) fn leave(&self, seat: usize) {
        self.live.fetch_sub(1, Ordering::AcqRel);
        self.idle(seat);
        self.seats[seat].here[1].store(self.clock.floor().get(), Ordering::Relaxed);
        if !self.at_least(Stop::Finish) {
            self.lost.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// The number of the next iteration, unique in the run.
    pub(super) fn next_sequence(&self) -> u64 {
        self.sequence.0.fetch_add(1, Ordering::Relaxed)
    }

    /// An iteration begins, not before `since`.
    pub(super) fn busy(&self, seat: usize, since: Micros) {
        self.seats[seat].busy_since.store(since.get(), Ordering::SeqCst);
    }

    /// Waits for what an iteration of `scenario` begins with, and marks the user as busy. In an open model that is an
    /// arrival, whose intended start is returned; in a closed one the turnstile. `Err` when nothing more is to start.
    pub(super) async fn begin(&self, seat: usize, scenario: usize, since: Micros) -> Result<Option<Micros>, Stopped> {
        let Some(queues) = &self.arrivals else { return self.admit(seat, since).await.map(|()| None) };
        let from = self.clock.floor();
        let taken = queues.take(scenario, |due| self.busy(seat, due)).await;
        self.spent(seat, Spent::Rest, (from, self.clock.floor()));
        taken.map(Some).ok_or(Stopped)
    }

    /// The iteration has ended.
    pub(super) fn idle(&self, seat: usize) {
        self.seats[seat].busy_since.store(IDLE, Ordering::SeqCst);
    }

    /// A request begins. One writer a seat: no atomic addition is needed.
    pub(super) fn request_started(&self, seat: usize) {
        let started = &self.seats[seat].started;
        started.store(started.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// A request has ended.
    pub(super) fn request_ended(&self, seat: usize) {
        let ended = &self.seats[seat].ended;
        ended.store(ended.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// Books the part of a span that lies inside the window. One writer a seat.
    pub(super) fn spent(&self, seat: usize, on: Spent, (from, until): (Micros, Micros)) {
        let inside = self.inside_window(from, until);
        if inside > Micros::ZERO {
            let spent = &self.seats[seat].spent[on as usize];
            spent.store(spent.load(Ordering::Relaxed) + inside.get(), Ordering::Relaxed);
        }
    }

    /// How much of a span lies inside the window.
    fn inside_window(&self, from: Micros, until: Micros) -> Micros {
        let Some((open, close)) = self.window.bounds() else { return Micros::ZERO };
        until.min(close).saturating_sub(from.max(open))
    }

    /// Whether users are to stop at least as urgently as `level`.
    pub(super) fn at_least(&self, level: Stop) -> bool {
        self.stop.load(Ordering::SeqCst) >= level as u8
    }

    /// Like [`Self::at_least`], and the user is woken when the level rises.
    pub(super) fn poll_at_least(&self, seat: usize, level: Stop, cx: &Context<'_>) -> bool {
        // Registered before the check: a level that rises in between wakes the user.
        self.seats[seat].waker.register(cx.waker());
        self.at_least(level)
    }

    // What the conductor writes and asks.

    /// Raises the stop level and wakes every user; it never falls.
    pub(super) fn stop(&self, level: Stop) {
        self.stop.fetch_max(level as u8, Ordering::SeqCst);
        self.arrivals.iter().for_each(ArrivalQueues::close);
        self.wake_users();
    }

    pub(super) fn wake_users(&self) {
        self.seats.iter().for_each(|seat| seat.waker.wake());
    }

    /// Hands an arrival to the next free user of `scenario`; `None` in a closed model.
    pub(super) fn release(&self, scenario: usize, due: Micros) -> Option<Handed> {
        self.arrivals.as_ref().map(|queues| queues.release(scenario, due))
    }

    /// All arrivals before `due` have been handed out.
    pub(super) fn expect_arrival(&self, due: Micros) {
        self.arrivals.iter().for_each(|queues| queues.expect(due));
    }

    /// Takes the arrivals that no user took.
    pub(super) fn left_over(&self) -> Vec<(usize, Micros)> {
        self.arrivals.as_ref().map(ArrivalQueues::left_over).unwrap_or_default()
    }

    /// Whether an arrival that was due before `moment` still waits, or an iteration that may have begun before it is
    /// still running. In this order: an arrival that is taken in between finds its user busy.
    pub(super) fn any_work_before(&self, moment: Micros) -> bool {
        self.arrivals.as_ref().is_some_and(|queues| queues.any_due_before(moment)) || self.any_busy_since_before(moment)
    }

    /// Whether an iteration that may have begun before `moment` is still running.
    pub(super) fn any_busy_since_before(&self, moment: Micros) -> bool {
        self.seats.iter().any(|seat| seat.busy_since.load(Ordering::SeqCst) < moment.get())
    }

    /// Users whose on_start has ended.
    pub(super) fn gathered(&self) -> u32 {
        self.ready.load(Ordering::Acquire)
    }

    /// The feeder that ran out of rows.
    pub(super) fn dry(&self) -> Option<usize> {
        self.dry.load(Ordering::Acquire).checked_sub(1).map(|feeder| feeder as usize)
    }

    pub(super) fn live(&self) -> u32 {
        self.live.load(Ordering::Acquire)
    }

    /// Users that have started, not left, and are not parked.
    pub(super) fn users(&self) -> u32 {
        self.live().saturating_sub(self.turnstile.parked())
    }

    pub(super) fn lost(&self) -> u32 {
        self.lost.load(Ordering::Acquire)
    }

    /// Where the users' time inside the window went; a user that is still here is here until the window's end.
    pub(super) fn user_time(&self) -> UserTime {
        let read = |value: &AtomicU64| Micros::new(value.load(Ordering::Acquire));
        self.seats.iter().fold(UserTime::default(), |sum, seat| {
            let [from, until] = [&seat.here[0], &seat.here[1]].map(read);
            let [requests, rest] = [&seat.spent[0], &seat.spent[1]].map(read);
            UserTime {
                present: sum.present + self.inside_window(from, until),
                requests: sum.requests + requests,
                rest: sum.rest + rest,
            }
        })
    }

    /// Requests begun and requests ended, by the users' own count.
    pub(super) fn requests(&self) -> (u64, u64) {
        let sum = |of: fn(&Seat) -> &AtomicU64| self.seats.iter().map(|seat| of(seat).load(Ordering::Acquire)).sum();
        (sum(|seat| &seat.started), sum(|seat| &seat.ended))
    }
}
