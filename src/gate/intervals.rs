//! The interval of the figure each rule is about.
//!
//! In: the seconds of a summary. Out: an interval for a rule, or `None` where there is none to give. Always holds: the
//! seconds of a row are gathered once, however many rules it has.

use crate::plan::{Plan, RowId, Rule, TimeClock};
use crate::scenario::threshold::Metric;
use crate::summary::Summary;
use crate::summary::confidence::{ConfidenceInterval, Intervals, SecondRecord};
use crate::units::Micros;

/// The intervals of every row that a rule is about.
pub(super) struct RowIntervals<'a> {
    summary: &'a Summary,
    rows: Vec<(RowId, Row<'a>)>,
}

/// The intervals of one row.
struct Row<'a> {
    all: Intervals<'a>,
    /// Without what was worked off behind the window: what a rate of an open model is.
    inside: Intervals<'a>,
}

impl<'a> RowIntervals<'a> {
    pub(super) fn of(summary: &'a Summary, plan: &Plan) -> Self {
        let mut ids: Vec<RowId> = plan.gate.iter().map(|rule| rule.row).collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = ids.into_iter().filter_map(|id| Some((id, Row::of(summary, id)?))).collect();
        Self { summary, rows }
    }

    /// The 95 % interval of the figure a rule is about.
    pub(super) fn interval(&self, rule: &Rule) -> Option<ConfidenceInterval> {
        let (_, row) = self.rows.iter().find(|(id, _)| *id == rule.row)?;
        let open = self.summary.totals.response_time.is_some();
        // Seconds keep one time, by the model's own clock.
        let other_clock = open && rule.clock == TimeClock::Service;
        // An arrival that was never sent is an attempt, and no second knows of it.
        let unsent = self.summary.row(rule.row).and_then(|row| row.unsent).is_some_and(|unsent| unsent > 0);
        let rates = if open { &row.inside } else { &row.all };
        match rule.threshold.metric {
            Metric::Tps => rates.tps(),
            Metric::Throughput => rates.throughput(),
            Metric::TtfbMean => row.all.ttfb_mean(),
            Metric::MeanAll => row.all.mean_all(),
            Metric::Mean(_) if !other_clock => row.all.mean(),
            Metric::Percentile(_, p) if !other_clock && !unsent => row.all.percentile(p),
            Metric::SuccessRate if !unsent => row.all.success_rate(),
            Metric::ErrorRate if !unsent => row.all.success_rate().map(contrary),
            _ => None,
        }
    }
}

impl<'a> Row<'a> {
    /// `None` where the window is too short for any interval.
    fn of(summary: &'a Summary, id: RowId) -> Option<Self> {
        let length = summary.length?.get().div_ceil(Micros::SECOND.get());
        let of_row = || summary.seconds.iter().filter(move |second| second.row == id);
        let inside = |second: &&SecondRecord| u64::from(second.second) < length;
        Some(Self {
            all: Intervals::of(of_row(), summary.length).ok()?,
            inside: Intervals::of(of_row().filter(inside), summary.length).ok()?,
        })
    }
}

/// The interval of one minus a share.
fn contrary(share: ConfidenceInterval) -> ConfidenceInterval {
    ConfidenceInterval { low: share.high.map(|high| 1.0 - high), high: share.low.map(|low| 1.0 - low) }
}
