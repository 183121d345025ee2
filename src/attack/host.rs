//! The machine that generates the load. The only file that names an operating system.
//!
//! In: nothing. Out: what the system tells of this process. Always holds: what a system does not tell is `None`,
//! never 0.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use crate::units::Micros;

/// Processors this process may use, at least 1.
#[must_use]
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// What the system tells of one thread of this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadTime {
    /// The system's number for it.
    pub id: u64,
    /// Its name, cut to the system's length.
    pub name: String,
    /// Time it ran.
    pub ran: Micros,
    /// Time it was ready to run and had no processor.
    pub waited: Micros,
}

/// The threads of this process that are alive, where the system tells their times to the nanosecond (Linux).
#[must_use]
pub fn threads() -> Option<Vec<ThreadTime>> {
    let tasks = fs::read_dir("/proc/self/task").ok()?;
    let threads: Vec<ThreadTime> = tasks.filter_map(Result::ok).filter_map(|task| thread_time(&task.path())).collect();
    // Some systems have the file and count nothing in it.
    threads.iter().any(|thread| thread.ran > Micros::ZERO).then_some(threads)
}

fn thread_time(task: &Path) -> Option<ThreadTime> {
    let id = task.file_name()?.to_str()?.parse().ok()?;
    let name = fs::read_to_string(task.join("comm")).ok()?.trim().to_owned();
    let stat = fs::read_to_string(task.join("schedstat")).ok()?;
    let mut nanos = stat.split_whitespace().map(|word| word.parse::<u64>().ok());
    let mut micros = || nanos.next().flatten().map(|nanos| Micros::new(nanos / 1_000));
    Some(ThreadTime { id, name, ran: micros()?, waited: micros()? })
}

/// For how long this process, or one it belongs with, was kept from its processors by a quota of its control group,
/// since the group began (Linux).
#[must_use]
pub fn throttled() -> Option<Micros> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    // A folder may be reached by two names.
    let folders: BTreeSet<PathBuf> =
        groups.lines().flat_map(cpu_folders).filter_map(|folder| folder.canonicalize().ok()).collect();
    let told = folders.iter().filter_map(|folder| fs::read_to_string(folder.join("cpu.stat")).ok());
    // Each group tells of its own quota alone, so what several of them did adds up.
    told.filter_map(|stat| throttled_in(&stat)).reduce(|sum, more| sum + more)
}

/// Where the processor's share of a line of `/proc/self/cgroup` is told of: the group's folder and those above it, of
/// either version of control groups.
fn cpu_folders(line: &str) -> Vec<PathBuf> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(group)) = (parts.next(), parts.next()) else { return Vec::new() };
    let mounts = match controllers {
        "" => vec![PathBuf::from("/sys/fs/cgroup"), PathBuf::from("/sys/fs/cgroup/unified")],
        _ if controllers.split(',').any(|controller| controller == "cpu") => {
            vec![Path::new("/sys/fs/cgroup").join(controllers), PathBuf::from("/sys/fs/cgroup/cpu")]
        }
        _ => return Vec::new(),
    };
    let above: Vec<&Path> = Path::new(group.trim_start_matches('/')).ancestors().collect();
    mounts.iter().flat_map(|mount| above.iter().map(|group| mount.join(group))).collect()
}

/// The throttled time that a `cpu.stat` tells. A group that has no quota tells none, and was never throttled.
fn throttled_in(stat: &str) -> Option<Micros> {
    let value = |key: &str| stat.lines().find_map(|line| line.strip_prefix(key)?.trim().parse::<u64>().ok());
    let nanos = || value("throttled_time ").map(|nanos| nanos / 1_000);
    let none = || stat.contains("usage_usec").then_some(0);
    value("throttled_usec ").or_else(nanos).or_else(none).map(Micros::new)
}

/// Time of all processors since the machine started, in the system's own ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessorTime {
    /// Taken by a hypervisor for somebody else.
    pub stolen: u64,
    /// In all.
    pub total: u64,
}

/// What the hypervisor took (Linux).
#[must_use]
pub fn processor_time() -> Option<ProcessorTime> {
    processor_time_in(&fs::read_to_string("/proc/stat").ok()?)
}

/// user, nice, system, idle, iowait, irq, softirq, steal; the two behind them are counted in user and nice already.
fn processor_time_in(stat: &str) -> Option<ProcessorTime> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Option<Vec<u64>> = line.split_whitespace().take(8).map(|word| word.parse().ok()).collect();
    let ticks = ticks.filter(|ticks| ticks.len() == 8)?;
    Some(ProcessorTime { stolen: ticks[7], total: ticks.iter().sum() })
}

/// The machine's name.
#[must_use]
pub fn name() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .ok()
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .filter(|name| !name.is_empty())
}

/// Bytes that are free for us where `path` lies.
#[must_use]
pub fn free_disk(path: &Path) -> Option<u64> {
    fs4::available_space(path).ok()
}

/// The machine's memory in bytes.
#[must_use]
pub fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Raises the number of files this process and its children may have open as far as the system lets it, and returns
/// it. Every connection is one. `None` where there is no such limit to read.
#[cfg(unix)]
#[must_use]
pub fn raise_open_files() -> Option<u64> {
    rlimit::increase_nofile_limit(u64::MAX).or_else(|_| rlimit::Resource::NOFILE.get_soft()).ok()
}

/// Windows has no limit of a process on its sockets.
#[cfg(not(unix))]
#[must_use]
pub fn raise_open_files() -> Option<u64> {
    None
}

/// Puts a child into a process group of its own, so that a Ctrl-C at the terminal reaches only its parent.
#[cfg(unix)]
pub fn own_process_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Puts a child into a process group of its own, so that a Ctrl-C at the terminal reaches only its parent.
#[cfg(windows)]
pub fn own_process_group(command: &mut Command) {
    /// `CREATE_NEW_PROCESS_GROUP` of the Windows API.
    const NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    std::os::windows::process::CommandExt::creation_flags(command, NEW_PROCESS_GROUP);
}

/// Lets `at` lead to its neighbour `name`: as a symbolic link.
///
/// # Errors
/// What the system says, also where something lies at `at`.
#[cfg(unix)]
pub fn point(at: &Path, name: &str) -> io::Result<()> {
    std::os::unix::fs::symlink(name, at)
}

/// Lets `at` lead to its neighbour `name`: as a file that holds the name, as links need rights that users lack.
///
/// # Errors
/// What the system says, also where something lies at `at`.
#[cfg(not(unix))]
pub fn point(at: &Path, name: &str) -> io::Result<()> {
    io::Write::write_all(&mut fs::File::create_new(at)?, format!("{name}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_tells_what_this_process_costs() {
        assert!(threads().is_some_and(|threads| threads.iter().any(|thread| thread.ran > Micros::ZERO)));
        assert!(processor_time().is_some_and(|time| time.total > time.stolen));
        assert!(memory().is_some_and(|bytes| bytes > 1 << 20));
        assert!(name().is_some());
        assert!(processors() >= 1);
    }

    #[test]
    fn a_quota_is_read_from_either_version_of_control_groups() {
        assert_eq!(throttled_in("nr_throttled 3\nthrottled_time 5000000\n"), Some(Micros::from_millis(5)));
        assert_eq!(throttled_in("usage_usec 9\nnr_throttled 3\nthrottled_usec 5000\n"), Some(Micros::from_millis(5)));
        assert_eq!(throttled_in("usage_usec 9\n"), Some(Micros::ZERO), "a group without a quota");
        assert_eq!(throttled_in(""), None);
        let folders = cpu_folders("0::/a.slice/b");
        assert_eq!(folders[..3], ["a.slice/b", "a.slice", ""].map(|group| Path::new("/sys/fs/cgroup").join(group)));
        assert_eq!(cpu_folders("4:cpu,cpuacct:/x")[0], Path::new("/sys/fs/cgroup/cpu,cpuacct/x"));
        assert_eq!(cpu_folders("3:memory:/x"), Vec::<PathBuf>::new());
    }

    #[test]
    fn stolen_time_is_the_eighth_figure_of_all_processors() {
        let stat = "cpu  10 20 30 40 50 60 70 80 10 20\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(processor_time_in(stat), Some(ProcessorTime { stolen: 80, total: 360 }));
        assert_eq!(processor_time_in("cpu 1 2 3\n"), None);
    }

    #[test]
    #[cfg(unix)]
    fn the_limit_on_open_files_is_raised_to_what_the_system_allows() {
        let hard = rlimit::Resource::NOFILE.get_hard().unwrap();
        assert!(raise_open_files().is_some_and(|limit| limit > 0 && limit <= hard));
    }
}
