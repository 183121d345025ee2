//! How punctually arrivals are handed out. Run by `.ci/run`; by hand with
//! `TOLLGATE_BIN=target/release/tollgate cargo test --test pacer -- --include-ignored --nocapture`.
//!
//! The figures are those of an otherwise idle machine. Where others use it, a thread beside the pacer that only sleeps
//! and wakes tells how late a thread is there at best, and the pacer is held to that.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::env;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use support::{Bench, SUCCESS, Server, ok, scenario};
use tollgate::attack::conductor::{self, Attack, Observer, Tick};
use tollgate::attack::preflight;
use tollgate::plan::target::Target;
use tollgate::plan::{Identity, Overrides, Plan};
use tollgate::sample::{MeasuredWindow, Phase, Sample, SampleSink, StepId};
use tollgate::scenario::Scenario;
use tollgate::units::Micros;

/// One at a time: each wants the processors for itself.
static ALONE: Mutex<()> = Mutex::new(());

fn text(load: &str) -> String {
    format!(
        "gate = [\"failures<=0\"]\n[load]\nramp_up = \"0s\"\nwarm_up = \"1s\"\n{load}\n\
         [[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n"
    )
}

/// Keeps how late each arrival of the window was handed out, in microseconds.
struct Lateness {
    window: Arc<MeasuredWindow>,
    late: Mutex<Vec<u64>>,
}

impl SampleSink for Lateness {
    fn record(&self, _: &Sample<'_>) {}

    fn released(&self, due: Micros, late: Micros, _: bool) {
        if self.window.phase(due) == Phase::Measured {
            self.late.lock().unwrap().push(late.get());
        }
    }

    fn loop_lag(&self, _: Micros, _: Micros) {}

    fn unsent(&self, _: StepId, _: Micros) {}
}

struct Nobody;

impl Observer for Nobody {
    fn tick(&mut self, _: Tick) -> ControlFlow<String> {
        ControlFlow::Continue(())
    }
}

/// How late each turn of a thread is that does nothing but sleep until the next of a thousand turns a second.
#[allow(clippy::disallowed_methods, reason = "the control's own clock")]
fn sleeper(ended: &AtomicBool) -> Vec<u64> {
    let (began, mut late) = (Instant::now(), Vec::new());
    for turn in 1.. {
        if ended.load(Ordering::SeqCst) {
            break;
        }
        let due = began + Duration::from_millis(turn);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        late.push(u64::try_from(due.elapsed().as_micros()).unwrap());
    }
    late
}

/// p50 and p99 in microseconds, by nearest rank.
fn p50_and_p99(mut late: Vec<u64>) -> (u64, u64) {
    late.sort_unstable();
    let at = |percent: usize| late[(late.len() * percent).div_ceil(100) - 1];
    (at(50), at(99))
}

#[test]
#[ignore = "takes six seconds and wants the machine for itself"]
fn a_thousand_a_second_are_handed_out_within_a_tenth_of_a_millisecond() {
    let _alone = ALONE.lock().unwrap();
    let server = Server::start(|_, _| ok(SUCCESS));
    let plan = Scenario::parse(&text("run_time = \"5s\"\nrate = 1000\nusers = 20"), Path::new("x.toml")).unwrap();
    let identity = Identity { name: "x".into(), run_id: "R".into(), seed: 1 };
    let plan = Plan::resolve(&plan, &Overrides::default(), identity).unwrap();
    let target = Target::parse(&server.url(), "test").unwrap();
    let addresses = preflight::reach(&target, None, Micros::SECOND).unwrap().taken;
    let window = Arc::new(MeasuredWindow::default());
    let lateness = Arc::new(Lateness { window: Arc::clone(&window), late: Mutex::default() });
    let (sink, (_keep, interrupt)) = (Arc::clone(&lateness) as Arc<_>, mpsc::channel());
    let attack = Attack {
        plan: &plan,
        target: &target,
        addresses,
        tls: None,
        elsewhere: Vec::new(),
        sink,
        window,
        interrupt: &interrupt,
    };
    let ended = AtomicBool::new(false);
    let control = thread::scope(|scope| {
        let control = scope.spawn(|| sleeper(&ended));
        conductor::run(attack, &mut Nobody).unwrap();
        ended.store(true, Ordering::SeqCst);
        control.join().unwrap()
    });
    let late = std::mem::take(&mut *lateness.late.lock().unwrap());
    assert_eq!(late.len(), 5_000, "every arrival of the window is handed out");
    let ((p50, p99), (at_best_p50, at_best_p99)) = (p50_and_p99(late), p50_and_p99(control));
    eprintln!("pacer: p50 {p50} us, p99 {p99} us; a sleeper beside it: p50 {at_best_p50} us, p99 {at_best_p99} us");
    assert!(p50 < 100.max(2 * at_best_p50), "p50 {p50} us, a sleeper's {at_best_p50} us");
    assert!(p99 < 1_000.max(2 * at_best_p99), "p99 {p99} us, a sleeper's {at_best_p99} us");
}

#[test]
#[ignore = "needs TOLLGATE_BIN: the release binary"]
fn twenty_thousand_a_second_are_offered_to_within_a_thousandth() {
    let _alone = ALONE.lock().unwrap();
    let binary = env::var_os("TOLLGATE_BIN").map(PathBuf::from);
    let binary = binary.unwrap_or_else(|| panic!("set TOLLGATE_BIN to the release binary, as .ci/run does"));
    // A server that does nothing, in a process of its own, until its standard input closes.
    let mut null = Command::new(&binary)
        .args(["null-server", "--code", "200"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(null.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = scenario(folder.path(), &text("run_time = \"5s\"\nrate = 20000\nusers = 50"));
    let mut command = Command::new(binary);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("TOLLGATE_HOST").stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).args([
        "--host",
        url.split_whitespace().last().unwrap(),
        "--scenario",
        &file,
    ]);
    let ran = Bench::new(folder, command).run();
    drop(null.stdin.take());
    null.wait().unwrap();
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());

    let summary = ran.summary();
    let totals = &summary["totals"];
    assert_eq!((&totals["arrivals"], &totals["requests"]), (&100_000.into(), &100_000.into()), "{}", ran.stdout());
    let short = summary["caveats"].as_array().unwrap().iter().find(|caveat| caveat["id"] == "offered_short");
    eprintln!("pacer at 20,000/s: p99 {} ms", summary["generator"]["pacer_late_p99"]);
    assert_eq!(short, None, "at least 99.9 % are handed out inside the window");
    assert_eq!(summary["verdict"], "pass", "{}", ran.stdout());
}
