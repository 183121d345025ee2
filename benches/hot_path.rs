//! What one request costs beside its system calls: `cargo bench`.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a bench ends where it panics")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use divan::Bencher;
use tollgate::histogram::recorder::{Recorder, RecorderOptions};
use tollgate::histogram::series::Series;
use tollgate::plan::{Identity, Overrides, Plan, RowId};
use tollgate::sample::{Arrival, MeasuredWindow, Outcome, Sample, SampleOf, SampleSink, StepId};
use tollgate::scenario::Scenario;
use tollgate::scenario::check::Reply;
use tollgate::scenario::feeder::Turn;
use tollgate::scenario::json::{Document, Outline};
use tollgate::scenario::slots::Slots;
use tollgate::scenario::template::{Draw, Random};
use tollgate::scenario::threshold::Permille;
use tollgate::summary::confidence::{Ended, Intervals, Seconds};
use tollgate::units::{Micros, RatePerSec};

const ANSWER: &[u8] =
    br#"{"code":200,"message":"success","data":{"transactionNo":"T1","status":"SUCCESS"},"timestamp":1700000000000}"#;

fn main() {
    divan::main();
}

/// The plan of the scenario that ships.
fn plan() -> Plan {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/consume.toml");
    let scenario = Scenario::load(&path).unwrap();
    let identity = Identity { name: "consume".into(), run_id: "20251223T205900Z-1a2b".into(), seed: 1 };
    let overrides = Overrides { rate: RatePerSec::new(1_020.0), ..Overrides::default() };
    Plan::resolve(&scenario, &overrides, identity).unwrap()
}

fn success(start: Micros, end: Micros, arrival: Option<Arrival>) -> Sample<'static> {
    Sample {
        of: SampleOf::Step(StepId(0)),
        arrival,
        start,
        connected: None,
        first_byte: Some(end),
        end,
        bytes_sent: 280,
        bytes_received: 430,
        outcome: Outcome::Success,
    }
}

/// What the texts of an iteration draw on.
fn draw<'a>(plan: &'a Plan, rows: &'a [u64], (sequence, slots, random): (u64, &'a Slots, &'a Random)) -> Draw<'a> {
    Draw {
        sequence,
        user: 1,
        user_sequence: sequence,
        rows,
        feeders: &plan.feeders,
        slots,
        random,
        now: jiff::Timestamp::default,
    }
}

#[divan::bench]
fn record_a_sample(bencher: Bencher<'_, '_>) {
    let window = Arc::new(MeasuredWindow::default());
    window.open(Micros::ZERO, Micros::from_secs(300));
    let recorder = Recorder::new(&RecorderOptions::for_plan(&plan(), 2), window).unwrap();
    let mut now = 0;
    bencher.bench_local(|| {
        now = (now + 173) % 20_000_000;
        let (start, end) = (Micros::new(now), Micros::new(now + 15_000 + now % 4_096));
        recorder.record(black_box(&success(start, end, None)));
    });
}

#[divan::bench]
fn write_the_body_of_a_charge(bencher: Bencher<'_, '_>) {
    let plan = plan();
    let body = plan.steps[0].body.as_ref().unwrap();
    let mut out = Vec::with_capacity(256);
    let mut sequence = 0;
    let (slots, random) = (Slots::new(plan.slots), Random::new(1, 1));
    bencher.bench_local(|| {
        sequence += 1;
        let rows = [plan.feeders[0].1.next(Turn { sequence, user: 1, own: sequence }, || sequence).unwrap()];
        out.clear();
        body.write(&draw(&plan, &rows, (sequence, &slots, &random)), &mut out);
        black_box(out.len())
    });
}

/// A whole charge as a busy scenario writes it: what the template and the checks cost on top of a fixed body is this
/// less `write_a_fixed_charge`.
const BUSY: &str = r#"
gate = ["failures<=0"]
[[feeder]]
name = "charge"
permute = [
    { column = "userId", from = 1, to = 10000 },
    { column = "deviceId", from = 1, to = 40, prefix = "POS", width = 3 },
    { column = "amount", from = "5.50", to = "50.50" },
    { column = "areaId", from = 1, to = 8, prefix = "AREA", width = 2 },
]
[[scenario]]
name = "a"
[[scenario.step]]
name = "consume"
path = "/api/consume/transaction"
body = '{"transactionNo":"${run.id}-${sequence}","userId":${charge.userId},"areaId":"${charge.areaId}","deviceId":"${charge.deviceId}","amount":${charge.amount},"nonce":"${uuid()}"}'
envelope = "consume-400"
check = [{ json = "$.data.status", equals = "SUCCESS" }]
extract = [{ var = "no", json = "$.data.transactionNo" }]
"#;

const FIXED: &str = r#"
gate = ["failures<=0"]
[[scenario]]
name = "a"
[[scenario.step]]
name = "consume"
path = "/api/consume/transaction"
body = '{"transactionNo":"20251223T205900Z-1a2b-1234567","userId":1234,"areaId":"AREA01","deviceId":"POS001","amount":12.34,"nonce":"0b0e6a0e-0b5e-4b0e-8b0e-0b0e6a0e0b5e"}'
"#;

fn one_charge(bencher: Bencher<'_, '_>, text: &str) {
    let scenario = Scenario::parse(text, Path::new("x.toml")).unwrap();
    let identity = Identity { name: "x".into(), run_id: "20251223T205900Z-1a2b".into(), seed: 1 };
    let plan = Plan::resolve(&scenario, &Overrides::default(), identity).unwrap();
    let step = &plan.steps[0];
    let (mut out, mut scratch, mut sequence) = (Vec::with_capacity(512), Vec::with_capacity(64), 0);
    let (mut slots, mut outline) = (Slots::new(plan.slots), Outline::default());
    bencher.bench_local(|| {
        sequence += 1;
        let rows = plan
            .feeders
            .first()
            .map_or([0], |(_, feeder)| [feeder.next(Turn { sequence, user: 1, own: sequence }, || 0).unwrap()]);
        let random = Random::new(1, sequence);
        out.clear();
        step.body.as_ref().unwrap().write(&draw(&plan, &rows, (sequence, &slots, &random)), &mut out);
        let body = black_box(ANSWER);
        let body = if step.expectation.looks_up() { outline.read(body) } else { Document::unread(body) };
        let reply = Reply { status: 200, head: b"", body, time: Micros::from_millis(15) };
        let good = step.expectation.examine(&reply, &draw(&plan, &rows, (sequence, &slots, &random)), &mut scratch);
        let taken = step.extracts.iter().all(|extract| extract.take(&reply, &mut slots).is_ok());
        black_box((out.len(), good.is_ok(), taken))
    });
}

#[divan::bench]
fn write_check_and_extract_a_busy_charge(bencher: Bencher<'_, '_>) {
    one_charge(bencher, BUSY);
}

#[divan::bench]
fn write_a_fixed_charge(bencher: Bencher<'_, '_>) {
    one_charge(bencher, FIXED);
}

#[divan::bench]
fn check_the_envelope_of_an_answer(bencher: Bencher<'_, '_>) {
    let plan = plan();
    let expectation = &plan.steps[0].expectation;
    let mut outline = Outline::default();
    bencher.bench_local(|| expectation.judge(200, outline.read(black_box(ANSWER))).is_ok());
}

#[divan::bench]
fn look_up_the_next_arrival(bencher: Bencher<'_, '_>) {
    let mut schedule = plan().load.arrivals.unwrap().schedule();
    bencher.bench_local(|| schedule.next());
}

/// The seconds of five minutes at 5,000 requests a second, which spread over 15 to 80 ms.
fn five_minutes() -> Seconds {
    let window = Arc::new(MeasuredWindow::default());
    window.open(Micros::ZERO, Micros::from_secs(300));
    let recorder = Recorder::new(&RecorderOptions::for_plan(&plan(), 1), window).unwrap();
    let mut series = Series::default();
    for second in 0..300 {
        for n in 0..5_000_u64 {
            let start = Micros::new(second * 1_000_000 + n * 200);
            let end = start + Micros::new(15_000 + (n * n * 31 + second * 977) % 65_521 * (n % 8) / 7);
            recorder.record(&success(start, end, Some(Arrival { intended: start, late: Micros::ZERO })));
        }
        series.add(recorder.take_intervals(Micros::from_secs(second + 1), false), 100);
    }
    Seconds::of(series.take_all().iter().map(|(counts, _)| counts))
}

#[divan::bench]
fn keep_a_second(bencher: Bencher<'_, '_>) {
    let window = Arc::new(MeasuredWindow::default());
    window.open(Micros::ZERO, Micros::from_secs(300));
    let recorder = Recorder::new(&RecorderOptions::for_plan(&plan(), 1), window).unwrap();
    let mut series = Series::default();
    (0..5_000_u64).for_each(|n| {
        let (start, end) = (Micros::new(n * 100), Micros::new(n * 100 + 15_000 + n * n % 65_521));
        recorder.record(&success(start, end, Some(Arrival { intended: start, late: Micros::ZERO })));
    });
    series.add(recorder.take_intervals(Micros::SECOND, true), 100);
    let (counts, _) = series.take_all().swap_remove(0);
    bencher.bench_local(|| Seconds::of([black_box(&counts)]));
}

#[divan::bench]
fn judge_five_minutes(bencher: Bencher<'_, '_>) {
    let seconds = five_minutes();
    bencher.bench_local(|| {
        let of = Intervals::of(black_box(seconds.row(RowId::All)), Some(Micros::from_secs(300))).unwrap();
        (
            of.mean(),
            of.tps(Ended::Whenever),
            of.percentile(Permille::P95),
            of.percentile(Permille::P99),
            of.success_rate(),
        )
    });
}
