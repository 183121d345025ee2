//! Why a rule failed: the seconds, steps, outcomes and connections that contribute most, each with its share.
//!
//! In: a summary and the result of a rule that does not hold. Out: an [`Explanation`]. Always holds: shares lie in
//! `[0, 1]` and are of what the rule counts; a way that was not counted is left out, never guessed; nothing here
//! changes a verdict.

mod counted;
mod rate;
mod spans;
mod time;

use crate::gate::{RuleResult, RuleVerdict};
use crate::plan::{RowId, TimeClock};
use crate::sample::{FailureClass, StepId};
use crate::scenario::threshold::{Clock, Metric, Op, Threshold};
use crate::summary::caveat::Caveat;
use crate::summary::confidence::RowSeconds;
use crate::summary::{OpenedCounts, Row, Summary};
use crate::units::Micros;

/// Parts of one way that are told.
const PARTS: usize = 3;
/// A smaller part explains nothing.
const LEAST: f64 = 0.005;

/// What contributes to a rule that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// What is shared out.
    pub burden: Burden,
    /// How it is spread, one way after another.
    pub ways: Vec<Way>,
}

/// What made a rule fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Burden {
    /// Attempts over the limit; failures are over every limit.
    Over {
        /// How many.
        attempts: u64,
        /// The limit in milliseconds.
        limit_ms: f64,
    },
    /// Attempts that failed.
    Failed {
        /// How many.
        attempts: u64,
    },
    /// Time beyond the limit on a mean.
    Excess {
        /// The limit in milliseconds.
        limit_ms: f64,
    },
    /// Answers that a second lacked of the rate.
    Shortfall {
        /// The limit per second.
        limit: f64,
    },
    /// Successes that a second lacked of what most seconds had: the service stood still.
    Silence,
}

/// One way in which it is spread.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// By what.
    pub by: By,
    /// The parts, largest first.
    pub parts: Vec<Part>,
}

/// By what something is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The seconds of the window.
    Second,
    /// The steps.
    Step,
    /// How requests ended.
    Outcome,
    /// Whether a request opened a connection.
    Connection,
    /// The steps that the users' time went to.
    StepTime,
}

/// One part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it is.
    pub what: What,
    /// Its share of the burden, in `[0, 1]`.
    pub share: f64,
    /// Its share of everything, burden or not: a part that has no more of the one than of the other is not why.
    pub of_all: Option<f64>,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// From one second of the window through another, from 0.
    Seconds(u32, u32),
    /// All of the window, more or less evenly.
    Throughout,
    /// A step.
    Step(String),
    /// Answered as expected, but too slowly.
    Succeeded,
    /// Failed by this class, with this status.
    Failed(FailureClass, Option<u16>),
    /// Failed in whatever way.
    FailedAtAll,
    /// Opened a connection.
    NewConnection,
    /// Used a connection again.
    ReusedConnection,
}

/// Explains `result`; `None` for a rule that holds or lacks data, and where nothing was counted that explains it.
#[must_use]
pub fn explain(summary: &Summary, result: &RuleResult) -> Option<Explanation> {
    if !matches!(result.verdict, RuleVerdict::Fail | RuleVerdict::Unproven) {
        return None;
    }
    // What the witnesses ask has no such rule.
    let threshold: Threshold = result.rule.parse().ok()?;
    let case = Case::of(summary, result, &threshold)?;
    let upper = matches!(threshold.op, Op::AtMost | Op::Below);
    let (burden, ways) = match threshold.metric {
        Metric::Percentile(..) if stalled(summary, result).is_some() => (Burden::Silence, case.silence()),
        Metric::MaxGap if upper => (Burden::Silence, case.silence()),
        Metric::Percentile(..) | Metric::TtfbPercentile(_) | Metric::Max(_) if upper => case.over(&threshold)?,
        Metric::SuccessRate if !upper => case.failed(),
        Metric::ErrorRate | Metric::Failures if upper => case.failed(),
        Metric::Mean(_) | Metric::MeanAll | Metric::TtfbMean if upper => case.excess(&threshold),
        Metric::Tps | Metric::Throughput if !upper => case.shortfall(&threshold),
        // A figure that should be higher and is too good has no culprit.
        _ => return None,
    };
    let ways: Vec<Way> = ways.into_iter().flatten().collect();
    (!ways.is_empty()).then_some(Explanation { burden, ways })
}

/// The stalled time that broke a percentile whose samples hold, and how much of it the rule allows; `None` for any
/// other rule.
#[must_use]
pub fn stalled(summary: &Summary, result: &RuleResult) -> Option<(Micros, Micros)> {
    let failed = matches!(result.verdict, RuleVerdict::Fail | RuleVerdict::Unproven);
    let threshold = result.rule.parse::<Threshold>().ok().filter(|_| failed)?;
    let (Metric::Percentile(_, p), Op::AtMost | Op::Below) = (threshold.metric, threshold.op) else { return None };
    let held = result.observed.is_some_and(|observed| threshold.op.holds(observed, result.limit));
    let stalled = summary.stalls.as_ref()?.at(threshold.counted_limit()?)?;
    let length = summary.length?.get();
    let allowed = Micros::new(length - p.rank(length));
    (held && stalled > allowed).then_some((stalled, allowed))
}

/// A rule that does not hold, and what was counted of its requests.
struct Case<'a> {
    summary: &'a Summary,
    id: RowId,
    row: &'a Row,
    clock: TimeClock,
    /// Whether the seconds keep this rule's time: they keep the model's own.
    own_clock: bool,
}

impl<'a> Case<'a> {
    fn of(summary: &'a Summary, result: &RuleResult, threshold: &Threshold) -> Option<Self> {
        let id = row_of(summary, result.step.as_deref())?;
        let row = summary.row(id).filter(|row| row.attempts() > 0)?;
        let open = summary.totals.response_time.is_some();
        let model = if open { TimeClock::Response } else { TimeClock::Service };
        let clock = match threshold.metric {
            Metric::TtfbMean | Metric::TtfbPercentile(_) => TimeClock::Ttfb,
            Metric::Mean(Clock::Service) | Metric::Max(Clock::Service) | Metric::Percentile(Clock::Service, _) => {
                TimeClock::Service
            }
            _ => model,
        };
        Some(Self { summary, id, row, clock, own_clock: clock == model })
    }

    /// The seconds that were kept of its requests.
    fn seconds(&self) -> &'a RowSeconds {
        self.summary.seconds.row(self.id)
    }

    /// The steps it is about; none for whole iterations and groups, which are made of steps.
    fn steps(&self) -> Vec<&'a Row> {
        match self.id {
            RowId::All => self.summary.steps.iter().collect(),
            RowId::Step(_) => vec![self.row],
            RowId::Iteration | RowId::Group(_) => Vec::new(),
        }
    }

    /// What is known of its connections. A recording of another tool that names no new connection may not tell of any.
    fn opened(&self) -> Option<&'a OpenedCounts> {
        let foreign = self.summary.caveats.iter().any(|caveat| matches!(caveat, Caveat::Foreign { .. }));
        self.row.exact.opened.as_ref().filter(|opened| opened.requests > 0 || !foreign)
    }

    /// A way by steps, given the burden of each.
    fn by_step(&self, by: By, burden: impl Fn(&Row) -> f64) -> Option<Way> {
        let steps = self.steps();
        let attempts = self.row.attempts() as f64;
        let part = |row: &&Row| {
            let name = row.name.clone().unwrap_or_default();
            (What::Step(name), burden(row), Some(row.attempts() as f64 / attempts))
        };
        Way::of(by, steps.iter().map(part), 0.0)
    }
}

impl Way {
    /// The largest of `parts`, each with its burden; shares are of `total`, or of the sum where that is more.
    fn of(by: By, parts: impl Iterator<Item = (What, f64, Option<f64>)>, total: f64) -> Option<Self> {
        let parts: Vec<_> = parts.filter(|(_, burden, _)| *burden > 0.0).collect();
        let total = parts.iter().map(|(_, burden, _)| burden).sum::<f64>().max(total);
        let mut parts: Vec<Part> =
            parts.into_iter().map(|(what, burden, of_all)| Part { what, share: burden / total, of_all }).collect();
        parts.sort_by(|a, b| b.share.total_cmp(&a.share));
        parts.retain(|part| part.share >= LEAST);
        parts.truncate(PARTS);
        (!parts.is_empty()).then_some(Self { by, parts })
    }
}

/// The row that a result's step names.
fn row_of(summary: &Summary, step: Option<&str>) -> Option<RowId> {
    let Some(step) = step else { return Some(RowId::All) };
    if step == "iteration" {
        return Some(RowId::Iteration);
    }
    let at = |rows: &[Row]| {
        let found = rows.iter().position(|row| row.name.as_deref() == Some(step))?;
        u16::try_from(found).ok()
    };
    at(&summary.steps).map(|at| RowId::Step(StepId(at))).or_else(|| at(&summary.groups).map(RowId::Group))
}

#[cfg(test)]
mod tests;
