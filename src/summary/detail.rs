//! What caveats tell in detail: which counts differ, how a service ended, what a list lacks.

use serde::{Deserialize, Serialize};

/// Two counts of the same thing, kept apart so that a loss shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pair {
    /// Requests started and requests ended, by the users' own count.
    StartedAndEnded,
    /// Requests ended by the users' own count, and samples counted.
    EndedAndSamples,
    /// Successes of the window and of its seconds.
    SuccessesAndSeconds,
    /// Failures of the window and of its seconds.
    FailuresAndSeconds,
    /// Failures of the window and of their kinds.
    FailuresAndKinds,
    /// Arrivals of the window that were handed out, and iterations sent or told of as never sent.
    ArrivalsAndIterations,
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With this exit code.
    Code(i32),
    /// Otherwise, in the system's own words: `signal: 9 (SIGKILL)`.
    Other(String),
}

/// How the number of users of a foreign recording is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsersBy {
    /// Its rows tell the threads that were active.
    AllThreads,
    /// By the different names of threads.
    ThreadNames,
    /// Not at all: one request in flight is taken for enough.
    Nothing,
}
