//! A run folded once into the figures that are judged and shown.
//!
//! In: the counts of the recorder and the facts of the run. Out: a [`Summary`], immutable, with every figure that
//! `summary.json` carries. Always holds: a figure that does not exist is `None`, never 0.

pub mod caveat;

use serde::Serialize;

pub use crate::histogram::recorder::LimitClock;
use crate::plan::RowId;
use crate::sample::{FailureClass, Phase};
use crate::units::{Micros, Millis, RatePerSec, Ratio};
use caveat::Caveat;

/// Everything known of a run when it has ended.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// What was run.
    pub run: RunFacts,
    /// Against what.
    pub target: Target,
    /// All requests of the loop.
    pub totals: Row,
    /// One row a step, in the plan's order.
    pub steps: Vec<Row>,
    /// Failures of the window, most frequent first.
    pub failures: Vec<FailureRow>,
    /// Reasons to distrust the run.
    pub caveats: Vec<Caveat>,
    /// How sure the figures are.
    pub confidence: Confidence,
    /// The machine that generated the load.
    pub generator: Generator,
    /// Whole iterations, in plans with a scenario of several steps.
    #[serde(skip)]
    pub iteration: Option<Row>,
    /// Second by second, ramp-up and drain included.
    #[serde(skip)]
    pub series: Vec<Interval>,
    /// The service times of successes: upper edge of each occupied histogram bucket, and how many lie in it.
    #[serde(skip)]
    pub distribution: Vec<(Micros, u64)>,
}

/// What was run. Times of day are RFC 3339 in UTC.
#[derive(Clone, Debug, Serialize)]
pub struct RunFacts {
    /// Names the run: the UTC time it started, and its seed.
    pub id: String,
    /// Name of the scenario file.
    pub scenario: String,
    /// The command that repeats it.
    pub command: String,
    /// What every random choice came from.
    pub seed: u64,
    /// `closed` or `open`.
    pub model: &'static str,
    /// Virtual users.
    pub users: u32,
    /// Offered arrivals per second, in an open model.
    pub rate: Option<RatePerSec>,
    /// Ramp-up in seconds.
    pub ramp_up_s: f64,
    /// Warm-up in seconds.
    pub warm_up_s: f64,
    /// Planned length of the window in seconds.
    pub run_time_s: f64,
    /// When the first user was started.
    pub started_at: String,
    /// When the last request had ended.
    pub ended_at: String,
    /// The measured window.
    pub window: WindowFacts,
}

/// The measured window as it was. All `None` when the run ended before it opened.
#[derive(Clone, Debug, Serialize)]
pub struct WindowFacts {
    /// When it opened.
    pub start: Option<String>,
    /// When it closed.
    pub end: Option<String>,
    /// How long it was, to the microsecond.
    pub seconds: Option<f64>,
}

/// What was tested.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// Scheme, host, port and base path.
    pub url: String,
    /// Who runs it.
    pub kind: TargetKind,
}

/// Who runs the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A service of the user's.
    External,
    /// Tollgate's own reference service: a demonstration.
    Embedded,
}

/// The figures of all requests, or of one step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The step's name; absent in the totals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Requests sent in the window: succeeded + failed + aborted.
    pub requests: u64,
    /// Whole answers in time, of the expected status, every check holding.
    pub successes: u64,
    /// Requests that ended otherwise.
    pub failures: u64,
    /// Succeeded of sent.
    pub success_rate: Option<Ratio>,
    /// Successes per second of the window.
    pub tps: Option<RatePerSec>,
    /// Whole answers of any kind per second of the window.
    pub throughput: Option<RatePerSec>,
    /// Mean of all attempts, failures at the time they took.
    pub mean_all: Option<Millis>,
    /// Longest time without a success while users waited.
    pub max_gap: Option<Millis>,
    /// Time in which users waited and nothing succeeded.
    pub stalled: Option<Millis>,
    /// Bytes written.
    pub bytes_sent: u64,
    /// Bytes read.
    pub bytes_received: u64,
    /// First action to last byte, of successes.
    pub service_time: TimeBlock,
    /// Intended start to last byte, of successes; open models only.
    pub response_time: Option<TimeBlock>,
    /// The time failures took.
    pub failure_time: TimeBlock,
    /// First action to first byte, of successes.
    pub ttfb: TimeBlock,
    /// Connecting, of requests that opened a connection.
    pub connect: TimeBlock,
    /// Arrivals offered; open models only.
    pub arrivals: Option<u64>,
    /// Arrivals that were never sent; open models only.
    pub unsent: Option<u64>,
    /// Arrivals given up at an explicit cap; open models only.
    pub dropped: Option<u64>,
    /// Requests given up by us when the run was interrupted.
    pub aborted: u64,
    /// Requests that started outside the window.
    pub outside_window: u64,
    /// Exact counts that the rules are decided on.
    #[serde(skip)]
    pub exact: ExactCounts,
}

/// What the rules are decided on: counts and sums that went through no histogram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExactCounts {
    /// Whole answers of any kind.
    pub answered: u64,
    /// Sum of the service times of successes, in microseconds.
    pub success_sum: u128,
    /// Sum of the times failures took, in microseconds.
    pub failure_sum: u128,
    /// Sum of the times to first byte of successes, in microseconds.
    pub ttfb_sum: u128,
    /// For each limit that a rule of this row asks about: successes at or under it.
    pub at_or_under: Vec<LimitCount>,
}

/// How many successes took at most so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitCount {
    /// Which time is counted.
    pub clock: LimitClock,
    /// The limit, inclusive.
    pub at_most: Micros,
    /// Successes at or under it.
    pub count: u64,
}

/// The distribution of one kind of time. `None` where there is no value.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TimeBlock {
    /// How many values.
    pub count: u64,
    /// Exact arithmetic mean.
    pub mean: Option<Millis>,
    /// Exact minimum.
    pub min: Option<Millis>,
    /// Exact maximum.
    pub max: Option<Millis>,
    /// Exact standard deviation of the population.
    pub stddev: Option<Millis>,
    /// Median, nearest rank, 3 significant digits.
    pub p50: Option<Millis>,
    /// 90th percentile.
    pub p90: Option<Millis>,
    /// 95th percentile.
    pub p95: Option<Millis>,
    /// 99th percentile.
    pub p99: Option<Millis>,
    /// 99.9th percentile.
    pub p999: Option<Millis>,
}

/// Failures of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailureRow {
    /// Why they failed.
    pub class: FailureClass,
    /// Where.
    pub step: String,
    /// HTTP status, when an answer was read.
    pub status: Option<u16>,
    /// The envelope's own code, when the answer carries one.
    pub code: Option<i64>,
    /// What the first of them said.
    pub message: String,
    /// How many.
    pub count: u64,
}

/// How sure the figures are.
#[derive(Clone, Debug, Serialize)]
pub struct Confidence {
    /// The estimator.
    pub method: Option<&'static str>,
    /// Its degrees of freedom.
    pub nu: Option<u32>,
    /// Whether there are intervals.
    pub available: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// The machine that generated the load. A source that cannot be read is `None`, never 0.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Generator {
    /// CPU microseconds of the process per request, over the window.
    pub cpu_us_per_request: Option<f64>,
    /// CPU time of the process as a fraction of what it may use, over the window.
    pub cpu_fraction: Option<f64>,
    /// Highest CPU fraction of a measuring thread.
    pub thread_cpu_max: Option<f64>,
    /// Share of the window a measuring thread waited to run.
    pub runq_wait: Option<f64>,
    /// Share of the window the cgroup was throttled.
    pub throttled: Option<f64>,
    /// Share of CPU time taken by the hypervisor.
    pub steal: Option<f64>,
    /// Mean lag of the event loop.
    pub loop_lag_mean: Option<Millis>,
    /// 99th percentile of the lag of the event loop.
    pub loop_lag_p99: Option<Millis>,
    /// 99th percentile of the pacer's lateness.
    pub pacer_late_p99: Option<Millis>,
    /// Share of the users' time that no account explains.
    pub user_time_unaccounted: Option<f64>,
    /// What the harness reaches against a null server.
    pub calibration: Option<Calibration>,
    /// Tollgate's version.
    pub version: &'static str,
    /// Host name.
    pub host: Option<String>,
    /// Processors the process may use.
    pub cpus: Option<u32>,
    /// Memory of the machine in bytes.
    pub memory: Option<u64>,
}

/// What the harness reaches against a null server.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Calibration {
    /// Its ceiling.
    pub tps: RatePerSec,
    /// Its floor.
    pub p95: Millis,
}

/// One second of the run, and the part of a second before the window opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// Which requests it counts, by when they started.
    pub phase: Phase,
    /// Its start in seconds from the window's; negative before the window.
    pub start_s: f64,
    /// Its length in seconds: 1, or less for the last second of the ramp and warm-up, and of an interrupted run.
    pub length_s: f64,
    /// Virtual users running at its end.
    pub users: u32,
    /// Successes that ended in it.
    pub successes: u64,
    /// Failures that ended in it.
    pub failures: u64,
    /// Whole answers of any kind that ended in it.
    pub answered: u64,
    /// Median service time of its successes.
    pub p50: Option<Millis>,
    /// 95th percentile of its successes.
    pub p95: Option<Millis>,
    /// 99th percentile of its successes.
    pub p99: Option<Millis>,
}

impl Summary {
    /// The figures a rule on `row` is judged by.
    #[must_use]
    pub fn row(&self, row: RowId) -> Option<&Row> {
        match row {
            RowId::All => Some(&self.totals),
            RowId::Iteration => self.iteration.as_ref(),
            RowId::Step(step) => self.steps.get(usize::from(step.0)),
        }
    }
}
