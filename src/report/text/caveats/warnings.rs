//! The words of the warnings: what is worth knowing and changes no verdict.
//!
//! In: nothing. Out: title, message and advice of each. Always holds: English first.

use super::{Said, Words, foreign};

pub(super) static EMBEDDED: Words = Words {
    title: ("Embedded target", "内置演示目标"),
    message: (
        "the target was Tollgate's own reference service: this run shows the tool and accepts nothing",
        "被测目标是 Tollgate 内置的参考服务：本次运行仅演示工具，不构成任何验收",
    ),
    advice: (
        "name the service to accept with --host or TOLLGATE_HOST",
        "请用 --host 或环境变量 TOLLGATE_HOST 指定待验收的服务",
    ),
};

pub(super) static INSECURE: Words = Words {
    title: ("Server certificate not checked", "未校验服务器证书"),
    message: (
        "--insecure took any server certificate: nothing proves that the answers came from the service named",
        "--insecure 接受任意服务器证书：无法证明应答确实来自所指定的服务",
    ),
    advice: (
        "name the authority that signed the server's certificate with --cacert, and leave --insecure out",
        "请用 --cacert 指定签发服务器证书的 CA，并去掉 --insecure",
    ),
};

pub(super) static ADDRESS_REFUSED: Words = Words {
    title: ("Addresses without load", "部分地址未施加负载"),
    message: ("no load went to some of the target's addresses: {refused}", "目标的部分地址未施加负载：{refused}"),
    advice: (
        "start the service on every address its name resolves to, or name one address with --host",
        "请在域名解析到的每个地址上启动服务，或用 --host 直接指定其中一个地址",
    ),
};

pub(super) static SHORT_WINDOW: Words = Words {
    title: ("Window under a minute", "测量窗口不足一分钟"),
    message: ("the window was only {length} long: figures may be chance", "测量窗口只有 {length}，数据可能有偶然性"),
    advice: ("run for at least 60s, and for 300s to accept a service", "请至少运行 60s；用于验收时请运行 300s"),
};

pub(super) static ITERATIONS_SHORT: Words = Words {
    title: ("Fewer iterations than planned", "迭代次数未达到计划"),
    message: (
        "the run time ended after {done} of the planned {planned} iterations",
        "运行时间结束时，计划的 {planned} 次迭代只完成了 {done} 次",
    ),
    advice: (
        "give the run more time with --run-time, or fewer --iterations",
        "请用 --run-time 延长运行时间，或减少 --iterations",
    ),
};

pub(super) static POOL_BUSY: Words = Words {
    title: ("Every user busy", "虚拟用户全部繁忙"),
    message: ("{share} of the arrivals found every user busy", "{share} 的到达没有空闲用户可用"),
    advice: (
        "the wait is in the response time; more users move it into the service, if the service is not at its limit",
        "等待时间已计入响应时间；若服务尚未到达极限，增加用户数可减少在压测机上的排队",
    ),
};

pub(super) static STALL: Words = Words {
    title: ("The service stalled", "服务出现停滞"),
    message: ("nothing succeeded for {gap} s while users waited", "有用户在等待，但连续 {gap} 秒没有任何请求成功"),
    advice: (
        "look at what the service did in the seconds without a success: garbage collection, locks, a restart",
        "请检查服务在没有请求成功的时段内发生了什么：垃圾回收、锁等待还是重启",
    ),
};

pub(super) static CHURN: Words = Words {
    title: ("Many new connections", "频繁新建连接"),
    message: (
        "{connections} new connections were made, {share} of the requests",
        "窗口内新建连接 {connections} 个，占请求数的 {share}",
    ),
    advice: (
        "find out who closes connections: keep-alive off, a proxy, or a low limit of requests a connection; users of the service pay for each",
        "请查明是谁关闭了连接：未启用 keep-alive、代理所致，还是单连接请求数上限过低；每次新建连接都会增加用户的等待时间",
    ),
};

pub(super) static NOT_STEADY: Words = Words {
    title: ("Not steady", "未处于稳态"),
    message: (
        "the mean was {first} ms in the first third of the window and {last} ms in the last",
        "窗口前三分之一的平均响应时间为 {first} ms，后三分之一为 {last} ms",
    ),
    advice: (
        "let the service warm up for longer, for example --warm-up 60s, or look for what drifts: caches, garbage, growing tables",
        "请延长预热（例如 --warm-up 60s），或排查漂移原因：缓存、垃圾回收、不断增长的表",
    ),
};

pub(super) static CLOCK_STEP: Words = Words {
    title: ("The clock was set", "系统时钟被调整"),
    message: (
        "the time of day moved {moved} against the run's own clock",
        "运行期间系统时间相对计时时钟偏移了 {moved}",
    ),
    advice: (
        "latencies are not touched; do not set them against the server's own times, nor merge this run with another",
        "耗时数据不受影响；但不要与服务端的时间对照，也不要与其他运行合并",
    ),
};

pub(super) static CO_LOCATED: Words = Words {
    title: ("Target on the same machine", "被测服务与压测机同机"),
    message: ("the service runs on the machine that generates the load", "被测服务与压测程序运行在同一台机器上"),
    advice: (
        "generator and service share processors: to accept a service, run Tollgate on a machine of its own",
        "压测程序与服务争用 CPU：用于验收时，请在单独的机器上运行 Tollgate",
    ),
};

pub(super) static UNKNOWN: Words = Words {
    title: ("Figures unknown", "部分指标无法读取"),
    message: ("could not be had on this system: {figures}", "在当前系统上未能取得：{figures}"),
    advice: (
        "nothing is wrong with the run by that; on Linux, outside a restricted container, they can be read; the log says why a calibration failed",
        "这本身不影响本次运行；在 Linux 上且不受容器限制时可以读取；校准失败的原因见日志",
    ),
};

pub(super) static MEAN_OF_SUCCESSES: Words = Words {
    title: ("Only the mean of successes holds", "仅成功请求的平均值达标"),
    message: (
        "only the mean of successes holds {rule}: with failures it is {mean_all} ms",
        "只有成功请求的平均值满足 {rule}：计入失败请求后为 {mean_all} ms",
    ),
    advice: (
        "look at the failures' times; a rule on mean-all counts them",
        "请查看失败请求的耗时；mean-all 规则会将其计算在内",
    ),
};

pub(super) static RATE_LIMIT_SEEN: Words = Words {
    title: ("Rate limiting seen", "出现限流应答"),
    message: (
        "{count} requests were answered 429: a rate limiter stands before the service",
        "{count} 个请求收到 429 应答：服务前端有限流",
    ),
    advice: (
        "test the service itself (port 8094) instead of the gateway, or raise the gateway's limit",
        "请直接测试服务本身（8094 端口）而不是网关，或调高网关的限流阈值",
    ),
};

pub(super) static WEAKER_GATE: Words = Words {
    title: ("Gate weaker than the scenario's", "判定规则弱于场景自带规则"),
    message: ("the rule {given} asks less than the scenario's own {own}", "规则 {given} 比场景自带的 {own} 宽松"),
    advice: (
        "a pass by this gate is no pass by the scenario's: leave --threshold out to accept a service",
        "按本次规则达标不等于按场景规则达标：用于验收时请去掉 --threshold",
    ),
};

const IMPLIED_TITLE: Said = ("A rule that another implies", "规则已被另一条规则涵盖");
const IMPLIED_ADVICE: Said = (
    "to require a rate and a latency apart, test with --rate: in a closed model the one sets the other",
    "若要分别考核吞吐量与响应时间，请用 --rate 测试：闭环模型中二者互相决定",
);

pub(super) static IMPLIED: Words = Words {
    title: IMPLIED_TITLE,
    message: (
        "{rule} cannot fail while {by} holds: {users} users that never pause make users / mean, {attempts} attempts a second or more",
        "只要 {by} 成立，{rule} 就必然成立：{users} 个不停顿的用户每秒至少发起 {attempts} 次请求（用户数 ÷ 平均耗时）",
    ),
    advice: IMPLIED_ADVICE,
};

pub(super) static IMPLIED_WITH_PAUSES: Words = Words {
    title: IMPLIED_TITLE,
    message: (
        "{rule} cannot fail while {by} holds: {users} users make users / (mean + pause of {pause}), {attempts} attempts a second or more",
        "只要 {by} 成立，{rule} 就必然成立：{users} 个用户每秒至少发起 {attempts} 次请求（用户数 ÷（平均耗时 + 停顿 {pause}））",
    ),
    advice: IMPLIED_ADVICE,
};

pub(super) static MIX_DISTORTED: Words = Words {
    title: ("Scenario mix distorted", "场景配比失真"),
    message: (
        "{users} users cannot be dealt out evenly by the scenarios' weights, which add up to {needed}",
        "{users} 个用户无法按场景权重（合计 {needed}）精确分配",
    ),
    advice: ("use a multiple of {needed} users", "请将用户数设为 {needed} 的整数倍"),
};

pub(super) static FOREIGN: Words = Words {
    title: ("What a JTL does not tell", "JTL 文件未包含的信息"),
    message: ("{told}", "{told}"),
    advice: foreign::ADVICE,
};
