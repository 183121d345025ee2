//! Judging: a pure function from a summary and its rules to a verdict.
//!
//! In: a [`Summary`](crate::summary::Summary), the plan's rules, and what outside witnesses saw. Out: a [`Verdict`] with every rule's result.
//! Always holds: a rule without enough data never passes, and a run whose books do not balance never passes.

pub mod acceptance;
pub mod audit;
pub mod explain;
mod intervals;
mod judge;
mod money;
mod share;

use serde::{Serialize, Serializer};

pub use intervals::IntervalNote;
pub use judge::{judge, judge_with};

use crate::acceptance::evidence::Evidence;
use crate::plan::GateOrigin;
use crate::scenario::threshold::Dimension;

/// How one rule ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleVerdict {
    /// It holds.
    Pass,
    /// It holds, closely.
    Marginal,
    /// It does not hold.
    Fail,
    /// It does not hold, and the generator's own share could be why.
    Unproven,
    /// Too little was measured to tell.
    NoData,
}

/// How the run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunVerdict {
    /// Every rule holds and the books balance.
    Pass,
    /// A rule does not hold.
    Fail,
    /// The run proves nothing.
    Invalid,
}

/// One rule's result, as `summary.json` carries it. Times in milliseconds, rates per second, shares as fractions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleResult {
    /// The rule as it was written.
    pub rule: String,
    /// Its metric.
    pub metric: String,
    /// Its step, `iteration`, or `None` for all requests.
    pub step: Option<String>,
    /// Its comparison.
    pub op: String,
    /// Its limit.
    pub limit: f64,
    /// What was measured.
    pub observed: Option<f64>,
    /// Lower end of the 95 % interval.
    pub ci_low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub ci_high: Option<f64>,
    /// Why an end is missing in a window that is long enough for intervals; in English.
    #[serde(serialize_with = "in_words")]
    pub ci_note: Option<IntervalNote>,
    /// Whether the limit is as near as the figure's own uncertainty.
    pub close: bool,
    /// The instrument's own share of the figure.
    pub instrument_share_ms: Option<f64>,
    /// How it ended.
    pub verdict: RuleVerdict,
    /// Which unit the limit and the observed value are in.
    #[serde(skip)]
    pub dimension: Dimension,
}

/// What the gate says of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// How the run ended.
    pub run: RunVerdict,
    /// Every rule's result, in the gate's order.
    pub rules: Vec<RuleResult>,
    /// Whose gate it was.
    pub gate: GateOrigin,
    /// What outside witnesses saw.
    #[serde(skip)]
    pub evidence: Vec<Evidence>,
}

/// A note as other programs read it.
#[allow(clippy::ref_option, reason = "what serde passes")]
fn in_words<S: Serializer>(note: &Option<IntervalNote>, serializer: S) -> Result<S::Ok, S::Error> {
    match note {
        Some(note) => serializer.collect_str(note),
        None => serializer.serialize_none(),
    }
}
