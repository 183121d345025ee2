//! The rules of the gate, one by one.
//!
//! Latency rules are decided over all attempts by exact counters: `pNN<=L` holds if and only if successes at or under
//! L are at least `ceil(NN % of attempts)`. A failed request is over every limit.

use std::cmp::Ordering;

use crate::gate::{RuleResult, RuleVerdict, RunVerdict, Verdict};
use crate::plan::{Plan, RowId, Rule, TimeClock};
use crate::scenario::threshold::{Dimension, Limit, Metric, Op, Permille, Threshold};
use crate::summary::caveat::{Caveat, CaveatClass};
use crate::summary::confidence::{ConfidenceInterval, Intervals, SecondRecord};
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
pub fn judge(summary: &Summary, plan: &Plan) -> Verdict {
    let rules: Vec<RuleResult> = plan.gate.iter().map(|rule| judge_rule(summary, plan, rule)).collect();
    Verdict { run: run_verdict(summary, &rules), rules, gate: plan.gate_origin }
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

fn judge_rule(summary: &Summary, plan: &Plan, rule: &Rule) -> RuleResult {
    let row = summary.row(rule.row).filter(|row| row.attempts() > 0);
    let finding = row.map_or(Finding { observed: None, holds: None }, |row| find(row, rule));
    let finding = hold_against_stalls(finding, summary, rule);
    // Whatever a handful of requests shows, it is no proof that a rule holds.
    let few = finding.holds == Some(true) && row.is_some_and(|row| row.attempts() < TAIL_SAMPLES);
    let finding = if few { Finding { holds: None, ..finding } } else { finding };
    let interval = interval(summary, rule);
    let close = finding.holds.is_some()
        && interval.map_or_else(
            || is_close(rule, finding.observed),
            |interval| interval.contains(rule.threshold.limit.value()),
        );
    let verdict = match finding.holds {
        None => RuleVerdict::NoData,
        Some(true) if close => RuleVerdict::Marginal,
        Some(true) => RuleVerdict::Pass,
        Some(false) => RuleVerdict::Fail,
    };
    let threshold = &rule.threshold;
    RuleResult {
        rule: threshold.to_string(),
        metric: threshold.metric.to_string(),
        step: match rule.row {
            RowId::All => None,
            RowId::Iteration => Some("iteration".to_owned()),
            RowId::Group(group) => plan.groups.get(usize::from(group)).cloned(),
            RowId::Step(step) => plan.steps.get(usize::from(step.0)).map(|step| step.name.clone()),
        },
        op: threshold.op.to_string(),
        limit: threshold.limit.value(),
        observed: finding.observed,
        // An end read from a bucket's edge may lie a thousandth beyond the exact figure.
        ci_low: interval.and_then(|interval| interval.low).map(|low| finding.observed.map_or(low, |o| low.min(o))),
        ci_high: interval.and_then(|interval| interval.high).map(|high| finding.observed.map_or(high, |o| high.max(o))),
        close,
        instrument_share_ms: None,
        verdict,
        dimension: threshold.metric.dimension(),
    }
}

/// The 95 % interval of the figure a rule is about. Seconds are kept of all requests together, so other rows have
/// none.
fn interval(summary: &Summary, rule: &Rule) -> Option<ConfidenceInterval> {
    // By the model's own clock.
    let other_clock = rule.clock == TimeClock::Service && summary.totals.response_time.is_some();
    let timed = matches!(rule.threshold.metric, Metric::Mean(_) | Metric::Percentile(..));
    if rule.row != RowId::All || (timed && other_clock) {
        return None;
    }
    if rule.threshold.metric == Metric::Tps && summary.totals.response_time.is_some() {
        // As the figure itself: without what was worked off behind the window.
        let length = summary.length?.get().div_ceil(Micros::SECOND.get());
        let inside: Vec<SecondRecord> =
            summary.seconds.iter().filter(|second| u64::from(second.second) < length).cloned().collect();
        return Intervals::of(&inside, summary.length).ok()?.tps();
    }
    let intervals = Intervals::of(&summary.seconds, summary.length).ok()?;
    match rule.threshold.metric {
        Metric::Tps => intervals.tps(),
        Metric::Mean(_) => intervals.mean(),
        Metric::Percentile(_, p) => intervals.percentile(p),
        Metric::SuccessRate => intervals.success_rate(),
        Metric::ErrorRate => intervals.success_rate().map(|rate| ConfidenceInterval {
            low: rate.high.map(|high| 1.0 - high),
            high: rate.low.map(|low| 1.0 - low),
        }),
        _ => None,
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
    let limit = rule.threshold.counted_limit();
    let stalled = summary.stalls.as_ref().zip(limit).and_then(|(stalls, limit)| stalls.at(limit));
    let allowed = summary.length.map(|length| length.get() - p.rank(length.get()));
    let holds = stalled.zip(allowed).map(|(stalled, allowed)| stalled.get() <= allowed);
    Finding { holds, ..finding }
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

impl Op {
    /// Whether `observed` stands to `limit` as the comparison asks.
    fn holds(self, observed: f64, limit: f64) -> bool {
        observed.partial_cmp(&limit).is_some_and(|standing| self.allows(standing))
    }

    /// Whether a figure that stands so to its limit is what the comparison asks.
    const fn allows(self, standing: Ordering) -> bool {
        match self {
            Self::Below => standing.is_lt(),
            Self::AtMost => standing.is_le(),
            Self::Above => standing.is_gt(),
            Self::AtLeast => standing.is_ge(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::histogram::recorder::{Recorder, RecorderOptions};
    use crate::histogram::series::Series;
    use crate::plan::tests::{ONE_STEP, TWO_STEPS, resolve};
    use crate::plan::{Overrides, Plan};
    use crate::sample::{Failure, FailureClass, MeasuredWindow, Outcome, Sample, SampleOf, SampleSink, StepId};
    use crate::summary::{self, Counted, Generator, Observed, RunFacts, Target, TargetKind, WindowFacts};

    const OPEN: u64 = 1_000_000;

    /// One request of a synthetic run: how long it took, and whether it succeeded.
    #[derive(Clone, Copy)]
    struct Request(SampleOf, u64, bool);

    fn ok(micros: u64) -> Request {
        Request(SampleOf::Step(StepId(0)), micros, true)
    }

    fn failed(micros: u64) -> Request {
        Request(SampleOf::Step(StepId(0)), micros, false)
    }

    fn plan(rules: &[&str], text: &str) -> Plan {
        let rules: Vec<String> = rules.iter().map(|rule| format!("\"{rule}\"")).collect();
        let overrides = Overrides { run_time: Some(Micros::from_secs(100)), ..Overrides::default() };
        resolve(&format!("gate = [{}]\n{text}", rules.join(",")), &overrides).unwrap()
    }

    /// Runs `requests` through the recorder, the fold and the gate.
    fn run(plan: &Plan, requests: &[Request], change: impl FnOnce(&mut Observed)) -> Verdict {
        let window = Arc::new(MeasuredWindow::default());
        window.open(Micros::new(OPEN), plan.load.run_time);
        let recorder = Recorder::new(&RecorderOptions::for_plan(plan, 1), Arc::clone(&window)).unwrap();
        requests.iter().for_each(|request| recorder.record(&sample(*request)));
        let steps = requests.iter().filter(|request| request.0 != SampleOf::Iteration).count() as u64;
        let mut observed = observed(&window, steps);
        change(&mut observed);
        let mut series = Series::default();
        series.add(recorder.take_intervals(Micros::from_secs(20), true), 1);
        judge(&Summary::fold(plan, counted(&recorder, series), observed), plan)
    }

    /// Everything a recorder and its seconds know of a run that has ended.
    fn counted(recorder: &Recorder, mut series: Series) -> Counted {
        let taken = series.take_all();
        Counted {
            recording: recorder.recording(),
            series: taken.iter().map(|(counts, users)| summary::interval(counts, *users)).collect(),
            seconds: taken.iter().filter_map(|(counts, _)| SecondRecord::of(counts)).collect(),
            stalls: recorder.stalls(),
            released: recorder.arrivals(),
        }
    }

    fn observed(window: &MeasuredWindow, requests: u64) -> Observed {
        Observed {
            run: facts(),
            target: Target { url: "http://x".into(), kind: TargetKind::External },
            window: window.bounds(),
            interrupted: false,
            target_lost: None,
            users_lost: 0,
            requests_started: requests,
            requests_ended: requests,
            cpu: None,
            generator: Generator::default(),
        }
    }

    fn sample(Request(of, micros, ok): Request) -> Sample<'static> {
        let end = Micros::new(OPEN + micros);
        let failure = Failure { class: FailureClass::ServerError, status: Some(500), code: None, message: "" };
        let outcome = if ok { Outcome::Success } else { Outcome::Failure(failure) };
        let (start, first_byte) = (Micros::new(OPEN), Some(end));
        Sample { of, arrival: None, start, connected: None, first_byte, end, bytes_sent: 0, bytes_received: 0, outcome }
    }

    fn facts() -> RunFacts {
        RunFacts {
            id: String::new(),
            scenario: String::new(),
            command: String::new(),
            seed: 0,
            model: "closed",
            users: 1,
            rate: None,
            ramp_up_s: 0.0,
            warm_up_s: 0.0,
            run_time_s: 100.0,
            started_at: String::new(),
            ended_at: String::new(),
            window: WindowFacts { start: None, end: None, seconds: None },
        }
    }

    /// How one rule ends on `requests`, and the figure shown.
    fn rule(rule: &str, requests: &[Request]) -> (RuleVerdict, Option<f64>) {
        let verdict = run(&plan(&[rule], ONE_STEP), requests, |_| {});
        (verdict.rules[0].verdict, verdict.rules[0].observed)
    }

    fn verdict(rules: &[&str], requests: &[Request], change: impl FnOnce(&mut Observed)) -> RunVerdict {
        run(&plan(rules, ONE_STEP), requests, change).run
    }

    #[test]
    fn a_p95_one_microsecond_on_either_side_of_the_limit_is_decided_right() {
        let with_95th = |micros| [vec![ok(50_000); 949], vec![ok(micros); 1], vec![ok(500_000); 50]].concat();
        assert_ne!(rule("p95<=100ms", &with_95th(99_999)).0, RuleVerdict::Fail);
        let (verdict, observed) = rule("p95<=100ms", &with_95th(100_000));
        assert_ne!(verdict, RuleVerdict::Fail);
        assert_eq!(observed, Some(100.0));
        let (verdict, observed) = rule("p95<=100ms", &with_95th(100_001));
        assert_eq!(verdict, RuleVerdict::Fail);
        assert!(observed.is_some_and(|shown| shown > 100.0), "the figure lies on the side the counter proved");
        assert_eq!(rule("p95<100ms", &with_95th(100_000)).0, RuleVerdict::Fail);
        assert_ne!(rule("p95>=100ms", &with_95th(100_000)).0, RuleVerdict::Fail);
        assert_eq!(rule("p95>100ms", &with_95th(100_000)).0, RuleVerdict::Fail);
    }

    #[test]
    fn a_failed_request_is_over_every_limit() {
        let requests = [vec![ok(10_000); 949], vec![failed(1); 51]].concat();
        assert_eq!(rule("p95<=100ms", &requests), (RuleVerdict::Fail, None), "the 95th lies among the failures");
        let requests = [vec![ok(10_000); 950], vec![failed(1); 50]].concat();
        assert_eq!(rule("p95<=100ms", &requests).0, RuleVerdict::Pass);
        assert_eq!(rule("max<=1s", &requests).0, RuleVerdict::Fail);
        assert_eq!(rule("max<=1s", &[ok(10_000); 10]).0, RuleVerdict::Pass);
    }

    #[test]
    fn a_percentile_without_ten_samples_beyond_it_proves_nothing() {
        assert_eq!(rule("p95<=100ms", &vec![ok(10_000); 199]).0, RuleVerdict::NoData);
        assert_eq!(rule("p95<=100ms", &vec![ok(10_000); 200]).0, RuleVerdict::Pass);
        assert_eq!(rule("p95<=100ms", &[ok(200_000); 9]).0, RuleVerdict::NoData);
        assert_eq!(rule("p95<=100ms", &[ok(200_000); 10]).0, RuleVerdict::Fail);
        assert_eq!(rule("p99.9<=100ms", &vec![ok(10_000); 9_999]).0, RuleVerdict::NoData);
    }

    #[test]
    fn tps_counts_proven_successes_and_throughput_whole_answers() {
        let requests = [vec![ok(1000); 900], vec![failed(1000); 300]].concat();
        assert_eq!(rule("tps>=10", &requests), (RuleVerdict::Fail, Some(9.0)));
        assert_eq!(rule("throughput>=10", &requests), (RuleVerdict::Pass, Some(12.0)));
    }

    #[test]
    fn the_mean_is_of_successes_and_mean_all_counts_failures_at_the_time_they_took() {
        let requests = [vec![ok(10_000); 99], vec![failed(10_000_000); 1]].concat();
        assert_eq!(rule("mean<=50ms", &requests), (RuleVerdict::Pass, Some(10.0)));
        assert_eq!(rule("mean-all<=50ms", &requests), (RuleVerdict::Fail, Some(109.9)));
        assert_eq!(rule("mean<=50ms", &vec![failed(1); 100]).0, RuleVerdict::NoData, "no success, no mean");
    }

    #[test]
    fn a_success_rate_is_close_when_failures_use_over_half_of_what_is_allowed() {
        let with_failures = |n| [vec![ok(1000); 1000 - n], vec![failed(1000); n]].concat();
        assert_eq!(rule("success-rate>=99%", &with_failures(0)).0, RuleVerdict::Pass);
        assert_eq!(rule("success-rate>=99%", &with_failures(4)).0, RuleVerdict::Pass);
        assert_eq!(rule("success-rate>=99%", &with_failures(6)).0, RuleVerdict::Marginal);
        assert_eq!(rule("success-rate>=99%", &with_failures(10)).0, RuleVerdict::Marginal);
        assert_eq!(rule("success-rate>=99%", &with_failures(11)).0, RuleVerdict::Fail);
        assert_eq!(rule("failures<=0", &with_failures(0)).0, RuleVerdict::Pass);
        assert_eq!(rule("error-rate<=1%", &with_failures(11)).0, RuleVerdict::Fail);
    }

    #[test]
    fn shares_are_compared_in_whole_numbers() {
        let of_thousand = |failures| [vec![ok(1000); 1000 - failures], vec![failed(1000); failures]].concat();
        for tenths in 1..=999_u32 {
            let failures = 1000 - usize::try_from(tenths).unwrap();
            let text = format!("success-rate>={}.{}%", tenths / 10, tenths % 10);
            let limit: Threshold = text.parse().unwrap();
            let Limit::Share(share) = limit.limit else { panic!("{text}") };
            assert!(limit.op.allows(share.compare(u64::from(tenths), 1000)), "{tenths} of 1000 and {text}");
            assert!(!limit.op.allows(share.compare(u64::from(tenths) - 1, 1000)), "{failures}");
        }
        assert_ne!(rule("success-rate>=99.9%", &of_thousand(1)).0, RuleVerdict::Fail);
        assert_ne!(rule("error-rate<=0.7%", &of_thousand(7)).0, RuleVerdict::Fail);
    }

    #[test]
    fn a_rule_far_from_its_limit_is_not_close() {
        let close = |rule: &str, failures: usize| {
            let requests = [vec![ok(1000); 1000 - failures], vec![failed(1000); failures]].concat();
            run(&plan(&[rule], ONE_STEP), &requests, |_| {}).rules[0].close
        };
        assert!(close("success-rate>=99%", 12));
        assert!(!close("success-rate>=99%", 500));
        assert!(!close("failures<=0", 5));
    }

    #[test]
    fn an_interrupted_run_proves_nothing() {
        let good = vec![ok(1000); 1000];
        assert_eq!(verdict(&["mean<=50ms"], &good, |o| o.interrupted = true), RunVerdict::Invalid);
        assert_eq!(verdict(&["mean<=0.5ms"], &good, |o| o.interrupted = true), RunVerdict::Invalid);
    }

    #[test]
    fn fewer_than_ten_requests_prove_no_rule() {
        for text in ["mean<=50ms", "success-rate>=99%", "failures<=0", "max<=1s", "tps>=0.01"] {
            assert_eq!(rule(text, &[ok(1000); 9]).0, RuleVerdict::NoData, "{text}");
            assert_ne!(rule(text, &[ok(1000); 10]).0, RuleVerdict::NoData, "{text}");
        }
        assert_eq!(rule("failures<=0", &[failed(1000)]).0, RuleVerdict::Fail, "one failure is one too many");
    }

    #[test]
    fn a_run_without_a_request_is_invalid_and_never_passes() {
        for rules in [&["tps>=1"][..], &["failures<=0"], &["success-rate>=99%", "p95<=100ms"]] {
            assert_eq!(verdict(rules, &[], |_| {}), RunVerdict::Invalid);
        }
    }

    #[test]
    fn books_that_do_not_balance_void_a_pass_but_not_a_fail() {
        let good = vec![ok(1000); 1000];
        assert_eq!(verdict(&["mean<=50ms"], &good, |_| {}), RunVerdict::Pass);
        assert_eq!(verdict(&["mean<=50ms"], &good, |o| o.requests_started += 1), RunVerdict::Invalid);
        assert_eq!(verdict(&["mean<=50ms"], &good, |o| o.users_lost = 1), RunVerdict::Invalid);
        let short = |o: &mut Observed| o.window = Some((Micros::new(OPEN), Micros::from_secs(50)));
        assert_eq!(verdict(&["mean<=50ms"], &good, short), RunVerdict::Invalid);
        assert_eq!(verdict(&["mean<=0.5ms"], &good, |o| o.users_lost = 1), RunVerdict::Fail);
    }

    #[test]
    fn a_target_that_died_makes_the_run_invalid_whatever_the_rules_say() {
        let lost = |o: &mut Observed| o.target_lost = Some("the embedded service ended".into());
        assert_eq!(verdict(&["mean<=50ms"], &vec![ok(1000); 1000], lost), RunVerdict::Invalid);
        let lost = |o: &mut Observed| o.target_lost = Some("the embedded service ended".into());
        assert_eq!(verdict(&["success-rate>=99%"], &vec![failed(1000); 1000], lost), RunVerdict::Invalid);
    }

    #[test]
    fn rules_are_judged_by_the_rows_they_name() {
        let plan = plan(
            &["mean<=50ms for pay", "mean<=50ms for look", "mean<=50ms for iteration", "tps>=20 for all"],
            TWO_STEPS,
        );
        let step = |n| SampleOf::Step(StepId(n));
        let requests: Vec<Request> = (0..1000)
            .flat_map(|_| {
                [
                    Request(step(0), 30_000, true),
                    Request(step(1), 60_000, true),
                    Request(SampleOf::Iteration, 90_000, true),
                ]
            })
            .collect();
        let verdict = run(&plan, &requests, |_| {});
        let observed: Vec<Option<f64>> = verdict.rules.iter().map(|rule| rule.observed).collect();
        assert_eq!(observed, [Some(30.0), Some(60.0), Some(90.0), Some(20.0)]);
        let steps: Vec<Option<&str>> = verdict.rules.iter().map(|rule| rule.step.as_deref()).collect();
        assert_eq!(steps, [Some("pay"), Some("look"), Some("iteration"), None]);
    }

    #[test]
    fn a_percentile_for_all_counts_every_step() {
        let plan = plan(&["p50<=40ms for all", "p95<=40ms for all"], TWO_STEPS);
        let requests: Vec<Request> = (0..1000)
            .flat_map(|_| {
                [Request(SampleOf::Step(StepId(0)), 30_000, true), Request(SampleOf::Step(StepId(1)), 60_000, true)]
            })
            .collect();
        let verdicts: Vec<RuleVerdict> = run(&plan, &requests, |_| {}).rules.iter().map(|rule| rule.verdict).collect();
        assert_eq!(verdicts, [RuleVerdict::Pass, RuleVerdict::Fail]);
    }

    /// A closed run of 300 s in virtual time: 30 users whose requests take 20 ms, but those that meet a freeze.
    fn closed_run(frozen: &[(u64, u64)]) -> (Verdict, Summary) {
        let overrides = Overrides { users: Some(30), ..Overrides::default() };
        let plan = resolve(ONE_STEP, &overrides).unwrap();
        let window = Arc::new(MeasuredWindow::default());
        window.open(Micros::new(OPEN), plan.load.run_time);
        let recorder = Recorder::new(&RecorderOptions::for_plan(&plan, 1), Arc::clone(&window)).unwrap();
        let mut series = Series::default();
        let (mut free_at, mut sent) = (vec![0_u64; 30], 0);
        // In steps of 20 ms: every user that is free sends, and the recorder is read once a second.
        for now in (0..301_000).step_by(20) {
            for user in free_at.iter_mut().filter(|user| **user <= now) {
                let hung = frozen.iter().find(|(from, to)| now + 20 > *from && now < *to);
                let end = hung.map_or(now + 20, |(_, to)| to + 20);
                recorder.record(&Sample { start: Micros::from_millis(now), ..sample(ok(0)) }.ending(end));
                (*user, sent) = (end, sent + 1);
            }
            if now % 1_000 == 0 {
                series.add(recorder.take_intervals(Micros::from_millis(now), false), 30);
            }
        }
        series.add(recorder.take_intervals(Micros::from_millis(311_000), true), 30);
        let summary = Summary::fold(&plan, counted(&recorder, series), observed(&window, sent));
        (judge(&summary, &plan), summary)
    }

    impl Sample<'static> {
        fn ending(self, millis: u64) -> Self {
            let end = Micros::from_millis(millis);
            Self { end, first_byte: Some(end), ..self }
        }
    }

    fn verdicts(verdict: &Verdict) -> Vec<RuleVerdict> {
        verdict.rules.iter().map(|rule| rule.verdict).collect()
    }

    #[test]
    fn a_service_frozen_for_a_fifth_of_the_run_fails_though_all_four_figures_are_green() {
        let frozen: Vec<(u64, u64)> = (0..7).map(|n| (n * 40_000 + 10_000, n * 40_000 + 19_000)).collect();
        let (verdict, summary) = closed_run(&frozen);
        let totals = &summary.totals;
        assert!(totals.tps.unwrap().get() >= 1_000.0, "{:?}", totals.tps);
        assert!(totals.service_time.mean.unwrap().get() <= 50.0, "{:?}", totals.service_time);
        assert!(totals.service_time.p95.unwrap().get() <= 21.0, "{:?}", totals.service_time);
        assert_eq!(verdict.run, RunVerdict::Fail);
        assert_eq!(verdicts(&verdict)[2], RuleVerdict::Fail, "p95 fails by stalled time");
        let stalled = totals.stalled.unwrap().get();
        assert!((61_000.0..63_000.0).contains(&stalled), "{stalled}");
        assert!(verdicts(&verdict)[3] == RuleVerdict::Pass, "the success rate holds");
    }

    #[test]
    fn a_freeze_of_two_seconds_in_five_minutes_passes_with_a_warning() {
        let (verdict, summary) = closed_run(&[(100_000, 102_000)]);
        assert_eq!(verdict.run, RunVerdict::Pass);
        let stall = summary.caveats.iter().find(|caveat| caveat.id() == "stall");
        assert!(stall.is_some_and(|caveat| caveat.observed().is_some_and(|gap| (2_000.0..2_100.0).contains(&gap))));
    }

    #[test]
    fn a_steady_run_of_five_minutes_has_intervals_that_hold_its_figures() {
        let (verdict, summary) = closed_run(&[]);
        assert_eq!(verdicts(&verdict), [RuleVerdict::Pass; 4]);
        assert!(summary.confidence.available);
        for rule in &verdict.rules[..3] {
            let (low, observed, high) = (rule.ci_low.unwrap(), rule.observed.unwrap(), rule.ci_high.unwrap());
            assert!(low <= observed && observed <= high, "{rule:?}");
            assert!(!rule.close, "{rule:?}");
        }
        assert!(summary.caveats.is_empty(), "{:?}", summary.caveats);
    }

    #[test]
    fn a_gap_is_a_metric_of_its_own() {
        let plan = plan(&["max-gap<=1s"], ONE_STEP);
        let verdict = run(&plan, &[ok(1000); 10], |_| {});
        assert_eq!(verdict.rules[0].verdict, RuleVerdict::Pass, "one user of a hundred is no waiting crowd");
    }
}
