//! Runs to render in tests: one that passes, one that fails, one interrupted before its window, one embedded.

use crate::gate::{RuleResult, RuleVerdict, RunVerdict, Verdict};
use crate::histogram::series::ClassCounts;
use crate::plan::{GateOrigin, PlanWarning};
use crate::sample::{FailureClass, Phase};
use crate::scenario::threshold::Dimension;
use crate::summary::caveat::Caveat;
use crate::summary::confidence::{SecondRecord, Seconds};
use crate::summary::{
    Calibration, Confidence, ExactCounts, FailureRow, FailureTimes, Generator, Interval, NoIntervals, Row, RunFacts,
    Summary, Target, TargetAddress, TargetKind, TimeBlock, WindowFacts,
};
use crate::units::{Micros, Millis, RatePerSec, Ratio};

/// A run and how it was judged.
pub(crate) struct Run {
    pub(crate) summary: Summary,
    pub(crate) verdict: Verdict,
}

fn ms(millis: f64) -> Option<Millis> {
    Some(Millis::new(millis))
}

fn times(count: u64, scale: f64) -> TimeBlock {
    TimeBlock {
        count,
        mean: ms(18.231 * scale),
        min: ms(4.812 * scale),
        max: ms(1_284.507 * scale),
        stddev: ms(14.902 * scale),
        p50: ms(15.103 * scale),
        p90: ms(31.743 * scale),
        p95: ms(42.527 * scale),
        p99: ms(77.823 * scale),
        p999: ms(181.247 * scale),
    }
}

fn row(name: Option<&str>, requests: u64, failures: u64) -> Row {
    let successes = requests - failures;
    let window = Micros::from_secs(300);
    Row {
        name: name.map(ToOwned::to_owned),
        requests,
        successes,
        failures,
        success_rate: Ratio::of(successes, requests),
        tps: RatePerSec::of(successes, window),
        throughput: RatePerSec::of(requests - 12, window),
        mean_all: ms(19.114),
        max_gap: ms(212.4),
        stalled: ms(0.0),
        bytes_sent: Some(requests * 412),
        bytes_received: Some(requests * 268),
        service_time: times(successes, 1.0),
        response_time: None,
        failure_time: times(failures, 3.1),
        ttfb: times(successes, 0.96),
        connect: Some(TimeBlock { count: 214, ..times(214, 0.1) }),
        arrivals: None,
        unsent: None,
        dropped: None,
        aborted: 0,
        outside_window: 74_210,
        redirects: 0,
        exact: ExactCounts::default(),
    }
}

/// A repeatable unevenness in `[0, 1)`.
fn wobble(at: u64) -> f64 {
    let mixed = at.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 40) as f64 / (1u64 << 24) as f64
}

fn second(at: i32) -> Interval {
    let w = |salt: u64| wobble((at + 1_000) as u64 * 7 + salt);
    let (phase, users) = match at {
        ..0 => (Phase::Before, ((at + 20) * 10).clamp(0, 100)),
        0..300 => (Phase::Measured, 100),
        _ => (Phase::After, 100 - (at - 299) * 50),
    };
    let load = f64::from(users) / 100.0;
    let slow: f64 = if (170..196).contains(&at) { 1.9 } else { 1.0 };
    let cold = if at < -4 { 1.5 } else { 1.0 };
    let drift = 1.0 + 0.08 * (f64::from(at) / 40.0).sin();
    let successes = (1_523.0 * load / slow.sqrt() / cold * (0.95 + 0.1 * w(1))) as u64;
    let failures = if (170..196).contains(&at) { (60.0 * w(2)) as u64 } else { u64::from(w(2) > 0.93) * 3 };
    let p50 = 15.1 * drift * slow * cold * (0.95 + 0.1 * w(3));
    let spike = if w(6) > 0.97 { 1.8 } else { 1.0 };
    let mut classes = ClassCounts::default();
    for at in 0..failures {
        classes.add(if at % 6 == 5 { FailureClass::BusinessReject } else { FailureClass::ServerError });
    }
    Interval {
        phase,
        start_s: f64::from(at),
        length_s: 1.0,
        users: users.max(0) as u32,
        successes,
        failures,
        classes,
        micros: (successes as f64 * p50 * 1_200.0) as u64,
        service_micros: (successes as f64 * p50 * 1_150.0) as u64,
        p50: ms(p50),
        p95: ms(p50 * (2.5 + 0.4 * w(4))),
        p99: ms(p50 * (4.3 + 1.2 * w(5)) * spike),
    }
}

/// The sums and times of a second of the window, as its series has them.
fn record(at: u32, slower: f64) -> (SecondRecord, Vec<(u32, u32)>) {
    let second = second(at.cast_signed());
    let percentile = |time: Option<Millis>| (time.map_or(0.0, Millis::get) * slower * 1e3) as u32;
    let [p50, p95, p99] = [second.p50, second.p95, second.p99].map(percentile);
    let n = second.successes as u32;
    let edges = [p50 * 2 / 5, p50 * 3 / 4, p50, p50 * 3 / 2, p95, p99, p99 * 3 / 2];
    let counts = [n / 20, n / 5, n / 4, n / 4, n / 5, n / 25, n / 100];
    let mut buckets: Vec<(u32, u32)> = edges.into_iter().zip(counts).collect();
    buckets.dedup_by_key(|(edge, _)| *edge);
    let (successes, failures) = (second.successes, second.failures);
    (SecondRecord { second: at, successes, failures, ..SecondRecord::default() }, buckets)
}

/// A log-normal body with a long tail, on buckets of three significant digits.
fn distribution(total: u64) -> Vec<(Micros, u64)> {
    let mut out = Vec::new();
    let mut edge = 4_800.0_f64;
    while edge < 1_300_000.0 {
        let z = (edge / 15_100.0).ln() / 0.55;
        let tail = 2e-6 * (60_000.0 / edge).min(1.0);
        let share = 0.0007 * (-z * z / 2.0).exp() + tail * wobble(edge as u64).round();
        let n = (total as f64 * share) as u64;
        if n > 0 {
            out.push((Micros::new(edge as u64), n));
        }
        edge *= 1.001;
    }
    out.push((Micros::new(1_284_507), 1));
    out
}

fn failure(class: FailureClass, status: Option<u16>, code: Option<i64>, said: (&str, u64)) -> FailureRow {
    FailureRow {
        class,
        step: "consume".to_owned(),
        status,
        code,
        message: said.0.to_owned(),
        count: said.1,
        first_second: Some(3),
        last_second: Some(296),
    }
}

fn rule(text: &str, (limit, observed): (f64, f64), dimension: Dimension, verdict: RuleVerdict) -> RuleResult {
    let at = text.find(['<', '>']).unwrap();
    RuleResult {
        rule: text.to_owned(),
        metric: text[..at].to_owned(),
        step: None,
        op: text[at..at + 2].to_owned(),
        limit,
        observed: Some(observed),
        ci_low: Some(observed * 0.985),
        ci_high: Some((observed * 1.015).min(if dimension == Dimension::Share { 1.0 } else { f64::MAX })),
        ci_note: None,
        close: false,
        instrument_share_ms: Some(0.041),
        verdict,
        dimension,
    }
}

fn generator() -> Generator {
    Generator {
        cpu_us_per_request: Some(8.84),
        cpu_fraction: Some(0.071),
        process_cpu_max: Some(0.078),
        thread_cpu_max: Some(0.093),
        runq_wait: Some(0.0041),
        throttled: Some(0.0),
        steal: None,
        loop_lag_mean: ms(0.041),
        loop_lag_p99: ms(0.212),
        pacer_late_p99: None,
        pacer_late_mean: None,
        user_time_unaccounted: Some(0.0031),
        calibration_failed: false,
        calibration: RatePerSec::new(41_820.4).map(|tps| Calibration { tps, p95: Millis::new(3.912) }),
        version: "0.1.0".into(),
        host: Some("loadgen-02".to_owned()),
        cpus: Some(8),
        memory: Some(16_679_108_608),
    }
}

fn facts() -> RunFacts {
    RunFacts {
        id: "20251223T205900Z-42".to_owned(),
        scenario: "consume".to_owned(),
        command:
            "tollgate run --scenario scenarios/consume.toml --host http://wallet.test.internal:8080/api --users 100 \
                  --run-time 300s --seed 42"
                .to_owned(),
        seed: 42,
        model: "closed",
        users: 100,
        iterations: None,
        stages: Vec::new(),
        rate: None,
        ramp_up_s: 10.0,
        warm_up_s: 10.0,
        run_time_s: 300.0,
        preflight_requests: Some(2),
        started_at: "2025-12-23T20:59:00.104Z".to_owned(),
        ended_at: "2025-12-23T21:04:21.377Z".to_owned(),
        window: WindowFacts {
            start: Some("2025-12-23T20:59:20.131Z".to_owned()),
            end: Some("2025-12-23T21:04:20.131Z".to_owned()),
            seconds: Some(300.0),
        },
    }
}

fn addresses() -> Vec<TargetAddress> {
    ["10.20.0.11:8080", "10.20.0.12:8080"].map(|a| TargetAddress { address: a.to_owned(), users: 50 }).into()
}

/// A run of 300 s whose four rules hold, with a few failures.
pub(crate) fn passing() -> Run {
    let (requests, failed) = (456_789, 776);
    let summary = Summary {
        interrupted: false,
        run: facts(),
        target: Target {
            url: "http://wallet.test.internal:8080/api".to_owned(),
            kind: TargetKind::External,
            addresses: addresses(),
            refused: Vec::new(),
        },
        totals: row(None, requests, failed),
        steps: vec![row(Some("consume"), requests, failed)],
        failures: vec![
            failure(
                FailureClass::ServerError,
                Some(503),
                Some(50_301),
                ("upstream ledger is not available, try again", 641),
            ),
            failure(FailureClass::BusinessReject, Some(200), Some(40_012), ("余额不足：account 1002931", 121)),
            failure(FailureClass::Timeout, None, None, ("no whole answer within 10s", 12)),
            failure(FailureClass::RateLimited, Some(429), None, ("slow down", 2)),
        ],
        failures_by_class: [
            (FailureClass::BusinessReject, 121, 0.2),
            (FailureClass::RateLimited, 2, 0.1),
            (FailureClass::ServerError, 641, 1.4),
            (FailureClass::Timeout, 12, 540.0),
        ]
        .map(|(class, count, scale)| FailureTimes { class, failure_time: times(count, scale) })
        .into(),
        caveats: vec![Caveat::RateLimitSeen { count: 2 }],
        confidence: Confidence { method: Some("equal-weighted cosine"), nu: Some(4), available: true, reason: None },
        generator: generator(),
        iteration: None,
        groups: Vec::new(),
        setup: Vec::new(),
        setup_failures: Vec::new(),
        stalls: None,
        seconds: Seconds::of_all((0..300).map(|at| record(at, 1.0))),
        length: Some(Micros::from_secs(300)),
        paused: Micros::ZERO,
        series: (-20..302).map(second).collect(),
        distribution: distribution(requests - failed),
        service_distribution: Vec::new(),
    };
    let verdict = Verdict {
        run: RunVerdict::Pass,
        rules: vec![
            rule("tps>=1000", (1_000.0, 1_520.043), Dimension::Rate, RuleVerdict::Pass),
            rule("mean<=50ms", (50.0, 18.231), Dimension::Time, RuleVerdict::Pass),
            rule("p95<=100ms", (100.0, 42.527), Dimension::Time, RuleVerdict::Pass),
            rule("success-rate>=99%", (0.99, 0.998_301), Dimension::Share, RuleVerdict::Pass),
        ],
        gate: GateOrigin::Scenario,
        evidence: Vec::new(),
    };
    Run { summary, verdict }
}

/// The same run, slower by so much that its P95 is over its limit.
pub(crate) fn failing() -> Run {
    const SLOWER: f64 = 2.447;
    let slower = |time: Option<Millis>| time.map(|t| Millis::new(t.get() * SLOWER));
    let mut run = passing();
    for second in &mut run.summary.series {
        (second.p50, second.p95, second.p99) = (slower(second.p50), slower(second.p95), slower(second.p99));
    }
    for (edge, _) in &mut run.summary.distribution {
        *edge = Micros::new(edge.get() * 2_447 / 1_000);
    }
    run.summary.seconds = Seconds::of_all((0..300).map(|at| record(at, SLOWER)));
    for row in [&mut run.summary.totals, &mut run.summary.steps[0]] {
        row.service_time = times(row.successes, SLOWER);
        row.ttfb = times(row.successes, SLOWER * 0.96);
        row.mean_all = slower(row.mean_all);
    }
    run.verdict.run = RunVerdict::Fail;
    run.verdict.rules[1] = rule("mean<=50ms", (50.0, 44.611), Dimension::Time, RuleVerdict::Marginal);
    run.verdict.rules[1].close = true;
    run.verdict.rules[2] = rule("p95<=100ms", (100.0, 104.064), Dimension::Time, RuleVerdict::Fail);
    run
}

/// The same run over a day.
pub(crate) fn day() -> Run {
    const DAY: u32 = 86_400;
    let mut run = passing();
    let summary = &mut run.summary;
    let wave = |at: i32| second(at.rem_euclid(300));
    let at = |at: i32| Interval { start_s: f64::from(at), phase: phase_of(at, DAY), ..wave(at) };
    summary.series = (-20..DAY.cast_signed() + 2).map(at).collect();
    let kept = |at: u32| {
        let (sums, buckets) = record(at % 300, 1.0);
        (SecondRecord { second: at, ..sums }, buckets)
    };
    summary.seconds = Seconds::of_all((0..DAY).map(kept));
    summary.length = Some(Micros::from_secs(DAY.into()));
    (summary.run.run_time_s, summary.run.window.seconds) = (f64::from(DAY), Some(f64::from(DAY)));
    run
}

fn phase_of(at: i32, window: u32) -> Phase {
    match u32::try_from(at) {
        Err(_) => Phase::Before,
        Ok(at) if at < window => Phase::Measured,
        Ok(_) => Phase::After,
    }
}

/// Stopped before its window opened: nothing was measured.
pub(crate) fn interrupted() -> Run {
    let mut run = passing();
    let summary = &mut run.summary;
    summary.interrupted = true;
    summary.run.window = WindowFacts { start: None, end: None, seconds: None };
    let empty = Row { name: None, ..blank() };
    summary.steps = vec![Row { name: Some("consume".to_owned()), ..empty.clone() }];
    summary.totals = empty;
    summary.failures.clear();
    summary.failures_by_class.clear();
    summary.series.clear();
    summary.seconds = Seconds::default();
    summary.length = None;
    summary.distribution.clear();
    summary.generator = Generator { version: "0.1.0".into(), ..Generator::default() };
    summary.confidence =
        Confidence { method: None, nu: None, available: false, reason: Some(NoIntervals::ShortWindow) };
    summary.caveats = vec![Caveat::WindowShort { length: Micros::ZERO, planned: Micros::from_secs(300) }];
    for rule in &mut run.verdict.rules {
        (rule.observed, rule.ci_low, rule.ci_high) = (None, None, None);
        rule.verdict = RuleVerdict::NoData;
    }
    run.verdict.run = RunVerdict::Invalid;
    run
}

fn blank() -> Row {
    Row {
        name: None,
        requests: 0,
        successes: 0,
        failures: 0,
        success_rate: None,
        tps: None,
        throughput: None,
        mean_all: None,
        max_gap: None,
        stalled: None,
        bytes_sent: Some(0),
        bytes_received: Some(0),
        service_time: TimeBlock::default(),
        response_time: None,
        failure_time: TimeBlock::default(),
        ttfb: TimeBlock::default(),
        connect: Some(TimeBlock::default()),
        arrivals: None,
        unsent: None,
        dropped: None,
        aborted: 0,
        outside_window: 0,
        redirects: 0,
        exact: ExactCounts::default(),
    }
}

/// The passing run on Tollgate's own service.
pub(crate) fn embedded() -> Run {
    let mut run = passing();
    let addresses = vec![TargetAddress { address: "127.0.0.1:41873".to_owned(), users: 100 }];
    let url = "http://127.0.0.1:41873".to_owned();
    run.summary.target = Target { url, kind: TargetKind::Embedded, addresses, refused: Vec::new() };
    run.summary.caveats.push(Caveat::Embedded);
    run
}

/// A run whose every foreign text tries to be more than text.
pub(crate) fn hostile() -> Run {
    let mut run = passing();
    let text = "</td><script>alert(1)</script><img src=x onerror=alert(1)>\u{1b}[31m\u{202e}evil\0\n";
    let summary = &mut run.summary;
    summary.run.scenario = text.to_owned();
    summary.run.command = text.to_owned();
    summary.target.url = text.to_owned();
    summary.steps[0].name = Some(text.to_owned());
    summary.failures[0].message = text.to_owned();
    summary.caveats[0] = Caveat::Planned(PlanWarning::WeakerGate { own: text.to_owned(), given: text.to_owned() });
    summary.generator.host = Some(text.to_owned());
    run.verdict.rules[0].rule = text.to_owned();
    run
}
