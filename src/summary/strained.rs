//! Signs that the generator was strained, so that what was measured is worse than what the service did.
//!
//! In: the generator's figures and the plan's limits. Out: every sign that stands. Always holds: such a sign makes
//! figures look worse and never better, so it alone voids no pass; a figure that could not be read is no sign, and is
//! told of as unknown.
//!
//! The thresholds are judgement, held against twenty runs of the main job on a busy machine of two cores
//! (`docs/performance.md`).

use crate::plan::Terms;
use crate::summary::{Calibration, Generator};
use crate::units::{Micros, Millis, RatePerSec};

/// A measuring thread that used more than this of its processor had no time to measure.
const BUSY_THREAD: f64 = 0.9;
/// A process that used more than this of its processors had none to spare.
const BUSY_PROCESS: f64 = 0.8;
/// The longest share of the window that a measuring thread may wait for a processor.
const MOST_WAITED: f64 = 0.2;
/// The longest share of the window that a quota may keep the process from its processors.
const MOST_THROTTLED: f64 = 0.01;
/// The largest share of the processors' time that a hypervisor may take.
const MOST_STOLEN: f64 = 0.05;
/// The longest the monitor may be late.
const LONGEST_PAUSE: Micros = Micros::SECOND;
/// The largest share of the users' time without an account, and the share that is worth a warning.
const UNACCOUNTED: (f64, f64) = (0.05, 0.02);
/// A lag under this is never a sign, however tight the limits are.
const LEAST_LAG: f64 = 5.0;
/// The share of the tightest latency limit that a lag may have.
const LAG_OF_LIMIT: f64 = 0.1;
/// The share of the tightest latency limit that the harness may need itself, and the share that is worth a warning.
const FLOOR: (f64, f64) = (0.8, 0.5);
/// How many times the rate asked for the harness must reach, and what is worth a warning.
const CEILING: (f64, f64) = (1.25, 2.0);

/// One sign, with its figures. Shares are fractions.
#[derive(Clone, Debug, PartialEq)]
pub enum Strained {
    /// Answers waited for the event loop.
    LoopLag {
        /// 99th percentile of the wait.
        p99: Millis,
        /// What it may be.
        limit: Millis,
    },
    /// Arrivals were handed out late.
    PacerLate {
        /// 99th percentile of the lateness.
        p99: Millis,
        /// What it may be.
        limit: Millis,
    },
    /// The generator used up its processors.
    GeneratorCpu {
        /// Highest share of a processor that a measuring thread used over ten seconds.
        thread: f64,
        /// Highest share of its processors that the process used over ten seconds.
        process: f64,
    },
    /// A measuring thread waited for a processor.
    RunqWait {
        /// Share of the window.
        share: f64,
    },
    /// A quota kept the process from its processors.
    Throttled {
        /// Share of the window.
        share: f64,
    },
    /// A hypervisor took the processors.
    Steal {
        /// Share of their time.
        share: f64,
    },
    /// The whole process stood still.
    Paused {
        /// For how long.
        longest: Micros,
    },
    /// Users' time that no account explains.
    UserTime {
        /// Share of it.
        share: f64,
    },
    /// The harness itself is not far from a limit.
    Calibration {
        /// What it reached against a null server.
        reached: Calibration,
        /// Whether it is near, or not even a factor of two away.
        near: bool,
    },
}

impl Strained {
    /// The identifier that other programs read.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::LoopLag { .. } => "loop_lag",
            Self::PacerLate { .. } => "pacer_late",
            Self::GeneratorCpu { .. } => "generator_cpu",
            Self::RunqWait { .. } => "runq_wait",
            Self::Throttled { .. } => "throttled",
            Self::Steal { .. } => "steal",
            Self::Paused { .. } => "paused",
            Self::UserTime { .. } => "user_time",
            Self::Calibration { .. } => "calibration",
        }
    }

    /// Whether it is only worth a warning.
    #[must_use]
    pub fn is_slight(&self) -> bool {
        match self {
            Self::UserTime { share } => *share <= UNACCOUNTED.0,
            Self::Calibration { near, .. } => !near,
            _ => false,
        }
    }

    /// The figure behind it: milliseconds, a share, seconds, or a rate, as its identifier implies.
    #[must_use]
    pub fn observed(&self) -> f64 {
        match self {
            Self::LoopLag { p99, .. } | Self::PacerLate { p99, .. } => p99.get(),
            Self::GeneratorCpu { thread, process } => thread.max(*process),
            Self::RunqWait { share } | Self::Throttled { share } | Self::Steal { share } | Self::UserTime { share } => {
                *share
            }
            Self::Paused { longest } => longest.as_secs_f64(),
            Self::Calibration { reached, .. } => reached.tps.get(),
        }
    }
}

/// Every sign that stands.
pub(super) fn find(terms: &Terms, generator: &Generator, longest_pause: Micros) -> Vec<Strained> {
    let tightest = terms.tightest_latency().map(Millis::from);
    let limit = Millis::new(tightest.map_or(LEAST_LAG, |limit| (limit.get() * LAG_OF_LIMIT).max(LEAST_LAG)));
    let late = |p99: Option<Millis>| p99.filter(|p99| p99.get() > limit.get());
    let over = |share: Option<f64>, most: f64| share.filter(|share| *share > most);
    let (thread, process) = (generator.thread_cpu_max.unwrap_or(0.0), generator.process_cpu_max.unwrap_or(0.0));
    let busy = thread > BUSY_THREAD || process > BUSY_PROCESS;
    [
        late(generator.loop_lag_p99).map(|p99| Strained::LoopLag { p99, limit }),
        late(generator.pacer_late_p99).map(|p99| Strained::PacerLate { p99, limit }),
        busy.then_some(Strained::GeneratorCpu { thread, process }),
        over(generator.runq_wait, MOST_WAITED).map(|share| Strained::RunqWait { share }),
        over(generator.throttled, MOST_THROTTLED).map(|share| Strained::Throttled { share }),
        over(generator.steal, MOST_STOLEN).map(|share| Strained::Steal { share }),
        (longest_pause > LONGEST_PAUSE).then_some(Strained::Paused { longest: longest_pause }),
        over(generator.user_time_unaccounted, UNACCOUNTED.1).map(|share| Strained::UserTime { share }),
        generator.calibration.and_then(|reached| near_its_limits(reached, tightest, rate_asked(terms))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn near_its_limits(reached: Calibration, latency: Option<Millis>, rate: Option<RatePerSec>) -> Option<Strained> {
    let floor = |share: f64| latency.is_some_and(|limit| reached.p95.get() > share * limit.get());
    let ceiling = |times: f64| rate.is_some_and(|limit| reached.tps.get() < times * limit.get());
    let near = floor(FLOOR.0) || ceiling(CEILING.0);
    (near || floor(FLOOR.1) || ceiling(CEILING.1)).then_some(Strained::Calibration { reached, near })
}

/// The highest rate that a rule asks for at least.
fn rate_asked(terms: &Terms) -> Option<RatePerSec> {
    let rates = terms.gate.iter().filter_map(|rule| rule.threshold.least_rate());
    rates.max_by(f64::total_cmp).and_then(RatePerSec::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Overrides;
    use crate::plan::tests::{ONE_STEP, resolve};

    fn signs(change: impl FnOnce(&mut Generator), pause: Micros) -> Vec<(&'static str, bool)> {
        let plan = resolve(ONE_STEP, &Overrides::default()).unwrap();
        let mut generator = Generator::default();
        change(&mut generator);
        find(&plan.terms(), &generator, pause).iter().map(|sign| (sign.id(), sign.is_slight())).collect()
    }

    fn sign(change: impl FnOnce(&mut Generator)) -> Vec<(&'static str, bool)> {
        signs(change, Micros::ZERO)
    }

    #[test]
    fn each_sign_stands_over_its_threshold_and_not_at_it() {
        let ms = |millis| Some(Millis::new(millis));
        // A tenth of the tightest limit, mean<=50ms, is the least lag there is.
        assert_eq!(sign(|g| g.loop_lag_p99 = ms(5.001)), [("loop_lag", false)]);
        assert_eq!(sign(|g| g.loop_lag_p99 = ms(5.0)), []);
        assert_eq!(sign(|g| g.pacer_late_p99 = ms(5.001)), [("pacer_late", false)]);
        assert_eq!(sign(|g| g.pacer_late_p99 = ms(5.0)), []);
        assert_eq!(sign(|g| g.thread_cpu_max = Some(0.91)), [("generator_cpu", false)]);
        assert_eq!(sign(|g| g.thread_cpu_max = Some(0.9)), []);
        assert_eq!(sign(|g| g.process_cpu_max = Some(0.81)), [("generator_cpu", false)]);
        assert_eq!(sign(|g| g.process_cpu_max = Some(0.8)), []);
        assert_eq!(sign(|g| g.runq_wait = Some(0.21)), [("runq_wait", false)]);
        assert_eq!(sign(|g| g.runq_wait = Some(0.2)), []);
        assert_eq!(sign(|g| g.throttled = Some(0.011)), [("throttled", false)]);
        assert_eq!(sign(|g| g.throttled = Some(0.01)), []);
        assert_eq!(sign(|g| g.steal = Some(0.051)), [("steal", false)]);
        assert_eq!(sign(|g| g.steal = Some(0.05)), []);
        assert_eq!(sign(|g| g.user_time_unaccounted = Some(0.051)), [("user_time", false)]);
        assert_eq!(sign(|g| g.user_time_unaccounted = Some(0.05)), [("user_time", true)], "a warning");
        assert_eq!(sign(|g| g.user_time_unaccounted = Some(0.02)), []);
        assert_eq!(signs(|_| {}, Micros::new(1_000_001)), [("paused", false)]);
        assert_eq!(signs(|_| {}, Micros::SECOND), []);
    }

    #[test]
    fn a_harness_near_a_limit_is_a_sign_and_one_within_a_factor_of_two_a_warning() {
        let reached = |tps, p95| RatePerSec::new(tps).map(|tps| Calibration { tps, p95: Millis::new(p95) });
        assert_eq!(sign(|g| g.calibration = reached(2_000.0, 25.0)), [], "tps>=1000, mean<=50ms");
        assert_eq!(sign(|g| g.calibration = reached(1_999.0, 1.0)), [("calibration", true)]);
        assert_eq!(sign(|g| g.calibration = reached(1_249.0, 1.0)), [("calibration", false)]);
        assert_eq!(sign(|g| g.calibration = reached(9_999.0, 25.1)), [("calibration", true)]);
        assert_eq!(sign(|g| g.calibration = reached(9_999.0, 40.1)), [("calibration", false)]);
    }
}
