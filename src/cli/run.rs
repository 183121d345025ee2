//! `tollgate run`: one load run, from a scenario file to a verdict.

use std::env;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::attack::clock::time_of_day;
use crate::attack::conductor::{self, Attack, AttackFacts, CutShort};
use crate::attack::preflight::Addresses;
use crate::attack::{host, preflight};
use crate::cli::args::RunArgs;
use crate::cli::calibrate;
use crate::cli::exit::{self, CliError};
use crate::cli::progress::Progress;
use crate::cli::target::{self, Serving};
use crate::cli::watch::Watch;
use crate::cli::{interruptions, put, say};
use crate::gate;
use crate::histogram::recorder::{Recorder, RecorderOptions};
use crate::plan::profile::Piece;
use crate::plan::{Identity, LoadProfile, Plan, PlanError};
use crate::report::{self, Lang, ReportFolder, ReportOptions, console};
use crate::sample::MeasuredWindow;
use crate::scenario::Scenario;
use crate::summary::{Calibration, Generator, Observed, RunFacts, StageFacts, Summary, Target, WindowFacts};
use crate::units::{Micros, RatePerSec};

/// Runs, judges and reports.
pub(super) fn run(args: &RunArgs) -> Result<ExitCode, CliError> {
    let command = command_line();
    let scenario = Scenario::load(&args.scenario)?;
    let plan = Plan::resolve(&scenario, &args.overrides(), identity(args))
        .map_err(|cause| CliError::Plan { place: place(args, &scenario, &cause), cause })?;
    let chosen = target::choose(args, &scenario)?;
    let kind = chosen.kind();
    let time = plan.run_id.split('-').next().unwrap_or(&plan.run_id);
    let folder = claim_folder(args.out.as_deref(), &plan, time)?;
    let interrupt = interruptions()?;
    let calibration = if args.no_calibrate { None } else { calibrate::calibrate(&plan, &interrupt)? };
    say_calibrated(args, calibration);
    let mut serving = chosen.serve(args)?;
    let addresses = preflight::reach(&serving.target, plan.load.timeout)?;
    if interrupt.try_recv().is_ok() {
        return Err(CliError::Interrupted);
    }
    announce(args, &plan, &serving, &addresses);

    let window = Arc::new(MeasuredWindow::default());
    let recorder = Recorder::new(&RecorderOptions::for_plan(&plan, host::processors()), Arc::clone(&window))
        .map_err(|error| CliError::System { what: "cannot set up the histograms", cause: error.to_string() })?;
    let recorder = Arc::new(recorder);
    let progress = Progress::new(&plan.load, args.lang, args.quiet);
    let mut watch = Watch::new(Arc::clone(&recorder), serving.child.as_mut(), progress);
    let sink = Arc::clone(&recorder) as Arc<_>;
    let co_located = addresses.local;
    let (addresses, interrupt) = (addresses.taken, &interrupt);
    let attack = Attack { plan: &plan, target: &serving.target, addresses, sink, window, interrupt };
    let facts = conductor::run(attack, &mut watch)?;
    let (counted, target_lost) = watch.finish();

    let target = Target { url: serving.target.to_string(), kind };
    drop(serving);
    let run = run_facts(&plan, &facts, command);
    let mut observed = Observed { co_located, ..observed(run, target, (&facts, target_lost)) };
    observed.generator.calibration = calibration;
    let summary = Summary::fold(&plan, counted, observed);
    conclude(&Manner { lang: args.lang, quiet: args.quiet }, &plan, &summary, folder)
}

/// How a result is told.
pub(super) struct Manner {
    pub(super) lang: Lang,
    /// One line only.
    pub(super) quiet: bool,
}

/// Judges, writes and prints. The result is printed even where the report cannot be written.
pub(super) fn conclude(
    args: &Manner,
    plan: &Plan,
    summary: &Summary,
    folder: ReportFolder,
) -> Result<ExitCode, CliError> {
    let verdict = gate::judge(summary, plan);
    let exit_code = exit::code_of(summary, &verdict);
    let options = ReportOptions { lang: args.lang, exit_code };
    let (view, written) = match report::write(folder, summary, &verdict, &options) {
        Ok(view) => (view, Ok(())),
        Err(error) => (report::view(summary, &verdict, args.lang), Err(error)),
    };
    put(&if args.quiet { console::one_line(&view) } else { console::render(&view, io::stdout().is_terminal()) });
    written?;
    Ok(ExitCode::from(exit_code))
}

/// Where in the scenario file the cause of a refusal stands, if it stands there.
fn place(args: &RunArgs, scenario: &Scenario, cause: &PlanError) -> String {
    if cause.was_typed(&args.overrides()) {
        return String::new();
    }
    let file = args.scenario.display();
    match cause.needle().map(|needle| scenario.place_of(&needle)) {
        Some(Some((line, column))) => format!("{file}:{line}:{column}: "),
        Some(None) => String::new(),
        None => format!("{file}: "),
    }
}

/// Names the run by the UTC second it began in and a few digits of its seed.
fn identity(args: &RunArgs) -> Identity {
    let now = time_of_day();
    let name = args.scenario.file_stem().map_or_else(|| "scenario".into(), |stem| stem.to_string_lossy());
    // Only has to differ from run to run; it is printed, so that the run can be repeated.
    let fresh = || u64::from(now.subsec_nanosecond().unsigned_abs() ^ std::process::id().rotate_left(16));
    let seed = args.seed.unwrap_or_else(fresh);
    Identity { name: name.into_owned(), run_id: format!("{}-{:04x}", compact(now), seed & 0xffff), seed }
}

/// `20251223T205900Z`: sorts by time, and holds no character that a file system refuses.
pub(super) fn compact(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Claims the folder for the report, before the load: `out`, else one of the plan's name and of `time`.
pub(super) fn claim_folder(out: Option<&Path>, plan: &Plan, time: &str) -> Result<ReportFolder, CliError> {
    let claimed = out.map_or_else(
        || {
            let parent = Path::new("reports").join(&plan.name);
            // Two runs of one second must not meet in one folder.
            let names = (1..1_000).map(|n| if n == 1 { time.to_owned() } else { format!("{time}-{n}") });
            ReportFolder::claim_new(names.map(|name| parent.join(name)))
        },
        ReportFolder::claim,
    );
    claimed.map_err(CliError::Out)
}

/// Says what the harness itself reached.
fn say_calibrated(args: &RunArgs, calibration: Option<Calibration>) {
    if let Some(calibration) = calibration.filter(|_| !args.quiet) {
        say(&report::calibrated(args.lang, calibration));
    }
}

/// Says what is about to happen: the load, and over which addresses it is spread.
fn announce(args: &RunArgs, plan: &Plan, serving: &Serving, addresses: &Addresses) {
    for refused in &addresses.refused {
        say(&format!("warning: no load goes to one of the target's addresses: {refused}"));
    }
    if args.quiet {
        return;
    }
    if addresses.taken.len() > 1 {
        let all: Vec<String> = addresses.taken.iter().map(ToString::to_string).collect();
        say(&format!("users are spread in turn over {}", all.join(", ")));
    }
    for warning in &plan.warnings {
        let said = args.lang.caveat_message(&warning.into());
        say(&match args.lang {
            Lang::En => format!("note: {said}"),
            Lang::Zh => format!("提示：{said}"),
        });
    }
    let load = &plan.load;
    let demonstration = serving.child.is_some();
    say(&match args.lang {
        Lang::En => format!(
            "{}: {} users on {}{}, ramp-up {}, warm-up {}, run time {}",
            plan.name,
            load.users,
            serving.target,
            if demonstration { " (embedded reference service, for demonstration)" } else { "" },
            load.ramp_up,
            load.warm_up,
            load.run_time
        ),
        Lang::Zh => format!(
            "{}：{} 个用户，目标 {}{}，加压 {}，预热 {}，测量 {}",
            plan.name,
            load.users,
            serving.target,
            if demonstration { "（内置参考服务，仅供演示）" } else { "" },
            load.ramp_up,
            load.warm_up,
            load.run_time
        ),
    });
}

/// What is known of the run beside its samples. A target may be found lost during the run or only behind it.
fn observed(run: RunFacts, target: Target, (facts, lost): (&AttackFacts, Option<String>)) -> Observed {
    let lost_under_load = match &facts.cut_short {
        Some(CutShort::ByObserver(how)) => Some(how.clone()),
        _ => lost,
    };
    Observed {
        run,
        target,
        window: facts.window,
        interrupted: facts.cut_short == Some(CutShort::Interrupted),
        target_lost: lost_under_load,
        users_lost: facts.users_lost,
        requests_started: facts.requests_started,
        requests_ended: facts.requests_ended,
        strain: facts.strain,
        co_located: false,
        generator: Generator {
            version: env!("CARGO_PKG_VERSION"),
            host: host::name(),
            cpus: u32::try_from(host::processors()).ok(),
            memory: host::memory(),
            ..Generator::default()
        },
    }
}

fn run_facts(plan: &Plan, facts: &AttackFacts, command: String) -> RunFacts {
    let load = &plan.load;
    let at = |offset: Micros| {
        let micros = i64::try_from(offset.get()).unwrap_or(i64::MAX);
        facts.started_at.checked_add(jiff::SignedDuration::from_micros(micros)).map_or_else(|_| String::new(), rfc3339)
    };
    RunFacts {
        id: plan.run_id.clone(),
        scenario: plan.name.clone(),
        command: if command.contains("--seed") { command } else { format!("{command} --seed {}", plan.seed) },
        seed: plan.seed,
        model: if load.arrivals.is_some() { "open" } else { "closed" },
        users: load.users,
        iterations: load.iterations,
        stages: stages(load),
        rate: load.mean_rate().and_then(RatePerSec::new),
        ramp_up_s: load.ramp_up.as_secs_f64(),
        warm_up_s: load.warm_up.as_secs_f64(),
        run_time_s: load.run_time.as_secs_f64(),
        started_at: rfc3339(facts.started_at),
        ended_at: rfc3339(facts.ended_at),
        window: WindowFacts {
            start: facts.window.map(|(open, _)| at(open)),
            end: facts.window.map(|(_, close)| at(close)),
            seconds: facts.window.and_then(|(open, close)| close.checked_sub(open)).map(Micros::as_secs_f64),
        },
    }
}

/// The pieces of a load that changes.
fn stages(load: &LoadProfile) -> Vec<StageFacts> {
    let of = |piece: &Piece| StageFacts { from: piece.from, to: piece.to, seconds: piece.length.as_secs_f64() };
    load.changing().map_or_else(Vec::new, |profile| profile.pieces().iter().map(of).collect())
}

/// To the millisecond.
fn rfc3339(moment: Timestamp) -> String {
    format!("{moment:.3}")
}

/// What was typed, as a shell reads it, but for `--out`: with the seed it repeats the run.
pub(super) fn command_line() -> String {
    let plain =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=%@,+".contains(c));
    let quoted = |word: String| if plain(&word) { word } else { format!("\"{}\"", word.replace('"', "\\\"")) };
    let host = env::var(target::VARIABLE).ok().map(|host| format!("{}={}", target::VARIABLE, quoted(host)));
    let mut words = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).peekable();
    let mut typed = Vec::new();
    while let Some(word) = words.next() {
        // The folder of this run's report is taken: a repetition needs one of its own.
        match word.as_str() {
            "--out" => drop(words.next()),
            word if word.starts_with("--out=") => {}
            _ => typed.push(quoted(word)),
        }
    }
    host.into_iter().chain(["tollgate".to_owned()]).chain(typed).collect::<Vec<_>>().join(" ")
}
