//! The interval of the figure each rule is about.
//!
//! In: the seconds of a summary. Out: a [`Spread`] for a rule. Always holds: the times of a row are merged once,
//! however many rules it has; in a window that is long enough an interval that is missing says why.

use std::fmt;

use crate::plan::{RowId, Rule, Terms, TimeClock};
use crate::scenario::threshold::Metric;
use crate::summary::Summary;
use crate::summary::confidence::{ConfidenceInterval, Ended, Episodes, Intervals};

/// Why an interval, or one end of it, is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalNote {
    /// Failures came in so few seconds that they are told one by one.
    Episodes(Episodes),
    /// Nothing failed: the one end takes attempts to be independent.
    NoFailure,
    /// An extreme of this run says little of the next.
    Extreme,
    /// A count of this run; its share has an interval.
    Count,
    /// Seconds keep the distribution of one clock, and this is not it.
    OtherClock,
    /// Arrivals that were never sent are in no second.
    Unsent,
    /// The percentile lies among the failures, which are over every value.
    AmongFailures,
    /// No attempt was counted.
    NothingMeasured,
}

impl fmt::Display for IntervalNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: u64| if n == 1 { "" } else { "s" };
        f.write_str(match self {
            Self::Episodes(Episodes { failures, seconds }) => {
                let seconds_of = plural(u64::try_from(*seconds).unwrap_or(u64::MAX));
                return write!(f, "{failures} failure{} in {seconds} second{seconds_of}", plural(*failures));
            }
            Self::NoFailure => "if independent",
            Self::Extreme => "none: an extreme",
            Self::Count => "none: a count",
            Self::OtherClock => "none: another clock",
            Self::Unsent => "none: arrivals never sent",
            Self::AmongFailures => "none: among failures",
            Self::NothingMeasured => "none: nothing measured",
        })
    }
}

/// How sure the figure of a rule is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Spread {
    pub(super) interval: Option<ConfidenceInterval>,
    /// Why it is missing, or one end of it; `None` in a window under 60 s, whose length is the reason for all.
    pub(super) note: Option<IntervalNote>,
}

/// The intervals of every row that a rule is about.
pub(super) struct RowIntervals<'a> {
    summary: &'a Summary,
    rows: Vec<(RowId, Intervals<'a>)>,
}

impl<'a> RowIntervals<'a> {
    pub(super) fn of(summary: &'a Summary, terms: &Terms) -> Self {
        let mut ids: Vec<RowId> = terms.gate.iter().map(|rule| rule.row).collect();
        ids.sort_unstable();
        ids.dedup();
        // None where the window is too short for any interval.
        let intervals = |id| Some((id, Intervals::of(summary.seconds.row(id), summary.length).ok()?));
        Self { summary, rows: ids.into_iter().filter_map(intervals).collect() }
    }

    /// The 95 % interval of the figure a rule is about, or why there is none.
    pub(super) fn of_rule(&self, rule: &Rule) -> Spread {
        let Some((_, row)) = self.rows.iter().find(|(id, _)| *id == rule.row) else { return Spread::default() };
        if self.summary.row(rule.row).is_none_or(|row| row.attempts() == 0) {
            return Spread { interval: None, note: Some(IntervalNote::NothingMeasured) };
        }
        let interval = self.interval(rule, row);
        let note = interval.err().or_else(|| Self::note_on(rule, interval.ok()?));
        Spread { interval: interval.ok(), note }
    }

    fn interval(&self, rule: &Rule, row: &Intervals<'_>) -> Result<ConfidenceInterval, IntervalNote> {
        let open = self.summary.totals.response_time.is_some();
        // Seconds keep one time, by the model's own clock.
        let other_clock = open && rule.clock == TimeClock::Service;
        // An arrival that was never sent is an attempt, and no second knows of it.
        let unsent = self.summary.row(rule.row).is_some_and(|row| row.never_sent() > 0);
        let ended = if open { Ended::Inside } else { Ended::Whenever };
        let nothing = IntervalNote::NothingMeasured;
        let success_rate = || {
            let few = || row.episodes().map_or(nothing, IntervalNote::Episodes);
            row.success_rate().ok_or_else(few)
        };
        match rule.threshold.metric {
            Metric::Tps => row.tps(ended).ok_or(nothing),
            Metric::Throughput => row.throughput(ended).ok_or(nothing),
            Metric::TtfbMean => row.ttfb_mean().ok_or(nothing),
            Metric::MeanAll => row.mean_all().ok_or(nothing),
            Metric::Mean(_) | Metric::Percentile(..) if other_clock => Err(IntervalNote::OtherClock),
            Metric::Mean(_) => row.mean().ok_or(nothing),
            Metric::Percentile(..) | Metric::SuccessRate | Metric::ErrorRate if unsent => Err(IntervalNote::Unsent),
            Metric::Percentile(_, p) => row.percentile(p).ok_or(IntervalNote::AmongFailures),
            Metric::SuccessRate => success_rate(),
            Metric::ErrorRate => success_rate().map(contrary),
            Metric::TtfbPercentile(_) => Err(IntervalNote::OtherClock),
            Metric::Min(_) | Metric::Max(_) | Metric::MaxGap => Err(IntervalNote::Extreme),
            Metric::Failures => Err(IntervalNote::Count),
        }
    }

    /// A share without a failure has one end only.
    fn note_on(rule: &Rule, interval: ConfidenceInterval) -> Option<IntervalNote> {
        let share = matches!(rule.threshold.metric, Metric::SuccessRate | Metric::ErrorRate);
        (share && (interval.low.is_none() || interval.high.is_none())).then_some(IntervalNote::NoFailure)
    }
}

/// The interval of one minus a share.
fn contrary(share: ConfidenceInterval) -> ConfidenceInterval {
    ConfidenceInterval { low: share.high.map(|high| 1.0 - high), high: share.low.map(|low| 1.0 - low) }
}
