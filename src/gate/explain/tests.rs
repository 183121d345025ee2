//! What a failed rule is explained by.

use std::sync::Arc;

use super::*;
use crate::gate::{Verdict, judge};
use crate::histogram::recorder::{Recorder, RecorderOptions};
use crate::histogram::series::Series;
use crate::instrument::Strain;
use crate::plan::tests::{ONE_STEP, TWO_STEPS, resolve};
use crate::plan::{Overrides, Plan};
use crate::sample::{Failure, MeasuredWindow, Outcome, Sample, SampleOf, SampleSink};
use crate::summary::caveat::UsersBy;
use crate::summary::{Counted, Generator, Kept, Observed, RunFacts, Target, TargetKind};

const OPEN: u64 = 1_000_000;
const SECONDS: u64 = 100;

/// One request: its step, how long it took in microseconds, whether it opened a connection, and its status if it failed.
#[derive(Clone, Copy)]
struct Told {
    step: u16,
    micros: u64,
    new: bool,
    failed: Option<u16>,
}

const QUICK: Told = Told { step: 0, micros: 20_000, new: false, failed: None };

/// A run of 100 s with twenty requests a second, each as `told` says of its second and number.
fn run(rules: &[&str], text: &str, told: impl Fn(u64, u64) -> Told) -> (Summary, Verdict) {
    let rules: Vec<String> = rules.iter().map(|rule| format!("\"{rule}\"")).collect();
    let overrides = Overrides { run_time: Some(Micros::from_secs(SECONDS)), users: Some(1), ..Overrides::default() };
    let plan = resolve(&format!("gate = [{}]\n{text}", rules.join(",")), &overrides).unwrap();
    let window = Arc::new(MeasuredWindow::default());
    window.open(Micros::new(OPEN), plan.load.run_time);
    let recorder = Recorder::new(&RecorderOptions::for_plan(&plan, 1), Arc::clone(&window)).unwrap();
    let mut series = Series::default();
    for second in 0..SECONDS {
        for n in 0..20 {
            record(&recorder, OPEN + second * 1_000_000 + n * 50_000, told(second, n));
        }
        series.add(recorder.take_intervals(Micros::from_secs(second + 2), false), 1);
    }
    series.add(recorder.take_intervals(Micros::from_secs(200), true), 1);
    let summary = summary(&plan, &recorder, (series, &window));
    let verdict = judge(&summary, &plan.terms());
    (summary, verdict)
}

fn record(recorder: &Recorder, start: u64, told: Told) {
    let (start, end) = (Micros::new(start), Micros::new(start + told.micros));
    let failure = |status| Failure { class: FailureClass::ServerError, status: Some(status), code: None, message: "" };
    recorder.record(&Sample {
        of: SampleOf::Step(StepId(told.step)),
        arrival: None,
        start,
        connected: told.new.then_some(start),
        first_byte: Some(end),
        end,
        bytes_sent: 0,
        bytes_received: 0,
        outcome: told.failed.map_or(Outcome::Success, |status| Outcome::Failure(failure(status))),
    });
}

fn summary(plan: &Plan, recorder: &Recorder, (mut series, window): (Series, &MeasuredWindow)) -> Summary {
    let counted = Counted {
        recording: recorder.recording(),
        kept: Kept::of(&series.take_all()),
        stalls: recorder.stalls(),
        released: None,
        lag: recorder.lag(),
    };
    let observed = Observed {
        run: RunFacts { model: "closed", users: 1, run_time_s: SECONDS as f64, ..RunFacts::default() },
        target: Target::of("http://x".into(), TargetKind::External),
        window: window.bounds(),
        interrupted: false,
        target_lost: None,
        ran_dry: None,
        unlisted: None,
        users_lost: 0,
        requests_started: SECONDS * 20,
        requests_ended: SECONDS * 20,
        strain: Strain::default(),
        co_located: false,
        generator: Generator::default(),
    };
    Summary::fold(&plan.terms(), counted, observed)
}

/// Why the first rule failed.
fn why(rule: &str, text: &str, told: impl Fn(u64, u64) -> Told) -> Explanation {
    let (summary, verdict) = run(&[rule], text, told);
    explain(&summary, &verdict.rules[0]).unwrap()
}

fn parts(explanation: &Explanation, by: By) -> Vec<(What, f64)> {
    let ways = explanation.ways.iter().filter(|way| way.by == by).flat_map(|way| &way.parts);
    ways.map(|part| (part.what.clone(), (part.share * 1e6).round() / 1e6)).collect()
}

#[test]
fn a_percentile_is_explained_by_the_seconds_and_connections_that_were_slow() {
    // From 40 s to 50 s every second request needs a new connection, and is slow.
    let slow = |second: u64, n: u64| (40..50).contains(&second) && n.is_multiple_of(2);
    let told = |second, n| if slow(second, n) { Told { micros: 180_000, new: true, ..QUICK } } else { QUICK };
    let found = why("p99<=100ms", ONE_STEP, told);
    assert_eq!(found.burden, Burden::Over { attempts: 100, limit_ms: 100.0 });
    // The last of them ended a second later.
    assert_eq!(parts(&found, By::Second), [(What::Seconds(40, 49), 0.99)]);
    assert_eq!(parts(&found, By::Connection), [(What::NewConnection, 1.0)]);
    assert_eq!(parts(&found, By::Outcome), [(What::Succeeded, 1.0)]);
    let new = &found.ways.iter().find(|way| way.by == By::Connection).unwrap().parts[0];
    assert_eq!(new.of_all, Some(0.05), "of all requests one in twenty");
}

#[test]
fn failures_are_over_every_limit_and_told_by_status_and_step() {
    let told = |second: u64, n: u64| match (second, n) {
        (10..20, 0..3) => Told { step: 1, failed: Some(503), ..QUICK },
        (10..20, 3) => Told { step: 0, micros: 300_000, ..QUICK },
        _ => Told { step: (n % 2) as u16, ..QUICK },
    };
    let found = why("p99<=100ms for all", TWO_STEPS, told);
    assert_eq!(found.burden, Burden::Over { attempts: 40, limit_ms: 100.0 });
    let outcome = [(What::Failed(FailureClass::ServerError, Some(503)), 0.75), (What::Succeeded, 0.25)];
    assert_eq!(parts(&found, By::Outcome), outcome);
    let (summary, _) = run(&["p99<=100ms for all"], TWO_STEPS, told);
    let name = |at: usize| What::Step(summary.steps[at].name.clone().unwrap());
    assert_eq!(parts(&found, By::Step), [(name(1), 0.75), (name(0), 0.25)]);
    assert_eq!(parts(&found, By::Connection), [(What::ReusedConnection, 1.0)]);
    let rate = why("success-rate>=99.9% for all", TWO_STEPS, told);
    assert_eq!(rate.burden, Burden::Failed { attempts: 30 });
    assert_eq!(parts(&rate, By::Step), [(name(1), 1.0)]);
    assert_eq!(parts(&rate, By::Second), [(What::Seconds(10, 19), 1.0)]);
}

#[test]
fn a_mean_is_explained_by_the_time_beyond_its_limit() {
    let told = |second: u64, _| Told { micros: if second >= 90 { 400_000 } else { 20_000 }, ..QUICK };
    let found = why("mean<=50ms", ONE_STEP, told);
    assert_eq!(found.burden, Burden::Excess { limit_ms: 50.0 });
    let [(What::Seconds(90, last), share)] = parts(&found, By::Second)[..] else { panic!("{found:?}") };
    assert!(last >= 99 && share > 0.95, "{found:?}");
    assert_eq!(parts(&found, By::Connection), [(What::ReusedConnection, 1.0)]);
}

#[test]
fn a_rate_is_explained_by_the_seconds_that_lacked_answers() {
    let told = |second: u64, n: u64| match second {
        30..40 if n > 1 => Told { failed: Some(500), ..QUICK },
        _ => QUICK,
    };
    let found = why("tps>=19.5", ONE_STEP, told);
    assert_eq!(found.burden, Burden::Shortfall { limit: 19.5 });
    assert_eq!(parts(&found, By::Second), [(What::Seconds(30, 39), 1.0)]);
    assert_eq!(parts(&found, By::StepTime).len(), 1);
}

#[test]
fn what_is_slow_throughout_names_no_part_of_the_window() {
    let found = why("p95<=10ms", ONE_STEP, |_, _| QUICK);
    assert_eq!(parts(&found, By::Second), [(What::Throughout, 1.0)]);
}

#[test]
fn a_rule_that_stalled_time_broke_is_explained_by_the_silence_and_has_no_good_margin() {
    // One request of twelve seconds in a hundred: 0.1 % of the samples, and an eighth of the window.
    let hangs = |second: u64, n: u64| second == 50 && n == 0;
    let quiet = |second: u64, n: u64| (50..62).contains(&second) && !hangs(second, n);
    let told = |second, n| match (hangs(second, n), quiet(second, n)) {
        (true, _) => Told { micros: 11_900_000, ..QUICK },
        // Sent behind it instead.
        (_, true) => Told { micros: 0, ..QUICK },
        _ => QUICK,
    };
    let (mut summary, mut verdict) = run(&["p95<=100ms"], ONE_STEP, told);
    let stalls = crate::histogram::stall::Stalls {
        max_gap: Micros::from_secs(12),
        stalled: vec![(Micros::from_millis(100), Micros::from_secs(12))],
    };
    summary.stalls = Some(stalls);
    summary.seconds.forget(50..61);
    verdict.rules[0].verdict = RuleVerdict::Fail;
    verdict.rules[0].observed = Some(20.0);
    let (time, allowed) = stalled(&summary, &verdict.rules[0]).unwrap();
    assert_eq!((time, allowed), (Micros::from_secs(12), Micros::from_secs(5)));
    let found = explain(&summary, &verdict.rules[0]).unwrap();
    assert_eq!(found.burden, Burden::Silence);
    assert_eq!(parts(&found, By::Second), [(What::Seconds(50, 60), 1.0)]);
    verdict.rules[0].observed = Some(120.0);
    assert_eq!(stalled(&summary, &verdict.rules[0]), None, "its samples broke it");
}

#[test]
fn a_recording_that_may_not_tell_of_connections_is_not_explained_by_them() {
    let (mut summary, verdict) = run(&["p95<=10ms"], ONE_STEP, |_, _| QUICK);
    assert_eq!(parts(&explain(&summary, &verdict.rules[0]).unwrap(), By::Connection).len(), 1);
    summary.caveats.push(Caveat::Foreign { users_by: UsersBy::Nothing, transactions: 0 });
    assert_eq!(parts(&explain(&summary, &verdict.rules[0]).unwrap(), By::Connection), []);
}

#[test]
fn a_rule_that_holds_needs_no_explanation() {
    let (summary, verdict) = run(&["p95<=100ms"], ONE_STEP, |_, _| QUICK);
    assert_eq!(explain(&summary, &verdict.rules[0]), None);
}
