//! What is said of each sign of a strained generator, in either language.
//!
//! In: a [`Strained`]. Out: its title, message and advice. Always holds: a sign without words does not compile.

use super::Lang;
use crate::summary::strained::Strained;

impl Lang {
    pub(super) const fn sign_title(self, sign: &Strained) -> &'static str {
        let (en, zh) = match sign {
            Strained::LoopLag { .. } => ("Answers waited for the generator", "应答在压测机内排队"),
            Strained::PacerLate { .. } => ("Arrivals handed out late", "到达发放滞后"),
            Strained::GeneratorCpu { .. } => ("Generator out of CPU", "压测机 CPU 耗尽"),
            Strained::RunqWait { .. } => ("Generator waited for a processor", "压测线程等待 CPU 调度"),
            Strained::Throttled { .. } => ("Generator throttled", "压测机受 CPU 配额限制"),
            Strained::Steal { .. } => ("Processors taken by the hypervisor", "CPU 被虚拟化平台占用"),
            Strained::Paused { .. } => ("The generator stood still", "压测机曾停顿"),
            Strained::UserTime { .. } => ("Users' time without an account", "部分用户时间无法归因"),
            Strained::Calibration { .. } => ("Harness near a limit", "压测工具自身接近限值"),
        };
        self.pick(en, zh)
    }

    pub(super) fn sign_message(self, sign: &Strained) -> String {
        let percent = |share: f64| format!("{:.1}%", share * 100.0);
        let (en, zh) = match sign {
            Strained::LoopLag { p99, limit } => (
                format!(
                    "one in a hundred answers waited over {:.1} ms for the generator, {:.1} ms is the most",
                    p99.get(),
                    limit.get()
                ),
                format!("1% 的应答在压测机内等待超过 {:.1} ms（上限 {:.1} ms）", p99.get(), limit.get()),
            ),
            Strained::PacerLate { p99, limit } => (
                format!(
                    "one in a hundred arrivals was handed out over {:.1} ms late, {:.1} ms is the most",
                    p99.get(),
                    limit.get()
                ),
                format!("1% 的到达发放滞后超过 {:.1} ms（上限 {:.1} ms）", p99.get(), limit.get()),
            ),
            Strained::GeneratorCpu { thread, process } => (
                format!(
                    "over ten seconds a measuring thread used {} of its processor, the process {} of its own",
                    percent(*thread),
                    percent(*process)
                ),
                format!("10 秒内压测线程最高占用单核 {}，进程占用可用 CPU 的 {}", percent(*thread), percent(*process)),
            ),
            Strained::RunqWait { share } => (
                format!("a measuring thread was ready and had no processor for {} of the window", percent(*share)),
                format!("有压测线程在窗口内 {} 的时间处于就绪状态却得不到 CPU", percent(*share)),
            ),
            Strained::Throttled { share } => (
                format!("a CPU quota kept the generator waiting for {} of the window", percent(*share)),
                format!("窗口内 {} 的时间被 CPU 配额限制", percent(*share)),
            ),
            Strained::Steal { share } => (
                format!("the hypervisor took {} of the processors' time", percent(*share)),
                format!("{} 的 CPU 时间被虚拟化平台占用", percent(*share)),
            ),
            Strained::Paused { longest } => (
                format!("the whole generator stood still for {}", longest.rounded()),
                format!("压测程序整体停顿了 {}", longest.rounded()),
            ),
            Strained::UserTime { share } => (
                format!("{} of the users' time was spent neither in a request nor in a pause", percent(*share)),
                format!("虚拟用户有 {} 的时间既不在请求中，也不在停顿中", percent(*share)),
            ),
            Strained::Calibration { reached, .. } => (
                format!(
                    "against a null server the harness reaches {:.0} requests/s, and {:.2} ms at P95",
                    reached.tps.get(),
                    reached.p95.get()
                ),
                format!("对空服务器校准：最高 {:.0} 次/秒，P95 {:.2} ms", reached.tps.get(), reached.p95.get()),
            ),
        };
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }

    pub(super) const fn sign_advice(self, sign: &Strained) -> &'static str {
        let (en, zh) = match sign {
            Strained::LoopLag { .. } | Strained::RunqWait { .. } | Strained::GeneratorCpu { .. } => (
                "latencies read high: stop what else runs on the generator, or give it more processors",
                "测得的延迟偏高：请停止压测机上的其他程序，或增加 CPU",
            ),
            Strained::PacerLate { .. } => (
                "response times read high: give the generator a processor to spare",
                "测得的响应时间偏高：请为压测机预留空闲 CPU",
            ),
            Strained::Throttled { .. } => {
                ("raise the CPU quota of the generator's container", "请调高压测容器的 CPU 配额")
            }
            Strained::Steal { .. } => (
                "move the generator to a host that is not shared, or run when the host is quiet",
                "请换用独占宿主机，或在宿主机空闲时运行",
            ),
            Strained::Paused { .. } => (
                "look for a suspended machine, a snapshot or a migration of it, and run again",
                "请检查机器是否被挂起、做快照或迁移，然后重新运行",
            ),
            Strained::UserTime { .. } => (
                "the generator itself costs users that much: fewer users, or more processors",
                "这部分时间消耗在压测机自身：请减少用户数或增加 CPU",
            ),
            Strained::Calibration { .. } => (
                "figures near a limit may be the harness's own: use a faster or quieter machine",
                "接近限值的结果可能源于压测工具自身：请换用更快或更空闲的机器",
            ),
        };
        self.pick(en, zh)
    }
}
