//! `tollgate run`: one load run, from a scenario file to a verdict.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::attack::clock::time_of_day;
use crate::attack::conductor::{self, Attack, AttackFacts};
use crate::attack::{host, preflight};
use crate::cli::args::RunArgs;
use crate::cli::exit::{self, CliError};
use crate::cli::progress::Progress;
use crate::cli::target::{self, Serving};
use crate::cli::watch::Watch;
use crate::cli::{interruptions, put, say};
use crate::gate;
use crate::histogram::recorder::{Recorder, RecorderOptions};
use crate::plan::{Identity, Plan};
use crate::report::{self, Lang, ReportOptions, console};
use crate::sample::MeasuredWindow;
use crate::scenario::Scenario;
use crate::summary::{Generator, Interval, Observed, RunFacts, Summary, Target, TargetKind, WindowFacts};
use crate::units::Micros;

/// Runs, judges and reports.
pub(super) fn run(args: &RunArgs) -> Result<ExitCode, CliError> {
    let scenario = Scenario::load(&args.scenario)?;
    let plan = Plan::resolve(&scenario, &args.overrides(), identity(args))
        .map_err(|cause| CliError::Plan { path: args.scenario.clone(), cause })?;
    let chosen = target::choose(args, &scenario)?;
    let kind = chosen.kind();
    let out = output_folder(args, &plan)?;
    let interrupt = interruptions()?;
    let mut serving = chosen.serve(args)?;
    let addresses = preflight::reach(&serving.target, plan.load.timeout)?;
    announce(args, &plan, &serving);

    let window = Arc::new(MeasuredWindow::default());
    let recorder = Recorder::new(&RecorderOptions::for_plan(&plan, host::processors()), Arc::clone(&window))
        .map_err(|error| CliError::System { what: "cannot set up the histograms", cause: error.to_string() })?;
    let recorder = Arc::new(recorder);
    let progress = Progress::new(&plan.load, args.lang, args.quiet);
    let mut watch = Watch::new(Arc::clone(&recorder), serving.child.as_mut(), progress);
    let sink = Arc::clone(&recorder) as Arc<_>;
    let attack = Attack { plan: &plan, target: &serving.target, addresses, sink, window, interrupt };
    let facts = conductor::run(attack, &mut watch)?;
    let series = watch.finish();

    let observed = observed(args, &plan, &facts, (serving.target.to_string(), kind));
    drop(serving);
    conclude(args, &plan, Counted { recorder, series, observed }, &out)
}

/// What a run leaves to be judged.
struct Counted {
    recorder: Arc<Recorder>,
    series: Vec<Interval>,
    observed: Observed,
}

/// Folds, judges, writes and prints.
fn conclude(args: &RunArgs, plan: &Plan, counted: Counted, out: &Path) -> Result<ExitCode, CliError> {
    let summary = Summary::fold(plan, &counted.recorder.recording(), counted.series, counted.observed);
    let verdict = gate::judge(&summary, plan);
    let exit_code = exit::code_of(&summary, &verdict);
    let options = ReportOptions { lang: args.lang, exit_code };
    let written = report::write(out, &summary, &verdict, &options)?;
    put(&if args.quiet {
        console::one_line(&written.view)
    } else {
        console::render(&written.view, io::stdout().is_terminal())
    });
    Ok(ExitCode::from(exit_code))
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
fn compact(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Where the report goes. Refused before the load if it could not be written behind it.
fn output_folder(args: &RunArgs, plan: &Plan) -> Result<PathBuf, CliError> {
    let out = args.out.clone().unwrap_or_else(|| {
        let time = plan.run_id.split('-').next().unwrap_or(&plan.run_id);
        let folder = Path::new("reports").join(&plan.name);
        // Two runs of one second must not meet in one folder.
        let names = (1..).map(|n| if n == 1 { time.to_owned() } else { format!("{time}-{n}") });
        names.map(|name| folder.join(name)).find(|out| !out.exists()).unwrap_or(folder)
    });
    let unwritable = |cause| CliError::OutUnwritable { path: out.clone(), cause };
    match out.read_dir() {
        Ok(entries) => match entries.count() {
            0 => Ok(out),
            _ => Err(CliError::OutNotEmpty(out)),
        },
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            // Its parent is made now: a disk that refuses is found before the load, not behind it.
            let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty());
            parent.map_or(Ok(()), std::fs::create_dir_all).map_err(unwritable)?;
            Ok(out)
        }
        Err(cause) => Err(unwritable(cause)),
    }
}

fn announce(args: &RunArgs, plan: &Plan, serving: &Serving) {
    if args.quiet {
        return;
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

fn observed(args: &RunArgs, plan: &Plan, facts: &AttackFacts, (url, kind): (String, TargetKind)) -> Observed {
    Observed {
        run: run_facts(args, plan, facts),
        target: Target { url, kind },
        window: facts.window,
        interrupted: facts.interrupted,
        target_lost: facts.ended_by_observer.clone(),
        users_lost: facts.users_lost,
        requests_started: facts.requests_started,
        requests_ended: facts.requests_ended,
        cpu: facts.cpu,
        generator: Generator {
            version: env!("CARGO_PKG_VERSION"),
            host: host::name(),
            cpus: u32::try_from(host::processors()).ok(),
            memory: host::memory(),
            ..Generator::default()
        },
    }
}

fn run_facts(args: &RunArgs, plan: &Plan, facts: &AttackFacts) -> RunFacts {
    let load = &plan.load;
    let at = |offset: Micros| {
        let micros = i64::try_from(offset.get()).unwrap_or(i64::MAX);
        facts.started_at.checked_add(jiff::SignedDuration::from_micros(micros)).map_or_else(|_| String::new(), rfc3339)
    };
    RunFacts {
        id: plan.run_id.clone(),
        scenario: plan.name.clone(),
        command: command_line(args, plan.seed),
        seed: plan.seed,
        model: "closed",
        users: load.users,
        rate: None,
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

/// To the millisecond.
fn rfc3339(moment: Timestamp) -> String {
    format!("{moment:.3}")
}

/// The command that repeats this run: what was typed, with its seed.
fn command_line(args: &RunArgs, seed: u64) -> String {
    let plain =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=%@,+".contains(c));
    let typed = env::args().skip(1).map(|word| if plain(&word) { word } else { format!("\"{word}\"") });
    let mut words: Vec<String> = ["tollgate".to_owned()].into_iter().chain(typed).collect();
    if args.seed.is_none() {
        words.push(format!("--seed {seed}"));
    }
    words.join(" ")
}
