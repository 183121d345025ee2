//! `tollgate run`: one load run, from a scenario file to a verdict.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::attack::clock::time_of_day;
use crate::attack::conductor::{self, Attack, CutShort};
use crate::attack::preflight::Addresses;
use crate::attack::transport::inquiry::Way;
use crate::attack::transport::tls::Tls;
use crate::attack::{host, preflight};
use crate::cli::args::RunArgs;
use crate::cli::ended::{Ended, seen_at};
use crate::cli::exit::CliError;
use crate::cli::ledger::Ledger;
use crate::cli::listing::Listing;
use crate::cli::progress::Progress;
use crate::cli::reconcile::Money;
use crate::cli::source;
use crate::cli::target;
use crate::cli::watch::Watch;
use crate::cli::{calibrate, facts, interruptions, ledger, rehearse, say};
use crate::histogram::recorder::{Recorder, RecorderOptions};
use crate::journal::Kind;
use crate::plan::custom::CustomSteps;
use crate::plan::{self, Identity, Overrides, Plan, PlanError, PlanWarning};
use crate::report::record::Opening;
use crate::report::{self, Lang, ReportFolder};
use crate::sample::MeasuredWindow;
use crate::scenario::Scenario;
use crate::summary::caveat::Caveat;
use crate::summary::{Calibration, Target, TargetAddress, TargetKind};

/// Runs, judges and reports.
pub(super) fn run(args: &RunArgs, functions: &CustomSteps) -> Result<ExitCode, CliError> {
    let interrupt = &interruptions()?;
    let setting = Setting { command: facts::command_line(), interrupt, kind: None, bystander: &mut Nobody };
    Ok(execute(args, functions, setting)?.map_or(ExitCode::SUCCESS, |ended| ended.tell(args.quiet)))
}

/// What is around a run.
pub(super) struct Setting<'a> {
    /// The command that repeats it.
    pub(super) command: String,
    /// A message in it interrupts the run.
    pub(super) interrupt: &'a Receiver<()>,
    /// Whose the target is, where it is known better than from its URL.
    pub(super) kind: Option<TargetKind>,
    /// Who looks at the target right before the load and right behind it.
    pub(super) bystander: &'a mut dyn Bystander,
}

/// Somebody who looks at the target while nothing is sent to it.
pub(super) trait Bystander {
    /// Behind the preflight, before the first request of the load.
    fn before(&mut self) {}

    /// Behind the last request of the load, with what was kept of the money.
    fn after(&mut self, _plan: &Plan, _money: &Money<'_>) {}
}

/// Nobody looks.
struct Nobody;

impl Bystander for Nobody {}

/// Runs, judges and writes the report; tells nobody. `None` where the run was to stop before the load.
pub(super) fn execute(
    args: &RunArgs,
    functions: &CustomSteps,
    setting: Setting<'_>,
) -> Result<Option<Ended>, CliError> {
    let Setting { command, interrupt, kind, bystander } = setting;
    let scenario = source::read(&args.scenario, &args.properties, (args.quiet, args.lang))?;
    let mut plan = Plan::resolve(&scenario, &args.overrides(), identity(args)).map_err(|cause| CliError::Plan {
        place: place(&args.scenario, &args.overrides(), (&scenario, &cause)),
        cause,
    })?;
    plan.customize(functions).map_err(|name| CliError::NoStepForFunction { name })?;
    room_for_connections(&plan)?;
    let chosen = target::choose(args, &scenario)?;
    let kind = kind.unwrap_or_else(|| chosen.kind());
    let tls = chosen.secure(&plan.connection, &args.overrides().connection)?;
    if tls.is_some() && plan.connection.insecure {
        plan.warnings.push(PlanWarning::Insecure);
    }
    let mut folder = claim_folder(args.out.as_deref(), &plan, plan.run_id.split('-').next().unwrap_or_default())?;
    let calibration = calibrated(args, &plan, interrupt)?;
    let mut serving = chosen.serve()?;
    let addresses = reach(&plan, &serving.target, tls.as_ref())?;
    let elsewhere = preflight::reach_elsewhere(&plan)?;
    if interrupt.try_recv().is_ok() {
        return Err(CliError::Interrupted);
    }

    let window = Arc::new(MeasuredWindow::default());
    let recorder = Arc::new(recorder(&plan, &window)?);
    let co_located = addresses.local && plan.connection.proxy.is_none();
    let spread = spread(&plan, &addresses);
    let refused = addresses.refused;
    let (addresses, target) = (addresses.taken, &serving.target);
    let way = Way { target, address: addresses[0], tls: tls.as_ref(), connection: &plan.connection };
    let sink = Arc::clone(&recorder) as Arc<_>;
    let attack = Attack { plan: &plan, target, addresses, tls: tls.clone(), elsewhere, sink, window, interrupt };
    let preflight_requests = rehearse::before_load(args, &attack)?;
    if args.dry_run {
        return Ok(None);
    }
    // Behind the preflight, whose charges are no part of the account.
    let money = Money::first(&plan, way, (interrupt, args.lang))?;
    let attack = Attack { sink: money.sink(Arc::clone(&attack.sink)), ..attack };
    announce(args, &attack, kind, &refused);
    bystander.before();
    let tested = Target { addresses: spread, refused, ..Target::of(target.to_string(), kind) };
    let opening = ledger::opening((args.lang, &plan), tested, (command, seen_at(folder.path())));
    let calibration_failed = calibration.is_none() && !args.no_calibrate;
    let opening = Opening { co_located, calibration, calibration_failed, preflight_requests, ..opening };
    let ledger = Ledger::open(&mut folder, &opening)?;
    let progress = Progress::new(&plan.load, args.lang, args.quiet);
    let mut watch = Watch::new(recorder, serving.child.as_mut(), progress, ledger);
    let (listing, sink) = Listing::begin(args.jtl, &folder, &attack)?;
    let ended = conductor::run(Attack { sink, ..attack }, &mut listing.beside(&mut watch))?;
    let mut ledger = watch.finish(&ended, listing.finish())?;
    ended.cut_short.as_ref().and_then(|why| ended_early(args.lang, why)).iter().for_each(|why| say(why));

    bystander.after(&plan, &money);
    ledger.add_json(Kind::Evidence, &money.second(interrupt, args.quiet))?;
    drop(serving);
    Ended::journalled(args.lang, ledger, folder).map(Some)
}

/// Counts what the plan's rules and steps need.
fn recorder(plan: &Plan, window: &Arc<MeasuredWindow>) -> Result<Recorder, CliError> {
    Recorder::new(&RecorderOptions::for_plan(plan, host::processors()), Arc::clone(window))
        .map_err(|error| CliError::System { what: "cannot set up the histograms", cause: error.to_string() })
}

/// The addresses that requests go to.
fn reach(plan: &Plan, target: &plan::target::Target, tls: Option<&Tls>) -> Result<Addresses, CliError> {
    match &plan.connection.proxy {
        // Whether the target can be reached is the proxy's to know.
        Some(proxy) => Ok(preflight::reach(proxy, None, plan.load.timeout)?),
        None => Ok(preflight::reach(target, tls, plan.load.timeout)?),
    }
}

/// How many users send to each address; nothing where a proxy chooses.
fn spread(plan: &Plan, addresses: &Addresses) -> Vec<TargetAddress> {
    if plan.connection.proxy.is_some() { Vec::new() } else { TargetAddress::spread(&addresses.taken, plan.load.users) }
}

/// Makes room for a connection a user, before any is made: one that is refused in the middle of a run would be counted
/// as the service's failure.
fn room_for_connections(plan: &Plan) -> Result<(), CliError> {
    /// Open files beside the connections: the report, the event loop, the standard streams.
    const OTHERS: u64 = 50;
    let users = plan.load.users;
    let needed = u64::from(users) * (1 + plan.elsewhere.len() as u64) + OTHERS;
    match host::raise_open_files() {
        Some(limit) if limit < needed => Err(CliError::OpenFiles { users, needed, limit }),
        _ => Ok(()),
    }
}

/// Why the run ended before its time, where the scenario asked for it.
fn ended_early(lang: Lang, why: &CutShort) -> Option<String> {
    Some(match (lang, why) {
        (Lang::En, CutShort::StepFailed) => {
            "the run ended early: a step failed, and its scenario says on_failure = \"stop_run\"".to_owned()
        }
        (Lang::Zh, CutShort::StepFailed) => {
            "运行提前结束：有步骤失败，且其场景设置了 on_failure = \"stop_run\"".to_owned()
        }
        (Lang::En, CutShort::ByStep) => "the run ended early: a step of the scenario says stop = \"run\"".to_owned(),
        (Lang::Zh, CutShort::ByStep) => "运行提前结束：场景的某一步设置了 stop = \"run\"".to_owned(),
        _ => return None,
    })
}

/// Where in the scenario file the cause of a refusal stands, if it stands there.
pub(super) fn place(file: &Path, typed: &Overrides, (scenario, cause): (&Scenario, &PlanError)) -> String {
    if cause.was_typed(typed) {
        return String::new();
    }
    // The places of a plan are not those of the scenario that came of it.
    let is_plan = source::is_plan(file);
    let file = file.display();
    match cause.needle().map(|_| cause.place(scenario)) {
        _ if is_plan => format!("{file}: "),
        Some(Some((line, column))) => format!("{file}:{line}:{column}: "),
        Some(None) | None => format!("{file}: "),
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

/// What the harness itself reaches, measured and said, where that is asked for.
fn calibrated(args: &RunArgs, plan: &Plan, interrupt: &Receiver<()>) -> Result<Option<Calibration>, CliError> {
    if args.no_calibrate || args.dry_run {
        return Ok(None);
    }
    let calibration = calibrate::calibrate(plan, interrupt)?;
    if let Some(calibration) = calibration.filter(|_| !args.quiet) {
        say(&report::calibrated(args.lang, calibration));
    }
    Ok(calibration)
}

/// Says what is about to happen: the load, and over which addresses it is spread.
fn announce(args: &RunArgs, attack: &Attack<'_>, kind: TargetKind, refused: &[String]) {
    let (plan, target) = (attack.plan, attack.target);
    for refused in refused {
        say(&match args.lang {
            Lang::En => format!("warning: no load goes to one of the target's addresses: {refused}"),
            Lang::Zh => format!("警告：目标的一个地址不会施加负载：{refused}"),
        });
    }
    if args.quiet {
        return;
    }
    for warning in &plan.warnings {
        let said = args.lang.caveat_message(&Caveat::Planned(warning.clone()));
        say(&match args.lang {
            Lang::En => format!("note: {said}"),
            Lang::Zh => format!("提示：{said}"),
        });
    }
    let (load, shape) = (&plan.load, facts::load_in_words(plan, args.lang));
    let demonstration = match (kind == TargetKind::Embedded, args.lang) {
        (false, _) => "",
        (true, Lang::En) => " (embedded reference service, for demonstration)",
        (true, Lang::Zh) => "（内置参考服务，仅供演示）",
    };
    let name = &plan.name;
    let (ramp_up, warm_up, run_time) = (load.ramp_up, load.warm_up, load.run_time);
    say(&match args.lang {
        Lang::En => {
            format!(
                "{name}: load on {target}{demonstration}: {shape}; ramp-up {ramp_up}, warm-up {warm_up}, run time {run_time}"
            )
        }
        Lang::Zh => {
            format!("{name}：目标 {target}{demonstration}；{shape}；加压 {ramp_up}，预热 {warm_up}，测量 {run_time}")
        }
    });
    if attack.addresses.len() > 1 {
        let all: Vec<String> = attack.addresses.iter().map(ToString::to_string).collect();
        let all = all.join(args.lang.text().list_comma);
        say(&match args.lang {
            Lang::En => format!("users are spread in turn over {all}"),
            Lang::Zh => format!("用户轮流分配到 {all}"),
        });
    }
}
