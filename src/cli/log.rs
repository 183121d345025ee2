//! Warnings of libraries, on stderr.
//!
//! Installed before anything else: Goose would install a logger of its own that prints warnings on stdout, where only
//! the result belongs.

use ::log::{LevelFilter, Log, Metadata, Record};

use crate::cli::say;

struct Stderr;

/// Sends every warning from now on to stderr.
pub(super) fn install() {
    // Another logger can only stand here in a program that uses this library; it stays.
    if ::log::set_logger(&Stderr).is_ok() {
        ::log::set_max_level(LevelFilter::Warn);
    }
}

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // What a certificate fails with is counted and reported as a failure to connect.
        if metadata.target().starts_with("rustls_platform_verifier") {
            return false;
        }
        // Goose warns of its own options, which nobody here typed; its errors are real.
        let least = if metadata.target().starts_with("goose") { LevelFilter::Error } else { LevelFilter::Warn };
        metadata.level() <= least
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            say(&format!("{}: {}", record.level().as_str().to_lowercase(), record.args()));
        }
    }

    fn flush(&self) {}
}
