//! The walk: every step in its order, each ended before the next begins.
//!
//! In: the ground. Out: the steps and the loads. Always holds: a step is walked once; a step whose section does not stand
//! is skipped and says so; an interruption ends the walk, and what was not walked is blocked.

use std::path::Path;

use crate::acceptance::reply::Reply;
use crate::cli::exit::CliError;
use crate::cli::say;
use crate::gate::acceptance::{Check, CheckVerdict, Said, Step, StepId, load};
use crate::report::Lang;
use crate::report::acceptance::words;
use crate::scenario::acceptance::Severity;

use super::data;
use super::ground::{Ground, part};
use super::load::{Around, Played, Watcher};
use super::step;

/// What a walk found.
#[derive(Default)]
pub(super) struct Walked {
    pub(super) steps: Vec<Step>,
    /// The load that decides, then the one beside it.
    pub(super) loads: Vec<(&'static str, Played)>,
    /// Whether it was ended from outside.
    pub(super) interrupted: bool,
    /// What the target said of itself around the deciding load.
    pub(super) around: Around,
    /// What the call that warms the caches was answered with, where there is one.
    pub(super) warm_up: Option<Reply>,
}

/// Walks every step, or the one that was asked for. The loads' reports lie in `folder`.
pub(super) fn walk(ground: &Ground<'_>, folder: &Path) -> Result<Walked, CliError> {
    let severity = ground.file.severities();
    let mut walked = Walked::default();
    for id in StepId::ALL {
        walked.interrupted |= ground.interrupt.try_recv().is_ok();
        let step = if walked.interrupted {
            Step::blocked(id, Said::new("interrupted before this step", "在本步骤之前被中断"))
        } else if is_asked(ground, id) {
            one(id, (ground, &severity), (&mut walked, folder))?
        } else {
            Step::skipped(id, Said::new("not asked for (--only)", "未要求执行（--only）"))
        };
        tell(ground.args.lang, &step, ground.args.quiet);
        walked.steps.push(step);
    }
    Ok(walked)
}

/// Whether `id` is walked. Counters need a load around them.
fn is_asked(ground: &Ground<'_>, id: StepId) -> bool {
    let needs_load = |only| matches!(only, StepId::Metrics | StepId::Cache);
    ground.args.only.is_none_or(|only| only == id || (id == StepId::Load && needs_load(only)))
}

/// Walks one step.
fn one(
    id: StepId,
    (ground, severity): (&Ground<'_>, &Severity),
    (walked, folder): (&mut Walked, &Path),
) -> Result<Step, CliError> {
    let file = ground.file;
    let checks = match id {
        StepId::Environment => file.environment.as_ref().map(|section| {
            let mut checks = step::environment(section, (ground, severity), folder);
            checks.extend(data::environment(ground, severity));
            Ok(checks)
        }),
        StepId::Health => file.health.as_ref().map(|section| step::health(section, ground, severity)),
        StepId::Probes => file.probes.as_ref().map(|section| step::probes(section, ground, severity)),
        StepId::Load => match &ground.loads {
            Some(_) => Some(loads((ground, severity), walked, folder)?),
            None => None,
        },
        StepId::Migration => {
            file.migration.as_ref().map(|section| data::migration(section, (ground, severity), walked))
        }
        StepId::Metrics => file.metrics.as_ref().map(|section| data::metrics(section, (ground, severity), walked)),
        StepId::Cache => file.cache.as_ref().map(|section| data::cache(section, (ground, severity), walked)),
        StepId::DualWrite => {
            file.dual_write.as_ref().map(|section| data::dual_write(section, (ground, severity), walked))
        }
        StepId::Switch => file.switch.as_ref().map(|section| data::switch(section, (ground, severity), walked)),
    };
    Ok(match checks {
        None => Step::skipped(id, no_section(id)),
        Some(Ok(checks)) => Step::of(id, checks),
        Some(Err(needed)) => Step::blocked(id, needed),
    })
}

fn no_section(id: StepId) -> Said {
    let name = id.name();
    Said::new(format!("the acceptance file has no [{name}]"), format!("验收文件中没有 [{name}]"))
}

/// Plays both loads. The second begins when everything of the first has been read.
fn loads(
    (ground, severity): (&Ground<'_>, &Severity),
    walked: &mut Walked,
    folder: &Path,
) -> Result<Result<Vec<Check>, Said>, CliError> {
    let Some(planned) = &ground.loads else { return Ok(Ok(Vec::new())) };
    let mut asking = match ground.asking() {
        Ok(asking) => asking,
        Err(needed) => return Ok(Err(needed)),
    };
    if let Some(path) = ground.file.cache.as_ref().and_then(|section| section.warm_up.as_ref()) {
        walked.warm_up = Some(asking.post(path, ""));
    }
    let metrics = ground.file.metrics.as_ref().map_or("/actuator/prometheus", |section| section.path.as_str());
    let most = planned.read_back.as_ref().map_or(0, |section| section.count);
    let mut watcher = Watcher { asking: &mut asking, metrics, most, around: Around::default() };
    let played = match planned.deciding.play(ground, &part(folder, "load"), &mut watcher) {
        Ok(played) => played,
        Err(error) => return not_played(error, walked),
    };
    walked.around = watcher.around;
    walked.interrupted |= played.summary.interrupted;
    let length = planned.deciding.length(&played.summary, ground.is_embedded());
    let mut checks = vec![load::length(&length, severity)];
    checks.extend(load::deciding(load::Loaded { summary: &played.summary, verdict: &played.verdict }, severity));
    if let Some(section) = &planned.read_back {
        let seen = walked.around.read_back(section, (&mut asking, ground.args.lang));
        checks.push(load::read_back(&seen, severity));
    }
    walked.loads.push(("deciding", played));
    if let Some(parity) = planned.parity.as_ref().filter(|_| !walked.interrupted) {
        struct Nobody;
        impl crate::cli::run::Bystander for Nobody {}
        match parity.play(ground, &part(folder, "load-parity"), &mut Nobody) {
            Ok(played) => {
                walked.interrupted |= played.summary.interrupted;
                let loaded = load::Loaded { summary: &played.summary, verdict: &played.verdict };
                checks.extend(load::parity(loaded, severity));
                walked.loads.push(("parity", played));
            }
            Err(error) => {
                let check = Check::new("load.parity", severity.blocks("load.parity"), "");
                checks.push(check.blocked(Said::foreign(error.to_string())));
            }
        }
    }
    Ok(Ok(checks))
}

/// What kept the deciding load from being played. An error of ours ends the command.
fn not_played(error: CliError, walked: &mut Walked) -> Result<Result<Vec<Check>, Said>, CliError> {
    match error {
        CliError::Interrupted => {
            walked.interrupted = true;
            Ok(Err(Said::new("interrupted before any load was sent", "在施加负载之前被中断")))
        }
        error if matches!(error.code(), 3) => Ok(Err(Said::foreign(error.to_string()))),
        error => Err(error),
    }
}

/// Says on stderr how a step ended, and what did not hold.
fn tell(lang: Lang, step: &Step, quiet: bool) {
    if quiet {
        return;
    }
    say(&words::step_line(lang, step));
    let told = |check: &&Check| !matches!(check.verdict, CheckVerdict::Pass | CheckVerdict::Skipped);
    step.checks.iter().filter(told).for_each(|check| say(&format!("  {}", words::check_line(lang, check))));
}
