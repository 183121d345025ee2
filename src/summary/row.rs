//! The figures of a run: of all requests, of one step, of one second.

use serde::Serialize;

use crate::histogram::series::ClassCounts;
use crate::plan::{RowId, TimeClock};
use crate::sample::{FailureClass, Phase};
use crate::scenario::threshold::Permille;
use crate::units::{Micros, Millis, RatePerSec, Ratio};

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
    /// Succeeded of sent; in an open model of all arrivals, sent or not.
    pub success_rate: Option<Ratio>,
    /// Successes per second of the window; in an open model of those that ended inside it.
    pub tps: Option<RatePerSec>,
    /// Whole answers of any kind per second of the window; in an open model of those that ended inside it.
    pub throughput: Option<RatePerSec>,
    /// Mean of all attempts, failures at the time they took.
    pub mean_all: Option<Millis>,
    /// Longest time without a success while users waited.
    pub max_gap: Option<Millis>,
    /// Time in which users waited and nothing succeeded.
    pub stalled: Option<Millis>,
    /// Bytes written.
    pub bytes_sent: Option<u64>,
    /// Bytes read.
    pub bytes_received: Option<u64>,
    /// First action to last byte, of successes.
    pub service_time: TimeBlock,
    /// Intended start to last byte, of successes; open models only.
    pub response_time: Option<TimeBlock>,
    /// The time failures took.
    pub failure_time: TimeBlock,
    /// First action to first byte, of successes.
    pub ttfb: TimeBlock,
    /// Connecting, of requests that opened a connection.
    pub connect: Option<TimeBlock>,
    /// Arrivals due in the window; open models only.
    pub arrivals: Option<u64>,
    /// Arrivals that were never sent; open models only.
    pub unsent: Option<u64>,
    /// Arrivals that found as many waiting as the plan lets wait; open models only, and 0 where it sets no cap.
    pub dropped: Option<u64>,
    /// Requests given up by us when the run was interrupted.
    pub aborted: u64,
    /// Requests that started outside the window.
    pub outside_window: u64,
    /// Redirects followed, inside and outside the window: requests of the wire beside those counted.
    pub redirects: u64,
    /// Exact counts that the rules are decided on.
    #[serde(skip)]
    pub exact: ExactCounts,
}

/// The row that `id` names among the totals, the steps and the iterations.
pub(super) fn find<'a>(
    id: RowId,
    (totals, steps, iteration, groups): (&'a Row, &'a [Row], Option<&'a Row>, &'a [Row]),
) -> Option<&'a Row> {
    match id {
        RowId::All => Some(totals),
        RowId::Iteration => iteration,
        RowId::Group(group) => groups.get(usize::from(group)),
        RowId::Step(step) => steps.get(usize::from(step.0)),
    }
}

/// What the rules are decided on: counts and sums that went through no histogram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExactCounts {
    /// Whole answers of any kind.
    pub answered: u64,
    /// Sum of the service times of successes, in microseconds.
    pub success_sum: u128,
    /// Sum of the response times of successes, in microseconds; open models only.
    pub response_sum: Option<u128>,
    /// Sum of the times failures took by the model's own clock, in microseconds.
    pub failure_sum: u128,
    /// Sum of the times to first byte of successes, in microseconds.
    pub ttfb_sum: u128,
    /// For each limit that a rule of this row asks about: successes at or under it.
    pub at_or_under: Vec<LimitCount>,
    /// For each percentile that a rule of this row asks about: its value over all attempts.
    pub quantiles: Vec<Quantile>,
    /// What requests that opened a connection have of it; `None` where the client cannot tell.
    pub opened: Option<OpenedCounts>,
}

/// Requests that opened a connection; the others used one again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OpenedCounts {
    /// How many there were, however they ended.
    pub requests: u64,
    /// Those that succeeded.
    pub successes: u64,
    /// Sum of the successes' times by the model's own clock, in microseconds.
    pub success_sum: u64,
    /// Successes at or under each limit, as in [`ExactCounts::at_or_under`].
    pub at_or_under: Vec<LimitCount>,
}

/// A percentile over all attempts, a failure lying over every value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantile {
    /// Of which time.
    pub clock: TimeClock,
    /// Which percentile.
    pub p: Permille,
    /// Its value; `None` when it lies among the failures.
    pub value: Option<Micros>,
}

/// How many successes took at most so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitCount {
    /// Which time is counted.
    pub clock: TimeClock,
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
    /// The second of the window in which the first of them ended, from 0; beyond its last second in the drain.
    pub first_second: Option<u32>,
    /// The second in which the last of them ended.
    pub last_second: Option<u32>,
}

/// How long the failures of one class took, of the window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailureTimes {
    /// Why they failed.
    pub class: FailureClass,
    /// The times they took.
    pub failure_time: TimeBlock,
}

/// One second of the run, and the part of a second before the window opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// Which requests it counts, by when they started.
    pub phase: Phase,
    /// Its start in seconds from the window's; negative before the window.
    pub start_s: f64,
    /// Its length in seconds: 1, or less for the last second before the window.
    pub length_s: f64,
    /// Virtual users running at its end.
    pub users: u32,
    /// Successes that ended in it.
    pub successes: u64,
    /// Failures that ended in it.
    pub failures: u64,
    /// The same by class.
    pub classes: ClassCounts,
    /// Sum of its successes' times by the model's own clock, in microseconds.
    pub micros: u64,
    /// Sum of their service times; the same in a closed model.
    pub service_micros: u64,
    /// Median time of its successes by the model's own clock: service time, in an open model response time.
    pub p50: Option<Millis>,
    /// 95th percentile of the same.
    pub p95: Option<Millis>,
    /// 99th percentile of the same.
    pub p99: Option<Millis>,
}

impl Row {
    /// The times by the model's own clock: response times in an open model, service times in a closed one.
    #[must_use]
    pub fn model_time(&self) -> &TimeBlock {
        self.response_time.as_ref().unwrap_or(&self.service_time)
    }

    /// Arrivals that no request was made of: never sent, or dropped. 0 in a closed model.
    #[must_use]
    pub fn never_sent(&self) -> u64 {
        self.unsent.unwrap_or(0) + self.dropped.unwrap_or(0)
    }

    /// Attempts that failed: requests, and arrivals that were never sent.
    #[must_use]
    pub fn failed_attempts(&self) -> u64 {
        self.failures + self.never_sent()
    }

    /// What the rules count over: requests, and arrivals that were never sent.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.requests + self.never_sent()
    }
}

impl Interval {
    /// A second in which nothing ended.
    pub(super) fn empty(phase: Phase) -> Self {
        Self {
            phase,
            start_s: 0.0,
            length_s: 1.0,
            users: 0,
            successes: 0,
            failures: 0,
            classes: ClassCounts::default(),
            micros: 0,
            service_micros: 0,
            p50: None,
            p95: None,
            p99: None,
        }
    }
}
