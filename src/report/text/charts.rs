//! The words inside the charts.
//!
//! In: nothing. Out: [`ChartText`] in each language. Always holds: every field is in every language, and the names of
//! percentiles are the same in both.

use super::{Lang, catalogue};

catalogue! {
    /// The words inside the charts in one language.
    ChartText {
        /// Title.
        latency,
        /// Title.
        throughput,
        /// Title.
        distribution,
        /// What the times are in a closed model.
        service_time,
        /// What the times are in an open model.
        response_time,
        /// Below the title of latency over time: `{time}`.
        of_each_second,
        /// Appended where limits are too high to be drawn: `{limits}`.
        far_above,
        /// Below the title of the distribution: `{time} {axis}`.
        of_window,
        /// Appended where a limit is too high to be drawn: `{limit}`.
        far_right,
        /// An axis.
        linear,
        /// An axis.
        logarithmic,
        /// A unit.
        milliseconds,
        /// A unit.
        seconds,
        /// A unit.
        minutes,
        /// A unit.
        hours,
        /// The axis of time: `{unit}`.
        from_window,
        /// Shaded: ramp-up and warm-up.
        before,
        /// Shaded: behind the window.
        drain,
        /// A unit.
        per_second,
        /// A unit.
        requests,
        /// The right axis.
        users,
        /// Legend.
        succeeded,
        /// Legend.
        failed,
        /// Legend.
        users_right,
        /// Legend: `{limit}`.
        limit,
        /// In a plot without data.
        nothing,
    }
}

pub(super) static EN: ChartText = ChartText {
    latency: "Latency over time",
    throughput: "Throughput over time",
    distribution: "Latency distribution",
    service_time: "service time",
    response_time: "response time from the intended start",
    of_each_second: "{time} of the successful requests of each second; shaded time does not count",
    far_above: "; limit {limits}, far above",
    of_window: "{time} of the successful requests of the window; {axis}",
    far_right: "; {limit} lies far to the right",
    linear: "linear axis",
    logarithmic: "logarithmic axis",
    milliseconds: "milliseconds",
    seconds: "seconds",
    minutes: "minutes",
    hours: "hours",
    from_window: "{unit} from the opening of the measured window",
    before: "before",
    drain: "drain",
    per_second: "requests per second",
    requests: "requests",
    users: "users",
    succeeded: "succeeded",
    failed: "failed",
    users_right: "virtual users (right axis)",
    limit: "limit {limit}",
    nothing: "nothing was measured",
};

pub(super) static ZH: ChartText = ChartText {
    latency: "响应时间趋势",
    throughput: "吞吐量趋势",
    distribution: "响应时间分布",
    service_time: "服务时间",
    response_time: "响应时间（自计划发起时刻起）",
    of_each_second: "每秒内成功请求的{time}；阴影部分不计入结果",
    far_above: "；限值 {limits} 远高于图中数值",
    of_window: "窗口内成功请求的{time}；{axis}",
    far_right: "；{limit} 远在右侧",
    linear: "线性坐标",
    logarithmic: "对数坐标",
    milliseconds: "毫秒",
    seconds: "秒",
    minutes: "分钟",
    hours: "小时",
    from_window: "自测量窗口开始的时间（{unit}）",
    before: "窗口前",
    drain: "收尾",
    per_second: "请求数/秒",
    requests: "请求数",
    users: "用户数",
    succeeded: "成功",
    failed: "失败",
    users_right: "虚拟用户数（右轴）",
    limit: "限值 {limit}",
    nothing: "没有测得数据",
};

impl Lang {
    /// The words inside the charts.
    #[must_use]
    pub const fn charts(self) -> &'static ChartText {
        match self {
            Self::En => &EN,
            Self::Zh => &ZH,
        }
    }
}
