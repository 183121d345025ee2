//! Caveats and notes that stand by the fold, from samples to the verdict; and one that a real attack provokes.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use support::{Piece, SUCCESS, Server, ok};
use tollgate::attack::conductor::{self, Attack, Observer, Tick};
use tollgate::attack::preflight;
use tollgate::gate::{self, IntervalNote, RuleVerdict, RunVerdict, Verdict};
use tollgate::histogram::recorder::{Recorder, RecorderOptions};
use tollgate::histogram::series::Series;
use tollgate::instrument::{Strain, UserTime};
use tollgate::plan::target;
use tollgate::plan::{Identity, Overrides, Plan, PlanWarning};
use tollgate::sample::{Failure, FailureClass, MeasuredWindow, Outcome, Sample, SampleOf, SampleSink, StepId};
use tollgate::scenario::Scenario;
use tollgate::summary::caveat::{Caveat, CaveatClass};
use tollgate::summary::confidence::Episodes;
use tollgate::summary::{Counted, Generator, Kept, Observed, RunFacts, Summary, Target, TargetAddress, TargetKind};
use tollgate::units::Micros;

/// When the window opens.
const OPEN: Micros = Micros::SECOND;
const STEP: SampleOf = SampleOf::Step(StepId(0));
const ONE: &str = "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n";

fn plan(load: &str, gate: &str, scenarios: &str) -> Plan {
    let text = format!("gate = [{gate}]\n[load]\nramp_up = \"0s\"\nwarm_up = \"0s\"\n{load}\n{scenarios}");
    let scenario = Scenario::parse(&text, Path::new("x.toml")).unwrap();
    let identity = Identity { name: "x".into(), run_id: "R".into(), seed: 1 };
    Plan::resolve(&scenario, &Overrides::default(), identity).unwrap()
}

/// A run that is being counted.
struct Run {
    plan: Plan,
    window: Arc<MeasuredWindow>,
    recorder: Arc<Recorder>,
    series: Series,
    requests: u64,
}

impl Run {
    fn of(plan: Plan) -> Self {
        let window = Arc::new(MeasuredWindow::default());
        window.open(OPEN, plan.load.run_time);
        let recorder = Recorder::new(&RecorderOptions::for_plan(&plan, 1), Arc::clone(&window)).unwrap();
        Self { plan, window, recorder: Arc::new(recorder), series: Series::default(), requests: 0 }
    }

    /// `count` requests that all start `at` behind the window's opening and take `micros`.
    fn requests(&mut self, (at, micros): (Micros, u64), count: u64, failed: Option<FailureClass>) {
        let failure = |class| Failure { class, status: None, code: None, message: "" };
        let outcome = failed.map_or(Outcome::Success, |class| Outcome::Failure(failure(class)));
        let (start, end) = (OPEN + at, OPEN + at + Micros::new(micros));
        let (arrival, connected, first_byte) = (None, None, Some(end));
        let sample =
            Sample { of: STEP, arrival, start, connected, first_byte, end, bytes_sent: 0, bytes_received: 0, outcome };
        (0..count).for_each(|_| self.recorder.record(&sample));
        self.requests += count;
        self.series.add(self.recorder.take_intervals(end, false), self.plan.load.users);
    }

    fn fold(mut self, change: impl FnOnce(&mut Observed)) -> (Summary, Verdict) {
        self.series.add(self.recorder.take_intervals(Micros::from_secs(600), true), self.plan.load.users);
        let mut observed = observed(&self.window, self.requests);
        change(&mut observed);
        let summary = Summary::fold(&self.plan.terms(), counted(&self.recorder, self.series), observed);
        let verdict = gate::judge(&summary, &self.plan.terms());
        (summary, verdict)
    }
}

fn counted(recorder: &Recorder, mut series: Series) -> Counted {
    Counted {
        recording: recorder.recording(),
        kept: Kept::of(&series.take_all()),
        stalls: recorder.stalls(),
        released: recorder.arrivals(),
        lag: recorder.lag(),
    }
}

/// A run on a machine that had nothing else to do.
fn observed(window: &MeasuredWindow, requests: u64) -> Observed {
    let second = Micros::SECOND;
    let user_time = UserTime { present: second, requests: second, rest: Micros::ZERO };
    let (some, share) = (Some(second), Some(0.0));
    Observed {
        run: RunFacts { model: "closed", users: 1, run_time_s: 1.0, ..RunFacts::default() },
        target: Target::of("http://x".into(), TargetKind::External),
        window: window.bounds(),
        interrupted: false,
        target_lost: None,
        users_lost: 0,
        requests_started: requests,
        requests_ended: requests,
        strain: Strain {
            cpu: some,
            process_peak: share,
            thread_peak: share,
            runq_wait: share,
            throttled: share,
            steal: share,
            user_time,
            ..Strain::default()
        },
        ran_dry: None,
        unlisted: None,
        co_located: false,
        generator: Generator { host: Some("g".into()), cpus: Some(2), memory: Some(1), ..Generator::default() },
    }
}

fn of_class(summary: &Summary, class: CaveatClass) -> Vec<&Caveat> {
    summary.caveats.iter().filter(|caveat| caveat.class() == class).collect()
}

#[test]
fn a_time_over_the_histograms_top_is_clamped_and_the_run_invalid() {
    for (micros, clamped) in [(11_000_000, 0), (30_000_000, 1)] {
        let mut run = Run::of(plan("run_time = \"1s\"\ntimeout = \"1s\"", "\"failures<=0\"", ONE));
        run.requests((Micros::ZERO, 1_000), 50, None);
        run.requests((Micros::ZERO, micros), 1, None);
        let (summary, verdict) = run.fold(|_| {});
        let expected = Caveat::Clamped { count: 1, timeout: Micros::SECOND };
        assert_eq!(of_class(&summary, CaveatClass::Accounting), vec![&expected; clamped], "one request of {micros} us");
        assert_eq!(verdict.run, if clamped == 0 { RunVerdict::Pass } else { RunVerdict::Invalid });
    }
}

/// The caveat on the offered load when so many of a hundred arrivals are handed out, so many of them `late`.
fn offered(handed_out: u64, late: u64, how_late: Micros) -> Option<Caveat> {
    let run = Run::of(plan("run_time = \"1s\"\nrate = 100\nusers = 5", "\"failures<=0\"", ONE));
    for n in 0..handed_out {
        let due = OPEN + Micros::from_millis(10 * n);
        run.recorder.released(due, if n < late { how_late } else { Micros::ZERO }, true);
    }
    let (summary, _) = run.fold(|_| {});
    summary.caveats.into_iter().find(|caveat| matches!(caveat, Caveat::OfferedShort { .. }))
}

#[test]
fn arrivals_that_the_pacer_kept_back_are_load_that_was_not_offered() {
    let (tolerable, too_late) = (Micros::from_millis(50), Micros::from_millis(51));
    assert_eq!(offered(100, 0, Micros::ZERO), None, "that every user was busy is the service's time");
    // The last five would be handed out behind the window.
    assert_eq!(offered(100, 95, tolerable), None);
    assert_eq!(offered(100, 1, too_late), None, "one in a hundred may be late");
    assert_eq!(offered(100, 2, too_late), Some(Caveat::OfferedShort { inside: 1.0, late: 0.02 }));
    assert_eq!(offered(99, 0, Micros::ZERO), Some(Caveat::OfferedShort { inside: 0.99, late: 0.0 }));
    let behind = offered(100, 1, Micros::SECOND);
    assert_eq!(behind, Some(Caveat::OfferedShort { inside: 0.99, late: 0.01 }), "handed out behind the window");
}

#[test]
fn answers_of_a_rate_limiter_are_counted_and_change_no_verdict() {
    let mut run = Run::of(plan("run_time = \"1s\"", "\"success-rate>=50%\"", ONE));
    run.requests((Micros::ZERO, 1_000), 97, None);
    run.requests((Micros::ZERO, 1_000), 3, Some(FailureClass::RateLimited));
    let (summary, verdict) = run.fold(|_| {});
    assert!(summary.caveats.contains(&Caveat::RateLimitSeen { count: 3 }), "{:?}", summary.caveats);
    assert_eq!(verdict.run, RunVerdict::Pass);
}

#[test]
fn a_mean_that_holds_only_without_its_slow_failures_is_said_to() {
    let caveat = |failure_takes| {
        let mut run = Run::of(plan("run_time = \"1s\"", "\"mean<=50ms\"", ONE));
        run.requests((Micros::ZERO, 10_000), 90, None);
        run.requests((Micros::ZERO, failure_takes), 10, Some(FailureClass::Timeout));
        let (summary, verdict) = run.fold(|_| {});
        assert_eq!(verdict.rules[0].observed, Some(10.0));
        summary.caveats.into_iter().find(|caveat| matches!(caveat, Caveat::MeanOfSuccesses { .. }))
    };
    // (90 * 10 + 10 * 1000) / 100, and one microsecond over the limit and exactly at it.
    let said = |millis: f64| {
        let mean_all = tollgate::units::Millis::new(millis);
        Some(Caveat::MeanOfSuccesses { rule: "mean<=50ms".into(), mean_all })
    };
    assert_eq!(caveat(1_000_000), said(109.0));
    assert_eq!(caveat(410_010), said(50.001));
    assert_eq!(caveat(410_000), None);
}

#[test]
fn users_that_the_weights_cannot_share_evenly_are_told_in_the_report() {
    let mix = ONE.replace("name = \"a\"", "name = \"a\"\nweight = 3")
        + &ONE.replace("\"a\"", "\"b\"").replace("\"s\"", "\"t\"");
    let caveats = |users: u32| {
        let run = Run::of(plan(&format!("run_time = \"1s\"\nusers = {users}"), "\"success-rate>=50% for all\"", &mix));
        run.fold(|_| {}).0.caveats
    };
    assert!(
        caveats(6)
            .iter()
            .any(|caveat| matches!(caveat, Caveat::Planned(PlanWarning::MixDistorted { needed: 4, users: 6, mix }) if mix.len() == 2)),
        "{:?}",
        caveats(6)
    );
    assert!(!caveats(8).iter().any(|caveat| matches!(caveat, Caveat::Planned(PlanWarning::MixDistorted { .. }))));
}

#[test]
fn an_address_that_got_no_load_is_a_warning_and_the_others_are_named() {
    let mut run = Run::of(plan("run_time = \"1s\"", "\"failures<=0\"", ONE));
    run.requests((Micros::ZERO, 1_000), 50, None);
    let address = TargetAddress { address: "10.0.0.1:80".into(), users: 100 };
    let (summary, verdict) = run.fold(|observed| {
        observed.target.addresses = vec![address.clone()];
        observed.target.refused = vec!["connecting to 10.0.0.2:80 failed".into()];
    });
    let refused = Caveat::AddressRefused { refused: vec!["connecting to 10.0.0.2:80 failed".into()] };
    assert!(of_class(&summary, CaveatClass::Warning).contains(&&refused), "{:?}", summary.caveats);
    assert_eq!((summary.target.addresses, verdict.run), (vec![address], RunVerdict::Pass));
}

/// A minute of fifty requests a second; in the seconds named so many of them fail.
fn minute(gate: &str, failures: u64, bad: &[u64]) -> Verdict {
    let mut run = Run::of(plan("run_time = \"60s\"", gate, ONE));
    for second in 0..60 {
        let (at, failed) = (Micros::from_secs(second), if bad.contains(&second) { failures } else { 0 });
        run.requests((at, 10_000), 50 - failed, None);
        run.requests((at, 10_000), failed, Some(FailureClass::ServerError));
    }
    run.fold(|_| {}).1
}

#[test]
fn failures_in_few_seconds_are_told_as_an_episode_instead_of_an_interval() {
    let rule = minute("\"success-rate>=95%\"", 15, &[20, 21]).rules.remove(0);
    let episode = Episodes { failures: 30, seconds: 2 };
    assert_eq!((rule.ci_low, rule.ci_high, rule.ci_note), (None, None, Some(IntervalNote::Episodes(episode))));
    assert_eq!(rule.ci_note.map(|note| note.to_string()).as_deref(), Some("30 failures in 2 seconds"));
    let often = minute("\"success-rate>=95%\"", 6, &[0, 11, 22, 33, 44]).rules.remove(0);
    assert!(often.ci_low.is_some() && often.ci_high.is_some() && often.ci_note.is_none(), "{often:?}");
}

#[test]
fn without_a_failure_the_one_end_says_what_it_takes_for_granted() {
    let rules = minute("\"success-rate>=95%\", \"error-rate<=5%\"", 0, &[]).rules;
    let low = 1.0 - 3.0 / 3_000.0;
    assert_eq!((rules[0].ci_low, rules[0].ci_high, rules[0].ci_note), (Some(low), None, Some(IntervalNote::NoFailure)));
    assert_eq!((rules[1].ci_low, rules[1].ci_note), (None, Some(IntervalNote::NoFailure)));
}

#[test]
fn an_interval_that_is_missing_in_a_long_window_says_why_and_in_a_short_one_the_window_does() {
    let rules = minute(
        "\"max<=1s\", \"failures<=100\", \"ttfb-p95<=1s\", \"p99<=1s\", \"mean<=1s\"",
        2,
        &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    )
    .rules;
    let notes: Vec<Option<IntervalNote>> = rules.iter().map(|rule| rule.ci_note).collect();
    use IntervalNote::{AmongFailures, Count, Extreme, OtherClock};
    assert_eq!(notes, [Some(Extreme), Some(Count), Some(OtherClock), Some(AmongFailures), None]);
    assert!(rules.iter().zip(&notes).all(|(rule, note)| rule.ci_low.is_none() == note.is_some()));

    let mut short = Run::of(plan("run_time = \"59s\"", "\"max<=1s\"", ONE));
    short.requests((Micros::ZERO, 10_000), 50, None);
    assert_eq!(short.fold(|_| {}).1.rules[0].ci_note, None);
}

/// Counts, and makes the first user that is through with an iteration of the window panic in it, between two requests.
struct Panicking {
    recorder: Arc<Recorder>,
    window: Arc<MeasuredWindow>,
    done: AtomicBool,
}

impl SampleSink for Panicking {
    fn record(&self, sample: &Sample<'_>) {
        self.recorder.record(sample);
        let measured = self.window.bounds().is_some_and(|(open, _)| sample.start >= open);
        assert!(
            !measured || sample.of != SampleOf::Iteration || self.done.swap(true, Ordering::SeqCst),
            "this panic belongs to the test"
        );
    }

    fn released(&self, _: Micros, _: Micros, _: bool) {}

    fn loop_lag(&self, _: Micros, _: Micros) {}

    fn unsent(&self, _: StepId, _: Micros) {}
}

struct Nobody;

impl Observer for Nobody {
    fn tick(&mut self, _: Tick) -> ControlFlow<String> {
        ControlFlow::Continue(())
    }
}

#[test]
fn a_lost_user_is_counted_and_invalid() {
    let pause = Piece::Pause(Duration::from_millis(5));
    let server = Server::start(move |_, _| vec![pause.clone(), ok(SUCCESS).remove(0)]);
    let two = format!("{ONE}[[scenario.step]]\nname = \"t\"\npath = \"/t\"\n");
    let plan = plan("run_time = \"1s\"\nusers = 4", "\"failures<=0 for all\"", &two);
    let target = target::Target::parse(&server.url(), "test").unwrap();
    let addresses = preflight::reach(&target, None, Micros::SECOND).unwrap().taken;
    let window = Arc::new(MeasuredWindow::default());
    let recorder = Arc::new(Recorder::new(&RecorderOptions::for_plan(&plan, 2), Arc::clone(&window)).unwrap());
    let done = AtomicBool::new(false);
    let sink = Arc::new(Panicking { recorder: Arc::clone(&recorder), window: Arc::clone(&window), done });
    let (_keep, interrupt) = mpsc::channel();
    let attack = Attack {
        plan: &plan,
        target: &target,
        addresses,
        tls: None,
        elsewhere: Vec::new(),
        sink,
        window: Arc::clone(&window),
        interrupt: &interrupt,
    };
    let ended = conductor::run(attack, &mut Nobody).unwrap();

    let mut series = Series::default();
    series.add(recorder.take_intervals(Micros::from_secs(600), true), 4);
    let mut observed = observed(&window, ended.requests_ended);
    (observed.users_lost, observed.requests_started) = (ended.users_lost, ended.requests_started);
    let summary = Summary::fold(&plan.terms(), counted(&recorder, series), observed);
    let verdict = gate::judge(&summary, &plan.terms());

    assert!(summary.totals.successes > 10, "the others went on: {:?}", summary.totals);
    assert_eq!(of_class(&summary, CaveatClass::Accounting), [&Caveat::UserLost { count: 1 }]);
    assert!(verdict.rules.iter().all(|rule| rule.verdict == RuleVerdict::Pass), "{:?}", verdict.rules);
    assert_eq!(verdict.run, RunVerdict::Invalid, "and for that alone");
}
