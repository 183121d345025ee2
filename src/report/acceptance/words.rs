//! A check in words.
//!
//! In: a [`Check`] and a language. Out: texts, every figure formatted once. Always holds: what others said is made
//! harmless here.

use crate::gate::acceptance::{Check, CheckVerdict, Limit, Measure, Said, Step, StepId, Window};
use crate::report::figures;
use crate::report::neutral::neutral;
use crate::report::text::{Lang, fill};
use crate::report::view::Tone;
use crate::scenario::threshold::Dimension;
use crate::units::Micros;

/// Longest query that is shown in a table.
const LONGEST_QUERY: usize = 300;

/// What people call a check: the rule, and whom it is asked of.
pub(super) fn title(lang: Lang, check: &Check) -> String {
    let rule = check.rule();
    let named = lang.check_title(rule);
    let of_load = ["load.deciding", "load.parity", "load.money"].contains(&rule);
    match (named, check.subject()) {
        (Some(named), Some(subject)) if of_load => {
            let metric = lang.rule_title(subject).map_or_else(|| neutral(subject), str::to_owned);
            // A rule of one step says which; the money is that of one step anyway.
            let step = subject.split_once(" for ").filter(|_| rule != "load.money");
            let metric = step.map_or(metric.clone(), |(_, step)| format!("{metric} {}", neutral(step)));
            if rule == "load.deciding" { metric } else { lang.labelled(named, &metric) }
        }
        (Some(title), Some(subject)) => {
            let subject = lang.subject_title(subject).unwrap_or_else(|| neutral(subject));
            // In English a subject goes on with the sentence there, and only there.
            if lang == Lang::En && rule != "migration.history" {
                format!("{title} ({subject})")
            } else {
                format!("{title} {subject}")
            }
        }
        (Some(title), None) => title.to_owned(),
        (None, _) => step_of(check).map_or_else(|| neutral(&check.id), |step| lang.step_title(step).to_owned()),
    }
}

/// The step that a check speaks for as a whole, where it does: one that could not run, or was not asked for.
fn step_of(check: &Check) -> Option<StepId> {
    let name = check.rule().strip_suffix(".run")?;
    StepId::ALL.into_iter().find(|step| step.name() == name)
}

/// What was found.
pub(super) fn observed(lang: Lang, check: &Check) -> String {
    let absent = || lang.acceptance().absent.to_owned();
    let Some(observed) = &check.observed else { return absent() };
    let beside = match &check.limit {
        Some(Limit::AtLeast(limit) | Limit::AtMost(limit) | Limit::Equal(limit)) => limit.figure(),
        Some(Limit::Between(..)) | None => None,
    };
    match (observed.figure(), beside, dimension(observed)) {
        (Some(figure), Some(limit), Some(dimension)) => figures::beside(figure, limit, dimension),
        _ => measure(lang, observed),
    }
}

/// What was wanted: `≥ 90%`.
pub(super) fn limit(lang: Lang, check: &Check) -> String {
    let exact = |measure: &Measure| match (measure.figure(), dimension(measure)) {
        (Some(figure), Some(dimension)) => figures::limit(figure, dimension),
        _ => self::measure(lang, measure),
    };
    match &check.limit {
        None => lang.acceptance().absent.to_owned(),
        Some(Limit::AtLeast(limit)) => format!("≥ {}", exact(limit)),
        Some(Limit::AtMost(limit)) => format!("≤ {}", exact(limit)),
        Some(Limit::Equal(limit)) => format!("= {}", exact(limit)),
        Some(Limit::Between(least, most)) => format!("{} – {}", exact(least), exact(most)),
    }
}

fn measure(lang: Lang, measure: &Measure) -> String {
    match measure {
        Measure::Count(count) => figures::count(*count),
        Measure::Share(figure) => figures::limit((figure * 1e6).round() / 1e6, Dimension::Share),
        Measure::Millis(figure) => figures::limit(*figure, Dimension::Time),
        Measure::PerSecond(figure) => figures::limit(*figure, Dimension::Rate),
        Measure::Seconds(figure) => whole_hours(*figure).map_or_else(|| figures::seconds(*figure), hours),
        Measure::Number(figure) => figure.to_string(),
        Measure::Truth(true) => lang.acceptance().yes.to_owned(),
        Measure::Truth(false) => lang.acceptance().no.to_owned(),
        Measure::Text(text) => verdict_word(lang, text).map_or_else(|| neutral(text), str::to_owned),
    }
}

/// What people call a run's verdict.
fn verdict_word(lang: Lang, text: &str) -> Option<&'static str> {
    let t = lang.text();
    let words = [("pass", t.run_pass), ("fail", t.run_fail), ("invalid", t.run_invalid)];
    words.into_iter().find(|(name, _)| *name == text).map(|(_, word)| word)
}

const fn dimension(measure: &Measure) -> Option<Dimension> {
    match measure {
        Measure::Count(_) => Some(Dimension::Count),
        Measure::Share(_) => Some(Dimension::Share),
        Measure::Millis(_) => Some(Dimension::Time),
        Measure::PerSecond(_) => Some(Dimension::Rate),
        Measure::Seconds(_) | Measure::Number(_) | Measure::Truth(_) | Measure::Text(_) => None,
    }
}

/// Over which time.
pub(super) fn window(lang: Lang, check: &Check) -> String {
    match &check.window {
        None => lang.acceptance().absent.to_owned(),
        Some(Window::Last(span)) => fill(lang.acceptance().last, &[("span", &hours(*span))]),
        Some(Window::Between(start, end)) => {
            format!("{} – {}", start.strftime("%Y-%m-%d %H:%M:%S"), end.strftime("%H:%M:%S UTC"))
        }
    }
}

/// A span of a day or more, if it is whole hours.
fn whole_hours(seconds: f64) -> Option<Micros> {
    let is_whole = seconds >= 86_400.0 && seconds % 3_600.0 == 0.0;
    is_whole.then(|| Micros::from_secs(seconds as u64))
}

/// `24 h`, `14 d`, `600 s`.
pub(crate) fn hours(span: Micros) -> String {
    let seconds = span.get() / Micros::SECOND.get();
    match seconds {
        s if s > 0 && s % 86_400 == 0 && s > 86_400 => format!("{} d", s / 86_400),
        s if s > 0 && s % 3_600 == 0 => format!("{} h", s / 3_600),
        s if s > 0 && s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// A sentence in `lang`, made harmless.
pub(super) fn said(lang: Lang, said: &Said) -> String {
    neutral(match lang {
        Lang::En => &said.en,
        Lang::Zh => &said.zh,
    })
}

/// What was asked, cut where it is long.
pub(super) fn query(check: &Check) -> String {
    let one_line = check.query.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = one_line.chars().take(LONGEST_QUERY).collect();
    let more = if one_line.chars().nth(LONGEST_QUERY).is_some() { " ..." } else { "" };
    neutral(&(cut + more))
}

/// How good the news is.
pub(super) const fn tone(verdict: CheckVerdict) -> Tone {
    match verdict {
        CheckVerdict::Pass => Tone::Good,
        CheckVerdict::Fail => Tone::Bad,
        CheckVerdict::Warn => Tone::Close,
        CheckVerdict::NoData | CheckVerdict::Blocked | CheckVerdict::Skipped => Tone::Unsure,
    }
}

/// The mark behind a line of the box.
pub(super) const fn mark(verdict: CheckVerdict) -> &'static str {
    match verdict {
        CheckVerdict::Pass => "✓",
        CheckVerdict::Fail => "✗",
        CheckVerdict::Warn => "!",
        CheckVerdict::NoData => "?",
        CheckVerdict::Blocked => "⛔",
        CheckVerdict::Skipped => "-",
    }
}

/// The mark behind a step's name in the box.
pub(super) const fn sign(verdict: CheckVerdict) -> &'static str {
    match verdict {
        CheckVerdict::Pass => "✅",
        CheckVerdict::Fail => "❌",
        CheckVerdict::Warn => "⚠️",
        CheckVerdict::NoData => "❓",
        CheckVerdict::Blocked => "⛔",
        CheckVerdict::Skipped => "⏭️",
    }
}

/// How a step ended, in a line.
#[must_use]
pub fn step_line(lang: Lang, step: &Step) -> String {
    if step.verdict == CheckVerdict::Skipped {
        return lang.labelled(lang.step_title(step.id), lang.check_word(step.verdict));
    }
    let checks = step.checks.len().to_string();
    let blanks = [("step", lang.step_title(step.id)), ("word", lang.check_word(step.verdict)), ("checks", &checks)];
    fill(lang.acceptance().step_line, &blanks)
}

/// How a check ended, in a line.
#[must_use]
pub fn check_line(lang: Lang, check: &Check) -> String {
    let found = match (&check.observed, &check.limit) {
        (None, _) => lang.check_word(check.verdict).to_owned(),
        (Some(_), None) => observed(lang, check),
        (Some(_), Some(_)) => format!("{} ({})", observed(lang, check), limit(lang, check)),
    };
    let line = format!("{} {}", mark(check.verdict), lang.labelled(&title(lang, check), &found));
    match &check.note {
        Some(note) => format!("{line}{}{}", lang.text().clause_comma, said(lang, note)),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, limit: Limit, observed: Measure) -> Check {
        Check::new(id, true, "").wants(limit).found(observed)
    }

    #[test]
    fn a_line_reads_as_todays_log_does() {
        let tps =
            check("load.deciding:tps>=1000", Limit::AtLeast(Measure::PerSecond(1000.0)), Measure::PerSecond(1_234.56));
        assert_eq!(check_line(Lang::Zh, &tps), "✓ TPS：1,234.6/s (≥ 1,000/s)");
        let rate = check("dual_write.mean:account", Limit::AtLeast(Measure::Share(0.999)), Measure::Share(0.9999));
        assert_eq!(check_line(Lang::Zh, &rate), "✓ 平均一致性 account：99.99% (≥ 99.9%)");
    }

    #[test]
    fn a_figure_never_reads_as_the_limit_that_it_misses() {
        let rate = check("dual_write.min:account", Limit::AtLeast(Measure::Share(0.999)), Measure::Share(0.998_999_9));
        assert_eq!(observed(Lang::En, &rate), "99.89999%");
        assert_eq!(rate.verdict, CheckVerdict::Fail);
    }

    #[test]
    fn a_check_is_called_by_its_rule_and_its_subject() {
        let titled = |lang, id: &str| title(lang, &check(id, Limit::Equal(Measure::Count(0)), Measure::Count(0)));
        for (id, en, zh) in [
            ("dual_write.mean:account", "mean consistency (account)", "平均一致性 account"),
            (
                "dual_write.invariants:flow.chain",
                "balances add up (flow, from flow to flow)",
                "余额恒等式 flow 前后衔接",
            ),
            ("migration.history:failed", "migration scripts that failed", "Flyway 迁移记录 失败"),
            ("dual_write.run", "Dual write", "双写一致性"),
        ] {
            assert_eq!((titled(Lang::En, id).as_str(), titled(Lang::Zh, id).as_str()), (en, zh));
        }
    }

    #[test]
    fn a_week_is_not_told_in_seconds() {
        let soak = check("dual_write.soak_length", Limit::AtLeast(Measure::Seconds(604_800.0)), Measure::Seconds(5.0));
        assert_eq!((observed(Lang::En, &soak).as_str(), limit(Lang::En, &soak).as_str()), ("5 s", "≥ 7 d"));
    }

    #[test]
    fn spans_are_written_in_their_largest_whole_unit() {
        let hours = |seconds| super::hours(Micros::from_secs(seconds));
        assert_eq!([hours(86_400), hours(14 * 86_400), hours(600), hours(61)], ["24 h", "14 d", "10 min", "61 s"]);
    }
}
