//! What is said of each caveat, and what to do about it, in either language.
//!
//! In: a [`Caveat`]. Out: its title, message and advice. Always holds: a caveat without words does not compile.

use super::Lang;
use super::foreign;
use crate::summary::caveat::Caveat;
use crate::units::Micros;

/// Advice in English and Chinese.
const BEHIND_A_LIMITER: (&str, &str) = (
    "test the service itself (port 8094) instead of the gateway, or raise the gateway's limit",
    "请直接测试服务本身（8094 端口）而不是网关，或调高网关的限流阈值",
);
const SHORT_OF_ITERATIONS: (&str, &str) = (
    "give the run more time with --run-time, or fewer --iterations",
    "请用 --run-time 延长运行时间，或减少 --iterations",
);
const IMPLIED: (&str, &str) = (
    "to require a rate and a latency apart, test with --rate: in a closed model the one sets the other",
    "若要分别考核吞吐与耗时，请用 --rate 测试：闭环模型中二者互相决定",
);

/// What to do about a certificate that was not checked.
const INSECURE_ADVICE: (&str, &str) = (
    "name the authority that signed the server's certificate with --cacert, and leave --insecure out",
    "请用 --cacert 指定签发服务器证书的 CA，并去掉 --insecure",
);

impl Lang {
    /// What people call a caveat.
    #[must_use]
    pub const fn caveat_title(self, caveat: &Caveat) -> &'static str {
        let (en, zh) = match caveat {
            Caveat::SamplesLost { .. } => ("Samples lost", "样本丢失"),
            Caveat::Clamped { .. } => ("Values over the top of the histogram", "超出统计上限的数值"),
            Caveat::UserLost { .. } => ("A virtual user was lost", "虚拟用户丢失"),
            Caveat::WindowShort { .. } => ("Window shorter than planned", "测量窗口短于计划"),
            Caveat::OfferedShort { .. } => ("Less load than planned", "实际负载低于计划"),
            Caveat::Strained(sign) => return self.sign_title(sign),
            Caveat::LoadUnproven { .. } => ("Load not proven", "无法证明负载已足量施加"),
            Caveat::TargetLost { .. } => ("Target lost", "被测目标中途丢失"),
            Caveat::Embedded => ("Embedded target", "内置演示目标"),
            Caveat::Insecure => ("Server certificate not checked", "未校验服务器证书"),
            Caveat::ShortWindow { .. } => ("Window under a minute", "测量窗口不足一分钟"),
            Caveat::IterationsShort { .. } => ("Fewer iterations than planned", "迭代次数未达到计划"),
            Caveat::PoolBusy { .. } => ("Every user busy", "虚拟用户全部繁忙"),
            Caveat::Stall { .. } => ("The service stalled", "服务出现停滞"),
            Caveat::Churn { .. } => ("Many new connections", "频繁新建连接"),
            Caveat::NotSteady { .. } => ("Not steady", "尚未进入稳态"),
            Caveat::ClockStep { .. } => ("The clock was set", "系统时钟被调整"),
            Caveat::CoLocated => ("Target on the same machine", "被测服务与压测机同机"),
            Caveat::Unknown { .. } => ("Figures unknown", "部分指标无法读取"),
            Caveat::MeanOfSuccesses { .. } => ("Only the mean of successes holds", "仅成功请求的平均值达标"),
            Caveat::RateLimitSeen { .. } => ("Rate limiting seen", "出现限流应答"),
            Caveat::WeakerGate { .. } => ("Gate weaker than the scenario's", "判定规则弱于场景自带规则"),
            Caveat::Implied { .. } => ("A rule that another implies", "规则被另一条规则蕴含"),
            Caveat::MixDistorted { .. } => ("Scenario mix distorted", "场景配比失真"),
            Caveat::Foreign { .. } => ("What a JTL does not tell", "JTL 文件未包含的信息"),
        };
        self.pick(en, zh)
    }

    /// What was seen.
    #[must_use]
    pub fn caveat_message(self, caveat: &Caveat) -> String {
        match self {
            Self::En => message_en(caveat),
            Self::Zh => message_zh(caveat),
        }
    }

    /// What to do about it.
    #[must_use]
    #[allow(clippy::too_many_lines, reason = "a table of words, which must name every caveat")]
    pub fn caveat_advice(self, caveat: &Caveat) -> String {
        let (en, zh) = match caveat {
            Caveat::SamplesLost { .. } => (
                "the counts cannot be trusted: report this run to Tollgate's authors with its summary.json",
                "计数不可信：请把本次运行的 summary.json 提交给 Tollgate 的开发者",
            ),
            Caveat::Clamped { timeout, .. } => {
                return match self {
                    Self::En => format!("raise --timeout (now {timeout}) so that they can be measured"),
                    Self::Zh => format!("调大 --timeout（当前 {timeout}），使其可以被测量"),
                };
            }
            Caveat::UserLost { .. } => (
                "look for a panic in the log; a machine short of memory or threads loses users too",
                "请在日志中查找 panic；内存或线程不足也会导致用户丢失",
            ),
            Caveat::WindowShort { .. } => ("let the run go on to its end", "请让测试运行到结束"),
            Caveat::OfferedShort { .. } => (
                "the generator could not keep the rate: give it a core of its own, or a larger machine",
                "压测机无法维持设定的速率：请为其独占一个 CPU 核，或换用更大的机器",
            ),
            Caveat::Strained(sign) => return self.sign_advice(sign).to_owned(),
            Caveat::LoadUnproven { open: true, .. } => {
                ("mend what the instrument caveats name, or lower the rate", "请先消除压测机自身的问题，或降低速率")
            }
            Caveat::LoadUnproven { .. } => (
                "mend what the instrument caveats name, or put a rule such as tps>=1000 into the gate: one that holds proves the load",
                "请先消除压测机自身的问题，或在规则中加入 tps>=1000 之类的下限：该规则达标即可证明负载",
            ),
            Caveat::TargetLost { .. } => (
                "what was measured is not the service's doing: find out why it ended, and run again",
                "测得的结果不能代表服务本身：请查明其退出原因后重新测试",
            ),
            Caveat::Embedded => (
                "name the service to accept with --host or TOLLGATE_HOST",
                "请用 --host 或环境变量 TOLLGATE_HOST 指定待验收的服务",
            ),
            Caveat::Insecure => INSECURE_ADVICE,
            Caveat::ShortWindow { .. } => {
                ("run for at least 60s, and for 300s to accept a service", "请至少运行 60s；用于验收时请运行 300s")
            }
            Caveat::PoolBusy { .. } => (
                "the wait is in the response time; more users move it into the service, if the service is not at its limit",
                "等待时间已计入响应时间；若服务尚未到达极限，增加用户数可把等待转移到服务端",
            ),
            Caveat::Stall { .. } => (
                "look at what the service did in the seconds without a success: garbage collection, locks, a restart",
                "请查看服务在无成功请求的那几秒里做了什么：垃圾回收、锁等待或重启",
            ),
            Caveat::Churn { .. } => (
                "find out who closes connections: keep-alive off, a proxy, or a low limit of requests a connection; users of the service pay for each",
                "请查明是谁关闭了连接：未启用 keep-alive、代理，或单连接请求数上限过低；每次新建都会增加用户的等待",
            ),
            Caveat::NotSteady { .. } => (
                "let the service warm up for longer, for example --warm-up 60s, or look for what drifts: caches, garbage, growing tables",
                "请延长预热（例如 --warm-up 60s），或查找漂移原因：缓存、垃圾回收、不断增长的表",
            ),
            Caveat::ClockStep { .. } => (
                "latencies are not touched; do not set them against the server's own times, nor merge this run with another",
                "延迟数据不受影响；但不要与服务端时间对照，也不要与其他运行合并",
            ),
            Caveat::CoLocated => (
                "generator and service share processors: to accept a service, run Tollgate on a machine of its own",
                "压测机与服务争用 CPU：用于验收时请在独立的机器上运行 Tollgate",
            ),
            Caveat::Unknown { .. } => (
                "nothing is wrong with the run by that; on Linux, outside a restricted container, they can be read",
                "这本身不影响本次运行；在 Linux 上且不受容器限制时可以读取",
            ),
            Caveat::MeanOfSuccesses { .. } => (
                "look at the failures' times; a rule on mean-all counts them",
                "请查看失败请求的耗时；mean-all 规则会把它们计算在内",
            ),
            Caveat::RateLimitSeen { .. } => BEHIND_A_LIMITER,
            Caveat::WeakerGate { .. } => (
                "a pass by this gate is no pass by the scenario's: leave --threshold out to accept a service",
                "按本次规则达标不等于按场景规则达标：用于验收时请去掉 --threshold",
            ),
            Caveat::IterationsShort { .. } => SHORT_OF_ITERATIONS,
            Caveat::Implied { .. } => IMPLIED,
            Caveat::Foreign { .. } => foreign::ADVICE,
            Caveat::MixDistorted { needed, .. } => {
                return match self {
                    Self::En => format!("use a multiple of {needed} users"),
                    Self::Zh => format!("请使用 {needed} 的整数倍的用户数"),
                };
            }
        };
        self.pick(en, zh).to_owned()
    }
}

#[allow(clippy::too_many_lines, reason = "a table of words, which must name every caveat")]
fn message_en(caveat: &Caveat) -> String {
    match caveat {
        Caveat::SamplesLost { pair, one, other } => format!("{} differ: {one} and {other}", pair.en()),
        Caveat::Clamped { count, .. } => {
            format!("{count} times lay over the histograms' top, ten seconds over the timeout")
        }
        Caveat::UserLost { count } => {
            format!("{count} users panicked or never started, so the load was not the planned one")
        }
        Caveat::WindowShort { length, planned } => {
            format!("the window was {} long and not {planned}", length.rounded())
        }
        Caveat::OfferedShort { inside, late } => format!(
            "{:.2}% of the window's arrivals were handed out inside it, {:.2}% of them late",
            inside * 100.0,
            late * 100.0
        ),
        Caveat::Strained(sign) => Lang::En.sign_message(sign),
        Caveat::LoadUnproven { by, open } => format!(
            "the generator was strained ({}) and {}: nothing proves that the load was offered",
            by.join(", "),
            if *open { "the rate was not kept" } else { "no rule on throughput holds" }
        ),
        Caveat::Churn { connections, share } => {
            format!("{connections} new connections were made, {:.1}% of the requests", share * 100.0)
        }
        Caveat::NotSteady { first, last } => format!(
            "the mean was {:.1} ms in the first third of the window and {:.1} ms in the last",
            first.get(),
            last.get()
        ),
        Caveat::ClockStep { moved } => format!("the time of day moved {} against the run's own clock", moved.rounded()),
        Caveat::CoLocated => "the service runs on the machine that generates the load".to_owned(),
        Caveat::Unknown { figures } => format!("this system does not tell {}", figures.join(", ")),
        Caveat::TargetLost { how } => how.clone(),
        Caveat::Embedded => {
            "the target was Tollgate's own reference service: this run shows the tool and accepts nothing".to_owned()
        }
        Caveat::Insecure => {
            "--insecure took any server certificate: nothing proves that the answers came from the service named"
                .to_owned()
        }
        Caveat::ShortWindow { length } => {
            format!("the window was only {} long: figures may be chance", length.rounded())
        }
        Caveat::IterationsShort { done, planned } => {
            format!("the run time ended after {done} of the planned {planned} iterations")
        }
        Caveat::PoolBusy { share } => format!("{:.1}% of the arrivals found every user busy", share * 100.0),
        Caveat::Stall { gap } => format!("nothing succeeded for {:.2} s while users waited", gap.get() / 1e3),
        Caveat::MeanOfSuccesses { rule, mean_all } => {
            format!("only the mean of successes holds {rule}: with failures it is {:.1} ms", mean_all.get())
        }
        Caveat::RateLimitSeen { count } => {
            format!("{count} requests were answered 429: a rate limiter stands before the service")
        }
        Caveat::WeakerGate { own, given } => format!("the rule {given} asks less than the scenario's own {own}"),
        Caveat::Implied { rule, by, users, pause, attempts } if *pause == Micros::ZERO => format!(
            "{rule} cannot fail while {by} holds: {users} users that never pause make users / mean, {attempts} attempts a second or more"
        ),
        Caveat::Implied { rule, by, users, pause, attempts } => format!(
            "{rule} cannot fail while {by} holds: {users} users make users / (mean + pause of {pause}), {attempts} attempts a second or more"
        ),
        Caveat::MixDistorted { needed, users } => {
            format!("{users} users cannot be dealt out evenly by the scenarios' weights, which add up to {needed}")
        }
        Caveat::Foreign { users_by, transactions } => foreign::en(*users_by, *transactions),
    }
}

fn message_zh(caveat: &Caveat) -> String {
    match caveat {
        Caveat::SamplesLost { pair, one, other } => format!("{}不一致：{one} 与 {other}", pair.zh()),
        Caveat::Clamped { count, .. } => format!("{count} 个耗时超出统计上限（请求超时时间再加 10 秒）"),
        Caveat::UserLost { count } => format!("{count} 个虚拟用户异常退出或从未启动，实际负载与计划不符"),
        Caveat::WindowShort { length, planned } => format!("测量窗口为 {}，计划为 {planned}", length.rounded()),
        Caveat::OfferedShort { inside, late } => {
            format!("窗口内按时发出的到达占 {:.2}%，其中 {:.2}% 发出过晚", inside * 100.0, late * 100.0)
        }
        Caveat::Strained(sign) => Lang::Zh.sign_message(sign),
        Caveat::LoadUnproven { by, open } => format!(
            "压测机自身受限（{}），且{}：无法证明负载已足量施加",
            by.join("、"),
            if *open { "未能维持设定的速率" } else { "没有吞吐量规则达标" }
        ),
        Caveat::Churn { connections, share } => {
            format!("窗口内新建连接 {connections} 个，占请求数的 {:.1}%", share * 100.0)
        }
        Caveat::NotSteady { first, last } => {
            format!("窗口前三分之一平均 {:.1} ms，后三分之一平均 {:.1} ms", first.get(), last.get())
        }
        Caveat::ClockStep { moved } => format!("运行期间系统时间相对计时时钟偏移了 {}", moved.rounded()),
        Caveat::CoLocated => "被测服务与压测程序运行在同一台机器上".to_owned(),
        Caveat::Unknown { figures } => format!("当前系统无法提供：{}", figures.join("、")),
        Caveat::TargetLost { how } => format!("被测目标已退出（{how}）"),
        Caveat::Embedded => "被测目标是 Tollgate 内置的参考服务：本次运行只演示工具，不构成任何验收".to_owned(),
        Caveat::Insecure => "--insecure 接受了任意服务器证书：无法证明应答确实来自所指定的服务".to_owned(),
        Caveat::ShortWindow { length } => format!("测量窗口只有 {}，数值可能带有偶然性", length.rounded()),
        Caveat::IterationsShort { done, planned } => {
            format!("运行时间结束时只完成了计划的 {planned} 次迭代中的 {done} 次")
        }
        Caveat::PoolBusy { share } => format!("{:.1}% 的到达没有空闲用户可用", share * 100.0),
        Caveat::Stall { gap } => format!("有用户在等待，但连续 {:.2} 秒没有任何请求成功", gap.get() / 1e3),
        Caveat::MeanOfSuccesses { rule, mean_all } => {
            format!("只有成功请求的平均值满足 {rule}：计入失败请求后平均值为 {:.1} ms", mean_all.get())
        }
        Caveat::RateLimitSeen { count } => format!("{count} 个请求得到 429 应答：服务前面有限流"),
        Caveat::WeakerGate { own, given } => format!("规则 {given} 比场景自带的 {own} 宽松"),
        Caveat::Implied { rule, by, users, pause, attempts } if *pause == Micros::ZERO => format!(
            "只要 {by} 成立，{rule} 就必然成立：{users} 个不停顿的用户每秒至少发起 {attempts} 次请求（用户数 ÷ 平均耗时）"
        ),
        Caveat::Implied { rule, by, users, pause, attempts } => format!(
            "只要 {by} 成立，{rule} 就必然成立：{users} 个用户每秒至少发起 {attempts} 次请求（用户数 ÷（平均耗时 + 停顿 {pause}））"
        ),
        Caveat::MixDistorted { needed, users } => {
            format!("{users} 个用户无法按场景权重（合计 {needed}）均匀分配")
        }
        Caveat::Foreign { users_by, transactions } => foreign::zh(*users_by, *transactions),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caveat_is_said_in_both_languages() {
        let caveat = Caveat::WindowShort { length: Micros::from_secs(12), planned: Micros::from_secs(300) };
        assert_eq!(Lang::En.caveat_message(&caveat), "the window was 12s long and not 300s");
        assert_eq!(Lang::Zh.caveat_message(&caveat), "测量窗口为 12s，计划为 300s");
        assert_eq!(Lang::Zh.caveat_advice(&caveat), "请让测试运行到结束");
    }
}
