//! The course of a run, conducted in this process against a small server.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use support::{Piece, SUCCESS, Server, ok};
use tollgate::attack::conductor::{self, Attack, AttackFacts, CutShort, Observer, Stage, Tick};
use tollgate::attack::preflight;
use tollgate::plan::target::Target;
use tollgate::plan::{Identity, Overrides, Plan};
use tollgate::sample::{MeasuredWindow, Outcome, Phase, Sample, SampleSink};
use tollgate::scenario::Scenario;
use tollgate::units::Micros;

fn plan(load: &str) -> Plan {
    let text = format!(
        "gate = [\"failures<=0\"]\n[load]\n{load}\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n"
    );
    let scenario = Scenario::parse(&text, Path::new("x.toml")).unwrap();
    let identity = Identity { name: "x".into(), run_id: "R".into(), seed: 1 };
    Plan::resolve(&scenario, &Overrides::default(), identity).unwrap()
}

/// Keeps the start and end of every sample, and whether it was given up; panics at those it is told to.
#[derive(Default)]
struct Kept {
    samples: Mutex<Vec<(Micros, Micros, bool)>>,
    count: AtomicU64,
    /// The first samples, each of which makes its user panic.
    panics: u64,
}

impl SampleSink for Kept {
    fn record(&self, sample: &Sample<'_>) {
        assert!(self.count.fetch_add(1, Ordering::SeqCst) >= self.panics, "this panic belongs to the test");
        let aborted = sample.outcome == Outcome::Aborted;
        self.samples.lock().unwrap().push((sample.start, sample.end, aborted));
    }
}

/// Does something at the first tick of a stage.
struct At<'a> {
    stage: Stage,
    act: &'a mut dyn FnMut() -> ControlFlow<String>,
    done: bool,
}

impl Observer for At<'_> {
    fn tick(&mut self, tick: Tick) -> ControlFlow<String> {
        if self.done || tick.stage != self.stage {
            return ControlFlow::Continue(());
        }
        self.done = true;
        (self.act)()
    }
}

struct Ran {
    facts: AttackFacts,
    sink: Arc<Kept>,
    window: Arc<MeasuredWindow>,
}

fn run(plan: &Plan, server: &Server, sink: Kept, (interrupt, observer): (Receiver<()>, &mut dyn Observer)) -> Ran {
    let target = Target::parse(&server.url(), "test").unwrap();
    let addresses = preflight::reach(&target, None, Micros::SECOND).unwrap().taken;
    let (sink, window) = (Arc::new(sink), Arc::new(MeasuredWindow::default()));
    let attack = Attack {
        plan,
        target: &target,
        addresses,
        tls: None,
        elsewhere: Vec::new(),
        sink: Arc::clone(&sink) as Arc<_>,
        window: Arc::clone(&window),
        interrupt: &interrupt,
    };
    let facts = conductor::run(attack, observer).unwrap();
    Ran { facts, sink, window }
}

fn quiet() -> (Sender<()>, Receiver<()>) {
    mpsc::channel()
}

/// An observer that only watches.
fn watching(act: &mut dyn FnMut() -> ControlFlow<String>) -> At<'_> {
    At { stage: Stage::Drain, act, done: true }
}

const SHORT: &str = "users = 4\nramp_up = \"200ms\"\nwarm_up = \"300ms\"\nrun_time = \"1s\"\ntimeout = \"20s\"";

#[test]
fn the_window_opens_behind_ramp_and_warm_up_and_lasts_the_run_time() {
    let server = Server::start(|_, _| vec![Piece::Pause(Duration::from_millis(2)), ok(SUCCESS).remove(0)]);
    let (_keep, interrupt) = quiet();
    let mut nothing = || ControlFlow::Continue(());
    let ran = run(&plan(SHORT), &server, Kept::default(), (interrupt, &mut watching(&mut nothing)));
    let (open, close) = ran.facts.window.unwrap();
    assert!(open >= Micros::from_millis(500), "{open}");
    assert_eq!(close - open, Micros::SECOND);
    let samples = ran.sink.samples.lock().unwrap();
    let phases = |phase| samples.iter().filter(|(start, ..)| ran.window.phase(*start) == phase).count();
    assert!(phases(Phase::Before) > 0, "ramp-up and warm-up send load");
    assert!(phases(Phase::Measured) > 0);
    assert!(samples.iter().all(|(_, _, aborted)| !aborted));
    assert_eq!(samples.len() as u64, server.requests());
    assert_eq!((ran.facts.requests_started, ran.facts.requests_ended), (server.requests(), server.requests()));
    assert_eq!((ran.facts.cut_short, ran.facts.users_lost), (None, 0));
}

/// Keeps when each tick of the window was, and how many users it told of.
#[derive(Default)]
struct Users(Vec<(Micros, u32)>);

impl Observer for Users {
    fn tick(&mut self, tick: Tick) -> ControlFlow<String> {
        if tick.stage == Stage::Measured {
            self.0.push((tick.now, tick.users));
        }
        ControlFlow::Continue(())
    }
}

#[test]
fn users_over_the_stage_are_parked_and_no_users_of_that_time() {
    let server = Server::start(|_, _| slow());
    let (_keep, interrupt) = quiet();
    let mut users = Users::default();
    let stages = "ramp_up = \"0s\"\nwarm_up = \"200ms\"\n[[load.stage]]\nusers = 1\nhold = \"1500ms\"\n\
                  [[load.stage]]\nusers = 5\nhold = \"1500ms\"\n[[load.stage]]\nusers = 2\nhold = \"1500ms\"\n";
    let ran = run(&plan(stages), &server, Kept::default(), (interrupt, &mut users));
    let (open, close) = ran.facts.window.unwrap();
    assert_eq!(close - open, Micros::from_millis(4_500));
    // Between two levels users are parked one by one: what counts is the middle of each stage.
    for (stage, level) in (0..).zip([1, 5, 2]) {
        let start = open + Micros::from_millis(1_500 * stage);
        let middle = start + Micros::from_millis(600)..start + Micros::from_millis(1_400);
        let seen: Vec<u32> = users.0.iter().filter(|(at, _)| middle.contains(at)).map(|(_, users)| *users).collect();
        assert!(!seen.is_empty() && seen.iter().all(|users| *users == level), "stage {stage}: {:?}", users.0);
    }
    assert_eq!(ran.facts.users_lost, 0);
    assert_eq!(ran.sink.samples.lock().unwrap().len() as u64, server.requests());
}

#[test]
fn an_interruption_in_the_drain_is_one_though_the_window_is_whole() {
    let server = Server::start(|number, _| if number < 100 { slow() } else { vec![Piece::Hang] });
    let (interrupt, interrupted) = quiet();
    let mut act = || {
        interrupt.send(()).unwrap();
        ControlFlow::Continue(())
    };
    let mut observer = At { stage: Stage::Drain, act: &mut act, done: false };
    let ran = run(&plan(SHORT), &server, Kept::default(), (interrupted, &mut observer));
    assert_eq!(ran.facts.cut_short, Some(CutShort::Interrupted));
    let (open, close) = ran.facts.window.unwrap();
    assert_eq!(close - open, Micros::SECOND);
    let samples = ran.sink.samples.lock().unwrap();
    assert_eq!(samples.iter().filter(|(_, _, aborted)| *aborted).count(), 4, "what hung was given up");
}

fn slow() -> Vec<Piece> {
    vec![Piece::Pause(Duration::from_millis(10)), ok(SUCCESS).remove(0)]
}

#[test]
fn an_observer_can_end_a_run_with_a_reason() {
    let server = Server::start(|_, _| slow());
    let (_keep, interrupt) = quiet();
    let mut act = || ControlFlow::Break("the target has gone".to_owned());
    let mut observer = At { stage: Stage::Measured, act: &mut act, done: false };
    let ran = run(&plan(SHORT), &server, Kept::default(), (interrupt, &mut observer));
    assert_eq!(ran.facts.cut_short, Some(CutShort::ByObserver("the target has gone".to_owned())));
    let (open, close) = ran.facts.window.unwrap();
    assert!(close - open < Micros::SECOND, "the window ends where the run did");
}

#[test]
fn a_user_that_panics_is_lost_and_the_others_go_on() {
    let server = Server::start(|_, _| slow());
    let (_keep, interrupt) = quiet();
    let mut nothing = || ControlFlow::Continue(());
    let sink = Kept { panics: 1, ..Kept::default() };
    let ran = run(&plan(SHORT), &server, sink, (interrupt, &mut watching(&mut nothing)));
    assert_eq!((ran.facts.users_lost, ran.facts.cut_short), (1, None));
    assert!(!ran.sink.samples.lock().unwrap().is_empty());
}

#[test]
fn a_run_that_lost_every_user_ends_by_itself() {
    let server = Server::start(|_, _| slow());
    let (_keep, interrupt) = quiet();
    let mut nothing = || ControlFlow::Continue(());
    let sink = Kept { panics: u64::MAX, ..Kept::default() };
    let endless = SHORT.replace("1s", "3600s");
    let ran = run(&plan(&endless), &server, sink, (interrupt, &mut watching(&mut nothing)));
    assert_eq!((ran.facts.users_lost, ran.facts.cut_short), (4, Some(CutShort::DriverEnded)));
}
