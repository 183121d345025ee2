//! The machine that generates the load. The only file that names an operating system.
//!
//! In: nothing. Out: what the system tells of this process. Always holds: what a system does not tell is `None`,
//! never 0.

use std::fs;
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::units::Micros;

/// Processors this process may use, at least 1.
#[must_use]
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// CPU time that the threads of this process have used, where the system tells it to the nanosecond (Linux).
///
/// Threads that have ended are not counted: read it while the threads that measure are alive.
#[must_use]
pub fn cpu_time() -> Option<Micros> {
    let threads = fs::read_dir("/proc/self/task").ok()?;
    let nanos: u64 = threads
        .filter_map(Result::ok)
        .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
        .filter_map(|stat| stat.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    (nanos > 0).then(|| Micros::new(nanos / 1_000))
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

/// The machine's memory in bytes.
#[must_use]
pub fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
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
        assert!(cpu_time().is_some());
        assert!(memory().is_some_and(|bytes| bytes > 1 << 20));
        assert!(name().is_some());
        assert!(processors() >= 1);
    }
}
