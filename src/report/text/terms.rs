//! Words for the identifiers of other rooms: failure classes and caveats.
//!
//! In: an identifier. Out: what people call it. Always holds: an identifier without a word does not compile.

use super::Lang;
use crate::sample::FailureClass;
use crate::summary::caveat::CaveatId;

impl Lang {
    /// What people call a failure class.
    #[must_use]
    pub const fn failure_class(self, class: FailureClass) -> &'static str {
        let (en, zh) = match class {
            FailureClass::Check => ("check did not hold", "断言不通过"),
            FailureClass::Status => ("unexpected status", "状态码不符合预期"),
            FailureClass::BusinessReject => ("rejected by the business", "业务拒绝"),
            FailureClass::Validation => ("request refused as malformed", "参数校验不通过"),
            FailureClass::Auth => ("not authorised", "鉴权失败"),
            FailureClass::RateLimited => ("rate limited", "被限流"),
            FailureClass::NotFound => ("not found", "资源不存在"),
            FailureClass::ServerError => ("server error", "服务端错误"),
            FailureClass::Timeout => ("timed out", "请求超时"),
            FailureClass::Connect => ("no connection", "连接失败"),
            FailureClass::Cut => ("connection lost", "连接中断"),
            FailureClass::Parse => ("answer unreadable", "应答无法解析"),
        };
        self.pick(en, zh)
    }

    /// What people call a caveat.
    #[must_use]
    pub const fn caveat(self, id: CaveatId) -> &'static str {
        let (en, zh) = match id {
            CaveatId::SamplesLost => ("Samples lost", "样本丢失"),
            CaveatId::Clamped => ("Values over the top of the histogram", "超出统计上限的数值"),
            CaveatId::UserLost => ("A virtual user was lost", "虚拟用户丢失"),
            CaveatId::WindowShort => ("Window shorter than planned", "测量窗口短于计划"),
            CaveatId::TargetLost => ("Target lost", "被测目标中途丢失"),
            CaveatId::Embedded => ("Embedded target", "内置演示目标"),
            CaveatId::ShortWindow => ("Window under a minute", "测量窗口不足一分钟"),
            CaveatId::MeanOfSuccesses => ("Only the mean of successes holds", "仅成功请求的平均值达标"),
            CaveatId::RateLimitSeen => ("Rate limiting seen", "出现限流应答"),
            CaveatId::WeakerGate => ("Gate weaker than the scenario's", "判定规则弱于场景自带规则"),
            CaveatId::MixDistorted => ("Scenario mix distorted", "场景配比失真"),
        };
        self.pick(en, zh)
    }

    const fn pick(self, en: &'static str, zh: &'static str) -> &'static str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}
