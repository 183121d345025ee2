//! What a recorder is to count.
//!
//! In: a [`Plan`]. Out: [`RecorderOptions`]. Always holds: every rule of the plan can be judged by what is counted.

use crate::histogram::limits::{self, LimitOf};
use crate::plan::profile::Profile;
use crate::plan::{Plan, RowId};
use crate::scenario::secret::Masker;
use crate::units::Micros;

/// What is to be counted.
#[derive(Clone, Debug)]
pub struct RecorderOptions {
    /// Number of steps in the plan.
    pub steps: usize,
    /// Number of groups in the plan.
    pub groups: usize,
    /// Number of steps of on_start and on_stop.
    pub setup: usize,
    /// Whether whole iterations are recorded apart.
    pub iterations: bool,
    /// Highest value of the histograms: timeout + 10 s.
    pub top: Micros,
    /// Limits of rules, each counted exactly.
    pub limits: Vec<LimitOf>,
    /// The gate's tightest limit on a time.
    pub tightest: Option<Micros>,
    /// Threads that will record.
    pub shards: usize,
    /// Virtual users.
    pub users: u32,
    /// Users over the window, where they change.
    pub stages: Option<Profile>,
    /// A request's longest time.
    pub timeout: Micros,
    /// Whether the model is an open one, which has response times and no stalls.
    pub open: bool,
    /// Rows that are kept second by second beside that of all requests.
    pub rows: Vec<RowId>,
    /// Takes secrets out of what failures say.
    pub masker: Masker,
}

/// What a recording has rows of.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) steps: usize,
    pub(super) groups: usize,
    pub(super) setup: usize,
    /// Whether whole iterations are recorded apart.
    pub(super) iterations: bool,
    /// Highest value of the histograms.
    pub(super) top: Micros,
    /// Whether there are response times.
    pub(super) open: bool,
}

impl RecorderOptions {
    /// What the rules and steps of `plan` need counted, by `shards` threads.
    #[must_use]
    pub fn for_plan(plan: &Plan, shards: usize) -> Self {
        let limits = limits::of_gate(&plan.gate, plan.steps.len());
        Self {
            steps: plan.steps.len(),
            groups: plan.groups.len(),
            setup: plan.setup.len(),
            iterations: plan.records_iterations(),
            top: plan.longest_measured(),
            limits,
            shards,
            users: plan.load.users,
            tightest: plan.tightest_latency(),
            stages: plan.load.stages.clone(),
            timeout: plan.longest_timeout(),
            open: plan.load.arrivals.is_some(),
            rows: limits::rows_with_intervals(plan),
            masker: plan.masker.clone(),
        }
    }
}
