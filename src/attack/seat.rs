//! One user's place in a run, and what is counted there.
//!
//! In: what its user tells. Out: figures that others read. Always holds: a seat has one writer, and cache lines of its
//! own, so nothing is contended on the request path.

use std::sync::atomic::AtomicU64;

use futures_util::task::AtomicWaker;

/// What a user spends its time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spent {
    /// In a request, whatever became of it.
    Request,
    /// In a pause that was asked for, or waiting for something to do.
    Rest,
}

/// A number on cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Counter(pub(super) AtomicU64);

/// One user's place, on cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Seat {
    /// A time not after the start of the running iteration, in microseconds; `IDLE` between iterations.
    pub(super) busy_since: AtomicU64,
    /// Requests begun.
    pub(super) started: AtomicU64,
    /// Requests that ended, in whatever way.
    pub(super) ended: AtomicU64,
    /// When the user started, and when it left; `IDLE` before.
    pub(super) here: [AtomicU64; 2],
    /// Microseconds of the window spent in requests, and at rest.
    pub(super) spent: [AtomicU64; 2],
    /// Wakes the user out of a wait.
    pub(super) waker: AtomicWaker,
}

/// `busy_since` of a user between iterations.
pub(super) const IDLE: u64 = u64::MAX;

impl Default for Seat {
    /// A place that nobody has taken.
    fn default() -> Self {
        Self {
            busy_since: AtomicU64::new(IDLE),
            started: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            here: [AtomicU64::new(IDLE), AtomicU64::new(IDLE)],
            spent: [AtomicU64::new(0), AtomicU64::new(0)],
            waker: AtomicWaker::new(),
        }
    }
}
