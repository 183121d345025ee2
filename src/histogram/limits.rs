//! Limits of rules that are counted exactly, beside the histograms.
//!
//! In: the plan's rules. Out: which samples are counted against which limit. Always holds: a rule on a percentile is
//! decided by such a count and by nothing else.

use crate::plan::{Plan, RowId, Rule, TimeClock};
use crate::sample::{SampleOf, StepId};
use crate::scenario::threshold::{Limit, Metric, Op, Permille, Threshold};
use crate::units::Micros;

/// A limit that a rule asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitOf {
    /// Which samples it counts.
    pub of: SampleOf,
    /// Which of their times.
    pub clock: TimeClock,
    /// The limit, inclusive.
    pub at_most: Micros,
}

/// Every limit that the rules of `gate` need counted, in a plan of so many steps.
#[must_use]
pub fn of_gate(gate: &[Rule], steps: usize) -> Vec<LimitOf> {
    let steps = (0..).map(StepId).take(steps);
    let samples = |row| match row {
        RowId::Step(step) => vec![SampleOf::Step(step)],
        RowId::Iteration => vec![SampleOf::Iteration],
        RowId::Group(group) => vec![SampleOf::Group(group)],
        RowId::All => steps.clone().map(SampleOf::Step).collect(),
    };
    let mut limits: Vec<LimitOf> = Vec::new();
    for rule in gate {
        let Some(at_most) = rule.threshold.counted_limit() else { continue };
        for of in samples(rule.row) {
            let limit = LimitOf { of, clock: rule.clock, at_most };
            if !limits.contains(&limit) {
                limits.push(limit);
            }
        }
    }
    limits
}

/// The rows beside that of all requests of which a rule asks a figure that has an interval.
#[must_use]
pub fn rows_with_intervals(plan: &Plan) -> Vec<RowId> {
    let rules = plan.gate.iter().filter(|rule| rule.threshold.metric.has_interval());
    let mut rows: Vec<RowId> = rules.map(|rule| rule.row).filter(|row| *row != RowId::All).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

impl Metric {
    /// Whether seconds are kept from which its interval can be computed.
    ///
    /// Extremes, gaps and counts are facts of this run and no estimates. Of the time to first byte the seconds keep
    /// a sum and no distribution.
    #[must_use]
    pub const fn has_interval(self) -> bool {
        match self {
            Self::Tps
            | Self::Throughput
            | Self::Mean(_)
            | Self::MeanAll
            | Self::TtfbMean
            | Self::Percentile(..)
            | Self::SuccessRate
            | Self::ErrorRate => true,
            Self::Min(_) | Self::Max(_) | Self::MaxGap | Self::TtfbPercentile(_) | Self::Failures => false,
        }
    }

    /// The percentile it is.
    #[must_use]
    pub const fn percentile(self) -> Option<Permille> {
        match self {
            Self::Percentile(_, p) | Self::TtfbPercentile(p) => Some(p),
            _ => None,
        }
    }
}

impl Threshold {
    /// The limit, inclusive, at or under which successes are counted to decide a rule on a percentile.
    ///
    /// `p < L` asks for values under L, and `p >= L` is its contrary: both are decided at L minus a microsecond.
    #[must_use]
    pub fn counted_limit(&self) -> Option<Micros> {
        self.metric.percentile()?;
        let Limit::Time(limit) = self.limit else { return None };
        Some(match self.op {
            Op::AtMost | Op::Above => limit,
            Op::Below | Op::AtLeast => limit.saturating_sub(Micros::new(1)),
        })
    }
}
