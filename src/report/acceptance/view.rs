//! An acceptance as it is read: every figure formatted once, every foreign text made harmless.
//!
//! In: an [`Acceptance`] and a language. Out: an [`AcceptanceView`], which every format only lays out. Always holds: the
//! box shows every check of its steps that was asked; what holds the acceptance back is named.

use super::shape::{AcceptanceView, BoxGroup, BoxLine, CheckView, LoadView, StepView};
use super::words;
use super::{Acceptance, Load};
use crate::gate::RunVerdict;
use crate::gate::acceptance::{Check, CheckVerdict, Limit, Measure, Step, StepId};
use crate::report::figures;
use crate::report::neutral::neutral;
use crate::report::text::{Lang, fill};
use crate::report::view::{Figure, Tone};

/// The steps of the box, as today's log has them.
const BOXED: [StepId; 5] = [StepId::Migration, StepId::Health, StepId::Load, StepId::Cache, StepId::DualWrite];

/// Checks that hold an acceptance back and are named above the evidence, which has them all.
const MOST_NAMED: usize = 10;

/// An acceptance as it is read in `lang`.
#[must_use]
pub fn view(acceptance: &Acceptance, lang: Lang) -> AcceptanceView {
    let (sign, conclusion, tone) = conclusion(acceptance, lang);
    AcceptanceView {
        lang,
        started: acceptance.started_at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        banners: banners(acceptance, lang),
        groups: groups(&acceptance.steps, lang),
        sign,
        conclusion,
        tone,
        counts: counts(&acceptance.steps, lang),
        held_back: held_back(&acceptance.steps, lang),
        facts: facts(acceptance, lang),
        steps: acceptance.steps.iter().map(|step| step_view(step, lang)).collect(),
        loads: acceptance.loads.iter().map(|load| load_view(load, lang)).collect(),
        history: history(acceptance, lang),
        past: acceptance.history.iter().map(|past| past.cells(lang)).collect(),
        version: acceptance.version.to_owned(),
    }
}

const fn conclusion(acceptance: &Acceptance, lang: Lang) -> (&'static str, &'static str, Tone) {
    let t = lang.acceptance();
    match (acceptance.verdict, matches!(acceptance.target.kind, crate::summary::TargetKind::Embedded)) {
        (RunVerdict::Pass, false) => ("✅", t.accepted, Tone::Good),
        (RunVerdict::Pass, true) => ("✅", t.accepted_demonstration, Tone::Good),
        (RunVerdict::Fail, _) => ("❌", t.refused, Tone::Bad),
        (RunVerdict::Invalid, _) => ("⛔", t.not_accepted, Tone::Unsure),
    }
}

fn banners(acceptance: &Acceptance, lang: Lang) -> Vec<String> {
    let t = lang.acceptance();
    let mut banners = Vec::new();
    if acceptance.is_demonstration() {
        banners.push(t.demonstration.to_owned());
    }
    if acceptance.interrupted {
        banners.push(t.interrupted.to_owned());
    }
    let short = |check: &&Check| check.rule() == "load.window" && check.verdict == CheckVerdict::Blocked;
    let mut checks = acceptance.steps.iter().flat_map(|step| &step.checks);
    if let Some(note) = checks.find(short).and_then(|check| check.note.as_ref()) {
        banners.push(fill(t.shortened, &[("note", &words::said(lang, note))]));
    }
    if let Some(only) = acceptance.only {
        banners.push(fill(t.only, &[("step", lang.step_title(only))]));
    }
    banners
}

/// The box: the log's own groups, then one for the rest.
fn groups(steps: &[Step], lang: Lang) -> Vec<BoxGroup> {
    let find = |id: &StepId| steps.iter().find(|step| step.id == *id);
    let mut groups: Vec<BoxGroup> = BOXED.iter().filter_map(find).map(|step| group(step, lang)).collect();
    let rest = steps.iter().filter(|step| !BOXED.contains(&step.id));
    let line = |step: &Step| BoxLine {
        label: lang.step_title(step.id).to_owned(),
        text: lang.check_word(step.verdict).to_owned(),
        mark: words::mark(step.verdict),
        tone: words::tone(step.verdict),
    };
    let lines: Vec<BoxLine> = rest.map(line).collect();
    if !lines.is_empty() {
        groups.push(BoxGroup { title: lang.acceptance().others, sign: "", word: "", tone: Tone::Good, lines });
    }
    groups
}

fn group(step: &Step, lang: Lang) -> BoxGroup {
    let asked = step.checks.iter().filter(|check| check.verdict != CheckVerdict::Skipped);
    // The load beside the deciding one has its own report; only what it blocks is the acceptance's.
    let shown = asked.filter(|check| check.rule() != "load.parity" || check.blocking);
    BoxGroup {
        title: lang.step_title(step.id),
        sign: words::sign(step.verdict),
        word: lang.check_word(step.verdict),
        tone: words::tone(step.verdict),
        lines: shown.map(|check| box_line(check, lang)).collect(),
    }
}

fn box_line(check: &Check, lang: Lang) -> BoxLine {
    let text = match (&check.observed, &check.limit) {
        (None, _) => match &check.note {
            Some(note) => format!("{} ({})", lang.check_word(check.verdict), words::said(lang, note)),
            None => lang.check_word(check.verdict).to_owned(),
        },
        (Some(Measure::Count(found)), Some(Limit::Equal(Measure::Count(all)))) if *all > 0 => {
            format!("{}/{}", figures::count(*found), figures::count(*all))
        }
        (Some(_), Some(limit @ Limit::Between(..))) if !says_the_same(limit, check) => {
            format!("{} ({})", words::observed(lang, check), words::limit(lang, check))
        }
        (Some(_), Some(limit @ Limit::Equal(_))) if !says_the_same(limit, check) => {
            format!("{} {}", words::observed(lang, check), words::limit(lang, check).replacen('=', "≠", 1))
        }
        (Some(_), Some(limit)) if !says_the_same(limit, check) => {
            format!("{} {}", words::observed(lang, check), words::limit(lang, check))
        }
        (Some(_), _) => words::observed(lang, check),
    };
    BoxLine {
        label: words::title(lang, check),
        text,
        mark: words::mark(check.verdict),
        tone: words::tone(check.verdict),
    }
}

/// Whether the limit is just what was found: `UP = UP` tells nobody more than `UP`, and none at most is none.
fn says_the_same(limit: &Limit, check: &Check) -> bool {
    match limit {
        Limit::Equal(wanted) => check.observed.as_ref() == Some(wanted),
        Limit::AtMost(most @ Measure::Count(0)) => check.observed.as_ref() == Some(most),
        _ => false,
    }
}

fn counts(steps: &[Step], lang: Lang) -> String {
    let checks = || steps.iter().flat_map(|step| &step.checks);
    let count = |verdict| checks().filter(|check| check.verdict == verdict).count().to_string();
    use CheckVerdict::{Blocked, Fail, NoData, Pass, Skipped, Warn};
    let all = [Pass, Warn, Fail, NoData, Blocked, Skipped].map(count);
    let names = ["pass", "warn", "fail", "no_data", "blocked", "skipped"];
    let blanks: Vec<(&str, &str)> = names.into_iter().zip(all.iter().map(String::as_str)).collect();
    fill(lang.acceptance().counts, &blanks)
}

fn held_back(steps: &[Step], lang: Lang) -> Option<String> {
    use CheckVerdict::{Blocked, Fail, NoData};
    let grave = |check: &&Check| check.blocking && [Fail, NoData, Blocked].contains(&check.verdict);
    let named: Vec<String> = steps
        .iter()
        .flat_map(|step| step.checks.iter().filter(grave))
        .map(|check| format!("{} ({})", words::title(lang, check), lang.check_word(check.verdict)))
        .collect();
    let more = named.len().saturating_sub(MOST_NAMED);
    let more = (more > 0).then(|| format!("… (+{more})"));
    let all: Vec<&str> = named.iter().take(MOST_NAMED).map(String::as_str).chain(more.as_deref()).collect();
    let all = all.join(lang.text().list_comma);
    (!named.is_empty()).then(|| fill(lang.acceptance().held_back, &[("checks", &all)]))
}

fn facts(acceptance: &Acceptance, lang: Lang) -> Vec<Figure> {
    let t = lang.acceptance();
    let time = |moment: jiff::Timestamp| moment.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let url = neutral(&acceptance.target.url);
    let demonstration = lang.text().demonstration;
    let target = if acceptance.is_demonstration() { format!("{url} {demonstration}") } else { url };
    let span = format!("{} – {} UTC", time(acceptance.started_at), time(acceptance.ended_at));
    let rows = [
        (t.target, target),
        (t.file, neutral(&acceptance.file)),
        (t.span, span),
        (t.version, format!("Tollgate {}", acceptance.version)),
    ];
    rows.into_iter().map(|(label, value)| Figure { label, value }).collect()
}

fn step_view(step: &Step, lang: Lang) -> StepView {
    let t = lang.acceptance();
    let check = |check: &Check| CheckView {
        title: words::title(lang, check),
        id: neutral(&check.id),
        query: words::query(check),
        window: words::window(lang, check),
        observed: words::observed(lang, check),
        limit: words::limit(lang, check),
        word: lang.check_word(check.verdict),
        severity: if check.blocking { t.blocking } else { t.warning },
        note: check.note.as_ref().map_or_else(String::new, |note| words::said(lang, note)),
        tone: words::tone(check.verdict),
    };
    StepView {
        id: step.id.name(),
        title: lang.step_title(step.id),
        word: lang.check_word(step.verdict),
        tone: words::tone(step.verdict),
        checks: step.checks.iter().map(check).collect(),
    }
}

fn load_view(load: &Load, lang: Lang) -> LoadView {
    let t = lang.acceptance();
    LoadView {
        title: if load.decides { t.deciding } else { t.parity },
        report: fill(t.full_report, &[("folder", &neutral(&load.folder))]),
    }
}

fn history(acceptance: &Acceptance, lang: Lang) -> String {
    let t = lang.acceptance();
    if acceptance.history.is_empty() {
        return t.history_none.to_owned();
    }
    let count = |verdict: &str| acceptance.history.iter().filter(|past| past.verdict == verdict).count().to_string();
    let blanks = [
        ("runs", acceptance.history.len().to_string()),
        ("passed", count("pass")),
        ("failed", count("fail")),
        ("invalid", count("invalid")),
    ];
    fill(t.history_sentence, &blanks.each_ref().map(|(name, value)| (*name, value.as_str())))
}
