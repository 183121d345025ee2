//! Words for the identifiers of other rooms: failure classes and the like.
//!
//! In: an identifier. Out: what people call it. Always holds: an identifier without a word does not compile.

use super::Lang;
use crate::gate::IntervalNote;
use crate::sample::FailureClass;
use crate::summary::NoIntervals;
use crate::summary::confidence::Episodes;

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
            FailureClass::Unsent => ("never sent, for want of a free user", "没有空闲用户，未能发出"),
            FailureClass::Dropped => ("dropped: too many were waiting", "等待数达到上限，被丢弃"),
        };
        self.pick(en, zh)
    }

    /// Why there are no intervals.
    #[must_use]
    pub const fn no_intervals(self, reason: NoIntervals) -> &'static str {
        let (en, zh) = match reason {
            NoIntervals::ShortWindow => ("the window is shorter than 60 s", "测量窗口不足 60 秒"),
        };
        self.pick(en, zh)
    }

    /// Why an interval, or one end of it, is missing.
    #[must_use]
    pub fn interval_note(self, note: IntervalNote) -> String {
        if self == Self::En {
            return note.to_string();
        }
        match note {
            IntervalNote::Episodes(Episodes { failures, seconds }) => format!("{seconds} 秒内失败 {failures} 次"),
            IntervalNote::NoFailure => "假定各请求相互独立".to_owned(),
            IntervalNote::Extreme => "无：极值".to_owned(),
            IntervalNote::Count => "无：计数".to_owned(),
            IntervalNote::OtherClock => "无：逐秒未保留该时间".to_owned(),
            IntervalNote::Unsent => "无：有未发出或被丢弃的到达".to_owned(),
            IntervalNote::AmongFailures => "无：落在失败请求中".to_owned(),
            IntervalNote::NothingMeasured => "无：未测得数据".to_owned(),
        }
    }

    pub(super) const fn pick(self, en: &'static str, zh: &'static str) -> &'static str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}
