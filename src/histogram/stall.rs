//! Time in which users waited and nothing succeeded.
//!
//! In: every request's start, end and outcome. Out: the longest gap without a success, and for each latency limit the
//! stalled time. Always holds: each millisecond is settled once, when no request that was in flight in it can still be
//! untold; a meter that fell behind says so and gives no figure.
//!
//! Why: a closed model sends nothing while the service is frozen, so a freeze of a fifth of the run leaves percentiles
//! of the samples untouched. An instant is *stalled* for a limit L when at least half the users have a request in
//! flight, and have had one for longer than L since the last success: an arrival in it would have waited more than L.
//! Time in which the users pause is no waiting, so the first request after a pause of all is no stall. With stages it
//! is half the users that are to work at that time; users over that are parked and wait for nothing.

use std::ops::Range;

use crate::plan::profile::Profile;
use crate::sample::{Outcome, Sample};
use crate::units::Micros;

/// One millisecond, the grain of the meter.
const GRAIN: u64 = 1_000;
/// How long the meter may go unread, beyond the longest request.
const SLACK: Micros = Micros::from_secs(30);
/// How long after its timeout a request is told of at the latest.
const TOLD_AFTER: Micros = Micros::from_secs(1);

/// What one thread knows of recent milliseconds: a ring.
#[derive(Clone, Debug)]
pub(super) struct StallRing {
    moments: Box<[Moment]>,
}

/// What happened in one millisecond.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moment {
    /// Requests that started less those that ended.
    change: i32,
    /// Whether a success ended.
    success: bool,
}

/// The gaps of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stalls {
    /// Longest time in the window without a success while users waited.
    pub max_gap: Micros,
    /// For each limit, the stalled time of the window.
    pub stalled: Vec<(Micros, Micros)>,
}

/// Settles milliseconds in order.
#[derive(Clone, Debug)]
pub(super) struct StallMeter {
    users: i64,
    /// Users over the window, where they change.
    stages: Option<Profile>,
    /// The longest a request can take until it is told of.
    horizon: u64,
    places: usize,
    /// The next millisecond to settle.
    next: u64,
    in_flight: i64,
    /// Milliseconds in which half the users waited since the last success.
    waited: u64,
    /// The same, of the window only.
    gap: u64,
    max_gap: u64,
    limits: Vec<(Micros, u64)>,
    fell_behind: bool,
}

impl StallRing {
    pub(super) fn new(longest: Micros) -> Self {
        Self { moments: vec![Moment::default(); places(longest)].into() }
    }

    pub(super) fn record(&mut self, sample: &Sample<'_>) {
        let places = self.moments.len();
        self.moments[index(sample.start.get() / GRAIN, places)].change += 1;
        let end = &mut self.moments[index(sample.end.get() / GRAIN, places)];
        end.change -= 1;
        end.success |= sample.outcome == Outcome::Success;
    }

    /// Adds what it knows of the milliseconds `due` to `known`, and forgets it.
    pub(super) fn take(&mut self, due: Range<u64>, known: &mut [Moment]) {
        let places = self.moments.len();
        for (millisecond, sum) in due.zip(known) {
            let moment = std::mem::take(&mut self.moments[index(millisecond, places)]);
            sum.change += moment.change;
            sum.success |= moment.success;
        }
    }
}

/// Room for what is known of the milliseconds `due`.
pub(super) fn moments(due: &Range<u64>) -> Vec<Moment> {
    vec![Moment::default(); usize::try_from(due.end - due.start).unwrap_or(0)]
}

fn places(longest: Micros) -> usize {
    usize::try_from((longest + SLACK).get() / GRAIN).unwrap_or(usize::MAX).next_power_of_two()
}

/// The place of a millisecond in a ring; `places` is a power of two.
const fn index(millisecond: u64, places: usize) -> usize {
    millisecond as usize & (places - 1)
}

impl StallMeter {
    /// A meter for `users`, whose requests take at most `longest`, with the limits that rules ask about.
    pub(super) fn new(users: u32, longest: Micros, limits: impl Iterator<Item = Micros>) -> Self {
        let mut limits: Vec<(Micros, u64)> = limits.map(|limit| (limit, 0)).collect();
        limits.sort_unstable();
        limits.dedup();
        Self {
            users: i64::from(users),
            stages: None,
            horizon: (longest + TOLD_AFTER).get() / GRAIN,
            places: places(longest),
            next: 0,
            in_flight: 0,
            waited: 0,
            gap: 0,
            max_gap: 0,
            limits,
            fell_behind: false,
        }
    }

    /// Makes the number of users one that changes over the window.
    pub(super) fn with_stages(self, stages: Option<Profile>) -> Self {
        Self { stages, ..self }
    }

    /// How many users are to work in a millisecond.
    fn users_at(&self, millisecond: u64, window: Option<(Micros, Micros)>) -> i64 {
        let Some((stages, (open, _))) = self.stages.as_ref().zip(window) else { return self.users };
        stages.at(Micros::new(millisecond * GRAIN).saturating_sub(open)).round() as i64
    }

    /// The milliseconds that can be settled now: those that no untold request can reach, or all when the run has
    /// `ended`. `None` when there are none.
    pub(super) fn due(&mut self, now: Micros, ended: bool) -> Option<Range<u64>> {
        let now = now.get() / GRAIN;
        let until = if ended { now + 1 } else { now.saturating_sub(self.horizon) };
        self.fell_behind |= usize::try_from(now.saturating_sub(self.next)).map_or(true, |open| open >= self.places);
        (until > self.next && !self.fell_behind).then_some(self.next..until)
    }

    /// Settles the milliseconds that were due, given what all rings know of them.
    pub(super) fn settle(&mut self, due: Range<u64>, known: Vec<Moment>, window: Option<(Micros, Micros)>) {
        self.next = due.end;
        due.zip(known).for_each(|(millisecond, moment)| self.step(millisecond, moment, window));
    }

    /// One millisecond.
    fn step(&mut self, millisecond: u64, moment: Moment, window: Option<(Micros, Micros)>) {
        self.in_flight += i64::from(moment.change);
        if moment.success {
            (self.waited, self.gap) = (0, 0);
        }
        if self.in_flight == 0 || self.in_flight * 2 < self.users_at(millisecond, window) {
            return;
        }
        self.waited += 1;
        let in_window =
            window.is_some_and(|(open, close)| (open.get() / GRAIN..close.get() / GRAIN).contains(&millisecond));
        if !in_window {
            return;
        }
        if !moment.success {
            self.gap += 1;
            self.max_gap = self.max_gap.max(self.gap);
        }
        for (limit, stalled) in &mut self.limits {
            *stalled += u64::from(self.waited * GRAIN > limit.get());
        }
    }

    /// The gaps of the window; `None` when the meter fell behind.
    pub(super) fn stalls(&self) -> Option<Stalls> {
        let span = |milliseconds: u64| Micros::new(milliseconds * GRAIN);
        (!self.fell_behind).then(|| Stalls {
            max_gap: span(self.max_gap),
            stalled: self.limits.iter().map(|(limit, stalled)| (*limit, span(*stalled))).collect(),
        })
    }
}

impl Stalls {
    /// The stalled time for the tightest limit; `None` when no rule has one.
    #[must_use]
    pub fn at_tightest(&self) -> Option<Micros> {
        self.stalled.first().map(|(_, stalled)| *stalled)
    }

    /// The stalled time for `limit`.
    #[must_use]
    pub fn at(&self, limit: Micros) -> Option<Micros> {
        self.stalled.iter().find(|(known, _)| *known == limit).map(|(_, stalled)| *stalled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::profile::Piece;
    use crate::sample::{Failure, FailureClass, SampleOf, StepId};

    const LIMIT: Micros = Micros::from_millis(100);
    const TIMEOUT: Micros = Micros::from_secs(10);

    /// A run of `users`, told request by request: start and end in milliseconds, and whether it succeeded.
    fn stalls(users: u32, window: (u64, u64), requests: &[(u64, u64, bool)]) -> Stalls {
        let mut ring = StallRing::new(TIMEOUT);
        let mut meter = StallMeter::new(users, TIMEOUT, [LIMIT].into_iter());
        let window = Some((Micros::from_millis(window.0), Micros::from_millis(window.1)));
        let mut requests = requests.to_vec();
        requests.sort_by_key(|(_, end, _)| *end);
        let mut settled = 0;
        for (start, end, ok) in &requests {
            while *end > settled + 1000 {
                settled += 1000;
                settle(&mut meter, &mut ring, (Micros::from_millis(settled), false), window);
            }
            ring.record(&sample(*start, *end, *ok));
        }
        let last = requests.iter().map(|(_, end, _)| *end).max().unwrap_or(0);
        settle(&mut meter, &mut ring, (Micros::from_millis(last), true), window);
        meter.stalls().unwrap()
    }

    fn settle(
        meter: &mut StallMeter,
        ring: &mut StallRing,
        (now, ended): (Micros, bool),
        window: Option<(Micros, Micros)>,
    ) {
        let Some(due) = meter.due(now, ended) else { return };
        let mut known = moments(&due);
        ring.take(due.clone(), &mut known);
        meter.settle(due, known, window);
    }

    fn sample(start: u64, end: u64, ok: bool) -> Sample<'static> {
        let failure = Failure { class: FailureClass::Timeout, status: None, code: None, message: "" };
        Sample {
            of: SampleOf::Step(StepId(0)),
            arrival: None,
            start: Micros::from_millis(start),
            connected: None,
            first_byte: None,
            end: Micros::from_millis(end),
            bytes_sent: 0,
            bytes_received: 0,
            outcome: if ok { Outcome::Success } else { Outcome::Failure(failure) },
        }
    }

    /// A user that sends request after request of 20 ms, but for `frozen` spans in which its request hangs.
    fn user(from: u64, until: u64, frozen: &[(u64, u64)]) -> Vec<(u64, u64, bool)> {
        let mut requests = Vec::new();
        let mut now = from;
        while now < until {
            let hung = frozen.iter().find(|(start, end)| now + 20 > *start && now < *end);
            let end = hung.map_or(now + 20, |(_, end)| *end + 20);
            requests.push((now, end, true));
            now = end;
        }
        requests
    }

    #[test]
    fn a_service_that_answers_is_never_stalled() {
        let found = stalls(1, (0, 10_000), &user(0, 10_000, &[]));
        assert!(found.max_gap <= Micros::from_millis(20), "{found:?}");
        assert_eq!(found.at(LIMIT), Some(Micros::ZERO));
    }

    #[test]
    fn a_freeze_is_stalled_from_the_limit_on() {
        let found = stalls(1, (0, 10_000), &user(0, 10_000, &[(4_000, 6_000)]));
        let (gap, stalled) = (found.max_gap.get() / 1000, found.at(LIMIT).unwrap().get() / 1000);
        assert!((2_000..2_040).contains(&gap), "{gap}");
        assert!((1_900..1_940).contains(&stalled), "{stalled}");
    }

    #[test]
    fn frozen_a_fifth_of_the_run_in_short_pieces_is_seen_as_a_fifth() {
        let frozen: Vec<(u64, u64)> = (0..6).map(|n| (n * 50_000 + 20_000, n * 50_000 + 29_000)).collect();
        let found = stalls(2, (0, 300_000), &[user(0, 300_000, &frozen), user(7, 300_000, &frozen)].concat());
        let share = found.at(LIMIT).unwrap().as_secs_f64() / 300.0;
        assert!((0.17..0.19).contains(&share), "{share}");
    }

    #[test]
    fn a_pause_of_the_users_is_no_stall() {
        let requests = [user(0, 3_000, &[]), user(7_000, 10_000, &[])].concat();
        assert_eq!(stalls(1, (0, 10_000), &requests).at(LIMIT), Some(Micros::ZERO));
    }

    #[test]
    fn it_takes_half_the_users_to_wait() {
        let working = user(0, 10_000, &[(4_000, 6_000)]);
        let waits = |idle: u32| stalls(1 + idle, (0, 10_000), &working).at(LIMIT).unwrap() > Micros::ZERO;
        assert!(waits(1));
        assert!(!waits(2));
    }

    #[test]
    fn with_stages_it_is_half_the_users_that_are_to_work_at_that_time() {
        // One of ten users works, and hangs for two seconds; for the first half of the window one is to work, then ten.
        let hangs = |from: u64| {
            let mut ring = StallRing::new(TIMEOUT);
            let pieces = [1.0, 10.0].map(|users| Piece { length: Micros::from_secs(5), from: users, to: users });
            let stages = Some(Profile::new(1.0, pieces));
            let mut meter = StallMeter::new(10, TIMEOUT, [LIMIT].into_iter()).with_stages(stages);
            for (start, end, ok) in user(0, 10_000, &[(from, from + 2_000)]) {
                ring.record(&sample(start, end, ok));
            }
            let window = Some((Micros::ZERO, Micros::from_secs(10)));
            settle(&mut meter, &mut ring, (Micros::from_secs(11), true), window);
            meter.stalls().unwrap().at(LIMIT).unwrap().get() / 1_000
        };
        assert!((1_900..1_940).contains(&hangs(2_000)), "{}", hangs(2_000));
        assert_eq!(hangs(7_000), 0);
    }

    #[test]
    fn failures_do_not_end_a_stall_and_the_windows_edges_count() {
        let timeouts: Vec<(u64, u64, bool)> = (0..5).map(|n| (n * 2_000, n * 2_000 + 2_000, false)).collect();
        let found = stalls(1, (1_000, 9_000), &timeouts);
        assert_eq!(found.max_gap, Micros::from_secs(8));
        assert_eq!(found.at(LIMIT), Some(Micros::from_secs(8)));
    }

    #[test]
    fn a_meter_that_was_not_read_in_time_gives_no_figure() {
        let mut meter = StallMeter::new(1, TIMEOUT, [LIMIT].into_iter());
        assert_eq!(meter.due(Micros::from_secs(3_600), false), None);
        assert_eq!(meter.stalls(), None);
    }
}
