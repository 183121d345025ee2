//! Reasons to distrust a run, as data: `report` finds the words, in either language.

mod figure;

use serde::Serialize;

use crate::plan::PlanWarning;
pub use crate::summary::detail::{Ending, Pair, Unlisted, UsersBy};
use crate::summary::strained::Strained;
use crate::units::{Micros, Millis};

/// Dropped arrivals above this share void a run: what was offered is not what was asked for.
const MOST_DROPPED: f64 = 0.001;

/// What a caveat does to the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CaveatClass {
    /// The books do not balance: the run proves nothing.
    Accounting,
    /// The generator was strained: the figures are worse than the service's own.
    Instrument,
    /// Worth knowing; changes no verdict.
    Warning,
}

/// One doubt about the run, with its figures.
#[derive(Clone, Debug, PartialEq)]
pub enum Caveat {
    /// Two counts of the same thing differ.
    SamplesLost {
        /// Which counts.
        pair: Pair,
        /// The first of them.
        one: u64,
        /// The second.
        other: u64,
    },
    /// Values lay over the histograms' top.
    Clamped {
        /// How many.
        count: u64,
        /// The request timeout, which the top is derived from.
        timeout: Micros,
    },
    /// Users panicked or never started.
    UserLost {
        /// How many.
        count: u32,
    },
    /// The window was shorter than the run time.
    WindowShort {
        /// How long it was.
        length: Micros,
        /// How long it should have been.
        planned: Micros,
    },
    /// A feeder had no row left, which ended the run before its time.
    FeederDry {
        /// Its name.
        feeder: String,
        /// How long the window was.
        length: Micros,
        /// How long it should have been.
        planned: Micros,
    },
    /// Samples are not in `results.jtl`; they are in every other figure.
    Unlisted(Unlisted),
    /// Too few of the window's arrivals were handed out inside it, or too many late.
    OfferedShort {
        /// The share handed out inside the window.
        inside: f64,
        /// The share handed out late.
        late: f64,
    },
    /// Arrivals found as many waiting as the plan lets wait.
    Dropped {
        /// How many.
        count: u64,
        /// Their share of the window's arrivals.
        share: f64,
    },
    /// The generator was strained.
    Strained(Strained),
    /// The generator was strained, and nothing proves that it offered its load all the same.
    LoadUnproven {
        /// The signs of it, as other programs read them.
        by: Vec<&'static str>,
        /// Whether the model is an open one, whose rate was not kept.
        open: bool,
    },
    /// The embedded service ended under the load.
    TargetLost {
        /// How it ended.
        how: Ending,
    },
    /// The run's own record has no end: the process was killed, or the machine went down.
    BrokenOff {
        /// When the last of it was written, from the start of the load.
        after: Micros,
        /// Bytes behind it that are no whole record.
        dropped: u64,
    },
    /// The embedded service was the target: the run shows the tool and accepts nothing.
    Embedded,
    /// It was known before the run.
    Planned(PlanWarning),
    /// Addresses of the target took no connection, and got no load.
    AddressRefused {
        /// Each with the cause.
        refused: Vec<String>,
    },
    /// The window was under 60 s.
    ShortWindow {
        /// How long it was.
        length: Micros,
    },
    /// The run time ended before the planned iterations were done.
    IterationsShort {
        /// How many there were.
        done: u64,
        /// How many there should have been.
        planned: u64,
    },
    /// Arrivals found every user busy: too few users, or a slow service.
    PoolBusy {
        /// The share of the window's arrivals.
        share: f64,
    },
    /// Nothing succeeded for over a second while users waited.
    Stall {
        /// For how long.
        gap: Millis,
    },
    /// Requests often needed a new connection.
    Churn {
        /// New connections of the window.
        connections: u64,
        /// Their share of its requests.
        share: f64,
    },
    /// The service was not steady yet, or not any more.
    NotSteady {
        /// Mean of the window's first third.
        first: Millis,
        /// Mean of its last third.
        last: Millis,
    },
    /// Somebody set the clock while the run went on.
    ClockStep {
        /// By how much.
        moved: Micros,
    },
    /// The target runs on the machine that generates the load.
    CoLocated,
    /// Figures of the generator could not be read.
    Unknown {
        /// Their names in `summary.json`.
        figures: Vec<&'static str>,
    },
    /// Only the mean of successes holds; with failures it does not.
    MeanOfSuccesses {
        /// The rule on it.
        rule: String,
        /// The mean of all attempts.
        mean_all: Millis,
    },
    /// Answers with status 429 were seen.
    RateLimitSeen {
        /// How many.
        count: u64,
    },
    /// Another tool took the samples, and its file does not tell everything.
    Foreign {
        /// How the number of users is known.
        users_by: UsersBy,
        /// Rows of transactions, which are no requests.
        transactions: u64,
    },
}

impl Caveat {
    /// The identifier that other programs read.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::SamplesLost { .. } => "samples_lost",
            Self::Clamped { .. } => "clamped",
            Self::UserLost { .. } => "user_lost",
            Self::WindowShort { .. } => "window_short",
            Self::FeederDry { .. } => "feeder_dry",
            Self::Unlisted(_) => "jtl_short",
            Self::OfferedShort { .. } => "offered_short",
            Self::Dropped { .. } => "dropped",
            Self::Strained(sign) => sign.id(),
            Self::LoadUnproven { .. } => "load_unproven",
            Self::TargetLost { .. } => "target_lost",
            Self::BrokenOff { .. } => "broken_off",
            Self::Embedded => "embedded",
            Self::Planned(warning) => warning.id(),
            Self::AddressRefused { .. } => "address_refused",
            Self::ShortWindow { .. } => "short_window",
            Self::IterationsShort { .. } => "iterations_short",
            Self::PoolBusy { .. } => "pool_busy",
            Self::Stall { .. } => "stall",
            Self::Churn { .. } => "churn",
            Self::NotSteady { .. } => "not_steady",
            Self::ClockStep { .. } => "clock_step",
            Self::CoLocated => "co_located",
            Self::Unknown { .. } => "unknown",
            Self::MeanOfSuccesses { .. } => "mean_of_successes",
            Self::RateLimitSeen { .. } => "rate_limit_seen",
            Self::Foreign { .. } => "foreign_recording",
        }
    }

    /// What it does to the verdict.
    #[must_use]
    pub fn class(&self) -> CaveatClass {
        match self {
            Self::Strained(sign) if sign.is_slight() => CaveatClass::Warning,
            Self::Dropped { share, .. } if *share <= MOST_DROPPED => CaveatClass::Warning,
            Self::Strained(_) => CaveatClass::Instrument,
            Self::SamplesLost { .. }
            | Self::Clamped { .. }
            | Self::UserLost { .. }
            | Self::WindowShort { .. }
            | Self::FeederDry { .. }
            | Self::OfferedShort { .. }
            | Self::Dropped { .. }
            | Self::LoadUnproven { .. }
            | Self::BrokenOff { .. }
            | Self::TargetLost { .. } => CaveatClass::Accounting,
            Self::Embedded
            | Self::Planned(_)
            | Self::AddressRefused { .. }
            | Self::ShortWindow { .. }
            | Self::IterationsShort { .. }
            | Self::PoolBusy { .. }
            | Self::Stall { .. }
            | Self::Churn { .. }
            | Self::NotSteady { .. }
            | Self::ClockStep { .. }
            | Self::CoLocated
            | Self::Unknown { .. }
            | Self::MeanOfSuccesses { .. }
            | Self::RateLimitSeen { .. }
            | Self::Unlisted(_)
            | Self::Foreign { .. } => CaveatClass::Warning,
        }
    }
}
