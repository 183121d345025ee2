//! The rules of the gate, one by one.
//!
//! Latency rules are decided over all attempts by exact counters: `pNN<=L` holds if and only if successes at or under
//! L are at least `ceil(NN % of attempts)`. A failed request is over every limit.

use crate::acceptance::evidence::Evidence;
use crate::gate::intervals::{RowIntervals, Spread};
use crate::gate::money;
use crate::gate::share::InstrumentShare;
use crate::gate::{RuleResult, RuleVerdict, RunVerdict, Verdict};
use crate::plan::{RowId, Rule, Terms, TimeClock};
use crate::scenario::threshold::{Dimension, Limit, Metric, Op, Permille, Threshold};
use crate::summary::caveat::{Caveat, CaveatClass};
use crate::summary::{Row, Summary, TimeBlock};
use crate::units::{Micros, Millis, Ratio};

/// Samples that must lie beyond a percentile before it is called held or missed; and attempts that any rule needs to be
/// called held.
const TAIL_SAMPLES: u64 = 10;
/// How near a limit counts as close where there is no interval.
const CLOSE: f64 = 0.1;
/// How near the allowed failures the failures count as close, as a share of them.
const CLOSE_FAILURES: f64 = 0.5;

/// What a rule found: the figure to show, and whether it holds; `None` where too little was measured to tell.
struct Finding {
    observed: Option<f64>,
    holds: Option<bool>,
}

/// Judges a run.
#[must_use]
pub fn judge(summary: &Summary, terms: &Terms) -> Verdict {
    let intervals = RowIntervals::of(summary, terms);
    let rules: Vec<RuleResult> =
        terms.gate.iter().map(|rule| judge_rule((summary, terms), rule, intervals.of_rule(rule))).collect();
    Verdict { run: run_verdict(summary, &rules), rules, gate: terms.gate_origin, evidence: Vec::new() }
}

/// Judges a run together with what outside witnesses saw of it.
#[must_use]
pub fn judge_with(summary: &Summary, evidence: Vec<Evidence>, terms: &Terms) -> Verdict {
    let Verdict { mut rules, gate, .. } = judge(summary, terms);
    let money = money::judge(&evidence);
    // What was lost was lost, however the run ended.
    let broken = money.iter().any(|rule| rule.verdict == RuleVerdict::Fail);
    rules.extend(money);
    let run = if broken { RunVerdict::Fail } else { run_verdict(summary, &rules) };
    Verdict { run, rules, gate, evidence }
}

fn run_verdict(summary: &Summary, rules: &[RuleResult]) -> RunVerdict {
    let any = |verdict| rules.iter().any(|rule| rule.verdict == verdict);
    let accounting = summary.caveats.iter().any(|caveat| caveat.class() == CaveatClass::Accounting);
    // A target that died under the load, and requests that we gave up ourselves, fail rules by that alone: such a run
    // says nothing of the service.
    let lost = summary.caveats.iter().any(|caveat| matches!(caveat, Caveat::TargetLost { .. }));
    let untimely = summary.interrupted || lost;
    let holds = |rule: &RuleResult| matches!(rule.verdict, RuleVerdict::Pass | RuleVerdict::Marginal);
    if any(RuleVerdict::Fail) && !untimely {
        RunVerdict::Fail
    } else if untimely || accounting || rules.is_empty() || !rules.iter().all(holds) {
        RunVerdict::Invalid
    } else {
        RunVerdict::Pass
    }
}

fn judge_rule((summary, terms): (&Summary, &Terms), rule: &Rule, spread: Spread) -> RuleResult {
    let row = summary.row(rule.row).filter(|row| row.attempts() > 0);
    let finding = row.map_or(Finding { observed: None, holds: None }, |row| find(row, rule));
    let by_samples = finding.holds;
    let finding = hold_against_stalls(finding, summary, rule);
    let stalled = by_samples == Some(true) && finding.holds == Some(false);
    // Whatever a handful of requests shows, it is no proof that a rule holds.
    let few = finding.holds == Some(true) && row.is_some_and(|row| row.attempts() < TAIL_SAMPLES);
    let finding = if few { Finding { holds: None, ..finding } } else { finding };
    let share = InstrumentShare::of(summary);
    let interval = spread.interval.map(|interval| interval.holding(finding.observed));
    let close = finding.holds.is_some()
        && interval.map_or_else(
            || is_close(rule, finding.observed),
            |interval| interval.contains(rule.threshold.limit.value()),
        );
    let verdict = match finding.holds {
        None => RuleVerdict::NoData,
        Some(true) if close => RuleVerdict::Marginal,
        Some(true) => RuleVerdict::Pass,
        Some(false) if (stalled || share.explains(rule, finding.observed)) && pauses_explain_stalls(summary, rule) => {
            RuleVerdict::Unproven
        }
        Some(false) => RuleVerdict::Fail,
    };
    let threshold = &rule.threshold;
    RuleResult {
        rule: threshold.to_string(),
        metric: threshold.metric.to_string(),
        step: match rule.row {
            RowId::All => None,
            RowId::Iteration => Some("iteration".to_owned()),
            RowId::Group(group) => terms.groups.get(usize::from(group)).cloned(),
            RowId::Step(step) => terms.steps.get(usize::from(step.0)).cloned(),
        },
        op: threshold.op.to_string(),
        limit: threshold.limit.value(),
        observed: finding.observed,
        ci_low: interval.and_then(|interval| interval.low),
        ci_high: interval.and_then(|interval| interval.high),
        ci_note: spread.note,
        close,
        instrument_share_ms: share.millis(rule),
        verdict,
        dimension: threshold.metric.dimension(),
    }
}

/// In a closed model `pNN<=L` holds only if, besides the samples, the stalled time is at most (100 - NN) % of the
/// window: a frozen service takes no samples.
fn hold_against_stalls(finding: Finding, summary: &Summary, rule: &Rule) -> Finding {
    let upper = matches!(rule.threshold.op, Op::AtMost | Op::Below);
    let (Metric::Percentile(_, p), Some(true), true) = (rule.threshold.metric, finding.holds, upper) else {
        return finding;
    };
    if summary.totals.response_time.is_some() {
        // An open model's arrivals do not stop for a frozen service: their response times hold the freeze.
        return finding;
    }
    let holds = stalled_and_allowed(summary, rule, p).map(|(stalled, allowed)| stalled <= allowed);
    Finding { holds, ..finding }
}

/// The stalled time at a rule's limit, and how much of the window may be stalled.
fn stalled_and_allowed(summary: &Summary, rule: &Rule, p: Permille) -> Option<(Micros, Micros)> {
    let stalled = summary.stalls.as_ref()?.at(rule.threshold.counted_limit()?)?;
    let length = summary.length?.get();
    Some((stalled, Micros::new(length - p.rank(length))))
}

/// Whether the stalled time would be allowed if the service had run on while the generator itself stood still; so it
/// is where no stalled time counts.
fn pauses_explain_stalls(summary: &Summary, rule: &Rule) -> bool {
    let Metric::Percentile(_, p) = rule.threshold.metric else { return true };
    stalled_and_allowed(summary, rule, p)
        .is_none_or(|(stalled, allowed)| stalled.saturating_sub(summary.paused) <= allowed)
}

fn find(row: &Row, rule: &Rule) -> Finding {
    let threshold = &rule.threshold;
    let limit = threshold.limit.value();
    let plain = |observed: Option<f64>| Finding { observed, holds: observed.map(|o| threshold.op.holds(o, limit)) };
    let millis = |time: Option<Millis>| plain(time.map(Millis::get));
    // Decided on exact sums, unrounded: a mean a nanosecond over the limit is over it.
    let mean = |sum: u128, count: u64| {
        let exact = plain((count > 0).then(|| sum as f64 / count as f64 / 1e3));
        Finding { observed: exact.observed.map(|mean| Millis::new(mean).get()), ..exact }
    };
    let exact = &row.exact;
    match threshold.metric {
        Metric::Tps => plain(row.tps.map(|rate| rate.get())),
        Metric::Throughput => plain(row.throughput.map(|rate| rate.get())),
        Metric::Mean(_) => match (rule.clock, exact.response_sum) {
            (TimeClock::Response, Some(sum)) => mean(sum, row.successes),
            _ => mean(exact.success_sum, row.successes),
        },
        Metric::MeanAll => {
            let successes = exact.response_sum.unwrap_or(exact.success_sum);
            mean(successes + exact.failure_sum, row.successes + row.failures)
        }
        Metric::TtfbMean => mean(exact.ttfb_sum, row.ttfb.count),
        Metric::Min(_) => millis(times(row, rule.clock).min),
        Metric::Max(_) => maximum(row, rule),
        Metric::Percentile(_, p) | Metric::TtfbPercentile(p) => percentile(row, rule, p),
        Metric::MaxGap => millis(row.max_gap),
        Metric::SuccessRate => share(row.successes, row.attempts(), threshold),
        Metric::ErrorRate => share(row.attempts() - row.successes, row.attempts(), threshold),
        Metric::Failures => plain(Some((row.attempts() - row.successes) as f64)),
    }
}

/// A share of all attempts, compared in whole numbers.
fn share(part: u64, whole: u64, threshold: &Threshold) -> Finding {
    let holds = match threshold.limit {
        Limit::Share(limit) => Some(threshold.op.allows(limit.compare(part, whole))),
        _ => None,
    };
    Finding { observed: Ratio::of(part, whole).map(Ratio::get), holds }
}

/// The block of a row's times that a clock reads.
fn times(row: &Row, clock: TimeClock) -> &TimeBlock {
    match (clock, &row.response_time) {
        (TimeClock::Response, Some(times)) => times,
        _ => &row.service_time,
    }
}

/// The longest attempt, a failure being over every limit.
fn maximum(row: &Row, rule: &Rule) -> Finding {
    let (op, limit) = (rule.threshold.op, rule.threshold.limit.value());
    let failed = row.successes < row.attempts();
    let observed = times(row, rule.clock).max.map(Millis::get);
    let holds = match (failed, op) {
        (true, Op::Below | Op::AtMost) => Some(false),
        (true, Op::Above | Op::AtLeast) => Some(true),
        (false, _) => observed.map(|observed| op.holds(observed, limit)),
    };
    Finding { observed: observed.filter(|_| !failed), holds }
}

/// A percentile over all attempts, by the exact count at the limit.
fn percentile(row: &Row, rule: &Rule, p: Permille) -> Finding {
    let clock = rule.clock;
    let nothing = Finding { observed: None, holds: None };
    let Some(at_most) = rule.threshold.counted_limit() else { return nothing };
    let counted = row.exact.at_or_under.iter().find(|known| known.clock == clock && known.at_most == at_most);
    let Some(counted) = counted else { return nothing };
    let (attempts, rank) = (row.attempts(), p.rank(row.attempts()));
    let under = counted.count >= rank;
    let upper = matches!(rule.threshold.op, Op::AtMost | Op::Below);
    let enough = if under { attempts - rank >= TAIL_SAMPLES } else { attempts - counted.count >= TAIL_SAMPLES };
    let value = row.exact.quantiles.iter().find(|known| known.clock == clock && known.p == p).and_then(|q| q.value);
    let observed = value.map(|value| if under { value.min(at_most) } else { value.max(at_most + Micros::new(1)) });
    Finding { observed: observed.map(Micros::as_millis_f64), holds: enough.then_some(under == upper) }
}

/// Whether a rule is closer to its limit than a figure without an interval can tell.
fn is_close(rule: &Rule, observed: Option<f64>) -> bool {
    let Some(observed) = observed else { return false };
    let limit = rule.threshold.limit.value();
    let metric = rule.threshold.metric;
    match (metric.dimension(), rule.threshold.limit) {
        (Dimension::Time | Dimension::Rate, _) => (observed - limit).abs() <= CLOSE * limit,
        (Dimension::Share, Limit::Share(_)) => match metric {
            Metric::SuccessRate => near_allowance(1.0 - observed, 1.0 - limit),
            _ => near_allowance(observed, limit),
        },
        _ => near_allowance(observed, limit),
    }
}

/// Whether failures use over half of what is allowed, and not over half as much again.
fn near_allowance(failed: f64, allowed: f64) -> bool {
    failed > (1.0 - CLOSE_FAILURES) * allowed && failed <= (1.0 + CLOSE_FAILURES) * allowed && allowed > 0.0
}

#[cfg(test)]
mod tests;
