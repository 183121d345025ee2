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
        /// Title.
        failures,
        /// Title.
        clocks,
        /// Title.
        spectrum,
        /// Title.
        heatmap,
        /// What the times are in a closed model.
        service_time,
        /// What the times are in an open model.
        response_time,
        /// Below the title of latency over time: `{time}`.
        of_each_second,
        /// The same where a point is more than a second: `{time} {span}`.
        of_each_span,
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
        /// Appended where a point is more than a second: `{span}`.
        each_point,
        /// The same of a column: `{span}`.
        each_column,
        /// Behind the caption where a point is more than a second: `{span}`.
        binned,
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
        /// Legend: all classes without a colour of their own.
        other_classes,
        /// A unit.
        failures_each_second,
        /// Legend: from the intended start.
        response,
        /// Legend: between the clocks.
        waiting,
        /// The axis of percentiles.
        percentile,
        /// Legend: a light cell.
        few,
        /// Legend: a dark cell.
        many,
        /// Pointed at: the fullest times.
        most_took,
        /// Pointed at: the longest times.
        longest,
        /// Pointed at: share of all.
        share,
        /// Behind a rate.
        each_second,
        /// Pointed at: `{at}` in the run.
        moment,
        /// In a plot without data.
        nothing,
    }
}

pub(super) static EN: ChartText = ChartText {
    latency: "Latency over time",
    throughput: "Throughput over time",
    distribution: "Latency distribution",
    failures: "Failures over time",
    clocks: "Response against service time",
    spectrum: "Percentile spectrum",
    heatmap: "Latency heatmap",
    service_time: "service time",
    response_time: "response time from the intended start",
    of_each_second: "{time} of the successful requests of each second; shaded time does not count",
    of_each_span: "{time} of the successful requests of each {span}; shaded time does not count",
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
    each_point: "; each point is {span}",
    each_column: "; each column is {span}",
    binned: " The run is long, so each point is {span}: percentiles are of all its requests, rates are means over it, and no \
             second is left out.",
    before: "before",
    drain: "drain",
    per_second: "requests per second",
    requests: "requests",
    users: "users",
    succeeded: "succeeded",
    failed: "failed",
    users_right: "virtual users (right axis)",
    limit: "limit {limit}",
    other_classes: "other classes",
    failures_each_second: "failures per second",
    response: "response time",
    waiting: "waiting for a free user",
    percentile: "of the successful requests took at most so long",
    few: "few requests",
    many: "many requests",
    most_took: "most took",
    longest: "longest",
    share: "share",
    each_second: "/s",
    moment: "{at} s",
    nothing: "nothing was measured",
};

pub(super) static ZH: ChartText = ChartText {
    latency: "响应时间趋势",
    throughput: "吞吐量趋势",
    distribution: "响应时间分布",
    failures: "失败趋势",
    clocks: "响应时间与服务时间对比",
    spectrum: "响应时间分位数曲线",
    heatmap: "响应时间热力图",
    service_time: "服务时间",
    response_time: "响应时间（自计划发起时刻起）",
    of_each_second: "每秒内成功请求的{time}；阴影部分不计入结果",
    of_each_span: "每 {span}内成功请求的{time}；阴影部分不计入结果",
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
    each_point: "；每点为 {span}",
    each_column: "；每列为 {span}",
    binned: "运行时间较长，每个点为 {span}：分位数按该时段内全部请求计算，速率为该时段的平均值，没有任何一秒被略去。",
    before: "窗口前",
    drain: "收尾",
    per_second: "请求数/秒",
    requests: "请求数",
    users: "用户数",
    succeeded: "成功",
    failed: "失败",
    users_right: "虚拟用户数（右轴）",
    limit: "限值 {limit}",
    other_classes: "其他类别",
    failures_each_second: "失败数/秒",
    response: "响应时间",
    waiting: "等待空闲用户",
    percentile: "该比例的成功请求耗时不超过对应值",
    few: "请求较少",
    many: "请求较多",
    most_took: "最集中",
    longest: "最长",
    share: "占比",
    each_second: "/秒",
    moment: "{at} 秒",
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

    /// Title and caption of the chart of this file name.
    pub(in crate::report) fn chart(self, name: &str) -> (&'static str, &'static str) {
        let (c, p) = (self.charts(), self.page());
        match name {
            "latency-over-time" => (c.latency, p.figure_latency),
            "throughput-over-time" => (c.throughput, p.figure_throughput),
            "failures-over-time" => (c.failures, p.figure_failures),
            "response-and-service-time" => (c.clocks, p.figure_clocks),
            "latency-distribution" => (c.distribution, p.figure_distribution),
            "latency-percentiles" => (c.spectrum, p.figure_spectrum),
            _ => (c.heatmap, p.figure_heatmap),
        }
    }
}
