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
use crate::cli::exit::{self, CliError};
use crate::cli::progress::Progress;
use crate::cli::target::{self, Serving};
use crate::cli::watch::Watch;
use crate::cli::{interruptions, put, say};
use crate::gate;
use crate::histogram::recorder::{Recorder, RecorderOptions};
use crate::plan::{Identity, Plan, PlanError};
use crate::report::{self, Lang, ReportFolder, ReportOptions, console};
use crate::sample::MeasuredWindow;
use crate::scenario::Scenario;
use crate::summary::{Generator, Observed, RunFacts, Summary, Target, WindowFacts};
use crate::units::Micros;

/// Runs, judges and reports.
pub(super) fn run(args: &RunArgs) -> Result<ExitCode, CliError> {
    let command = command_line();
    let scenario = Scenario::load(&args.scenario)?;
    let plan = Plan::resolve(&scenario, &args.overrides(), identity(args))
        .map_err(|cause| CliError::Plan { place: place(args, &scenario, &cause), cause })?;
    let chosen = target::choose(args, &scenario)?;
    let kind = chosen.kind();
    let folder = claim_folder(args, &plan)?;
    let interrupt = interruptions()?;
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
    let attack = Attack { plan: &plan, target: &serving.target, addresses: addresses.taken, sink, window, interrupt };
    let facts = conductor::run(attack, &mut watch)?;
    let (counted, target_lost) = watch.finish();
    if let Some(CutShort::FeederRanDry(feeder)) = &facts.cut_short {
        say(&ran_dry(args.lang, feeder));
    }

    let target = Target { url: serving.target.to_string(), kind };
    drop(serving);
    let observed = observed(run_facts(&plan, &facts, command), target, (&facts, target_lost));
    let summary = Summary::fold(&plan, counted, observed);
    conclude(args, &plan, &summary, folder)
}

/// Judges, writes and prints. The result is printed even where the report cannot be written.
fn conclude(args: &RunArgs, plan: &Plan, summary: &Summary, folder: ReportFolder) -> Result<ExitCode, CliError> {
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

/// Why the run ended before its time.
fn ran_dry(lang: Lang, feeder: &str) -> String {
    match lang {
        Lang::En => {
            format!("the run ended early: feeder {feeder} has no row left; add rows, or write at_end = \"recycle\"")
        }
        Lang::Zh => format!("运行提前结束：数据源 {feeder} 的数据已用完；请增加数据行，或设置 at_end = \"recycle\""),
    }
}

/// Where in the scenario file the cause of a refusal stands, if it stands there.
fn place(args: &RunArgs, scenario: &Scenario, cause: &PlanError) -> String {
    if cause.was_typed(&args.overrides()) {
        return String::new();
    }
    let file = args.scenario.display();
    match cause.needle().map(|_| cause.place(scenario)) {
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
fn compact(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Claims the folder for the report, before the load.
fn claim_folder(args: &RunArgs, plan: &Plan) -> Result<ReportFolder, CliError> {
    let claimed = args.out.as_ref().map_or_else(
        || {
            let time = plan.run_id.split('-').next().unwrap_or(&plan.run_id);
            let parent = Path::new("reports").join(&plan.name);
            // Two runs of one second must not meet in one folder.
            let names = (1..1_000).map(|n| if n == 1 { time.to_owned() } else { format!("{time}-{n}") });
            ReportFolder::claim_new(names.map(|name| parent.join(name)))
        },
        |out| ReportFolder::claim(out),
    );
    claimed.map_err(CliError::Out)
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
        rate: load.arrivals.map(|arrivals| arrivals.rate),
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

/// What was typed, as a shell reads it, but for `--out`: with the seed it repeats the run.
fn command_line() -> String {
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
