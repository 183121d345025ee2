//! The course of a run: ramp-up, warm-up, measured window, drain.
//!
//! In: an [`Attack`]. Out: [`AttackFacts`]. Always holds: the window opens once every user has started and the
//! warm-up is over; behind it, measured work is followed to its end while load goes on, then nothing new starts and
//! what is in flight is followed too. Only an interruption gives requests up.

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::attack::clock::{RunClock, time_of_day};
use crate::attack::engine::{self, Crew};
use crate::attack::host;
use crate::attack::shared::{Shared, Stop};
use crate::attack::virtual_user::{Common, Script};
use crate::plan::Plan;
use crate::plan::target::Target;
use crate::sample::{MeasuredWindow, SampleSink};
use crate::units::Micros;

/// How often the conductor looks, and its observer is told.
const TICK: Micros = Micros::from_millis(100);
/// How often it looks while it waits for requests to end.
const DRAIN_TICK: Micros = Micros::from_millis(5);
/// Beyond ramp-up and timeout, how long a user may take to start before it counts as lost.
const START_GRACE: Micros = Micros::from_secs(5);
/// How long an interrupted attack may take to wind up before its runtime is shut down under it.
const ABORT_GRACE: Micros = Micros::from_millis(700);
/// How long an attack whose users have all been told to leave may take.
const LEAVE_GRACE: Micros = Micros::from_secs(5);

/// Everything an attack needs.
pub struct Attack<'a> {
    /// What to run.
    pub plan: &'a Plan,
    /// Against what.
    pub target: &'a Target,
    /// The target's addresses; users are spread over them in turn. At least one.
    pub addresses: Vec<SocketAddr>,
    /// Told of every request.
    pub sink: Arc<dyn SampleSink>,
    /// Opened by the attack, read by the sink.
    pub window: Arc<MeasuredWindow>,
    /// A message in it interrupts the run.
    pub interrupt: Receiver<()>,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Users are starting.
    RampUp,
    /// Load that is not measured yet.
    WarmUp,
    /// The window is open.
    Measured,
    /// The window is closed; requests are followed to their end.
    Drain,
}

/// What an observer is told, about ten times a second.
#[derive(Clone, Copy, Debug)]
pub struct Tick {
    /// Offset from the run's start.
    pub now: Micros,
    /// Where the run stands.
    pub stage: Stage,
    /// Users running.
    pub users: u32,
}

/// Somebody who watches a run, and may end it with a reason.
pub trait Observer {
    /// Called about ten times a second, on the caller's thread.
    fn tick(&mut self, tick: Tick) -> ControlFlow<String>;
}

/// What an attack knows when it has ended.
#[derive(Clone, Debug)]
pub struct AttackFacts {
    /// When it started.
    pub started_at: Timestamp,
    /// When the last request had ended.
    pub ended_at: Timestamp,
    /// The window as it was: cut short where the run was.
    pub window: Option<(Micros, Micros)>,
    /// Whether it was interrupted from outside.
    pub interrupted: bool,
    /// Why the observer ended it.
    pub ended_by_observer: Option<String>,
    /// Users that started.
    pub users_started: u32,
    /// Users that panicked or never started.
    pub users_lost: u32,
    /// Requests begun, by the users' own count.
    pub requests_started: u64,
    /// Requests ended, by the users' own count.
    pub requests_ended: u64,
    /// CPU time of this process over the window.
    pub cpu: Option<Micros>,
}

/// Why an attack could not be made.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum AttackError {
    #[error("cannot start the threads that generate load: {0}; free memory or lift the limit on threads")]
    Runtime(std::io::Error),
    #[error("the load driver refused the plan: {0}")]
    Engine(String),
}

/// Runs the attack to its end on threads of its own, and conducts it from this one.
///
/// # Errors
/// [`AttackError`] when it cannot be started, or the driver gives up.
pub fn run(attack: Attack<'_>, observer: &mut dyn Observer) -> Result<AttackFacts, AttackError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(host::processors())
        .thread_name("tollgate-load")
        .enable_all()
        .build()
        .map_err(AttackError::Runtime)?;
    let clock = RunClock::start();
    let shared = Arc::new(Shared::new(clock, attack.plan.load.users));
    let script = Arc::new(Script::new(attack.plan, attack.target));
    let common = Common { shared: Arc::clone(&shared), script, sink: Arc::clone(&attack.sink) };
    let crew = Crew { common, addresses: attack.addresses.clone().into(), timeout: attack.plan.load.timeout };
    let goose = engine::build(attack.plan, attack.target, &crew).map_err(|e| AttackError::Engine(e.to_string()))?;
    let started_at = time_of_day();
    let driver = runtime.spawn(async move { goose.execute().await.map(|_| ()).map_err(|e| e.to_string()) });
    let mut conductor = Conductor::new(&attack, shared);
    conductor.conduct(&driver, observer);
    let facts = conductor.facts(started_at);
    wind_up(runtime, driver, conductor.aborted())?;
    Ok(facts)
}

/// Ends the driver's threads. Requests have ended or were given up by now.
fn wind_up(runtime: Runtime, driver: JoinHandle<Result<(), String>>, aborted: bool) -> Result<(), AttackError> {
    let grace = if aborted { ABORT_GRACE } else { LEAVE_GRACE };
    let clock = RunClock::start();
    while !driver.is_finished() && clock.floor() < grace {
        if aborted {
            engine::cancel();
        }
        thread::sleep(DRAIN_TICK.into());
    }
    let outcome = if driver.is_finished() { runtime.block_on(driver).ok() } else { None };
    runtime.shutdown_background();
    match outcome {
        Some(Err(cause)) if !aborted => Err(AttackError::Engine(cause)),
        _ => Ok(()),
    }
}

/// Where the conductor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Gathering,
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

struct Conductor<'a> {
    attack: &'a Attack<'a>,
    shared: Arc<Shared>,
    course: Course,
    next_tick: Micros,
    /// When the run was cut short.
    cut_at: Option<Micros>,
    interrupted: bool,
    ended_by_observer: Option<String>,
    never_started: u32,
    ended_at: Option<Timestamp>,
    cpu_at_open: Option<Micros>,
    cpu: Option<Micros>,
}

impl<'a> Conductor<'a> {
    fn new(attack: &'a Attack<'a>, shared: Arc<Shared>) -> Self {
        Self {
            attack,
            shared,
            course: Course::Gathering,
            next_tick: Micros::ZERO,
            cut_at: None,
            interrupted: false,
            ended_by_observer: None,
            never_started: 0,
            ended_at: None,
            cpu_at_open: None,
            cpu: None,
        }
    }

    const fn aborted(&self) -> bool {
        self.cut_at.is_some()
    }

    fn conduct(&mut self, driver: &JoinHandle<Result<(), String>>, observer: &mut dyn Observer) {
        while self.course != Course::Ended {
            let now = self.shared.clock.floor();
            self.advance(now);
            // The driver never ends by itself before it is told to, unless every user was lost.
            if driver.is_finished() && !matches!(self.course, Course::Ended | Course::Finishing { .. }) {
                self.cut(now);
            }
            if now >= self.next_tick {
                self.next_tick = now + TICK;
                let tick = Tick { now, stage: self.stage(), users: self.shared.live() };
                if let ControlFlow::Break(reason) = observer.tick(tick) {
                    self.ended_by_observer.get_or_insert(reason);
                    self.cut(now);
                }
            }
            if self.course != Course::Ended && self.interrupted_while_waiting(self.wait(now)) {
                self.interrupted = true;
                self.cut(self.shared.clock.floor());
            }
        }
        self.shared.stop(Stop::Finish);
    }

    /// Moves on as far as the time allows.
    fn advance(&mut self, now: Micros) {
        let load = &self.attack.plan.load;
        self.course = match (self.course, self.attack.window.bounds()) {
            (Course::Gathering, _) if self.gathered(now) => {
                // A millisecond ahead, so that no request can start in the window before it is known.
                let open = now + load.warm_up + Micros::from_millis(1);
                self.attack.window.open(open, load.run_time);
                Course::WarmingUp
            }
            (Course::WarmingUp, Some((open, _))) if now >= open => {
                self.cpu_at_open = host::cpu_time();
                Course::Measuring
            }
            (Course::Measuring, Some((_, close))) if now >= close => {
                self.read_cpu();
                Course::Following
            }
            (Course::Following, Some((_, close)))
                if !self.shared.any_busy_since_before(close) || now > close + load.timeout =>
            {
                self.shared.stop(Stop::Finish);
                Course::Finishing { until: now + load.timeout + Micros::SECOND }
            }
            (Course::Finishing { until }, _) => {
                if self.shared.any_busy_since_before(Micros::new(u64::MAX)) && now <= until {
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
        let missing = load.users.saturating_sub(self.shared.hatched());
        if missing > 0 && now > load.ramp_up + load.timeout + START_GRACE {
            self.never_started = missing;
            return true;
        }
        missing == 0 && now >= load.ramp_up
    }

    /// Ends the run now: requests in flight are given up.
    fn cut(&mut self, now: Micros) {
        if self.cut_at.is_some() {
            return;
        }
        self.cut_at = Some(now);
        if self.course == Course::Measuring {
            self.read_cpu();
        }
        self.shared.stop(Stop::Abort);
        self.course = Course::Finishing { until: now + ABORT_GRACE };
    }

    fn read_cpu(&mut self) {
        self.cpu = self.cpu_at_open.zip(host::cpu_time()).and_then(|(from, to)| to.checked_sub(from));
    }

    const fn stage(&self) -> Stage {
        match self.course {
            Course::Gathering => Stage::RampUp,
            Course::WarmingUp => Stage::WarmUp,
            Course::Measuring => Stage::Measured,
            _ => Stage::Drain,
        }
    }

    /// How long nothing can be due.
    fn wait(&self, now: Micros) -> Micros {
        let due = match (self.course, self.attack.window.bounds()) {
            (Course::WarmingUp, Some((open, _))) => open,
            (Course::Measuring, Some((_, close))) => close,
            (Course::Following | Course::Finishing { .. }, _) => now + DRAIN_TICK,
            _ => self.next_tick,
        };
        due.min(self.next_tick).saturating_sub(now)
    }

    /// Waits, and whether the run was interrupted meanwhile.
    fn interrupted_while_waiting(&self, wait: Micros) -> bool {
        match self.attack.interrupt.recv_timeout(wait.into()) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => {
                thread::sleep(Duration::from(wait));
                false
            }
        }
    }

    fn facts(&self, started_at: Timestamp) -> AttackFacts {
        let (requests_started, requests_ended) = self.shared.requests();
        let cut = |(open, close): (Micros, Micros)| {
            let close = self.cut_at.map_or(close, |at| close.min(at));
            (open < close).then_some((open, close))
        };
        AttackFacts {
            started_at,
            ended_at: self.ended_at.unwrap_or_else(time_of_day),
            window: self.attack.window.bounds().and_then(cut),
            interrupted: self.interrupted,
            ended_by_observer: self.ended_by_observer.clone(),
            users_started: self.shared.hatched(),
            users_lost: self.shared.lost() + self.never_started,
            requests_started,
            requests_ended,
            cpu: self.cpu,
        }
    }
}
