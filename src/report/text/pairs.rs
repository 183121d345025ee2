//! Two counts of the same thing, in words.
//!
//! In: a [`Pair`]. Out: its name in either language. Always holds: a pair without words does not compile.

use crate::summary::caveat::Pair;

impl Pair {
    /// In English.
    pub(super) const fn en(self) -> &'static str {
        match self {
            Self::StartedAndEnded => "requests started and requests ended, by the users' own count,",
            Self::EndedAndSamples => "requests ended by the users' own count and samples counted, redirects included,",
            Self::SuccessesAndSeconds => "successes of the window and of its seconds",
            Self::FailuresAndSeconds => "failures of the window and of its seconds",
            Self::FailuresAndKinds => "failures of the window and of their kinds",
            Self::ArrivalsAndIterations => "arrivals handed out and iterations sent or told of as never sent",
        }
    }

    /// In Chinese.
    pub(super) const fn zh(self) -> &'static str {
        match self {
            Self::StartedAndEnded => "虚拟用户自行统计的发起请求数与结束请求数",
            Self::EndedAndSamples => "虚拟用户自行统计的结束请求数与样本数（含重定向）",
            Self::SuccessesAndSeconds => "窗口内成功数与逐秒成功数之和",
            Self::FailuresAndSeconds => "窗口内失败数与逐秒失败数之和",
            Self::FailuresAndKinds => "窗口内失败数与各类失败数之和",
            Self::ArrivalsAndIterations => "已发放的到达数与已发出及未发出的迭代数之和",
        }
    }
}
