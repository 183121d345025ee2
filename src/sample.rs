//! The facts of one request, and the sink an attack writes them to.
//!
//! In: offsets from the run's start, read from one clock. Out: a [`Sample`] handed to a [`SampleSink`], which is all
//! that `attack` and `histogram` know of each other. Always holds: `start <= first_byte <= end`, and a request that
//! was never sent has no sample.

mod fate;
mod followed;
mod window;

pub use fate::Fate;
pub use followed::Followed;
pub use window::{MeasuredWindow, Phase};

use serde::{Deserialize, Serialize};

use crate::units::Micros;

/// Index of a step in the plan, counted over all scenarios in the file's order: `0..steps`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepId(pub u16);

/// What a sample is booked under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SampleOf {
    /// One request of one step.
    Step(StepId),
    /// A whole iteration: first start to last end, think time taken out. Only in plans with a scenario of several steps.
    Iteration,
    /// A whole pass through a group: first start to last end of its requests, think time taken out.
    Group(u16),
    /// One request of one step of on_start or on_stop, counted among themselves. Booked whenever it was sent.
    Setup(StepId),
}

/// Why a request that was sent did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// A check did not hold on an answer of the expected status.
    Check,
    /// An unexpected status that no other class names.
    Status,
    /// The service understood the request and refused it: no balance, no account, a duplicate.
    BusinessReject,
    /// The service refused the request's form.
    Validation,
    /// 401 or 403.
    Auth,
    /// 429.
    RateLimited,
    /// 404 or 405.
    NotFound,
    /// 5xx.
    ServerError,
    /// No whole answer within the request timeout.
    Timeout,
    /// No connection could be made.
    Connect,
    /// The connection was lost after the request was written.
    Cut,
    /// The answer is not HTTP, over a bound, or not what its envelope promises.
    Parse,
    /// An arrival of an open model that no user was free to send. It has no sample.
    Unsent,
    /// An arrival of an open model that found as many waiting as the plan lets wait. It has no sample.
    Dropped,
}

impl FailureClass {
    /// Every class, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::Check,
        Self::Status,
        Self::BusinessReject,
        Self::Validation,
        Self::Auth,
        Self::RateLimited,
        Self::NotFound,
        Self::ServerError,
        Self::Timeout,
        Self::Connect,
        Self::Cut,
        Self::Parse,
        Self::Unsent,
        Self::Dropped,
    ];

    /// The class as reports and `summary.json` spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Status => "status",
            Self::BusinessReject => "business_reject",
            Self::Validation => "validation",
            Self::Auth => "auth",
            Self::RateLimited => "rate_limited",
            Self::NotFound => "not_found",
            Self::ServerError => "server_error",
            Self::Timeout => "timeout",
            Self::Connect => "connect",
            Self::Cut => "cut",
            Self::Parse => "parse",
            Self::Unsent => "unsent",
            Self::Dropped => "dropped",
        }
    }

    /// Whether a whole answer was read, whatever it said: it counts in throughput.
    #[must_use]
    pub const fn answered(self) -> bool {
        !matches!(self, Self::Timeout | Self::Connect | Self::Cut | Self::Parse | Self::Unsent | Self::Dropped)
    }
}

/// What is known of a failure beside its class. Borrowed: only the first of a kind is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure<'a> {
    /// The class it counts under.
    pub class: FailureClass,
    /// HTTP status, when an answer was read.
    pub status: Option<u16>,
    /// The envelope's own code, when the answer carries one.
    pub code: Option<i64>,
    /// What the answer or the error said.
    pub message: &'a str,
}

/// How a request that was sent ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// A whole answer within the timeout, the expected status, every check holding.
    Success,
    /// Anything else that ended by itself.
    Failure(Failure<'a>),
    /// Given up by us because the run was interrupted.
    Aborted,
}

/// When an open model meant a request to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When the iteration was due: it decides where all its requests are booked.
    pub intended: Micros,
    /// How much later than due this request started. Charged to the first of an iteration; zero for the others.
    pub late: Micros,
}

/// One request from its first action to the last byte of its answer. Offsets count from the run's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// The step, or the whole iteration.
    pub of: SampleOf,
    /// When it was meant to start, in an open model.
    pub arrival: Option<Arrival>,
    /// Before the first system call, rounded down.
    pub start: Micros,
    /// When a new connection was ready, TLS included; `None` on a reused one. Of a chain of redirects, the start and what
    /// the first new connection took.
    pub connected: Option<Micros>,
    /// First byte of the answer, rounded up; `None` when none came.
    pub first_byte: Option<Micros>,
    /// After the last system call, rounded up.
    pub end: Micros,
    /// Bytes written to the connection.
    pub bytes_sent: u64,
    /// Bytes of heads and bodies read.
    pub bytes_received: u64,
    /// How it ended.
    pub outcome: Outcome<'a>,
}

impl Sample<'_> {
    /// First action to last byte.
    #[must_use]
    pub fn service_time(&self) -> Micros {
        self.end.saturating_sub(self.start)
    }

    /// Intended start to last byte; `None` in a closed model, which has no intended start.
    #[must_use]
    pub fn response_time(&self) -> Option<Micros> {
        self.arrival.map(|arrival| self.service_time() + arrival.late)
    }

    /// The moment that decides whether it belongs to the window.
    #[must_use]
    pub fn booked_at(&self) -> Micros {
        self.arrival.map_or(self.start, |arrival| arrival.intended)
    }
}

/// What a list of all samples tells beside a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The user that sent it, from 0.
    pub user: u32,
    /// What it is made of.
    pub of: Made,
}

/// What a sample is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// One request: the answer's status, if there was one.
    Request(Option<u16>),
    /// So many requests, of which so many did not succeed.
    Requests(u32, u32),
}

/// Where an attack writes its samples. Called on the threads that generate load: it must not block or allocate per
/// sample.
///
/// Sinks stand in a row: what one has no use for goes to the [`next`](Self::next), if there is one.
pub trait SampleSink: Send + Sync {
    /// The sink behind this one. A method that is written anew hands on by itself.
    fn next(&self) -> Option<&dyn SampleSink> {
        None
    }

    /// Told once, before any sample, of the time of day at the run's start: microseconds since 1970.
    fn begins(&self, at: Micros) {
        self.next().into_iter().for_each(|next| next.begins(at));
    }

    /// Books one ended request.
    fn record(&self, sample: &Sample<'_>) {
        self.next().into_iter().for_each(|next| next.record(sample));
    }

    /// Told of the same sample once more, with where it comes from.
    fn listed(&self, sample: &Sample<'_>, origin: Origin) {
        self.next().into_iter().for_each(|next| next.listed(sample, origin));
    }

    /// Books redirects that were followed on the way to a sample of `of`: requests of the wire that have no sample of
    /// their own.
    fn followed(&self, of: SampleOf, followed: &Followed<'_>) {
        self.next().into_iter().for_each(|next| next.followed(of, followed));
    }

    /// Told before a request of a reconciled `step` is sent: the iteration's number is the request's identity.
    fn sent(&self, step: StepId, sequence: u64) {
        self.next().into_iter().for_each(|next| next.sent(step, sequence));
    }

    /// Told what became of it. One that was sent and is never told of is [`Fate::Unknown`].
    fn settled(&self, step: StepId, sequence: u64, fate: Fate) {
        self.next().into_iter().for_each(|next| next.settled(step, sequence, fate));
    }

    /// Books an arrival of an open model that was due at `due` and handed out `late` after that; `queued` if arrivals
    /// before it still waited for a user.
    fn released(&self, due: Micros, late: Micros, queued: bool) {
        self.next().into_iter().for_each(|next| next.released(due, late, queued));
    }

    /// Books how long a task that was woken at `woken` waited for a thread that measures.
    fn loop_lag(&self, woken: Micros, lag: Micros) {
        self.next().into_iter().for_each(|next| next.loop_lag(woken, lag));
    }

    /// Books an arrival that was handed out and never sent; `step` is the one it would have begun with.
    fn unsent(&self, step: StepId, due: Micros) {
        self.next().into_iter().for_each(|next| next.unsent(step, due));
    }

    /// Books an arrival that was due at `due` and found as many waiting as the plan lets wait; `step` is the one it would
    /// have begun with.
    fn dropped(&self, step: StepId, due: Micros) {
        self.next().into_iter().for_each(|next| next.dropped(step, due));
    }
}
