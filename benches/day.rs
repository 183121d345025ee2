//! What a long run costs: a day of seconds, journalled and rendered again: `cargo bench --bench day`.
//!
//! The journal is made here and not kept, unless a folder for it is named: three steps, a thousand requests a second. Printed
//! are its size, and the time on the clock, the processor time and the most memory that rendering took; the target is 10 s
//! and 300 MB.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench ends where it panics"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tollgate::histogram::recorder::{Recorder, RecorderOptions};
use tollgate::journal::Kind;
use tollgate::journal::second::Encoder;
use tollgate::journal::writer::Writer;
use tollgate::plan::{Identity, Overrides, Plan};
use tollgate::sample::{MeasuredWindow, Outcome, Sample, SampleOf, SampleSink, StepId};
use tollgate::scenario::Scenario;
use tollgate::units::Micros;

const SCENARIO: &str = "gate = [\"tps>=300 for pay\", \"mean<=50ms for pay\", \"p95<=100ms for pay\", \"p99<=300ms for all\", \"success-rate>=99%\"]\n[load]\nusers = 100\nrun_time = \"24h\"\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\npath = \"/pay\"\n[[scenario.step]]\nname = \"look\"\npath = \"/look\"\n[[scenario.step]]\nname = \"list\"\npath = \"/list\"\n";
const LEAD: u64 = 20;
/// Seconds of the window: a day, unless another number is typed.
const DAY: u64 = 86_400;
const A_SECOND: u64 = 1_000;

fn plan() -> Plan {
    let scenario = Scenario::parse(SCENARIO, Path::new("day.toml")).unwrap();
    let identity = Identity { name: "day".into(), run_id: "20251223T205900Z-0001".into(), seed: 1 };
    Plan::resolve(&scenario, &Overrides::default(), identity).unwrap()
}

/// A time that drifts over the day and has a tail.
fn time(second: u64, random: &mut u64) -> u64 {
    *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let (bits, drift) = (*random >> 33, second % 7_200);
    let body = 15_000 + drift + bits % 9_000;
    if bits % 97 == 0 { body * (1 + bits % 13) } else { body }
}

/// The journal of so many seconds of three steps at a thousand requests a second, as a run writes it.
fn write(folder: &Path, length: u64) {
    let plan = plan();
    let window = Arc::new(MeasuredWindow::default());
    window.open(Micros::from_secs(LEAD), Micros::from_secs(length));
    let recorder = Recorder::new(&RecorderOptions::for_plan(&plan, 2), window).unwrap();
    let opening = json!({
        "terms": plan.terms(), "plan": plan.written("http://localhost:1"), "command": "tollgate", "lang": "en",
        "seen_at": "day", "target": {"url": "http://localhost:1", "kind": "external", "addresses": []}, "refused": [],
        "co_located": false, "calibration_failed": false, "machine": {"version": "0.1.0"}, "calibration": null,
    });
    let writer = Writer::begin(folder, opening.to_string().as_bytes()).unwrap();
    let (mut batch, mut encoder, mut random, mut sent) = (recorder.batch(), Encoder::default(), 7, 0_u64);
    for second in 0..LEAD + length {
        for n in 0..A_SECOND {
            let start = Micros::new(second * 1_000_000 + n * 1_000);
            let end = start + Micros::new(time(second, &mut random));
            let sample = Sample {
                of: SampleOf::Step(StepId((n % 3) as u16)),
                arrival: None,
                start,
                connected: None,
                first_byte: Some(end),
                end,
                bytes_sent: 200,
                bytes_received: 150,
                outcome: Outcome::Success,
            };
            recorder.record(&sample);
            sent += 1;
            if n % 3 == 2 {
                recorder.record(&Sample { of: SampleOf::Iteration, ..sample });
            }
        }
        for n in 0..100 {
            recorder.loop_lag(Micros::new(second * 1_000_000 + n * 10_000), Micros::new(n % 90));
        }
        let now = Micros::from_secs(second + 1);
        recorder.take(now, second + 1 == LEAD + length, &mut batch);
        let standing = json!({
            "now": now, "started_at": "2025-12-23T20:59:00Z", "ended_at": "2025-12-24T20:59:40Z",
            "window": [Micros::from_secs(LEAD), Micros::from_secs(LEAD + length)], "interrupted": false,
            "target_lost": null, "users_lost": 0, "requests_started": sent, "requests_ended": sent,
            "strain": {"cpu": 700_000_000_000_u64, "process_peak": 0.1, "thread_peak": 0.1, "runq_wait": 0.01,
                "throttled": 0.0, "steal": 0.0, "longest_pause": 900, "paused": 0, "clock_moved": 40,
                "user_time": {"present": 0, "requests": 0, "rest": 0}},
        });
        let standing = standing.to_string();
        writer.append(Kind::Second, &encoder.record(&batch, 100, standing.as_bytes()));
        if second + 1 == LEAD + length {
            writer.append(Kind::Closing, standing.as_bytes());
            writer.append(Kind::Evidence, b"[]");
        }
    }
    writer.finish().unwrap();
}

/// The most memory a process ever had, in kB; `None` when it is gone.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// The processor time a process has used, in its own code and in the kernel for it; `None` when it is gone.
fn cpu(process: u32) -> Option<Duration> {
    /// Of a second: what Linux has told it in for thirty years, whatever the kernel's own clock.
    const TICK: Duration = Duration::from_millis(10);
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Behind the program's name, which may hold blanks.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u32 = fields.next()?.parse::<u32>().ok()? + fields.next()?.parse::<u32>().ok()?;
    Some(TICK * ticks)
}

fn main() {
    // `cargo bench` passes --bench; `cargo test --benches` passes nothing, and gets a minute.
    let typed: Vec<String> = std::env::args().skip(1).collect();
    let length = typed.iter().find_map(|word| word.parse().ok());
    let length = length.unwrap_or(if typed.iter().any(|word| word == "--bench") { DAY } else { 60 });
    let (made, named) = (tempfile::tempdir().unwrap(), typed.iter().find(|word| word.contains('/')));
    let place = named.map_or(made.path(), Path::new);
    let begun = Instant::now();
    write(place, length);
    let journal = fs::metadata(place.join("journal").join("run.journal")).unwrap().len();
    println!("journal: {} MB, {} bytes a second, written in {:?}", journal >> 20, journal / length, begun.elapsed());
    let begun = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    let mut child = command.arg("report").arg(place).stdout(Stdio::null()).spawn().unwrap();
    let (mut most, mut used) = (0, Duration::ZERO);
    while child.try_wait().unwrap().is_none() {
        most = peak(child.id()).unwrap_or(most).max(most);
        used = cpu(child.id()).unwrap_or(used);
        thread::sleep(Duration::from_millis(20));
    }
    println!("rendered in {:?}, {used:?} of the processor's, with {} MB at most", begun.elapsed(), most >> 10);
    let page = fs::metadata(place.join("report.html")).unwrap().len();
    println!("the page has {} kB", page >> 10);
    let summary = fs::read_to_string(place.join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["totals"]["requests"], length * A_SECOND, "{}", summary["caveats"]);
}
