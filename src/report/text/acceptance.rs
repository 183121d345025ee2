//! The words of an acceptance document.
//!
//! In: nothing. Out: [`AcceptanceText`] and the titles of checks, in each language. Always holds: every rule that the
//! acceptance file knows has a title in every language (tested).

mod titles;

use super::{Lang, catalogue};
use crate::gate::acceptance::{CheckVerdict, StepId};
use crate::report::neutral::neutral;
use titles::{SUBJECTS, TITLES};

catalogue! {
    /// The words of an acceptance document in one language.
    AcceptanceText {
        /// Title of the document and of the box.
        title,
        /// What the document is, above its title.
        kind,
        /// Last line of the box: `{conclusion}`.
        overall,
        /// Every check that blocks holds.
        accepted,
        /// The same, on our own service.
        accepted_demonstration,
        /// A check that blocks does not hold.
        refused,
        /// A check that blocks has no answer.
        not_accepted,
        /// Above everything on the embedded service.
        demonstration,
        /// Above everything where a window was shorter than the file's: `{note}`.
        shortened,
        /// Above everything where one step was walked: `{step}`.
        only,
        /// Above everything where the walk was ended.
        interrupted,
        /// Sentence: `{pass} {warn} {fail} {no_data} {blocked} {skipped}` checks.
        counts,
        /// What holds the acceptance back: `{checks}`.
        held_back,
        /// Group of the box: the rest.
        others,
        /// Heading: what was verified.
        subject,
        /// The target.
        target,
        /// The acceptance file.
        file,
        /// From when to when.
        span,
        /// The version that verified.
        version,
        /// Heading: evidence of each step.
        evidence,
        /// Column: check.
        check,
        /// Column: what was asked.
        query,
        /// Column: over which time.
        window,
        /// Column: what was found.
        observed,
        /// Column: what was wanted.
        limit,
        /// Column: how it ended.
        verdict,
        /// Column: what to know besides.
        note,
        /// What blocks.
        blocking,
        /// What only warns.
        warning,
        /// Heading: the loads' own reports.
        loads,
        /// The load that decides.
        deciding,
        /// The load beside it.
        parity,
        /// Where a load's report lies: `{folder}`.
        full_report,
        /// Heading: earlier runs.
        history,
        /// Sentence: `{runs} {passed} {failed} {invalid}` in seven days.
        history_sentence,
        /// There were none.
        history_none,
        /// Column: when.
        when,
        /// Column: scenario.
        scenario,
        /// Whose money was spent.
        money,
        /// Yes.
        yes,
        /// No.
        no,
        /// So long back: `{span}`.
        last,
        /// Not there.
        absent,
        /// Progress: `{step}: {word}`, so many checks `{checks}`.
        step_line,
        /// Where the document is: `{path}`.
        document_at,
    }
}

static EN: AcceptanceText = AcceptanceText {
    title: "Consume service production acceptance result",
    kind: "Acceptance",
    overall: "Overall conclusion: {conclusion}",
    accepted: "all checks that block have passed",
    accepted_demonstration: "all checks that block have passed (demonstration: nothing is accepted)",
    refused: "not accepted: a check that blocks has failed",
    not_accepted: "not accepted: a check that blocks has no answer",
    demonstration: "Demonstration on the embedded reference service with short loads: it shows the tool and accepts nothing.",
    shortened: "Shortened run: {note}",
    only: "Only the step \"{step}\" was walked; nothing is said of the others.",
    interrupted: "Interrupted: what was not walked is blocked, and nothing is accepted.",
    counts: "{pass} passed, {warn} warned, {fail} failed, {no_data} without data, {blocked} blocked, {skipped} skipped",
    held_back: "Held back by: {checks}",
    others: "Other steps",
    subject: "What was verified",
    target: "Target",
    file: "Acceptance file",
    span: "From, to",
    version: "Verified with",
    evidence: "Evidence",
    check: "Check",
    query: "Query",
    window: "Window",
    observed: "Measured",
    limit: "Limit",
    verdict: "Verdict",
    note: "Note",
    blocking: "blocks",
    warning: "warns",
    loads: "Load reports",
    deciding: "Deciding load",
    parity: "Parity load, as JMeter offers it",
    full_report: "full report in {folder}/report.html",
    history: "Runs of the last seven days",
    history_sentence: "The history holds {runs} runs of this scenario against this target in the last seven days: {passed} passed, {failed} failed, {invalid} invalid.",
    history_none: "The history holds no earlier run of this scenario against this target in the last seven days.",
    when: "Started",
    scenario: "Scenario",
    money: "Probes and loads spend money through the API of the target: the probes on the accounts that their notes name, the loads on the accounts of their scenarios.",
    yes: "yes",
    no: "no",
    last: "last {span}",
    absent: "–",
    step_line: "{step}: {word} ({checks} checks)",
    document_at: "Document: {path}",
};

static ZH: AcceptanceText = AcceptanceText {
    title: "消费服务生产环境验收结果",
    kind: "验收",
    overall: "总体结论: {conclusion}",
    accepted: "全部验收通过",
    accepted_demonstration: "全部检查通过（仅为演示，不构成验收）",
    refused: "验收不通过：有阻断项未达标",
    not_accepted: "不予验收：有阻断项没有结论",
    demonstration: "本次在内置参考服务上以短时负载演示：仅展示工具，不构成任何验收。",
    shortened: "本次运行时间被缩短：{note}",
    only: "本次只执行了「{step}」这一步，对其他步骤不作结论。",
    interrupted: "执行被中断：未执行的步骤记为受阻，不构成验收。",
    counts: "通过 {pass} 项，警告 {warn} 项，未通过 {fail} 项，无数据 {no_data} 项，受阻 {blocked} 项，跳过 {skipped} 项",
    held_back: "未能验收的原因：{checks}",
    others: "其他步骤",
    subject: "验收对象",
    target: "被测服务",
    file: "验收文件",
    span: "起止时间",
    version: "验收工具",
    evidence: "各步骤证据",
    check: "检查项",
    query: "查询",
    window: "时间范围",
    observed: "实测值",
    limit: "标准",
    verdict: "结论",
    note: "说明",
    blocking: "阻断",
    warning: "警告",
    loads: "性能测试报告",
    deciding: "判定用负载",
    parity: "对照负载（与 JMeter 方式一致）",
    full_report: "完整报告见 {folder}/report.html",
    history: "近七天的运行记录",
    history_sentence: "近七天内，历史记录中同一场景、同一目标共有 {runs} 次运行：通过 {passed} 次，未通过 {failed} 次，无效 {invalid} 次。",
    history_none: "近七天内，历史记录中没有同一场景、同一目标的其他运行。",
    when: "开始时间",
    scenario: "场景",
    money: "探测与负载会通过被测服务的接口真实扣款：探测所用账户见各检查项的说明，负载所用账户见其场景文件。",
    yes: "是",
    no: "否",
    last: "最近 {span}",
    absent: "–",
    step_line: "{step}：{word}（{checks} 项检查）",
    document_at: "验收文档：{path}",
};

/// Rules of the default gate, as today's log calls them.
const RULES: [(&str, &str, &str); 11] = [
    ("tps", "TPS", "TPS"),
    ("mean", "response time", "响应时间"),
    ("p95", "P95 response time", "P95响应时间"),
    ("p99", "P99 response time", "P99响应时间"),
    ("success-rate", "success rate", "成功率"),
    ("failures", "failures", "失败数"),
    ("lost", "acknowledged and lost", "已确认却丢失"),
    ("doubled", "booked twice", "重复入账"),
    ("done-though-refused", "refused and booked", "已拒绝却入账"),
    ("wrong-amount", "booked with another amount", "金额不符"),
    ("unexplained", "unexplained difference", "无法解释的差额"),
];

impl Lang {
    /// A subject in words, where its last part is a word of ours.
    pub(in crate::report) fn subject_title(self, subject: &str) -> Option<String> {
        let (before, last) = subject.rsplit_once('.').map_or(("", subject), |(before, last)| (before, last));
        let (_, en, zh) = SUBJECTS.iter().find(|(name, ..)| *name == last)?;
        let word = self.pick(en, zh);
        Some(if before.is_empty() {
            word.to_owned()
        } else {
            format!("{}{}{word}", neutral(before), self.pick(", ", " "))
        })
    }

    /// The words of an acceptance document.
    #[must_use]
    pub const fn acceptance(self) -> &'static AcceptanceText {
        match self {
            Self::En => &EN,
            Self::Zh => &ZH,
        }
    }

    /// What people call a rule; `None` for one that nobody named.
    pub(in crate::report) fn check_title(self, rule: &str) -> Option<&'static str> {
        TITLES.iter().find(|(name, ..)| *name == rule).map(|(_, en, zh)| self.pick(en, zh))
    }

    /// What people call the metric of a load's rule, such as `p95<=100ms`.
    pub(in crate::report) fn rule_title(self, rule: &str) -> Option<&'static str> {
        let metric = rule.split(['<', '>', '=']).next()?;
        RULES.iter().find(|(name, ..)| *name == metric).map(|(_, en, zh)| self.pick(en, zh))
    }

    /// What people call a step.
    #[must_use]
    pub const fn step_title(self, step: StepId) -> &'static str {
        let zh = match step {
            StepId::Environment => "环境检查",
            StepId::Migration => "数据库迁移",
            StepId::Health => "服务启动",
            StepId::Probes => "负载前探测",
            StepId::Load => "性能测试",
            StepId::Metrics => "服务端指标",
            StepId::Cache => "缓存优化",
            StepId::DualWrite => "双写一致性",
            StepId::Switch => "切换准备",
        };
        self.pick(step.title(), zh)
    }

    /// How a check or a step ended.
    #[must_use]
    pub const fn check_word(self, verdict: CheckVerdict) -> &'static str {
        match verdict {
            CheckVerdict::Pass => self.pick("pass", "通过"),
            CheckVerdict::Fail => self.pick("fail", "不通过"),
            CheckVerdict::Warn => self.pick("warning", "警告"),
            CheckVerdict::NoData => self.pick("no data", "无数据"),
            CheckVerdict::Blocked => self.pick("blocked", "受阻"),
            CheckVerdict::Skipped => self.pick("skipped", "跳过"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::acceptance::severity::CHECKS;

    #[test]
    fn every_rule_of_the_acceptance_file_has_a_title_and_nothing_else_has() {
        let titles: Vec<&str> = TITLES.iter().map(|(name, ..)| *name).collect();
        let known: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
        assert_eq!(titles, known);
    }

    #[test]
    fn both_languages_fill_the_same_blanks() {
        for ((field, en), (_, zh)) in EN.entries().into_iter().zip(ZH.entries()) {
            let blanks = |text: &str| text.matches('{').count();
            assert_eq!(blanks(en), blanks(zh), "{field}");
        }
    }

    #[test]
    fn the_logs_own_terms_are_kept() {
        let zh = Lang::Zh;
        assert_eq!(zh.acceptance().title, "消费服务生产环境验收结果");
        let steps = [StepId::Migration, StepId::Health, StepId::Load, StepId::Cache, StepId::DualWrite];
        assert_eq!(
            steps.map(|step| zh.step_title(step)),
            ["数据库迁移", "服务启动", "性能测试", "缓存优化", "双写一致性"]
        );
        assert_eq!(zh.rule_title("p95<=100ms"), Some("P95响应时间"));
        assert!(zh.acceptance().overall.starts_with("总体结论"));
    }
}
