//! What one request costs beside its system calls: `cargo bench`.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a bench ends where it panics")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use divan::Bencher;
use tollgate::attack::clock::time_of_day;
use tollgate::histogram::recorder::{Recorder, RecorderOptions};
use tollgate::plan::{Identity, Overrides, Plan};
use tollgate::sample::{MeasuredWindow, Outcome, Sample, SampleOf, SampleSink, StepId};
use tollgate::scenario::Scenario;
use tollgate::scenario::slots::Slots;
use tollgate::scenario::template::{Draw, Random};
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

/// What the texts of an iteration draw on.
fn draw<'a>(plan: &'a Plan, rows: &'a [u64], (sequence, slots, random): (u64, &'a Slots, &'a Random)) -> Draw<'a> {
    Draw { sequence, user: 1, user_sequence: sequence, rows, feeders: &plan.feeders, slots, random, now: time_of_day }
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
        recorder.record(black_box(&Sample {
            of: SampleOf::Step(StepId(0)),
            arrival: None,
            start,
            connected: None,
            first_byte: Some(end),
            end,
            bytes_sent: 280,
            bytes_received: 430,
            outcome: Outcome::Success,
        }));
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
        let rows = [plan.feeders[0].1.next((sequence, 1), || sequence).unwrap()];
        out.clear();
        body.write(&draw(&plan, &rows, (sequence, &slots, &random)), &mut out);
        black_box(out.len())
    });
}

#[divan::bench]
fn check_the_envelope_of_an_answer(bencher: Bencher<'_, '_>) {
    let plan = plan();
    let expectation = &plan.steps[0].expectation;
    bencher.bench_local(|| expectation.judge(200, black_box(ANSWER)).is_ok());
}

#[divan::bench]
fn look_up_the_next_arrival(bencher: Bencher<'_, '_>) {
    let mut schedule = plan().load.arrivals.unwrap().schedule();
    bencher.bench_local(|| schedule.next());
}
