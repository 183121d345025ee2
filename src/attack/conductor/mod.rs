//! The course of a run: ramp-up, warm-up, measured window, drain.
//!
//! In: an [`Attack`]. Out: [`AttackFacts`]. Always holds: the window opens once every user has started and the
//! warm-up is over; behind it, measured work is followed to its end while load goes on, then nothing new starts and
//! what is in flight is followed too. Only an interruption gives requests up.

mod course;
mod gating;
mod waiting;

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use course::Conductor;
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::attack::clock::{RunClock, time_of_day};
use crate::attack::engine::{self, Crew};
use crate::attack::host;
use crate::attack::monitor::{LOAD_THREAD, Monitor, Watched};
use crate::attack::script::Script;
use crate::attack::shared::Shared;
use crate::attack::transport::general::Recipe;
use crate::attack::transport::tls::Tls;
use crate::attack::virtual_user::Common;
use crate::instrument::Strain;
use crate::plan::Plan;
use crate::plan::target::Target;
use crate::sample::{MeasuredWindow, SampleSink};
use crate::units::Micros;

/// How long an interrupted attack may take to wind up before its runtime is shut down under it.
const ABORT_GRACE: Micros = Micros::from_millis(700);
/// How often it is looked whether the driver has ended.
const WIND_UP_TICK: Micros = Micros::from_millis(5);
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
    /// How connections are secured; `None` for a plain target.
    pub tls: Option<Tls>,
    /// The hosts beside the target, in the plan's order.
    pub elsewhere: Vec<Elsewhere>,
    /// Told of every request.
    pub sink: Arc<dyn SampleSink>,
    /// Opened by the attack, read by the sink.
    pub window: Arc<MeasuredWindow>,
    /// A message in it interrupts the run.
    pub interrupt: &'a Receiver<()>,
}

/// A host beside the target that steps send to.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// Its addresses; at least one.
    pub addresses: Vec<SocketAddr>,
    /// How connections to it are secured; `None` for a plain one.
    pub tls: Option<Tls>,
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

    /// Called about once a second before a tick, with what is known of the attack so far. Its window is the planned one.
    fn standing(&mut self, _facts: AttackFacts) {}
}

/// Why an attack ended before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CutShort {
    /// It was interrupted from outside.
    Interrupted,
    /// The observer ended it, for this reason.
    ByObserver(String),
    /// This feeder had no row left.
    FeederRanDry(String),
    /// A step failed, and its scenario says that this ends the run.
    StepFailed,
    /// A step of a scenario ended it.
    ByStep,
    /// The driver ended by itself: every user was lost.
    DriverEnded,
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
    /// Why it ended before its time.
    pub cut_short: Option<CutShort>,
    /// Users that panicked or never started.
    pub users_lost: u32,
    /// Requests begun, by the users' own count.
    pub requests_started: u64,
    /// Requests ended, by the users' own count.
    pub requests_ended: u64,
    /// How strained the generator was.
    pub strain: Strain,
}

/// Why an attack could not be made.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the message beside each variant says what it is")]
pub enum AttackError {
    #[error("cannot start the threads that generate load: {0}; free memory or lift the limit on threads")]
    Runtime(std::io::Error),
    #[error("cannot set up the client for HTTP/2 or a proxy: {0}")]
    Client(String),
    #[error("the load driver refused the plan: {0}")]
    Engine(String),
}

/// Goose ends attacks through one switch for the whole process, so there is one attack at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs the attack to its end on threads of its own, and conducts it from this one. Waits for another attack of this
/// process to end.
///
/// # Errors
/// [`AttackError`] when it cannot be started, or the driver gives up.
pub fn run(attack: Attack<'_>, observer: &mut dyn Observer) -> Result<AttackFacts, AttackError> {
    let _only = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(host::processors())
        .thread_name(LOAD_THREAD)
        .enable_all()
        .build()
        .map_err(AttackError::Runtime)?;
    // Both at once: what one says of a sample, the other must say too.
    let (clock, started_at) = (RunClock::start(), time_of_day());
    let since_1970 = u64::try_from(started_at.as_microsecond()).unwrap_or(0);
    attack.sink.begins(Micros::new(since_1970));
    let shared = Shared::new(clock, attack.plan.load.users, Arc::clone(&attack.window));
    let open = attack.plan.load.arrivals.is_some();
    let shared = shared.with_turnstile(gating::turnstile(&attack.plan.load));
    let shared = Arc::new(if open { shared.with_arrivals(attack.plan.scenarios.len()) } else { shared });
    let script = Arc::new(Script::new(attack.plan, attack.target));
    let common = Common { shared: Arc::clone(&shared), script, sink: Arc::clone(&attack.sink) };
    let general = Recipe::prepare(&attack).map_err(|error| AttackError::Client(error.to_string()))?;
    let crew = Crew {
        common,
        addresses: attack.addresses.clone().into(),
        tls: attack.tls.clone(),
        elsewhere: attack.elsewhere.clone().into(),
        general,
        timeout: attack.plan.load.timeout,
    };
    let goose = engine::build(attack.plan, attack.target, &crew).map_err(|e| AttackError::Engine(e.to_string()))?;
    let (window, sink) = (Arc::clone(&attack.window), Arc::clone(&attack.sink));
    let monitor = Monitor::start(runtime.handle(), Watched { clock, window, sink }).map_err(AttackError::Runtime)?;
    let driver = runtime.spawn(async move { goose.execute().await.map(|_| ()).map_err(|e| e.to_string()) });
    let mut conductor = Conductor::new(&attack, shared);
    conductor.conduct(&driver, observer, &|conductor| conductor.facts(started_at, monitor.so_far()));
    conductor.tell_unsent();
    let facts = conductor.facts(started_at, monitor.finish());
    wind_up(runtime, driver, conductor.aborted()).map_err(AttackError::Engine)?;
    Ok(facts)
}

/// Ends the driver's threads; requests have ended or were given up by now. What the driver failed with, if it did.
fn wind_up(runtime: Runtime, driver: JoinHandle<Result<(), String>>, aborted: bool) -> Result<(), String> {
    let grace = if aborted { ABORT_GRACE } else { LEAVE_GRACE };
    let clock = RunClock::start();
    while !driver.is_finished() && clock.floor() < grace {
        if aborted {
            engine::cancel();
        }
        thread::sleep(WIND_UP_TICK.into());
    }
    // One that has not ended by now is left behind with its threads: every request has been told of.
    let outcome = if driver.is_finished() { runtime.block_on(driver) } else { Ok(Ok(())) };
    runtime.shutdown_background();
    outcome.unwrap_or_else(|panic| Err(panic.to_string()))
}
