//! Watching: a soak in real time, and its document at the end.
//!
//! In: `--watch` and `--every`, and the ground. Out: a journal that grows, progress on stderr, and behind the last check
//! one document over the whole period. Always holds: a stop leaves the journal as it is, to be gone on with.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use jiff::Timestamp;

use crate::attack::clock::time_of_day;
use crate::cli::args::VerifyArgs;
use crate::cli::exit::CliError;
use crate::cli::say;
use crate::gate::acceptance::soak::{Checked, judge};
use crate::gate::acceptance::{CheckVerdict, Said, Severity, Step, StepId};
use crate::report::Lang;
use crate::report::acceptance::words;
use crate::units::Micros;

use super::data;
use super::document::{self, Place};
use super::ground::Ground;
use super::soak::{Head, Journal, World, ahead, soak};
use super::walk::Walked;

/// The longest nap: the machine may have slept, and the time of day may have been set.
const NAP: Duration = Duration::from_secs(15);

/// Refuses what cannot be watched.
pub(super) fn check(args: &VerifyArgs, watch: Micros) -> Result<(), CliError> {
    if args.only != Some(StepId::DualWrite) {
        return Err(CliError::Usage("--watch is of the dual write; write --only dual-write --watch 14d".to_owned()));
    }
    if args.every < Micros::SECOND || watch < args.every {
        return Err(CliError::Usage(
            "--every is 1s at least, and --watch as long at least; write for example --watch 14d --every 10m"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Where the journal lies: always the same, so that a soak that was stopped is found.
fn folder(args: &VerifyArgs) -> PathBuf {
    args.out.clone().unwrap_or_else(|| Path::new("reports").join("acceptance").join("soak"))
}

/// Checks again and again, and concludes.
pub(super) fn watch(ground: &Ground<'_>, watch: Micros) -> Result<ExitCode, CliError> {
    let seconds = |span: Micros| span.get() / Micros::SECOND.get();
    let head = Head {
        started_at: ground.started_at.to_string(),
        watch_s: seconds(watch),
        every_s: seconds(ground.args.every),
        target: if ground.is_embedded() { "embedded".to_owned() } else { ground.serving.target.to_string() },
    };
    let folder = folder(ground.args);
    let mut journal = Journal::open(&folder, &head).map_err(CliError::Usage)?;
    let severity = ground.file.severities();
    let whole = {
        let mut world = Real { ground, severity: &severity, last: None };
        soak(&mut journal, &mut world).map_err(|cause| CliError::System { what: "the soak ended", cause })?
    };
    if !whole {
        say(match ground.args.lang {
            Lang::En => "the soak was stopped; start it again with the same words and it goes on",
            Lang::Zh => "浸泡验证已停止；以相同参数再次启动即可继续",
        });
        return Ok(ExitCode::from(CliError::Interrupted.code()));
    }
    let judged = judge(&journal.schedule, &journal.checked, time_of_day());
    let mut steps = Vec::new();
    for id in StepId::ALL {
        steps.push(if id == StepId::DualWrite {
            let mut checks = judged.checks(&journal.schedule, (&severity, ground.is_embedded()));
            checks.extend(last(ground, &severity).checks);
            Step::of(id, checks)
        } else {
            Step::skipped(id, Said::new("not asked for (--only)", "未要求执行（--only）"))
        });
    }
    let place = Place::within(&folder)?;
    document::conclude(ground, Walked { steps, began: Some(journal.schedule.started_at), ..Walked::default() }, place)
}

/// The dual write as it is now.
fn last(ground: &Ground<'_>, severity: &Severity) -> Step {
    let Some(section) = &ground.file.dual_write else {
        return Step::blocked(
            StepId::DualWrite,
            Said::new("needs [dual_write] in the acceptance file", "需要验收文件中的 [dual_write]"),
        );
    };
    match data::dual_write(section, (ground, severity), &mut Walked::default()) {
        Ok(checks) => Step::of(StepId::DualWrite, checks),
        Err(needed) => Step::blocked(StepId::DualWrite, needed),
    }
}

/// The real world.
struct Real<'a> {
    ground: &'a Ground<'a>,
    severity: &'a Severity,
    /// How the last check ended.
    last: Option<CheckVerdict>,
}

impl World for Real<'_> {
    fn now(&self) -> Timestamp {
        time_of_day()
    }

    fn wait_until(&mut self, moment: Timestamp) -> bool {
        loop {
            let left = Duration::from_secs(ahead(time_of_day(), moment) + u64::from(moment > time_of_day()));
            if left.is_zero() {
                return true;
            }
            match self.ground.interrupt.recv_timeout(left.min(NAP)) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    fn check(&mut self, slot: u64) -> Checked {
        let step = last(self.ground, self.severity);
        let grave = [CheckVerdict::Fail, CheckVerdict::NoData, CheckVerdict::Blocked];
        let failed = step.checks.iter().filter(|check| check.blocking && grave.contains(&check.verdict));
        let failed = failed.map(|check| check.id.clone()).collect();
        self.last = Some(step.verdict);
        if !self.ground.args.quiet && step.verdict != CheckVerdict::Pass {
            let told = |check: &&crate::gate::acceptance::Check| grave.contains(&check.verdict);
            let lang = self.ground.args.lang;
            step.checks.iter().filter(told).for_each(|check| say(&format!("  {}", words::check_line(lang, check))));
        }
        Checked { slot, at: time_of_day().to_string(), verdict: step.verdict, failed }
    }

    fn tell(&mut self, journal: &Journal, next: Option<Timestamp>) {
        if self.ground.args.quiet {
            return;
        }
        let lang = self.ground.args.lang;
        let judged = judge(&journal.schedule, &journal.checked, time_of_day());
        let word = self.last.map_or("–", |verdict| lang.check_word(verdict));
        let (made, all, missed) = (journal.checked.len(), journal.schedule.last() + 1, judged.missed);
        let next = next.map_or_else(String::new, |moment| moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
        say(&match (lang, next.is_empty()) {
            (Lang::En, true) => format!("soak: {made} of {all} checks, {missed} missed; the last: {word}; done"),
            (Lang::Zh, true) => format!("浸泡验证：已完成 {made}/{all} 次，漏检 {missed} 次；最近一次：{word}；结束"),
            (Lang::En, false) => {
                format!("soak: {made} of {all} checks, {missed} missed; the last: {word}; next at {next}")
            }
            (Lang::Zh, false) => {
                format!("浸泡验证：已完成 {made}/{all} 次，漏检 {missed} 次；最近一次：{word}；下次 {next}")
            }
        });
    }
}
