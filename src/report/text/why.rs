//! The words in which a failed rule is explained.
//!
//! In: nothing. Out: [`WhyText`] in each language. Always holds: every field is in every language.

use super::{Lang, catalogue};
use crate::gate::explain::{Burden, By};

catalogue! {
    /// The words of an explanation in one language.
    WhyText {
        /// Heading.
        heading,
        /// Below the heading.
        intro,
        /// Column: the way.
        by,
        /// Column: the part.
        what,
        /// Column: for comparison.
        of_all,
        /// Column: of the attempts over a limit.
        of_over,
        /// Column: of the failures.
        of_failed,
        /// Column: of the time beyond a limit.
        of_excess,
        /// Column: of what seconds lacked.
        of_lacking,
        /// Way: seconds.
        by_second,
        /// Way: steps.
        by_step,
        /// Way: outcomes.
        by_outcome,
        /// Way: connections.
        by_connection,
        /// Way: the users' time.
        by_step_time,
        /// Lead: `{count} {attempts} {limit}`.
        over,
        /// Lead: `{count} {attempts}`.
        failed,
        /// Lead: `{limit}`.
        excess,
        /// Lead: `{limit}`.
        shortfall,
        /// Lead.
        silence,
        /// Between the lead and what follows it.
        colon,
        /// Between the parts of a sentence.
        between,
        /// Part: `{from} {to}` in seconds of the window.
        seconds,
        /// Part: all of the window.
        throughout,
        /// Part: `{step}`.
        step,
        /// Part: too slow.
        succeeded,
        /// Part: `{class}`.
        failed_by,
        /// Part: `{class} {status}`.
        failed_by_status,
        /// Part: failed.
        failed_at_all,
        /// Part.
        new_connection,
        /// Part.
        reused_connection,
        /// In a sentence: `{share} {part}`.
        share_of,
        /// In a sentence: `{share} {part}` of the users' time.
        share_of_time,
        /// Margin of a rule that stalled time broke: `{over} {stalled} {allowed}`.
        stalled_margin,
        /// Ends the verdict's sentence: `{part} {share} {rule}`.
        look,
        /// Ends it where nothing stands out: `{rule}`.
        look_nowhere,
    }
}

static EN: WhyText = WhyText {
    heading: "Why it failed",
    intro: "What contributes most to each rule that does not hold. A part that holds more of the burden than of all \
            requests is where to look first.",
    by: "By",
    what: "What",
    of_all: "Share of all",
    of_over: "Share of those over the limit",
    of_failed: "Share of the failures",
    of_excess: "Share of the time beyond it",
    of_lacking: "Share of what was lacking",
    by_second: "Time",
    by_step: "Step",
    by_outcome: "Outcome",
    by_connection: "Connection",
    by_step_time: "Users' time",
    over: "{count} of {attempts} attempts were over {limit}",
    failed: "{count} of {attempts} attempts failed",
    excess: "where the time beyond a mean of {limit} was spent",
    shortfall: "where answers were lacking for {limit}/s",
    silence: "where successes were lacking while the service stood still",
    colon: ": ",
    between: ", ",
    seconds: "between {from} s and {to} s of the window",
    throughout: "throughout the window, more or less evenly",
    step: "in step {step}",
    succeeded: "answered as expected, but too slowly",
    failed_by: "failed: {class}",
    failed_by_status: "failed: {class}, status {status}",
    failed_at_all: "failed",
    new_connection: "on newly opened connections",
    reused_connection: "on connections used again",
    share_of: "{share} {part}",
    share_of_time: "{share} of the users' time {part}",
    stalled_margin: "-{over} (stalled {stalled}, allowed {allowed})",
    look: "Look first here: {part} ({share} of what broke {rule}).",
    look_nowhere: "What broke {rule} is everywhere: no part of the window, no outcome and no kind of connection stands out.",
};

static ZH: WhyText = WhyText {
    heading: "未达标原因",
    intro: "下表列出对每条未满足的规则影响最大的部分。某部分在问题中的占比明显高于其在全部请求中的占比时，应优先排查。",
    by: "维度",
    what: "位置",
    of_all: "占全部",
    of_over: "占超限请求",
    of_failed: "占失败请求",
    of_excess: "占超出的耗时",
    of_lacking: "占缺口",
    by_second: "时间段",
    by_step: "步骤",
    by_outcome: "请求结果",
    by_connection: "连接",
    by_step_time: "用户时间",
    over: "{attempts} 次请求中有 {count} 次超过 {limit}，主要分布",
    failed: "{attempts} 次请求中有 {count} 次失败，主要分布",
    excess: "平均耗时超过 {limit}，超出部分主要来自",
    shortfall: "速率不足 {limit}/s，缺口主要来自",
    silence: "服务曾停滞，缺少的成功请求主要在",
    colon: "：",
    between: "；",
    seconds: "窗口内第 {from}～{to} 秒",
    throughout: "整个窗口，分布较均匀",
    step: "步骤 {step}",
    succeeded: "应答正确，但过慢",
    failed_by: "失败：{class}",
    failed_by_status: "失败：{class}（状态码 {status}）",
    failed_at_all: "失败",
    new_connection: "新建连接",
    reused_connection: "复用连接",
    share_of: "{part}（{share}）",
    share_of_time: "用户时间用于{part}（{share}）",
    stalled_margin: "-{over}（停滞 {stalled}，允许 {allowed}）",
    look: "优先排查“{part}”：{rule} 的问题有 {share} 集中于此。",
    look_nowhere: "{rule} 的问题普遍存在：在时间段、请求结果和连接类型上均无明显集中。",
};

impl Lang {
    /// The words of an explanation.
    #[must_use]
    pub const fn why(self) -> &'static WhyText {
        match self {
            Self::En => &EN,
            Self::Zh => &ZH,
        }
    }
}

impl WhyText {
    /// What a way is called.
    pub(in crate::report) const fn way(&self, by: By) -> &'static str {
        match by {
            By::Second => self.by_second,
            By::Step => self.by_step,
            By::Outcome => self.by_outcome,
            By::Connection => self.by_connection,
            By::StepTime => self.by_step_time,
        }
    }

    /// What shares are of.
    pub(in crate::report) const fn share(&self, burden: Burden) -> &'static str {
        match burden {
            Burden::Over { .. } => self.of_over,
            Burden::Failed { .. } => self.of_failed,
            Burden::Excess { .. } => self.of_excess,
            Burden::Shortfall { .. } | Burden::Silence => self.of_lacking,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::text::tests::blanks;

    #[test]
    fn both_languages_explain_with_the_same_blanks() {
        for ((field, en), (_, zh)) in EN.entries().into_iter().zip(ZH.entries()) {
            assert!(!en.is_empty() && !zh.is_empty(), "{field}");
            assert_eq!(blanks(en), blanks(zh), "{field}");
        }
    }
}
