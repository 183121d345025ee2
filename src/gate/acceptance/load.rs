//! Whether the loads held, and whether what they acknowledged is there.
//!
//! In: the summaries and verdicts of the loads, and what was read back. Out: checks. Always holds: a run that proves
//! nothing passes nothing; the parity load decides only where the file says so.

use jiff::Timestamp;

use crate::gate::acceptance::{Check, CheckVerdict, Limit, Measure, Said, Window};
use crate::gate::{RuleResult, RuleVerdict, RunVerdict, Verdict};
use crate::scenario::acceptance::Severity;
use crate::scenario::threshold::Dimension;
use crate::summary::Summary;
use crate::summary::caveat::CaveatClass;

/// Metrics of the rules about money.
const MONEY: [&str; 5] = ["lost", "doubled", "done-though-refused", "wrong-amount", "unexplained"];
/// Numbers that are named in a note.
const NAMED: usize = 10;

/// One load that has ended.
#[derive(Clone, Copy)]
pub struct Loaded<'a> {
    /// What it measured.
    pub summary: &'a Summary,
    /// How it was judged.
    pub verdict: &'a Verdict,
}

/// How long a load must be measured, and how long it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Length {
    /// Seconds of warm-up and of the window that the file asks for.
    pub wanted: (f64, f64),
    /// Seconds that were run.
    pub run: (f64, f64),
    /// Whether the target is the embedded service, which accepts nothing.
    pub embedded: bool,
}

/// Payments that were read back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadBackSeen {
    /// How one is asked for.
    pub query: String,
    /// How many were asked for.
    pub asked: u64,
    /// How many were there.
    pub found: u64,
    /// Those that were not, the first of them, with what was said.
    pub missing: Vec<(String, String)>,
}

/// Whether the load was as long as the file asks for.
#[must_use]
pub fn length(length: &Length, severity: &Severity) -> Check {
    let ((warm_up, run_time), (ran_warm_up, ran)) = (length.wanted, length.run);
    let check = Check::new("load.window", severity.blocks("load.window"), "--warm-up, --run-time");
    let check = check.wants(Limit::AtLeast(Measure::Seconds(run_time)));
    if length.embedded {
        return Check { observed: Some(Measure::Seconds(ran)), limit: None, ..check }.skipped(Said::new(
            "demonstration on the embedded service: short windows, and nothing is accepted",
            "内置参考服务上的演示：测量窗口较短，不构成验收",
        ));
    }
    let check = Check { observed: Some(Measure::Seconds(ran)), ..check };
    if ran >= run_time && ran_warm_up >= warm_up {
        return check.judged(Measure::Seconds(ran), true);
    }
    check.blocked(Said::new(
        format!(
            "shorter than the acceptance file's: warm-up {ran_warm_up} s of {warm_up} s, window {ran} s of {run_time} s; this run accepts nothing"
        ),
        format!(
            "短于验收文件的要求：预热 {ran_warm_up} s（应为 {warm_up} s），测量 {ran} s（应为 {run_time} s）；本次结果不构成验收"
        ),
    ))
}

/// The checks of the load that decides.
#[must_use]
pub fn deciding(load: Loaded<'_>, severity: &Severity) -> Vec<Check> {
    let money = |rule: &RuleResult| MONEY.contains(&rule.metric.as_str());
    let (about_money, rules): (Vec<_>, Vec<_>) = load.verdict.rules.iter().partition(|rule| money(rule));
    let mut checks: Vec<Check> = rules.iter().map(|rule| of_rule("load.deciding", rule, (load, severity))).collect();
    checks.push(of_run("load.verdict", load, severity));
    if about_money.is_empty() {
        let check = Check::new("load.money", severity.blocks("load.money"), "[[reconcile]]");
        checks.push(check.no_data(Said::new(
            "no account of the service's was read: a service that only answers would pass; give the scenario a [[reconcile]] that this target has",
            "未读取被测服务自身的账目：只应答而不扣款的服务也会通过；请在场景中配置目标可用的 [[reconcile]]",
        )));
    }
    checks.extend(about_money.iter().map(|rule| of_rule("load.money", rule, (load, severity))));
    checks
}

/// The checks of the load that is reported beside it.
#[must_use]
pub fn parity(load: Loaded<'_>, severity: &Severity) -> Vec<Check> {
    let rules = load.verdict.rules.iter().map(|rule| of_rule("load.parity", rule, (load, severity)));
    rules.chain([of_run("load.parity", load, severity)]).collect()
}

/// Whether every payment that was asked for was there.
#[must_use]
pub fn read_back(seen: &ReadBackSeen, severity: &Severity) -> Check {
    let check = Check::new("load.read_back", severity.blocks("load.read_back"), &seen.query);
    if seen.asked == 0 {
        return check.no_data(Said::new(
            "no payment was acknowledged whose number is known; reconcile the scenario by its transactionNo",
            "没有可按流水号回读的已确认付款；请在场景中按 transactionNo 对账",
        ));
    }
    let check = check.wants(Limit::Equal(Measure::Count(seen.asked))).found(Measure::Count(seen.found));
    if seen.missing.is_empty() {
        return check;
    }
    let named: Vec<String> =
        seen.missing.iter().take(NAMED).map(|(number, said)| format!("{number} ({said})")).collect();
    let named = named.join(", ");
    check.noting(Said::new(format!("not found: {named}"), format!("未查到：{named}")))
}

fn of_rule(id: &str, rule: &RuleResult, (load, severity): (Loaded<'_>, &Severity)) -> Check {
    let measure = |figure: f64| match rule.dimension {
        Dimension::Time => Measure::Millis(figure),
        Dimension::Rate => Measure::PerSecond(figure),
        Dimension::Share => Measure::Share(figure),
        Dimension::Count => Measure::Count(figure as u64),
    };
    let limit = if rule.op.starts_with('<') { Limit::AtMost } else { Limit::AtLeast }(measure(rule.limit));
    let check = Check::new(format!("{id}:{}", rule.rule), severity.blocks(id), &rule.rule);
    let check = Check { window: window(load.summary), ..check }.wants(limit);
    let observed = rule.observed.map(measure);
    match (rule.verdict, observed) {
        (RuleVerdict::Pass | RuleVerdict::Marginal, Some(observed)) => check.judged(observed, true),
        (RuleVerdict::Fail, Some(observed)) => check.judged(observed, false),
        (RuleVerdict::Fail, None) => Check { verdict: failed(check.blocking), ..check },
        (RuleVerdict::Unproven, observed) => Check { observed, ..check }.no_data(Said::new(
            "not held, and the generator's own share could be why: give it more processors, or a machine of its own",
            "未达标，但可能是压测机自身占用所致：请为压测机增加处理器，或使用独立的机器",
        )),
        (_, observed) => Check { observed, ..check }.no_data(Said::new("too little was measured", "测得的数据太少")),
    }
}

const fn failed(blocking: bool) -> CheckVerdict {
    if blocking { CheckVerdict::Fail } else { CheckVerdict::Warn }
}

/// The verdict of the run as a whole.
fn of_run(id: &str, load: Loaded<'_>, severity: &Severity) -> Check {
    let check = Check::new(id, severity.blocks(id), &load.summary.run.command);
    let check = Check { window: window(load.summary), ..check }.wants(Limit::Equal(Measure::Text("pass".to_owned())));
    let accounting = load.summary.caveats.iter().filter(|caveat| caveat.class() == CaveatClass::Accounting);
    let ids: Vec<&str> = accounting.map(|caveat| caveat.id()).collect();
    let why = ids.join(", ");
    match load.verdict.run {
        RunVerdict::Pass => check.judged(Measure::Text("pass".to_owned()), true),
        RunVerdict::Fail => check.judged(Measure::Text("fail".to_owned()), false),
        RunVerdict::Invalid => {
            Check { observed: Some(Measure::Text("invalid".to_owned())), ..check }.no_data(Said::new(
                format!("the run proves nothing: {}", if why.is_empty() { "its report says why" } else { &why }),
                format!("本次运行不构成证据：{}", if why.is_empty() { "原因见其报告" } else { &why }),
            ))
        }
    }
}

/// From the window's opening to its end.
fn window(summary: &Summary) -> Option<Window> {
    let moment = |text: &Option<String>| text.as_ref()?.parse::<Timestamp>().ok();
    Some(Window::Between(moment(&summary.run.window.start)?, moment(&summary.run.window.end)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(embedded: bool, run: (f64, f64)) -> CheckVerdict {
        length(&Length { wanted: (60.0, 300.0), run, embedded }, &Severity::default()).verdict
    }

    #[test]
    fn a_window_shorter_than_the_files_blocks_acceptance_and_a_demonstration_accepts_nothing_anyway() {
        assert_eq!(ends(false, (60.0, 300.0)), CheckVerdict::Pass);
        assert_eq!(ends(false, (60.0, 299.0)), CheckVerdict::Blocked);
        assert_eq!(ends(false, (10.0, 300.0)), CheckVerdict::Blocked);
        assert_eq!(ends(true, (3.0, 20.0)), CheckVerdict::Skipped);
    }

    #[test]
    fn a_payment_that_is_not_there_fails_and_none_asked_for_is_no_data() {
        let seen = |asked, found| ReadBackSeen {
            query: "GET /x".into(),
            asked,
            found,
            missing: vec![("R-7".into(), "HTTP 400".into()); usize::try_from(asked - found).unwrap()],
        };
        let end = |seen: &ReadBackSeen| read_back(seen, &Severity::default());
        assert_eq!(end(&seen(1_000, 1_000)).verdict, CheckVerdict::Pass);
        let lost = end(&seen(1_000, 999));
        assert_eq!(lost.verdict, CheckVerdict::Fail);
        assert!(lost.note.unwrap().en.contains("R-7 (HTTP 400)"));
        assert_eq!(end(&seen(0, 0)).verdict, CheckVerdict::NoData);
    }
}
