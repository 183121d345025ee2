//! Where a run stands, and what moves it on.
//!
//! In: the clock, the users' seats, interruptions and the observer. Out: the window opened, the stop level raised.
//! Always holds: the stop level rises to `Finish` only when measured work has ended, and to `Abort` only when the run
//! is cut short or a request outlives its own timeout.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;

use jiff::Timestamp;
use tokio::task::JoinHandle;

use super::{ABORT_GRACE, Attack, AttackFacts, CutShort, Observer, Stage, Tick};
use crate::attack::clock::time_of_day;
use crate::attack::leave::Early;
use crate::attack::monitor::PACER_THREAD;
use crate::attack::pacer::Pacer;
use crate::attack::shared::{Shared, Stop};
use crate::instrument::Strain;
use crate::plan::arrivals::{Arrivals, Deal};
use crate::units::Micros;

/// How often the conductor looks, and its observer is told.
const TICK: Micros = Micros::from_millis(100);
/// Beyond ramp-up and timeout, how long a user may take to start before it counts as lost.
const START_GRACE: Micros = Micros::from_secs(5);

/// Where the conductor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Course {
    Gathering,
    /// Behind the warm-up, users end what they began: with a limit the window counts whole iterations.
    Emptying {
        from: Micros,
    },
    /// The window is fixed and lies ahead.
    WarmingUp,
    Measuring,
    /// Load goes on until measured work has ended.
    Following,
    /// Nothing new starts; what is in flight is followed until this time at most.
    Finishing {
        until: Micros,
    },
    Ended,
}

pub(super) struct Conductor<'a> {
    pub(super) attack: &'a Attack<'a>,
    pub(super) shared: Arc<Shared>,
    pub(super) course: Course,
    pub(super) next_tick: Micros,
    /// When the observer is told next what is known so far.
    next_standing: Micros,
    /// When the run was cut short, and why.
    cut: Option<(Micros, CutShort)>,
    never_started: u32,
    /// When the arrivals of an open model began, and the thread that hands them out.
    pacing: Option<(Micros, Option<thread::JoinHandle<()>>)>,
    ended_at: Option<Timestamp>,
}

impl<'a> Conductor<'a> {
    pub(super) fn new(attack: &'a Attack<'a>, shared: Arc<Shared>) -> Self {
        Self {
            attack,
            shared,
            course: Course::Gathering,
            next_tick: Micros::ZERO,
            next_standing: Micros::ZERO,
            cut: None,
            never_started: 0,
            pacing: None,
            ended_at: None,
        }
    }

    pub(super) const fn aborted(&self) -> bool {
        self.cut.is_some()
    }

    /// Follows the run to its end. What is known of it so far is told by `facts`.
    pub(super) fn conduct(
        &mut self,
        driver: &JoinHandle<Result<(), String>>,
        observer: &mut dyn Observer,
        facts: &dyn Fn(&Self) -> AttackFacts,
    ) {
        while self.course != Course::Ended {
            let now = self.shared.clock.floor();
            self.advance(now);
            self.end_early(now);
            // The driver never ends by itself before it is told to, unless it failed or every user was lost.
            if driver.is_finished() && !matches!(self.course, Course::Ended | Course::Finishing { .. }) {
                self.cut(now, CutShort::DriverEnded);
            }
            if now >= self.next_tick {
                self.next_tick = now + TICK;
                if now >= self.next_standing {
                    self.next_standing = now + Micros::SECOND;
                    observer.standing(facts(self));
                }
                let tick = Tick { now, stage: self.stage(), users: self.shared.users() };
                if let ControlFlow::Break(reason) = observer.tick(tick) {
                    self.cut(now, CutShort::ByObserver(reason));
                }
            }
            if self.course != Course::Ended && self.interrupted_while_waiting(self.wait(now)) {
                self.cut(self.shared.clock.floor(), CutShort::Interrupted);
            }
        }
        self.shared.stop(Stop::Finish);
        // A last time, so that what ended behind the last tick is seen too; the run has ended whatever it answers.
        let tick = Tick { now: self.shared.clock.floor(), stage: self.stage(), users: self.shared.live() };
        let _over = observer.tick(tick);
    }

    /// Moves on as far as the time allows.
    fn advance(&mut self, now: Micros) {
        let load = &self.attack.plan.load;
        self.gate(now);
        self.course = match (self.course, self.attack.window.bounds()) {
            (Course::Gathering, _) if load.iterations.is_some() && self.gathered(now) => {
                Course::Emptying { from: now + load.warm_up }
            }
            (Course::Emptying { from }, _) if now >= from && self.emptied(now, from) => {
                self.attack.window.open(now + Micros::from_millis(1), load.run_time);
                Course::WarmingUp
            }
            (Course::Gathering, _) if load.iterations.is_none() && self.gathered(now) => {
                // A millisecond ahead, so that no request can start in the window before it is known.
                let open = now + load.warm_up + Micros::from_millis(1);
                self.attack.window.open(open, load.run_time);
                Course::WarmingUp
            }
            (Course::WarmingUp, Some((open, _))) if now >= open => Course::Measuring,
            (Course::Measuring, Some((_, close))) if now >= close => Course::Following,
            (Course::Following, Some((_, close)))
                if !self.shared.any_work_before(close) || now > close + self.longest_drain() =>
            {
                self.shared.stop(Stop::Finish);
                Course::Finishing { until: now + self.longest_finish() }
            }
            (Course::Finishing { until }, _) => {
                if self.goes_on() && now <= until {
                    self.course
                } else {
                    // Requests end themselves at their timeout; this only guards against one that does not.
                    self.shared.stop(Stop::Abort);
                    self.ended_at = Some(time_of_day());
                    Course::Ended
                }
            }
            (course, _) => course,
        };
    }

    /// Whether every user has started and the ramp is over; gives up on users that never will.
    fn gathered(&mut self, now: Micros) -> bool {
        let load = &self.attack.plan.load;
        let missing = load.users.saturating_sub(self.shared.gathered());
        if missing > 0 && now > load.ramp_up + load.timeout + self.attack.plan.longest_setup() + START_GRACE {
            self.never_started = missing;
            return true;
        }
        if missing > 0 {
            return false;
        }
        match &load.arrivals {
            None => now >= load.ramp_up,
            Some(arrivals) => now >= self.pace(arrivals, now) + load.ramp_up,
        }
    }

    /// Starts the pacer once every user is there. When its schedule began.
    fn pace(&mut self, arrivals: &Arrivals, now: Micros) -> Micros {
        if let Some((start, _)) = &self.pacing {
            return *start;
        }
        let deal = Deal::new(self.attack.plan.scenarios.iter().map(|scenario| scenario.weight));
        let (shared, sink) = (Arc::clone(&self.shared), Arc::clone(&self.attack.sink));
        let pacer = Pacer { shared, sink, arrivals: arrivals.clone(), deal };
        let start = now + Micros::from_millis(1);
        // The schedule knows where the window lies in it: fixed before the first arrival, so that stages and window
        // fall together to the microsecond.
        self.attack.window.open(start + arrivals.before_window(), self.attack.plan.load.run_time);
        // Without a thread nothing is handed out, and the run says so: it offered less than planned.
        let thread = thread::Builder::new().name(PACER_THREAD.to_owned()).spawn(move || pacer.run(start));
        self.pacing = Some((start, thread.ok()));
        start
    }

    /// Whether a request of the loop is in flight, or a user has not done with its on_stop.
    fn goes_on(&self) -> bool {
        let plan = self.attack.plan;
        let stops = plan.scenarios.iter().any(|scenario| !scenario.on_stop.0.is_empty());
        let stops = stops || !plan.around.after.0.is_empty();
        self.shared.any_busy_since_before(Micros::new(u64::MAX)) || (stops && self.shared.live() > 0)
    }

    /// How long what is in flight may take to end once nothing new starts.
    fn longest_finish(&self) -> Micros {
        let plan = self.attack.plan;
        plan.longest_timeout() + plan.longest_setup() + Micros::SECOND
    }

    /// Ends the run because a user said so: a feeder has no row left, or its scenario ends the run. What is in flight is
    /// followed to its end.
    fn end_early(&mut self, now: Micros) {
        if self.cut.is_some() || matches!(self.course, Course::Finishing { .. } | Course::Ended) {
            return;
        }
        let name =
            |feeder: usize| self.attack.plan.feeders.get(feeder).map(|(name, _)| name.clone()).unwrap_or_default();
        let why = match (self.shared.dry(), self.shared.early.get()) {
            (Some(feeder), _) => CutShort::FeederRanDry(name(feeder)),
            (None, Some(Early::Failure)) => CutShort::StepFailed,
            (None, Some(Early::Step)) => CutShort::ByStep,
            (None, None) => return,
        };
        self.cut = Some((now, why));
        self.course = Course::Finishing { until: now + self.longest_finish() };
    }

    /// How long measured work may take to end: in an open model arrivals may wait a timeout more for a user.
    fn longest_drain(&self) -> Micros {
        let queued = if self.pacing.is_some() { self.attack.plan.load.timeout } else { Micros::ZERO };
        self.attack.plan.longest_iteration() + queued
    }

    /// Tells the sink of every arrival that was handed out and never sent.
    pub(super) fn tell_unsent(&mut self) {
        let Some((_, pacer)) = self.pacing.take() else { return };
        // It ends within a nap of the stop; one that panicked has handed out too little, which is counted.
        let _ended = pacer.map(thread::JoinHandle::join);
        for (scenario, due) in self.shared.left_over() {
            self.attack.sink.unsent(self.attack.plan.scenarios[scenario].steps[0], due);
        }
    }

    /// Ends the run now: requests in flight are given up.
    fn cut(&mut self, now: Micros, why: CutShort) {
        if self.cut.is_some() {
            return;
        }
        self.cut = Some((now, why));
        self.shared.stop(Stop::Abort);
        self.course = Course::Finishing { until: now + ABORT_GRACE };
    }

    const fn stage(&self) -> Stage {
        match self.course {
            Course::Gathering => Stage::RampUp,
            Course::Emptying { .. } | Course::WarmingUp => Stage::WarmUp,
            Course::Measuring => Stage::Measured,
            _ => Stage::Drain,
        }
    }

    pub(super) fn facts(&self, started_at: Timestamp, strain: Strain) -> AttackFacts {
        let (requests_started, requests_ended) = self.shared.requests();
        let cut = |(open, close): (Micros, Micros)| {
            let close = self.cut.as_ref().map_or(close, |(at, _)| close.min(*at));
            (open < close).then_some((open, close))
        };
        AttackFacts {
            started_at,
            ended_at: self.ended_at.unwrap_or_else(time_of_day),
            window: self.attack.window.bounds().and_then(cut),
            cut_short: self.cut.as_ref().map(|(_, why)| why.clone()),
            users_lost: self.shared.lost() + self.never_started,
            requests_started,
            requests_ended,
            strain: Strain { user_time: self.shared.user_time(), ..strain },
        }
    }
}
