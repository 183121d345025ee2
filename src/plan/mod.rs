//! A scenario with every default filled and every contradiction refused.

use crate::sample::StepId;
use crate::scenario::threshold::Threshold;

/// Which requests a rule or a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowId {
    /// All requests of the loop.
    All,
    /// Whole iterations.
    Iteration,
    /// Requests of one step.
    Step(StepId),
}

/// A rule that is known to be judgeable: its step exists, its metric is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// As it was written.
    pub threshold: Threshold,
    /// The row it is judged by.
    pub row: RowId,
}

/// Whose gate a run was judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateOrigin {
    /// The scenario's own rules, or the built-in default.
    Scenario,
    /// A rule was replaced or added on the command line.
    Custom,
}
