//! A run folded once into the figures that are judged and shown.
//!
//! In: the counts of the recorder and the facts of the run. Out: a [`Summary`], immutable, with every figure that
//! `summary.json` carries. Always holds: a figure that does not exist is `None`, never 0.

pub mod caveat;
pub mod confidence;
mod detail;
mod doubts;
mod exact;
mod facts;
mod fold;
mod gather;
mod row;
pub mod strained;

use caveat::{Caveat, Ending};
use confidence::Seconds;
pub use detail::Unlisted;
use doubts::Books;
use facts::Measured;
pub use facts::{
    Calibration, Confidence, Generator, NoIntervals, RunFacts, SHORTEST_FOR_INTERVALS, StageFacts, Target,
    TargetAddress, TargetKind, WindowFacts,
};
pub use gather::{Gathering, Kept};
pub use row::{ExactCounts, FailureRow, FailureTimes, Interval, LimitCount, OpenedCounts, Quantile, Row, TimeBlock};

use crate::histogram::counts::Recording;
use crate::histogram::latency::LatencyHistogram;
use crate::histogram::released::Released;
use crate::histogram::stall::Stalls;
use crate::instrument::Strain;
use crate::plan::{RowId, Terms};
use crate::units::{Micros, Millis};

/// Everything known of a run when it has ended.
#[derive(Clone, Debug)]
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
    /// How long they took, by class, in the classes' order.
    pub failures_by_class: Vec<FailureTimes>,
    /// Reasons to distrust the run.
    pub caveats: Vec<Caveat>,
    /// How sure the figures are.
    pub confidence: Confidence,
    /// The machine that generated the load.
    pub generator: Generator,
    /// Whole iterations, in plans with a scenario of several steps.
    pub iteration: Option<Row>,
    /// One row a group, in the plan's order.
    pub groups: Vec<Row>,
    /// One row a step of on_start and on_stop; they are no part of the totals or the rules.
    pub setup: Vec<Row>,
    /// Failures of on_start and on_stop, most frequent first.
    pub setup_failures: Vec<FailureRow>,
    /// Second by second, ramp-up and drain included; in order.
    pub series: Vec<Interval>,
    /// The gaps of the window; `None` when they could not be followed.
    pub stalls: Option<Stalls>,
    /// The seconds of the window, for intervals: of all requests, and of the rows that rules name.
    pub seconds: Seconds,
    /// The window's length.
    pub length: Option<Micros>,
    /// For how long of the window the generator itself may have stood still.
    pub paused: Micros,
    /// The times of successes by the model's own clock: upper edge of each occupied histogram bucket, and how many lie in it.
    pub distribution: Vec<(Micros, u64)>,
    /// The same of their service times, in an open model; empty in a closed one, whose own clock it is.
    pub service_distribution: Vec<(Micros, u64)>,
}

/// What was counted of a run.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The window's counts.
    pub recording: Recording,
    /// The same second by second.
    pub kept: Kept,
    /// The gaps of the window; `None` in an open model.
    pub stalls: Option<Stalls>,
    /// How the arrivals were handed out; `None` in a closed model.
    pub released: Option<Released>,
    /// How long the threads that measure let a task wait, inside the window.
    pub lag: LatencyHistogram,
}

/// What was observed of a run beside its samples.
#[derive(Clone, Debug)]
pub struct Observed {
    /// What was run, as it is reported.
    pub run: RunFacts,
    /// Against what.
    pub target: Target,
    /// The window as it was, in offsets from the run's start.
    pub window: Option<(Micros, Micros)>,
    /// Whether the run was interrupted from outside.
    pub interrupted: bool,
    /// How the target ended, if it is known to have gone.
    pub target_lost: Option<Ending>,
    /// Users that panicked or never started.
    pub users_lost: u32,
    /// Requests begun, by the users' own count.
    pub requests_started: u64,
    /// Requests ended, by the users' own count.
    pub requests_ended: u64,
    /// How strained the generator was over the window.
    pub strain: Strain,
    /// The feeder that had no row left, which ended the run.
    pub ran_dry: Option<String>,
    /// What is not in the list of samples, where one was written.
    pub unlisted: Option<Unlisted>,
    /// Whether the target runs on the same machine.
    pub co_located: bool,
    /// The machine, and what the harness reached in its calibration.
    pub generator: Generator,
}

impl Summary {
    /// Folds what was counted and observed of a run of these terms.
    #[must_use]
    pub fn fold(terms: &Terms, counted: Counted, observed: Observed) -> Self {
        let Counted { recording, kept: Kept { mut series, mut seconds }, stalls, released, lag } = counted;
        seconds.settle();
        let length = observed.window.and_then(|(open, close)| close.checked_sub(open));
        let mut rows = fold::rows(terms, &recording, length);
        rows.totals.max_gap = stalls.as_ref().map(|stalls| stalls.max_gap.into());
        if let Some(released) = &released {
            // Arrivals are iterations, however many requests each makes.
            rows.totals.arrivals = Some(released.due);
        }
        rows.totals.stalled = stalls.as_ref().and_then(Stalls::at_tightest).map(Millis::from);
        if let Some((open, _)) = observed.window {
            fold::count_from_window(&mut series, open);
        }
        series.sort_by(|a, b| a.start_s.total_cmp(&b.start_s).then(a.phase.cmp(&b.phase)));
        let series = fold::fill_gaps(series, length.unwrap_or(Micros::ZERO));
        let (failures, released) = (&recording.failures, released.as_ref());
        let generator = observed.generator.clone().measured(&Measured {
            strain: &observed.strain,
            lag: &lag,
            late: released.map(|released| &released.lateness),
            requests: rows.totals.requests,
            length,
        });
        let books = Books {
            rows: &rows,
            series: &series,
            seconds: &seconds,
            failures,
            released,
            length,
            generator: &generator,
        };
        let refused = observed.target.refused_addresses();
        let caveats = doubts::find(terms, &observed, &books).into_iter().chain(refused).collect();
        Self {
            interrupted: observed.interrupted,
            run: observed.run,
            target: observed.target,
            totals: rows.totals,
            steps: rows.steps,
            failures: fold::failures(terms, &recording, observed.window.map(|(open, _)| open)),
            failures_by_class: fold::failure_times(&recording),
            caveats,
            confidence: Confidence::of(length),
            generator,
            iteration: rows.iteration,
            groups: rows.groups,
            setup: rows.setup,
            setup_failures: fold::setup_failures(terms, &recording),
            series,
            stalls,
            seconds,
            length,
            paused: observed.strain.paused,
            distribution: rows.distribution,
            service_distribution: rows.service_distribution,
        }
    }

    /// The figures a rule on `row` is judged by.
    #[must_use]
    pub fn row(&self, row: RowId) -> Option<&Row> {
        row::find(row, (&self.totals, &self.steps, self.iteration.as_ref(), &self.groups))
    }
}
