//! The words of the accounting caveats: what voids a run.
//!
//! In: nothing. Out: title, message and advice of each. Always holds: English first.

use super::Words;

pub(super) static SAMPLES_LOST: Words = Words {
    title: ("Samples lost", "样本丢失"),
    message: ("{pair} differ: {one} and {other}", "{pair}不一致：{one} 与 {other}"),
    advice: (
        "the counts cannot be trusted: report this run to Tollgate's authors with its summary.json",
        "计数不可信：请将本次运行的 summary.json 反馈给 Tollgate 的开发者",
    ),
};

pub(super) static CLAMPED: Words = Words {
    title: ("Values over the top of the histogram", "耗时超出直方图上限"),
    message: (
        "{count} times lay over the histograms' top: ten seconds over the longest that an iteration, in an open model with its wait for a user, can take",
        "{count} 个耗时超出直方图上限（单次迭代可能的最长耗时再加 10 秒；开环模型还包括等待空闲用户的时间）",
    ),
    advice: (
        "raise --timeout (now {timeout}) so that they can be measured",
        "请调大 --timeout（当前 {timeout}），使这些耗时能够被测量",
    ),
};

pub(super) static USER_LOST: Words = Words {
    title: ("A virtual user was lost", "虚拟用户丢失"),
    message: (
        "{count} users left before their time, panicked or never started, so the load was not the planned one",
        "{count} 个虚拟用户提前离开、异常退出或从未启动，实际负载与计划不符",
    ),
    advice: (
        "see which failures end a user (on_start, on_failure, stop), and look for a panic in the log; a machine short of memory or threads loses users too",
        "请检查哪些失败会使用户结束（on_start、on_failure、stop），并在日志中查找 panic；内存或线程不足也会导致用户丢失",
    ),
};

pub(super) static WINDOW_SHORT: Words = Words {
    title: ("Window shorter than planned", "测量窗口短于计划"),
    message: ("the window was {length} long and not {planned}", "测量窗口为 {length}，计划为 {planned}"),
    advice: ("let the run go on to its end", "请让测试运行到结束"),
};

pub(super) static FEEDER_DRY: Words = Words {
    title: ("A feeder ran out of rows", "数据源用尽"),
    message: (
        "feeder {feeder} had no row left: the run ended, and the window was {length} long and not {planned}",
        "数据源 {feeder} 的数据已用完，运行提前结束：测量窗口为 {length}，计划为 {planned}",
    ),
    advice: (
        "add rows, shorten the run time, or write at_end = \"recycle\" where a row may be used again",
        "请增加数据行或缩短运行时间；若数据可重复使用，请设置 at_end = \"recycle\"",
    ),
};

pub(super) static OFFERED_SHORT: Words = Words {
    title: ("Less load than planned", "实际负载低于计划"),
    message: (
        "of the arrivals due in the window, {inside} were handed out inside it, and {late} were handed out late",
        "窗口内应发出的到达中，{inside} 在窗口内发出，{late} 发出过晚",
    ),
    advice: (
        "the generator could not keep the rate: give it a core of its own, or a larger machine",
        "压测机无法维持设定的速率：请为其预留独占的 CPU 核，或换用性能更高的机器",
    ),
};

pub(super) static DROPPED: Words = Words {
    title: ("Arrivals dropped", "有到达被丢弃"),
    message: (
        "{count} arrivals ({share} of the window's) found as many waiting as max_waiting allows, and were dropped: each is a failed attempt",
        "{count} 个到达（占窗口内到达的 {share}）因等待数达到 max_waiting 上限而被丢弃，每个都计为一次失败",
    ),
    advice: (
        "what was offered is less than was asked for: raise max_waiting or take it out, so that arrivals wait and their wait is measured; or give more users",
        "实际施加的负载低于设定：请调高或去掉 max_waiting，让到达排队并计入等待时间；或增加虚拟用户数",
    ),
};

pub(super) static LOAD_UNPROVEN: Words = Words {
    title: ("Load not proven", "无法证明负载已足量施加"),
    message: (
        "the generator was strained ({by}) and no rule on throughput holds: nothing proves that the load was offered",
        "压测机自身受限（{by}），且没有吞吐量规则达标：无法证明负载已足量施加",
    ),
    advice: (
        "mend what the instrument caveats name, or put a rule such as tps>=1000 into the gate: one that holds proves the load",
        "请先解决“压测机问题”中列出的各项，或在规则中加入 tps>=1000 之类的下限：该规则达标即可证明负载",
    ),
};

pub(super) static RATE_UNPROVEN: Words = Words {
    title: ("Load not proven", "无法证明负载已足量施加"),
    message: (
        "the generator was strained ({by}) and the rate was not kept: nothing proves that the load was offered",
        "压测机自身受限（{by}），且未能维持设定的速率：无法证明负载已足量施加",
    ),
    advice: (
        "mend what the instrument caveats name, or lower the rate",
        "请先解决“压测机问题”中列出的各项，或降低速率",
    ),
};

pub(super) static TARGET_LOST: Words = Words {
    title: ("Target lost", "被测目标中途退出"),
    message: ("the embedded service ended under the load, with {how}", "内置参考服务在压测过程中退出（{how}）"),
    advice: (
        "what was measured is not the service's doing: find out why it ended, and run again",
        "测得的结果不能代表服务本身：请查明其退出原因后重新测试",
    ),
};

pub(super) static BROKEN_OFF: Words = Words {
    title: ("The run never ended", "运行没有正常结束"),
    message: (
        "its journal stops {after} into the load and has no end: the process was killed, the machine went down, or the run still goes on. What was counted until then is shown; at most the last two seconds are missing",
        "运行日志在开始施压 {after} 后中断，没有结束记录：进程被强行终止、机器掉电，或运行仍在进行。报告只包含中断前的计数，最多缺少最后两秒",
    ),
    advice: ("run it again; an unfinished run decides nothing", "请重新运行；未结束的运行不能作为结论"),
};

pub(super) static BROKEN_OFF_TORN: Words = Words {
    title: ("The run's journal is torn", "运行日志不完整"),
    message: (
        "its journal can be read up to {after} into the load and no further: the {dropped} bytes behind that are no whole record, because the process was killed while it wrote them, or because the file was damaged since. What was counted until then is shown",
        "运行日志只能读到开始施压后 {after}：其后的 {dropped} 字节不是完整的记录，可能是写入时进程被强行终止，也可能是文件事后损坏。报告只包含此前的计数",
    ),
    advice: (
        "if the file was damaged since, restore it from a copy and render the report again; else run the test again",
        "如果文件是事后损坏的，请用备份恢复后重新生成报告；否则请重新运行测试",
    ),
};
