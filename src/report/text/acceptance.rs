//! The words of an acceptance document.
//!
//! In: nothing. Out: [`AcceptanceText`] and the titles of checks, in each language. Always holds: every rule that the
//! acceptance file knows has a title in every language (tested).

use super::{Lang, catalogue};
use crate::gate::acceptance::{CheckVerdict, StepId};
use crate::report::neutral::neutral;

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

/// Rules, and what people call them in English and in Chinese.
const TITLES: [(&str, &str, &str); 53] = [
    ("environment.tools", "program on the path", "工具可用"),
    ("environment.files", "file is there", "文件存在"),
    ("environment.ports", "port takes connections", "端口可连接"),
    ("environment.disk", "free disk, MiB", "可用磁盘（MiB）"),
    ("environment.database", "database reachable", "数据库连接"),
    ("environment.privileges", "database privileges", "数据库权限"),
    ("environment.read_only", "database user may only read", "数据库账号只读"),
    ("environment.prometheus", "Prometheus reachable", "Prometheus 连接"),
    ("environment.clock", "clock offset", "时钟偏差"),
    ("migration.history", "migration scripts", "Flyway 迁移记录"),
    ("migration.tables", "tables", "POSID表创建"),
    ("migration.indexes", "indexes", "索引创建"),
    ("migration.partitions", "partitions", "分区创建"),
    ("migration.current_month", "partition of this month", "当月分区"),
    ("migration.rows", "rows old and new", "数据迁移行数"),
    ("migration.consistency", "rows that are equal", "新旧数据一致率"),
    ("health.status", "service status", "服务状态"),
    ("health.components", "component", "组件"),
    ("health.uptime", "uptime", "运行时长"),
    ("probes.same_number", "one number sent twice charges once", "同一流水号重复提交只扣一次"),
    ("probes.repeat", "same user, device and amount within a minute", "一分钟内同用户同设备同金额"),
    ("probes.concurrent", "two charges of the whole balance at once", "并发扣完余额"),
    ("probes.refused", "amount is refused", "拒绝非法金额"),
    ("probes.timed_out", "a charge that timed out is found", "超时扣款可查询"),
    ("load.window", "measured window", "测量窗口"),
    ("load.deciding", "deciding load", "判定用负载"),
    ("load.verdict", "verdict of the run", "运行结论"),
    ("load.money", "money", "资金对账"),
    ("load.read_back", "acknowledged payments read back", "已确认付款回读"),
    ("load.parity", "parity load", "对照负载"),
    ("metrics.count", "requests the server counted", "服务端请求计数"),
    ("metrics.rule", "metric", "监控指标"),
    ("metrics.tps", "TPS seen by the server", "服务端 TPS"),
    ("metrics.mean", "mean seen by the server", "服务端平均响应时间"),
    ("metrics.series", "series are there", "指标存在"),
    ("cache.warm_up", "cache warm-up", "缓存预热"),
    ("cache.total", "total hit rate", "综合命中率"),
    ("cache.l1", "L1 hit rate", "L1命中率"),
    ("cache.l2", "L2 hit rate of L1 misses", "L2命中率（占 L1 未命中）"),
    ("dual_write.rows", "validations in the log", "验证记录数"),
    ("dual_write.gap", "longest gap between validations", "验证最大间隔"),
    ("dual_write.status", "validations that failed", "未通过的验证"),
    ("dual_write.mean", "mean consistency", "平均一致性"),
    ("dual_write.min", "lowest consistency", "最小一致性"),
    ("dual_write.recomputed", "rates as written", "记录的一致率与重算值"),
    ("dual_write.unresolved", "unresolved differences", "未解决差异"),
    ("dual_write.invariants", "balances add up", "余额恒等式"),
    ("dual_write.soak_length", "length of the soak", "浸泡时长"),
    ("dual_write.soak_share", "checks that passed", "浸泡验证成功率"),
    ("dual_write.soak_clean", "checks of the last 24 h that did not pass", "最后 24 小时未通过的验证"),
    ("dual_write.soak_gap", "longest time between checks", "相邻验证最大间隔"),
    ("switch.ready", "ready to switch", "切换条件"),
    ("switch.writes", "writes after the switch", "切换后写入"),
];

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

/// Subjects of rules that are words of ours and not names of the file's.
const SUBJECTS: [(&str, &str, &str); 17] = [
    ("steps", "all steps before", "此前各步骤"),
    ("failed", "that failed", "失败"),
    ("scripts", "that are missing", "缺失"),
    ("versions", "of another version", "版本不符"),
    ("gaps", "gaps", "缺口"),
    ("arithmetic", "each flow", "逐笔运算"),
    ("chain", "from flow to flow", "前后衔接"),
    ("amounts", "amounts", "金额"),
    ("negative", "no debts", "无负余额"),
    ("balances", "accounts", "账户余额"),
    ("unique", "numbers are unique", "流水号唯一"),
    ("rows", "rows", "记录数"),
    ("gap", "longest gap", "最大间隔"),
    ("status", "that failed", "未通过数"),
    ("min", "lowest", "最小值"),
    ("mean", "mean", "平均值"),
    ("database", "database", "数据库"),
];

impl Lang {
    /// A subject in words, where its last part is a word of ours.
    pub(in crate::report) fn subject_title(self, subject: &str) -> Option<String> {
        let (before, last) = subject.rsplit_once('.').map_or(("", subject), |(before, last)| (before, last));
        let (_, en, zh) = SUBJECTS.iter().find(|(name, ..)| *name == last)?;
        let word = self.pick(en, zh);
        Some(if before.is_empty() { word.to_owned() } else { format!("{} {word}", neutral(before)) })
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
