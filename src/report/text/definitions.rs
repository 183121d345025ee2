//! What every figure of a report means, in short.
//!
//! In: nothing. Out: [`Definitions`] in each language. Always holds: both languages define the same figures in the
//! same order, and compare the same tools.

/// The definitions at the end of a report.
#[derive(Debug)]
pub struct Definitions {
    /// Term and meaning.
    pub terms: [(&'static str, &'static str); 17],
    /// Column heads of the comparison.
    pub tools: [&'static str; 5],
    /// What surprises people who come from other tools: aspect, then one cell a tool.
    pub comparison: [[&'static str; 5]; 7],
}

/// English.
pub(super) static EN: Definitions = Definitions {
    terms: [
        (
            "Measured window",
            "The time every figure is about. It opens when all users run and the warm-up is over, and lasts the run time. A request belongs to it if it started inside. After it everything in flight is followed to its end, so the counts equal the server's; requests outside the window are counted apart.",
        ),
        (
            "Success",
            "A whole answer within the timeout, of the expected status, with every check holding. Everything else that was sent is a failure of exactly one class.",
        ),
        (
            "Total requests",
            "Requests sent in the window: succeeded + failed + aborted. A request is aborted only when the run is interrupted; it counts as sent and not as succeeded. In an open model an arrival that was never sent is no request, and a failed attempt.",
        ),
        ("Success rate", "Succeeded of sent in a closed model, of all arrivals in an open one."),
        (
            "TPS, throughput",
            "TPS is successes per second of the window. Throughput is whole answers of any kind per second of the window. In an open model both count only what ended inside it: a backlog that is worked off behind the window is no rate the service kept.",
        ),
        (
            "Response time",
            "From the first action of the request (connecting included when a new connection is needed) to the last byte of the answer: the service time. A closed model has no intended start, so what is called response time there shows the service time. In an open model the response time begins at the intended start, so that waiting for a free user counts; service times depend on how many users wait, response times do not. Timeouts span the whole request.",
        ),
        (
            "Time to first byte, connecting",
            "From the same start to the first byte of the answer, and to the connection being ready, TLS included.",
        ),
        (
            "Mean, min, max, percentiles",
            "Of successes. Mean, min, max and deviation are exact; percentiles are read by nearest rank from a histogram of three significant digits. The time failures took is shown apart.",
        ),
        (
            "Rules on percentiles",
            "Judged over all attempts with exact counters: p95<=100ms holds if at least 95% of all attempts succeeded within 100 ms. A failed request, or one that was never sent, is over every limit. A pass needs ten samples beyond the percentile, a fail ten over the limit.",
        ),
        (
            "Longest gap, stalled time",
            "The longest time without a success while users waited; and the sum of the instants in which at least half the users waited and nothing had succeeded for longer than the tightest latency limit. Both are of closed models, where a percentile rule also fails when stalled time is more than it leaves over (5% of the window for a p95): a frozen service cannot pass.",
        ),
        (
            "Margin",
            "How far the figure lies on the good side of its limit, and that distance as a share of the limit; for shares in percentage points (pp) and as a share of the failures allowed. Negative when the rule does not hold.",
        ),
        (
            "Pass, close, fail, unproven, no data",
            "A rule is close when its limit lies inside the figure's interval; where there is none, when the figure is within a tenth of a time or rate limit, or failures are within half of what is allowed. It is unproven when it does not hold, and would if the generator's own share were taken off. It has no data when too few samples were taken to tell.",
        ),
        (
            "Generator's own share",
            "A hundred times a second a task is woken on the threads that measure; its wait for a turn is the event-loop lag, which an answer waits too. The mean of it is taken off a mean, its P99 off a percentile (in an open model with the pacer's lateness), but only where a rule fails. Failures by status or timeout are nobody's lag.",
        ),
        (
            "Calibration",
            "Before the run: a second at the rate asked for and a second as fast as it goes, with the run's users and bodies, against a server that does nothing in a process of its own. What comes out is the harness: its floor and its ceiling on this machine, over plain HTTP/1.1 whatever the run uses: TLS, HTTP/2 and proxies cost it more.",
        ),
        (
            "Verdict of the run",
            "Invalid if the run was interrupted or the target is known to have died. Else fail if any rule fails; else invalid if a rule is unproven or lacks data, or an accounting caveat stands; else pass.",
        ),
        (
            "Caveats",
            "Accounting: the books do not balance, the run proves nothing. Instrument: the generator was strained, which only makes figures worse; it voids no pass whose load is proven. Warning: worth knowing, changes no verdict.",
        ),
        (
            "Intervals",
            "95% intervals of the means, rates, shares and percentiles that rules are about, from the series of seconds, by a method that covers under drift; none where no method does, as in windows under a minute, and none of extremes and counts. Failures in fewer than five separate seconds are told as they came; without a failure the one end takes attempts to be independent. They speak of drift inside this run, not of the difference between runs.",
        ),
    ],
    tools: ["", "JMeter", "k6", "Goose 0.19", "Tollgate"],
    comparison: [
        ["Clock stops at", "last byte", "last byte", "headers", "last byte"],
        ["Connect and TLS", "in the time", "not in the time", "in the time", "in the time (mostly before the window)"],
        [
            "Failures",
            "in latency and TPS",
            "in latency and rate",
            "in the rate",
            "out of the times shown and of TPS; over every limit in rules",
        ],
        [
            "Window",
            "first start to last end, ramp-up included",
            "whole test, ramp-up included",
            "after ramp-up",
            "after ramp-up and warm-up",
        ],
        ["\"300 s\" takes", "300 s", "300 s", "ramp-up + 300 s", "ramp-up + warm-up + 300 s + drain"],
        [
            "Percentile",
            "interpolated; its HTML report: last 20,000",
            "interpolated",
            "middle of a bucket",
            "nearest rank",
        ],
        ["Timeout", "none; idle socket only", "60 s", "60 s", "10 s, whole request"],
    ],
};

/// Simplified Chinese.
pub(super) static ZH: Definitions = Definitions {
    terms: [
        (
            "测量窗口",
            "所有指标统计的时间段：全部虚拟用户启动且预热结束后开始，持续时间等于设定的运行时长。在窗口内发起的请求计入统计；窗口结束后，所有在途请求都会跟踪到结束，因此计数与服务端一致。窗口之外的请求单独计数。",
        ),
        (
            "成功",
            "在超时时间内收到完整应答、状态码符合预期且全部断言通过。其余已发出的请求都算失败，且只归入一个失败类别。",
        ),
        (
            "总请求数",
            "窗口内发出的请求：成功 + 失败 + 放弃。只有运行被中断时才会放弃请求；被放弃的请求算作已发出、未成功。开环模型下从未发出的到达不算请求，按失败处理。",
        ),
        ("成功率", "闭环模型下为成功数 ÷ 发出数，开环模型下为成功数 ÷ 到达数。"),
        (
            "TPS 与吞吐量",
            "TPS 为窗口内每秒成功请求数；吞吐量为窗口内每秒收到的完整应答数，不论成败。开环模型下只计入在窗口内结束的请求：窗口之后才消化的积压不算服务达到的速率。",
        ),
        (
            "响应时间",
            "从请求的第一个动作（需要新建连接时含建连）到收到应答的最后一个字节，即服务时间。闭环模型没有计划发起时刻，各项“响应时间”显示的就是服务时间。开环模型下响应时间从计划发起时刻算起，等待空闲用户的时间也计算在内；服务时间受用户数影响，响应时间不受影响。超时针对整个请求。",
        ),
        ("首字节时间与建连时间", "从同一起点到收到应答的第一个字节，以及到连接就绪（含 TLS 握手）的时间。"),
        (
            "平均、最小、最大与分位数",
            "仅统计成功请求。平均、最小、最大和标准差为精确值；分位数取自三位有效数字的直方图，按最近秩法取值。失败请求的耗时单独列出。",
        ),
        (
            "分位数规则",
            "用精确计数器按全部请求判定：p95<=100ms 成立，当且仅当至少 95% 的请求在 100 ms 内成功。失败或从未发出的请求视为超过任何限值。判为达标，须有至少十个样本超出该分位数；判为未达标，须有至少十个样本超过限值。",
        ),
        (
            "最长无成功间隔与停滞时间",
            "前者是有用户在等待却没有任何请求成功的最长时间；后者是至少一半用户在等待、且超过最严格的时间限值仍没有任何请求成功的时间总和。两者只用于闭环模型：停滞时间超过规则允许的比例（P95 为窗口的 5%）时，分位数规则同样判为未达标：卡死的服务不可能达标。",
        ),
        (
            "余量",
            "实测值优于限值的距离，以及该距离占限值的比例；比率类指标以百分点（pp）表示，括号内为剩余的失败额度占允许失败数的比例。规则未满足时为负数。",
        ),
        (
            "达标、临界、未达标、无法证实、数据不足",
            "限值落在实测值的置信区间之内时为临界；没有置信区间时，与时间或速率限值相差不超过一成，或失败数与允许值相差不超过一半，即为临界。规则不成立、但扣除压测机自身的影响后成立，为无法证实。样本太少、无法判断时为数据不足。",
        ),
        (
            "压测机自身的影响",
            "每秒一百次在压测线程上唤醒一个任务，它等待执行的时间就是事件循环延迟，应答也同样要等这么久。仅在规则不成立时扣除：平均值扣除其平均值，分位数扣除其 P99（开环模型再加上到达发放的滞后）。因状态码或超时而失败的请求与此无关。",
        ),
        (
            "自校准",
            "正式运行之前，用相同的用户数和请求体对独立进程中的空服务器各压测一秒：一次按要求的速率，一次全速。得到的是压测工具自身在这台机器上的延迟下限和速率上限；校准始终使用普通 HTTP/1.1，若正式运行使用 TLS、HTTP/2 或代理，工具自身的开销会更高。",
        ),
        (
            "运行结论",
            "运行被中断或确知被测目标中途退出时，结果无效；否则任一规则未达标即为未达标；否则，若有规则无法证实或数据不足，或存在计数问题，则结果无效；其余情况为达标。",
        ),
        (
            "说明与问题的类别",
            "计数问题：计数无法核对一致，本次运行不能证明任何结论。压测机问题：压测机受限，只会使数据变差；只要能证明负载已足量施加，达标结论不受影响。提示：值得了解，不影响结论。",
        ),
        (
            "置信区间",
            "判定规则所涉及的平均值、速率、比例和分位数的 95% 区间，由逐秒序列得出，所用方法在数据漂移时仍然有效；任何方法都不适用时（例如窗口不足一分钟）不给出，极值和计数也没有区间。失败只出现在不足五个不同的秒内时，直接列出次数；没有失败时只给出一端，且假定各请求相互独立。区间反映本次运行内部的波动，不代表多次运行之间的差异。",
        ),
    ],
    tools: ["", "JMeter", "k6", "Goose 0.19", "Tollgate"],
    comparison: [
        ["计时终点", "最后一个字节", "最后一个字节", "响应头", "最后一个字节"],
        ["建连与 TLS", "计入", "不计入", "计入", "计入（大多发生在窗口之前）"],
        [
            "失败请求",
            "计入响应时间和 TPS",
            "计入响应时间和速率",
            "计入速率",
            "不计入所示时间和 TPS；在规则中视为超过任何限值",
        ],
        ["统计窗口", "首个请求开始到最后一个结束，含加压", "整个测试，含加压", "加压之后", "加压和预热之后"],
        ["“300 s” 实际耗时", "300 s", "300 s", "加压 + 300 s", "加压 + 预热 + 300 s + 收尾"],
        ["分位数", "插值；HTML 报告仅取最后 20,000 个", "插值", "取桶中值", "最近秩"],
        ["超时", "默认无；仅套接字空闲", "60 s", "60 s", "10 s，针对整个请求"],
    ],
};
