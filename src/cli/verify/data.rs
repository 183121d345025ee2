//! The steps that ask the database, and those that ask what the server counted of the load.
//!
//! In: the ground, and behind the load what was read around it. Out: checks, judged. Always holds: every step opens the
//! database anew and closes it; nothing is written into it; the embedded service's own store is found by itself.

use crate::acceptance::metrics::{self, LoadFacts, Reads, Unseen, Witnesses};
use crate::acceptance::patience::{Patience, sleep};
use crate::acceptance::prometheus::{PromError, Prometheus, Span};
use crate::acceptance::store::{Store, StoreError};
use crate::acceptance::{database, dual_write, migration, switch};
use crate::attack::clock::time_of_day;
use crate::gate::RunVerdict;
use crate::gate::acceptance as rules;
use crate::gate::acceptance::{Check, CheckVerdict, Limit, Measure, Said, Step};
use crate::scenario::acceptance::database::{DatabaseSection, PrometheusSection};
use crate::scenario::acceptance::{
    CacheSection, DualWriteSection, MetricsSection, MigrationSection, Severity, SwitchSection,
};
use crate::scenario::secret::Environment;
use crate::summary::caveat::Caveat;

use super::ground::Ground;
use super::load::Played;
use super::walk::Walked;

/// The database that is asked: the file's, else the embedded service's own store.
///
/// # Errors
/// What is needed.
fn section(ground: &Ground<'_>) -> Result<DatabaseSection, Said> {
    let own = ground.serving.child.as_ref().and_then(|child| child.store());
    match (&ground.file.database, own) {
        (Some(section), _) => Ok(section.clone()),
        (None, Some(store)) => Ok(DatabaseSection::of_file(store.to_owned())),
        (None, None) => Err(Said::new(
            "needs a database: write [database] in the acceptance file",
            "需要数据库：请在验收文件中填写 [database]",
        )),
    }
}

fn open(ground: &Ground<'_>, section: &DatabaseSection) -> Result<Store, StoreError> {
    let unreachable = |cause| StoreError::Unreachable { place: "[database] password".to_owned(), cause };
    let password = section.secret(ground.file.folder(), &Environment::of_process()).map_err(unreachable)?;
    Store::open(section, ground.file.folder(), password.as_ref())
}

/// An open database, or what is needed.
fn opened(ground: &Ground<'_>) -> Result<Store, Said> {
    let section = section(ground)?;
    open(ground, &section)
        .map_err(|error| Said::new(format!("needs the database: {error}"), format!("需要数据库连接：{error}")))
}

/// Whether the database and Prometheus can be asked.
pub(super) fn environment(ground: &Ground<'_>, severity: &Severity) -> Vec<Check> {
    let file = ground.file;
    let mut checks = Vec::new();
    let asks = file.migration.is_some() || file.dual_write.is_some() || file.switch.is_some();
    if let (true, Ok(section)) = (asks || file.database.is_some(), section(ground)) {
        let tables = database::tables_of(file.migration.as_ref(), file.dual_write.as_ref(), file.switch.as_ref());
        let seen = open(ground, &section).map(|mut store| database::look(&mut store, &tables, &time_of_day));
        checks.extend(rules::database::judge(&section, &seen, severity));
    }
    if let Some(section) = &file.prometheus {
        let seen = prometheus(ground, section).and_then(|mut prometheus| prometheus.clock(&time_of_day));
        checks.extend(rules::database::judge_prometheus(section, &seen, severity));
    }
    checks
}

fn prometheus(ground: &Ground<'_>, section: &PrometheusSection) -> Result<Prometheus, PromError> {
    let unreachable = |cause| PromError::Unreachable { url: section.url.clone(), cause };
    let token = section.secret(ground.file.folder(), &Environment::of_process()).map_err(unreachable)?;
    Prometheus::new(section, token.as_ref())
}

/// Does `look` with a way to wait that an interruption ends.
fn patiently<T>(ground: &Ground<'_>, look: impl FnOnce(&mut Patience<'_>) -> T) -> (T, bool) {
    let stopped = std::cell::Cell::new(false);
    let stop = || stopped.get() || ground.interrupt.try_recv().is_ok_and(|()| !stopped.replace(true));
    let mut pause = sleep(&stop);
    let seen = look(&mut Patience::new(&mut pause, &stop));
    (seen, stopped.get())
}

/// What the database looks like.
///
/// # Errors
/// What it needed.
pub(super) fn migration(
    section: &MigrationSection,
    (ground, severity): (&Ground<'_>, &Severity),
    walked: &mut Walked,
) -> Result<Vec<Check>, Said> {
    let mut store = opened(ground)?;
    let (seen, stopped) = patiently(ground, |patience| migration::look(&mut store, section, patience));
    walked.interrupted |= stopped;
    Ok(rules::migration::judge(section, &seen, severity))
}

/// What the validator found.
///
/// # Errors
/// What it needed.
pub(super) fn dual_write(
    section: &DualWriteSection,
    (ground, severity): (&Ground<'_>, &Severity),
    walked: &mut Walked,
) -> Result<Vec<Check>, Said> {
    let mut store = opened(ground)?;
    let (seen, stopped) = patiently(ground, |patience| dual_write::look(&mut store, section, patience));
    walked.interrupted |= stopped;
    Ok(rules::dual_write::judge(section, &seen, severity))
}

/// Whether the new tables may take over, or have: everything before, as a gate, and the section's own questions.
///
/// # Errors
/// What it needed.
pub(super) fn switch(
    section: &SwitchSection,
    (ground, severity): (&Ground<'_>, &Severity),
    walked: &Walked,
) -> Result<Vec<Check>, Said> {
    let mut checks = Vec::new();
    if ground.args.only.is_none() {
        checks.push(all_before(&walked.steps, severity));
    }
    let mut store = opened(ground)?;
    if section.switched {
        checks.extend(rules::switch::after(section, &switch::look(&mut store, section), severity));
    } else {
        let defaults = DualWriteSection::default();
        let dual_write = ground.file.dual_write.as_ref().unwrap_or(&defaults);
        // The embedded service has lived as long as its dual write is looked at, and no longer.
        let window = if ground.is_embedded() { section.window.min(dual_write.window) } else { section.window };
        let section = &SwitchSection { window, ..section.clone() };
        let log = dual_write::log(&mut store, &dual_write.log, section.window);
        checks.extend(rules::switch::before(section, &dual_write.types, (&log, severity)));
    }
    Ok(checks)
}

/// Whether every step before holds.
fn all_before(steps: &[Step], severity: &Severity) -> Check {
    let holds = |step: &&Step| {
        step.verdict == CheckVerdict::Skipped || rules::overall(std::slice::from_ref(*step)) == RunVerdict::Pass
    };
    let held_back: Vec<&Step> = steps.iter().filter(|step| !holds(step)).collect();
    let check = Check::new("switch.ready:steps", severity.blocks("switch.ready"), "all steps before");
    let check = check.wants(Limit::Equal(Measure::Count(0))).found(Measure::Count(held_back.len() as u64));
    if held_back.is_empty() {
        return check;
    }
    let names: Vec<&str> = held_back.iter().map(|step| step.id.name()).collect();
    let names = names.join(", ");
    check.noting(Said::new(format!("steps that do not hold: {names}"), format!("未通过的步骤：{names}")))
}

/// What the server counted of the load.
///
/// # Errors
/// What it needed.
pub(super) fn metrics(
    section: &MetricsSection,
    (ground, severity): (&Ground<'_>, &Severity),
    walked: &Walked,
) -> Result<Vec<Check>, Said> {
    around(ground, walked, |witnesses| {
        let seen = metrics::look(section, witnesses);
        rules::metrics::judge(section, (&seen, &witnesses.load), severity)
    })
}

/// How often what was asked for was found near.
///
/// # Errors
/// What it needed.
pub(super) fn cache(
    section: &CacheSection,
    (ground, severity): (&Ground<'_>, &Severity),
    walked: &Walked,
) -> Result<Vec<Check>, Said> {
    let mut checks: Vec<Check> = walked.warm_up.iter().map(|reply| warm_up(reply, severity)).collect();
    checks.extend(around(ground, walked, |witnesses| {
        let seen = metrics::look_at_cache(section, witnesses);
        rules::cache::judge(section, (&seen, &witnesses.load), severity)
    })?);
    Ok(checks)
}

/// Whether the service warmed its caches when it was asked to.
fn warm_up(reply: &crate::acceptance::reply::Reply, severity: &Severity) -> Check {
    let check = Check::new("cache.warm_up", severity.blocks("cache.warm_up"), &reply.request);
    let check = check.wants(Limit::Equal(Measure::Text("HTTP 200".to_owned()))).noting(Said::foreign(reply.said()));
    match reply.status() {
        Some(status) => check.found(Measure::Text(format!("HTTP {status}"))),
        None => check.blocked(Said::foreign(reply.said())),
    }
}

/// Asks the two reads around the deciding load, and Prometheus where there is one.
fn around<T>(ground: &Ground<'_>, walked: &Walked, ask: impl FnOnce(&mut Witnesses<'_>) -> T) -> Result<T, Said> {
    let needs = || Said::new("needs the deciding load", "需要先完成判定用负载");
    let (_, played) = walked.loads.first().ok_or_else(needs)?;
    let load = facts(played).ok_or_else(|| {
        Said::new(
            "needs to know what became of every request: give the deciding scenario a [[reconcile]], and a whole window",
            "需要掌握每个请求的结果：请为判定用场景配置 [[reconcile]]，并完成整个测量窗口",
        )
    })?;
    let mut prometheus =
        match &ground.file.prometheus {
            None => None,
            Some(section) => Some(prometheus(ground, section).map_err(|error| {
                Said::new(format!("needs Prometheus: {error}"), format!("需要 Prometheus：{error}"))
            })?),
        };
    let unread = || Err(Unseen::Unread { path: String::new(), cause: "the load did not begin".to_owned() });
    let reads = Reads {
        before: walked.around.before.clone().unwrap_or_else(unread),
        after: walked.around.after.clone().unwrap_or_else(unread),
    };
    Ok(ask(&mut Witnesses { reads: &reads, prometheus: prometheus.as_mut(), load }))
}

/// What the client knows of its load; `None` where it does not know what became of every request.
fn facts(played: &Played) -> Option<LoadFacts> {
    let (run, totals) = (&played.summary.run, &played.summary.totals);
    let sent = played.verdict.evidence.first()?.sent;
    let moment = |text: &str| text.parse::<jiff::Timestamp>().ok();
    Some(LoadFacts {
        span: Span { start: moment(&run.started_at)?, end: moment(&run.ended_at)? },
        window: Span { start: moment(run.window.start.as_ref()?)?, end: moment(run.window.end.as_ref()?)? },
        answered: sent.acknowledged + sent.refused,
        unknown: sent.unknown,
        succeeded: sent.acknowledged,
        tps: totals.tps?.get(),
        mean_ms: totals.service_time.mean?.get(),
        clock_moved: played.summary.caveats.iter().any(|caveat| matches!(caveat, Caveat::ClockStep { .. })),
    })
}
