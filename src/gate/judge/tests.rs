use std::sync::Arc;

use super::*;
use crate::histogram::latency::LatencyHistogram;
use crate::histogram::recorder::{Recorder, RecorderOptions};
use crate::histogram::series::Series;
use crate::instrument::{Strain, UserTime};
use crate::plan::tests::{ONE_STEP, TWO_STEPS, resolve};
use crate::plan::{Overrides, Plan};
use crate::sample::{Arrival, Failure, FailureClass, MeasuredWindow, Outcome, Sample, SampleOf, SampleSink, StepId};
use crate::summary::caveat::Ending;
use crate::summary::{Counted, Generator, Kept, Observed, RunFacts, Target, TargetKind};
use crate::units::RatePerSec;

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
    lagging(plan, requests, (Micros::ZERO, change)).0
}

/// The same with so much lag of the event loop at every turn.
fn lagging(
    plan: &Plan,
    requests: &[Request],
    (lag, change): (Micros, impl FnOnce(&mut Observed)),
) -> (Verdict, Summary) {
    let window = Arc::new(MeasuredWindow::default());
    window.open(Micros::new(OPEN), plan.load.run_time);
    let recorder = Recorder::new(&RecorderOptions::for_plan(plan, 1), Arc::clone(&window)).unwrap();
    requests.iter().for_each(|request| recorder.record(&sample(*request)));
    let steps = requests.iter().filter(|request| request.0 != SampleOf::Iteration).count() as u64;
    let mut observed = observed(&window, steps);
    change(&mut observed);
    let mut series = Series::default();
    series.add(recorder.take_intervals(Micros::from_secs(20), true), 1);
    recorder.loop_lag(Micros::new(OPEN), lag);
    let summary = Summary::fold(&plan.terms(), counted(&recorder, series), observed);
    (judge(&summary, &plan.terms()), summary)
}

/// Everything a recorder and its seconds know of a run that has ended.
fn counted(recorder: &Recorder, mut series: Series) -> Counted {
    Counted {
        recording: recorder.recording(),
        kept: Kept::of(&series.take_all()),
        stalls: recorder.stalls(),
        released: recorder.arrivals(),
        lag: recorder.lag(),
    }
}

fn observed(window: &MeasuredWindow, requests: u64) -> Observed {
    Observed {
        run: RunFacts { model: "closed", users: 1, run_time_s: 100.0, ..RunFacts::default() },
        target: Target::of("http://x".into(), TargetKind::External),
        window: window.bounds(),
        interrupted: false,
        target_lost: None,
        users_lost: 0,
        requests_started: requests,
        requests_ended: requests,
        strain: quiet(),
        ran_dry: None,
        unlisted: None,
        co_located: false,
        generator: Generator { host: Some("g".into()), cpus: Some(2), memory: Some(1), ..Generator::default() },
    }
}

/// A generator that had nothing else to do.
fn quiet() -> Strain {
    let second = Micros::SECOND;
    Strain {
        cpu: Some(second),
        process_peak: Some(0.01),
        thread_peak: Some(0.01),
        runq_wait: Some(0.0),
        throttled: Some(0.0),
        steal: Some(0.0),
        user_time: UserTime { present: second, requests: second, rest: Micros::ZERO },
        ..Strain::default()
    }
}

fn sample(Request(of, micros, ok): Request) -> Sample<'static> {
    let end = Micros::new(OPEN + micros);
    let failure = Failure { class: FailureClass::ServerError, status: Some(500), code: None, message: "" };
    let outcome = if ok { Outcome::Success } else { Outcome::Failure(failure) };
    let (start, first_byte) = (Micros::new(OPEN), Some(end));
    Sample { of, arrival: None, start, connected: None, first_byte, end, bytes_sent: 0, bytes_received: 0, outcome }
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
fn a_run_whose_own_p95_lies_one_microsecond_off_the_limit_is_decided_right_where_its_histogram_cannot() {
    // 20,000 times that spread as a service's do, scaled so that their own P95 is the limit and moved around it.
    let shape = |rank: u64| (1.0 / (1.0 - (rank as f64 + 0.5) / 20_000.0)).ln().sqrt();
    let around = |off: i64| -> Vec<Request> {
        let scale = 100_000.0 / shape(18_999);
        // In an order of their own: 7,919 and 20,000 have no common factor.
        (0..20_000)
            .map(|n| n * 7_919 % 20_000)
            .map(|rank| ok((scale * shape(rank)).round() as u64))
            .map(|Request(of, micros, ok)| Request(of, micros.saturating_add_signed(off), ok))
            .collect()
    };
    let mut own: Vec<u64> = around(0).iter().map(|request| request.1).collect();
    own.sort_unstable();
    assert_eq!(own[18_999], 100_000, "nearest rank: the 19,000th of 20,000");
    let (under, over) = (rule("p95<=100ms", &around(-1)), rule("p95<=100ms", &around(1)));
    assert_eq!((under.0, rule("p95<=100ms", &around(0)).0), (RuleVerdict::Marginal, RuleVerdict::Marginal));
    assert_eq!(over.0, RuleVerdict::Fail);
    assert!(under.1.unwrap() <= 100.0 && over.1.unwrap() > 100.0, "{under:?} {over:?}");
    let shown = |requests: &[Request]| {
        let mut times = LatencyHistogram::new(Micros::SECOND).unwrap();
        requests.iter().for_each(|request| times.record(Micros::new(request.1)));
        times.percentile(Permille::P95)
    };
    assert_eq!(shown(&around(-1)), shown(&around(1)), "a bucket is 64 us wide there");
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
    // In a single second of a hundred: a rate of which nothing is known but this.
    assert_eq!(rule("throughput>=10", &requests), (RuleVerdict::Marginal, Some(12.0)));
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
    let lost = |o: &mut Observed| o.target_lost = Some(Ending::Code(1));
    assert_eq!(verdict(&["mean<=50ms"], &vec![ok(1000); 1000], lost), RunVerdict::Invalid);
    let lost = |o: &mut Observed| o.target_lost = Some(Ending::Code(1));
    assert_eq!(verdict(&["success-rate>=99%"], &vec![failed(1000); 1000], lost), RunVerdict::Invalid);
}

#[test]
fn rules_are_judged_by_the_rows_they_name() {
    let plan =
        plan(&["mean<=50ms for pay", "mean<=50ms for look", "mean<=50ms for iteration", "tps>=20 for all"], TWO_STEPS);
    let step = |n| SampleOf::Step(StepId(n));
    let requests: Vec<Request> = (0..1000)
        .flat_map(|_| {
            [Request(step(0), 30_000, true), Request(step(1), 60_000, true), Request(SampleOf::Iteration, 90_000, true)]
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
    recorder.loop_lag(Micros::new(OPEN), Micros::new(50));
    let summary = Summary::fold(&plan.terms(), counted(&recorder, series), observed(&window, sent));
    (judge(&summary, &plan.terms()), summary)
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

/// Two steps for 60 s in virtual time, the second twice as slow, both drifting, one in 50 of the second failing.
fn two_steps(rules: &[&str], overrides: &Overrides, unsent: u32) -> Verdict {
    let rules: Vec<String> = rules.iter().map(|rule| format!("\"{rule}\"")).collect();
    let overrides = Overrides { run_time: Some(Micros::from_secs(60)), ..overrides.clone() };
    let plan = resolve(&format!("gate = [{}]\n{TWO_STEPS}", rules.join(",")), &overrides).unwrap();
    let window = Arc::new(MeasuredWindow::default());
    window.open(Micros::new(OPEN), plan.load.run_time);
    let recorder = Recorder::new(&RecorderOptions::for_plan(&plan, 1), Arc::clone(&window)).unwrap();
    let mut series = Series::default();
    for now in (0..60_000_u64).step_by(10) {
        let took = 5_000 + now % 20_000 / 2 + now % 70;
        for (of, start, took) in [
            (SampleOf::Step(StepId(0)), now * 1_000, took),
            (SampleOf::Step(StepId(1)), now * 1_000, 2 * took),
            (SampleOf::Iteration, now * 1_000, 3 * took),
        ] {
            let failed = of == SampleOf::Step(StepId(1)) && now % 500 == 0;
            let (start, end) = (Micros::new(OPEN + start), Micros::new(OPEN + start + took));
            let first_byte = Some(Micros::new(OPEN + now * 1_000 + took / 2));
            let arrival = plan.load.arrivals.as_ref().map(|_| Arrival { intended: start, late: Micros::ZERO });
            recorder.record(&Sample { start, end, first_byte, arrival, ..sample(Request(of, took, !failed)) });
        }
        if now % 1_000 == 0 {
            series.add(recorder.take_intervals(Micros::from_millis(now), false), 1);
        }
    }
    (0..unsent).for_each(|_| recorder.unsent(StepId(0), Micros::from_secs(5)));
    series.add(recorder.take_intervals(Micros::from_secs(80), true), 1);
    judge(&Summary::fold(&plan.terms(), counted(&recorder, series), observed(&window, 12_000)), &plan.terms())
}

#[test]
fn rules_on_means_rates_and_shares_of_any_row_have_intervals_that_hold_their_figures() {
    let metrics =
        ["tps>=1", "throughput>=1", "mean<=1s", "mean-all<=1s", "ttfb-mean<=1s", "p95<=1s", "error-rate<=50%"];
    let rows = ["all", "pay", "look", "iteration"];
    let rules: Vec<String> = rows.iter().flat_map(|row| metrics.map(|metric| format!("{metric} for {row}"))).collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).filter(|r| *r != "ttfb-mean<=1s for iteration").collect();
    for overrides in [Overrides::default(), Overrides { rate: RatePerSec::new(100.0), ..Overrides::default() }] {
        for rule in two_steps(&rules, &overrides, 0).rules {
            let observed = rule.observed.unwrap();
            assert!(rule.ci_low.is_some() || rule.ci_high.is_some(), "{rule:?}");
            assert!(rule.ci_low.is_none_or(|low| low <= observed), "{rule:?}");
            assert!(rule.ci_high.is_none_or(|high| observed <= high), "{rule:?}");
            assert!(!rule.close, "{rule:?}");
        }
    }
}

#[test]
fn a_steps_interval_is_of_its_own_seconds() {
    let found =
        two_steps(&["mean<=1s for pay", "mean<=1s for look", "mean-all<=1s for look"], &Overrides::default(), 0);
    let [pay, look, all] = &found.rules[..] else { panic!("{found:?}") };
    let width = |rule: &RuleResult| rule.ci_high.unwrap() - rule.ci_low.unwrap();
    assert!((1.9..2.1).contains(&(width(look) / width(pay))), "twice as slow, twice as wide: {pay:?} {look:?}");
    assert_ne!((all.observed, all.ci_low), (look.observed, look.ci_low), "failures are in this one");
}

#[test]
fn extremes_gaps_counts_and_percentiles_of_the_first_byte_have_no_interval() {
    let rules = ["max<=1s for pay", "min<=1s for pay", "ttfb-p95<=1s for pay", "failures<=1000 for look"];
    for rule in two_steps(&rules, &Overrides::default(), 0).rules {
        assert_eq!((rule.ci_low, rule.ci_high), (None, None), "{rule:?}");
        assert!(rule.observed.is_some(), "{rule:?}");
    }
}

#[test]
fn an_arrival_that_was_never_sent_leaves_shares_and_percentiles_without_an_interval() {
    let rules =
        ["p95<=1s for pay", "success-rate>=50% for pay", "mean<=1s for pay", "tps>=1 for pay", "p95<=1s for look"];
    let overrides = Overrides { rate: RatePerSec::new(100.0), ..Overrides::default() };
    let found = two_steps(&rules, &overrides, 3).rules;
    let has = found.iter().map(|rule| rule.ci_low.is_some() || rule.ci_high.is_some()).collect::<Vec<_>>();
    assert_eq!(has, [false, false, true, true, true], "{found:?}");
}

#[test]
fn a_gap_is_a_metric_of_its_own() {
    let plan = plan(&["max-gap<=1s"], ONE_STEP);
    let verdict = run(&plan, &[ok(1000); 10], |_| {});
    assert_eq!(verdict.rules[0].verdict, RuleVerdict::Pass, "one user of a hundred is no waiting crowd");
}

fn ids(summary: &Summary) -> Vec<&'static str> {
    summary.caveats.iter().map(Caveat::id).collect()
}

/// A thread that used all of its processor.
fn starved(observed: &mut Observed) {
    observed.strain.thread_peak = Some(0.99);
}

#[test]
fn a_starved_generator_does_not_void_a_pass() {
    let good = vec![ok(1_000); 1_000];
    let plan = plan(&["tps>=9", "mean<=50ms"], ONE_STEP);
    let (verdict, summary) = lagging(&plan, &good, (Micros::from_millis(20), starved));
    assert_eq!(verdict.run, RunVerdict::Pass, "strain only makes figures worse, and the rate proves the load");
    assert_eq!(ids(&summary), ["loop_lag", "generator_cpu"]);
    assert!(summary.caveats.iter().all(|caveat| caveat.class() == CaveatClass::Instrument));
}

#[test]
fn a_starved_generator_voids_a_pass_whose_load_nothing_proves() {
    let good = vec![ok(1_000); 1_000];
    let (verdict, summary) = lagging(&plan(&["mean<=50ms"], ONE_STEP), &good, (Micros::new(50), starved));
    assert_eq!(verdict.run, RunVerdict::Invalid);
    assert_eq!(ids(&summary), ["load_unproven", "generator_cpu"]);
    let (verdict, _) = lagging(&plan(&["mean<=50ms"], ONE_STEP), &good, (Micros::new(50), |_: &mut Observed| {}));
    assert_eq!(verdict.run, RunVerdict::Pass, "a quiet generator needs no such proof");
}

#[test]
fn a_fail_the_generator_could_explain_is_invalid() {
    let slow = vec![ok(60_000); 1_000];
    let rules = ["mean<=50ms", "p95<=50ms", "success-rate>=99%"];
    let with = |millis| lagging(&plan(&rules, ONE_STEP), &slow, (Micros::from_millis(millis), |_: &mut Observed| {})).0;
    assert_eq!(with(9).run, RunVerdict::Fail, "51 ms are left when the lag is taken off");
    let verdict = with(11);
    assert_eq!(verdicts(&verdict), [RuleVerdict::Unproven, RuleVerdict::Unproven, RuleVerdict::Pass]);
    assert_eq!(verdict.run, RunVerdict::Invalid);
    assert_eq!(verdict.rules[0].instrument_share_ms, Some(11.0));
    assert_eq!(verdict.rules[2].instrument_share_ms, None, "a rate is nobody's lag");
}

#[test]
fn a_rate_that_lag_kept_down_is_unproven_in_a_closed_model() {
    // Ten a second; a fifth of each 10 ms was the generator's.
    let requests = vec![ok(10_000); 1_000];
    let with =
        |rule: &str| lagging(&plan(&[rule], ONE_STEP), &requests, (Micros::from_millis(2), |_: &mut Observed| {})).0;
    assert_eq!(verdicts(&with("tps>=12.5")), [RuleVerdict::Unproven]);
    assert_eq!(verdicts(&with("tps>=12.6")), [RuleVerdict::Fail]);
}

#[test]
fn errors_by_status_fail_even_when_starved() {
    let mut requests = vec![ok(1_000); 900];
    requests.extend(vec![failed(1_000); 100]);
    let plan = plan(&["success-rate>=99%", "p95<=50ms"], ONE_STEP);
    let (verdict, _) = lagging(&plan, &requests, (Micros::from_secs(1), starved));
    assert_eq!(verdicts(&verdict), [RuleVerdict::Fail, RuleVerdict::Fail], "a percentile among failures is no lag");
    assert_eq!(verdict.run, RunVerdict::Fail);
}

#[test]
fn a_freeze_of_the_generator_itself_is_no_fail_of_the_service() {
    let frozen: Vec<(u64, u64)> = (0..7).map(|n| (n * 40_000 + 10_000, n * 40_000 + 19_000)).collect();
    let (_, mut summary) = closed_run(&frozen);
    summary.paused = Micros::from_secs(60);
    let plan = resolve(ONE_STEP, &Overrides { users: Some(30), ..Overrides::default() }).unwrap();
    assert_eq!(verdicts(&judge(&summary, &plan.terms()))[2], RuleVerdict::Unproven);
    summary.paused = Micros::from_secs(30);
    assert_eq!(verdicts(&judge(&summary, &plan.terms()))[2], RuleVerdict::Fail, "most of it was the service's");
}

/// A closed run of 100 s with ten requests a second that take as long as `micros` says of their second.
fn second_by_second(micros: impl Fn(u64) -> u64, change: impl FnOnce(&mut Observed)) -> Summary {
    let plan = plan(&["mean<=50ms"], ONE_STEP);
    let window = Arc::new(MeasuredWindow::default());
    window.open(Micros::new(OPEN), plan.load.run_time);
    let recorder = Recorder::new(&RecorderOptions::for_plan(&plan, 1), Arc::clone(&window)).unwrap();
    let mut series = Series::default();
    for second in 0..100 {
        for tenth in 0..10 {
            let start = Micros::new(OPEN + second * 1_000_000 + tenth * 100_000);
            let end = start + Micros::new(micros(second));
            let connected = (tenth == 0 && second % 5 == 0).then_some(start);
            recorder.record(&Sample { start, end, connected, first_byte: Some(end), ..sample(ok(0)) });
        }
        series.add(recorder.take_intervals(Micros::from_secs(second + 2), false), 1);
    }
    series.add(recorder.take_intervals(Micros::from_secs(200), true), 1);
    recorder.loop_lag(Micros::new(OPEN), Micros::ZERO);
    let mut observed = observed(&window, 1_000);
    change(&mut observed);
    Summary::fold(&plan.terms(), counted(&recorder, series), observed)
}

#[test]
fn a_service_that_slows_down_is_not_steady() {
    let drifting = |more: u64| second_by_second(move |second| 20_000 + second / 34 * more, |_| {});
    assert_eq!(ids(&drifting(1_600)), ["not_steady"], "16 % from the first third to the last");
    assert_eq!(ids(&drifting(1_400)), [""; 0], "14 %");
}

#[test]
fn connections_made_anew_for_many_requests_are_churn() {
    // Two of a hundred are the most.
    assert_eq!(ids(&second_by_second(|_| 20_000, |_| {})), [""; 0]);
    let plan = plan(&["mean<=50ms"], ONE_STEP);
    let window = Arc::new(MeasuredWindow::default());
    window.open(Micros::new(OPEN), plan.load.run_time);
    let recorder = Recorder::new(&RecorderOptions::for_plan(&plan, 1), Arc::clone(&window)).unwrap();
    // Beside the first connection of each of the hundred users.
    for n in 0..5_000 {
        let connected = (n < 210).then_some(Micros::new(OPEN));
        recorder.record(&Sample { connected, ..sample(ok(1_000)) });
    }
    recorder.loop_lag(Micros::new(OPEN), Micros::ZERO);
    let mut series = Series::default();
    series.add(recorder.take_intervals(Micros::from_secs(200), true), 1);
    let summary = Summary::fold(&plan.terms(), counted(&recorder, series), observed(&window, 5_000));
    assert_eq!(ids(&summary), ["churn"]);
    assert_eq!(summary.caveats[0].observed(), Some(0.022));
}

#[test]
fn what_is_known_of_the_machine_is_warned_of_and_changes_no_verdict() {
    let with = |change: fn(&mut Observed)| {
        let summary = second_by_second(|_| 20_000, change);
        assert!(summary.caveats.iter().all(|caveat| caveat.class() == CaveatClass::Warning));
        ids(&summary)
    };
    assert_eq!(with(|o| o.strain.clock_moved = Micros::from_millis(251)), ["clock_step"]);
    assert_eq!(with(|o| o.strain.clock_moved = Micros::from_millis(250)), [""; 0]);
    assert_eq!(with(|o| o.co_located = true), ["co_located"]);
    let embedded = |o: &mut Observed| {
        o.co_located = true;
        o.target.kind = TargetKind::Embedded;
    };
    assert_eq!(with(embedded), ["embedded"], "the embedded service is always on the same machine");
}

#[test]
fn figures_that_cannot_be_read_are_listed_and_are_no_zeros() {
    let blind = |o: &mut Observed| o.strain = Strain { user_time: o.strain.user_time, ..Strain::default() };
    let summary = second_by_second(|_| 20_000, blind);
    let unknown = ["cpu_us_per_request", "thread_cpu_max", "runq_wait", "throttled", "steal"];
    assert_eq!(summary.caveats, [Caveat::Unknown { figures: unknown.to_vec() }]);
    assert_eq!(summary.generator.steal, None);
    let uncalibrated = second_by_second(|_| 20_000, |o| o.generator.calibration_failed = true);
    assert_eq!(uncalibrated.caveats, [Caveat::Unknown { figures: vec!["calibration"] }]);
    assert_eq!(second_by_second(|_| 20_000, |_| ()).caveats, [], "one that was not asked for is not missing");
}

#[test]
fn a_frozen_service_fails_though_its_samples_are_within_the_lag() {
    let frozen: Vec<(u64, u64)> = (0..7).map(|n| (n * 40_000 + 10_000, n * 40_000 + 19_000)).collect();
    let (_, mut summary) = closed_run(&frozen);
    // The samples alone miss the limit by less than the lag; the stalled time is the service's own.
    summary.generator.loop_lag_p99 = Some(Millis::new(60.0));
    let text = format!("gate = [\"p95<=19.5ms\"]\n{ONE_STEP}");
    let plan = resolve(&text, &Overrides { users: Some(30), ..Overrides::default() }).unwrap();
    summary.totals.exact.at_or_under[0].at_most = Micros::new(19_500);
    summary.totals.exact.at_or_under[0].count = 0;
    assert!(summary.stalls.is_some());
    let verdict = judge(&summary, &plan.terms());
    assert_eq!(verdicts(&verdict), [RuleVerdict::Unproven], "no stalled time is known at this limit");
}

#[test]
fn a_generator_that_was_the_whole_of_each_attempt_proves_no_fail() {
    let requests = vec![ok(10_000); 1_000];
    let lag = (Micros::from_millis(20), |_: &mut Observed| {});
    let (verdict, _) = lagging(&plan(&["tps>=1000"], ONE_STEP), &requests, lag);
    assert_eq!(verdicts(&verdict), [RuleVerdict::Unproven]);
}

#[test]
fn a_throttled_generator_explains_what_it_was_kept_from() {
    let requests = vec![ok(40_000); 1_000];
    let rules = ["tps>=20", "mean<=25ms", "p95<=25ms"];
    let throttled = |share| move |o: &mut Observed| o.strain.throttled = Some(share);
    let with = |share| lagging(&plan(&rules, ONE_STEP), &requests, (Micros::ZERO, throttled(share))).0;
    assert_eq!(verdicts(&with(0.55)), [RuleVerdict::Unproven; 3], "it worked 45 % of the time");
    assert_eq!(
        verdicts(&with(0.3)),
        [RuleVerdict::Fail, RuleVerdict::Fail, RuleVerdict::Unproven],
        "10/s are at most 14.3/s, 40 ms at least 28 ms; any percentile under the 70th could be the generator's"
    );
    assert_eq!(verdicts(&with(0.01)), [RuleVerdict::Fail; 3], "not over the threshold");
}

#[test]
fn a_generator_that_stood_still_fails_no_service_by_times_or_rates() {
    let mut requests = vec![ok(60_000); 900];
    requests.extend(vec![failed(1_000); 100]);
    let rules = ["tps>=20", "mean<=50ms", "p95<=50ms", "success-rate>=99%"];
    let paused = |o: &mut Observed| o.strain.longest_pause = Micros::from_secs(3);
    let (verdict, _) = lagging(&plan(&rules, ONE_STEP), &requests, (Micros::ZERO, paused));
    let fail = RuleVerdict::Fail;
    assert_eq!(verdicts(&verdict), [RuleVerdict::Unproven, RuleVerdict::Unproven, fail, fail]);
}
