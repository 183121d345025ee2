//! What only one operating system has.
//!
//! In: a command to be started. Out: the same command in a process group of its own. Always holds: elsewhere the
//! command is left as it is.

use std::process::Command;

/// Puts the child in a process group of its own, so that Ctrl-C in the terminal does not reach it.
#[cfg(unix)]
pub fn own_process_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Puts the child in a process group of its own, so that Ctrl-C in the terminal does not reach it.
#[cfg(not(unix))]
pub fn own_process_group(_command: &mut Command) {}
