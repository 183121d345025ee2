//! Watching the instrument itself while it measures.
//!
//! In: the run's clock, its window, the runtime that measures. Out: the lag of its event loop to the sink, and a
//! [`Strain`] when the run has ended. Always holds: the monitor has a thread of its own, so that a strained generator
//! cannot hide its strain; what lies outside the window is not counted.
//!
//! A hundred times a second the monitor wakes a task on the runtime; how long the task waited for its turn is what a
//! request's answer waits too before its clock is read. Once a second it reads what the threads used.

mod usage;

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::attack::clock::{RunClock, time_of_day};
use crate::attack::host::{self, ProcessorTime};
use crate::instrument::Strain;
use crate::sample::{MeasuredWindow, Phase, SampleSink};
use crate::units::Micros;
use usage::Usage;

/// The name of the threads that send requests and read answers.
pub(super) const LOAD_THREAD: &str = "tollgate-load";
/// The name of the thread that hands out arrivals.
pub(super) const PACER_THREAD: &str = "tollgate-pacer";
/// How often the probe is woken.
const TICK: Micros = Micros::from_millis(10);
/// A tick that is later than this is taken for a pause of the whole process.
const LONG_TICK: Micros = Micros::from_millis(100);

/// What a monitor needs to know of a run.
#[derive(Clone)]
pub(super) struct Watched {
    pub(super) clock: RunClock,
    pub(super) window: Arc<MeasuredWindow>,
    pub(super) sink: Arc<dyn SampleSink>,
}

/// A monitor at work. Ends when it is dropped.
pub(super) struct Monitor {
    thread: thread::JoinHandle<Strain>,
    /// What was read by the last second.
    latest: Arc<Mutex<Strain>>,
    _end: Sender<()>,
}

/// The moments at which the probe was woken and has not run since.
#[derive(Debug, Default)]
struct Probe {
    woken: Mutex<Vec<Micros>>,
    wake: Notify,
}

/// What the monitor's own thread keeps.
struct Readings {
    watched: Watched,
    usage: Usage,
    next_second: Micros,
    /// The machine at the window's start, and now.
    machine: Option<(Machine, Machine)>,
    /// Time of day minus run clock when the run began.
    wall: i128,
    strain: Strain,
    /// Told of what was read, each second.
    latest: Arc<Mutex<Strain>>,
}

/// Counters of the machine that only grow.
#[derive(Clone, Copy, Debug)]
struct Machine {
    at: Micros,
    throttled: Option<Micros>,
    processors: Option<ProcessorTime>,
}

impl Monitor {
    /// Watches from now on, with a probe on the runtime that measures.
    pub(super) fn start(runtime: &Handle, watched: Watched) -> std::io::Result<Self> {
        let probe = Arc::new(Probe::default());
        runtime.spawn(Arc::clone(&probe).run(watched.clone()));
        let (end, ended) = mpsc::channel();
        let latest = Arc::new(Mutex::new(Strain::default()));
        let thread = thread::Builder::new().name("tollgate-watch".to_owned()).spawn({
            let latest = Arc::clone(&latest);
            move || Readings { latest, ..Readings::new(watched) }.watch(&probe, &ended)
        })?;
        Ok(Self { thread, latest, _end: end })
    }

    /// What was read so far, up to a second ago.
    pub(super) fn so_far(&self) -> Strain {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the watch. What was read; nothing at all from a monitor that panicked.
    pub(super) fn finish(self) -> Strain {
        drop(self._end);
        self.thread.join().unwrap_or_default()
    }
}

impl Probe {
    /// Tells the sink how late each waking is answered. Ends with its runtime.
    async fn run(self: Arc<Self>, watched: Watched) {
        loop {
            self.wake.notified().await;
            let now = watched.clock.ceil();
            let woken = std::mem::take(&mut *self.woken.lock().unwrap_or_else(PoisonError::into_inner));
            woken.into_iter().for_each(|at| watched.sink.loop_lag(at, now.saturating_sub(at)));
        }
    }

    fn wake(&self, now: Micros) {
        self.woken.lock().unwrap_or_else(PoisonError::into_inner).push(now);
        self.wake.notify_one();
    }
}

impl Readings {
    fn new(watched: Watched) -> Self {
        let wall = offset_of_wall_clock(&watched.clock);
        let (usage, strain) = (Usage::default(), Strain::default());
        let latest = Arc::default();
        Self { watched, usage, next_second: Micros::ZERO, machine: None, wall, strain, latest }
    }

    /// Ticks until the other end of `ended` is dropped.
    fn watch(mut self, probe: &Probe, ended: &Receiver<()>) -> Strain {
        let clock = self.watched.clock;
        let mut due = clock.floor() + TICK;
        while ended.recv_timeout(due.saturating_sub(clock.floor()).into()) == Err(RecvTimeoutError::Timeout) {
            let now = clock.floor();
            probe.wake(now);
            self.tick(now, now.saturating_sub(due));
            // A tick that was missed is counted as late and not made up for.
            due = (due + TICK).max(clock.floor());
        }
        self.ended()
    }

    fn tick(&mut self, now: Micros, late: Micros) {
        let phase = self.watched.window.phase(now);
        // The tick behind a pause over the window's end began inside it.
        if phase == Phase::Measured || self.watched.window.phase(now.saturating_sub(late)) == Phase::Measured {
            self.strain.longest_pause = self.strain.longest_pause.max(late);
            // What is late by less is this thread's own wait for a processor.
            self.strain.paused = self.strain.paused + if late > LONG_TICK { late } else { Micros::ZERO };
        }
        if phase == Phase::Measured && now >= self.next_second {
            self.read(now);
            self.next_second = now + Micros::SECOND;
        } else if phase == Phase::After && self.next_second < Micros::new(u64::MAX) && self.machine.is_some() {
            self.read(now);
            self.next_second = Micros::new(u64::MAX);
        }
        let moved = (offset_of_wall_clock(&self.watched.clock) - self.wall).unsigned_abs();
        self.strain.clock_moved = self.strain.clock_moved.max(Micros::new(u64::try_from(moved).unwrap_or(u64::MAX)));
    }

    fn read(&mut self, now: Micros) {
        if let Some(threads) = host::threads() {
            self.usage.add(now, threads);
        }
        let machine = Machine { at: now, throttled: host::throttled(), processors: host::processor_time() };
        self.machine = Some((self.machine.map_or(machine, |(first, _)| first), machine));
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = self.comes_to();
    }

    /// What was read comes to; a run that was cut short inside its window is read up to here.
    fn ended(mut self) -> Strain {
        let now = self.watched.clock.floor();
        if self.watched.window.phase(now) == Phase::Measured && self.machine.is_some() {
            self.read(now);
        }
        self.comes_to()
    }

    /// What was read so far comes to.
    fn comes_to(&self) -> Strain {
        let used = self.usage.used();
        let processors = host::processors() as f64;
        Strain {
            cpu: used.map(|used| used.cpu),
            process_peak: used.map(|used| used.process_peak / processors),
            thread_peak: used.map(|used| used.thread_peak),
            runq_wait: used.map(|used| used.runq_wait),
            throttled: self.machine.and_then(|(first, last)| last.throttled_since(first)),
            steal: self.machine.and_then(|(first, last)| last.stolen_since(first)),
            ..self.strain
        }
    }
}

impl Machine {
    fn throttled_since(self, first: Self) -> Option<f64> {
        let throttled = self.throttled?.saturating_sub(first.throttled?);
        let length = self.at.checked_sub(first.at).filter(|length| *length > Micros::ZERO)?;
        Some(throttled.get() as f64 / length.get() as f64)
    }

    fn stolen_since(self, first: Self) -> Option<f64> {
        let (last, first) = (self.processors?, first.processors?);
        let total = last.total.checked_sub(first.total).filter(|total| *total > 0)?;
        Some(last.stolen.saturating_sub(first.stolen) as f64 / total as f64)
    }
}

/// Microseconds from the run clock's to the time of day's zero: it stays the same unless somebody sets the clock.
fn offset_of_wall_clock(clock: &RunClock) -> i128 {
    i128::from(time_of_day().as_microsecond()) - i128::from(clock.floor().get())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(at: u64, throttled: Option<u64>, stolen: u64, total: u64) -> Machine {
        let processors = Some(ProcessorTime { stolen, total });
        Machine { at: Micros::from_secs(at), throttled: throttled.map(Micros::from_secs), processors }
    }

    #[test]
    fn shares_of_the_machine_are_of_the_window_alone() {
        let (first, last) = (machine(10, Some(7), 100, 1_000), machine(110, Some(9), 130, 1_300));
        assert_eq!(last.throttled_since(first), Some(0.02));
        assert_eq!(last.stolen_since(first), Some(0.1));
        let unknown = machine(110, None, 130, 1_300);
        assert_eq!(unknown.throttled_since(first), None);
        assert_eq!(first.throttled_since(first), None, "no time has passed");
    }

    /// Keeps every lag.
    #[derive(Default)]
    struct Lags(Mutex<Vec<Micros>>);

    impl SampleSink for Lags {
        fn record(&self, _: &crate::sample::Sample<'_>) {}

        fn loop_lag(&self, _: Micros, lag: Micros) {
            self.0.lock().unwrap().push(lag);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_waking_that_a_busy_thread_missed_has_its_own_lag() {
        let (clock, sink) = (RunClock::start(), Arc::new(Lags::default()));
        let window = Arc::new(MeasuredWindow::default());
        let probe = Arc::new(Probe::default());
        let watched = Watched { clock, window, sink: Arc::clone(&sink) as Arc<_> };
        tokio::spawn(Arc::clone(&probe).run(watched));
        tokio::time::advance(std::time::Duration::from_millis(30)).await;
        // It could not run since the first of them.
        for millis in [0, 10, 20] {
            probe.wake(Micros::from_millis(millis));
        }
        tokio::task::yield_now().await;
        let lags: Vec<u64> = sink.0.lock().unwrap().iter().map(|lag| lag.get() / 1_000).collect();
        assert_eq!(lags, [30, 20, 10]);
    }

    fn readings(window: (u64, u64)) -> Readings {
        let bounds = Arc::new(MeasuredWindow::default());
        bounds.open(Micros::from_millis(window.0), Micros::from_millis(window.1 - window.0));
        let sink = Arc::new(Lags::default());
        Readings::new(Watched { clock: RunClock::start(), window: bounds, sink })
    }

    #[test]
    fn a_tick_that_is_late_inside_the_window_is_a_pause() {
        let mut readings = readings((1_000, 5_000));
        let millis = Micros::from_millis;
        readings.tick(millis(900), millis(500));
        assert_eq!(readings.strain.longest_pause, Micros::ZERO, "before the window");
        readings.tick(millis(2_000), millis(99));
        assert_eq!(readings.strain.paused, Micros::ZERO, "this thread's own wait");
        readings.tick(millis(4_000), millis(1_500));
        readings.tick(millis(5_200), millis(700));
        assert_eq!(readings.strain.longest_pause, millis(1_500));
        assert_eq!(readings.strain.paused, millis(2_200), "the last began inside the window");
    }
}
