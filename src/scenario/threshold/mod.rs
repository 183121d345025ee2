//! The grammar of a rule: `METRIC OP LIMIT [for STEP | for iteration | for all]`.
//!
//! In: `p95<=100ms for consume`. Out: a [`Threshold`], which judging never has to parse again. Always holds: what is
//! printed parses to the same rule, and a limit's unit is the metric's own.

mod parse;
mod print;

pub use parse::ThresholdError;

use std::cmp::Ordering;

use crate::units::Micros;

/// A percentile in tenths of a percent, `1..=999`: 950 is the 95th, 999 the 99.9th.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permille(u16);

impl Permille {
    /// The 50th percentile.
    pub const P50: Self = Self(500);
    /// The 90th percentile.
    pub const P90: Self = Self(900);
    /// The 95th percentile.
    pub const P95: Self = Self(950);
    /// The 99th percentile.
    pub const P99: Self = Self(990);
    /// The 99.9th percentile.
    pub const P999: Self = Self(999);

    /// Tenths of a percent, `1..=999`; `None` outside.
    #[must_use]
    pub const fn new(permille: u16) -> Option<Self> {
        if permille >= 1 && permille <= 999 { Some(Self(permille)) } else { None }
    }

    /// As a fraction, in `(0, 1)`.
    #[must_use]
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 1e3
    }

    /// How many of `count` values must lie at or under the percentile: `ceil(count * p)`, the nearest rank.
    #[must_use]
    pub fn rank(self, count: u64) -> u64 {
        let product = u128::from(count) * u128::from(self.0);
        u64::try_from(product.div_ceil(1000)).unwrap_or(u64::MAX)
    }
}

/// Which clock a latency metric reads. The two differ in an open model only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Clock {
    /// The model's own: response time in an open model, service time in a closed one.
    Model,
    /// First action to last byte.
    Service,
    /// Intended start to last byte.
    Response,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Successes per second of the window.
    Tps,
    /// Whole answers of any kind per second of the window.
    Throughput,
    /// Mean time of successes.
    Mean(Clock),
    /// Mean time of all attempts, failures at the time they took.
    MeanAll,
    /// Shortest success.
    Min(Clock),
    /// Longest attempt; a failure is over every limit.
    Max(Clock),
    /// A percentile over all attempts; a failure is over every limit.
    Percentile(Clock, Permille),
    /// Longest time without a success while users waited.
    MaxGap,
    /// Mean time to the first byte of successes.
    TtfbMean,
    /// A percentile of the time to first byte over all attempts.
    TtfbPercentile(Permille),
    /// Succeeded of sent.
    SuccessRate,
    /// One minus the success rate.
    ErrorRate,
    /// Number of failures.
    Failures,
}

/// The kind of quantity that a metric's limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// A span of time.
    Time,
    /// Events per second.
    Rate,
    /// A fraction of a whole.
    Share,
    /// A whole number.
    Count,
}

/// How the observed value must stand to the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

/// The value a rule holds the metric against, in the metric's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// For times.
    Time(Micros),
    /// For rates, per second.
    Rate(f64),
    /// For shares.
    Share(Share),
    /// For counts.
    Count(u64),
}

/// A share in hundred-millionths, `0..=100_000_000`: whole numbers, so that 999 of 1000 are exactly 99.9 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u64);

impl Share {
    /// The whole.
    pub const ALL: Self = Self(100_000_000);

    /// `percent` per cent, at most 100.
    #[must_use]
    pub const fn percent(percent: u64) -> Self {
        Self(percent * 1_000_000)
    }

    /// The share nearest to `fraction`; `None` outside `[0, 1]`.
    #[must_use]
    pub fn nearest(fraction: f64) -> Option<Self> {
        (0.0..=1.0).contains(&fraction).then(|| Self((fraction * 1e8).round() as u64))
    }

    /// As a fraction, for output.
    #[must_use]
    pub fn fraction(self) -> f64 {
        self.0 as f64 / 1e8
    }

    /// How `part` of `whole` stands to this share, in whole numbers.
    #[must_use]
    pub fn compare(self, part: u64, whole: u64) -> Ordering {
        (u128::from(part) * 100_000_000).cmp(&(u128::from(self.0) * u128::from(whole)))
    }
}

/// Which requests a rule is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Not said: the only step.
    Unsaid,
    /// Requests of one step.
    Step(String),
    /// Whole iterations.
    Iteration,
    /// All requests of the loop.
    All,
}

/// One rule of the gate.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// What is measured.
    pub metric: Metric,
    /// How it must stand to the limit.
    pub op: Op,
    /// The limit.
    pub limit: Limit,
    /// Of which requests.
    pub scope: Scope,
}

impl Metric {
    /// The kind of quantity its limit is.
    #[must_use]
    pub const fn dimension(self) -> Dimension {
        match self {
            Self::Tps | Self::Throughput => Dimension::Rate,
            Self::SuccessRate | Self::ErrorRate => Dimension::Share,
            Self::Failures => Dimension::Count,
            _ => Dimension::Time,
        }
    }
}

impl Limit {
    /// The limit as a number: milliseconds, per second, a fraction or a count.
    #[must_use]
    pub fn value(self) -> f64 {
        match self {
            Self::Time(time) => time.as_millis_f64(),
            Self::Rate(number) => number,
            Self::Share(share) => share.fraction(),
            Self::Count(count) => count as f64,
        }
    }
}
impl Threshold {
    /// The rate that it asks for at least, if it is a lower limit on a rate.
    #[must_use]
    pub const fn least_rate(&self) -> Option<f64> {
        match (self.metric, self.op, self.limit) {
            (Metric::Tps | Metric::Throughput, Op::AtLeast | Op::Above, Limit::Rate(rate)) => Some(rate),
            _ => None,
        }
    }
}

impl Op {
    /// Whether `observed` stands to `limit` as the comparison asks.
    #[must_use]
    pub fn holds(self, observed: f64, limit: f64) -> bool {
        observed.partial_cmp(&limit).is_some_and(|standing| self.allows(standing))
    }

    /// Whether a figure that stands so to its limit is what the comparison asks.
    #[must_use]
    pub const fn allows(self, standing: Ordering) -> bool {
        match self {
            Self::Below => standing.is_lt(),
            Self::AtMost => standing.is_le(),
            Self::Above => standing.is_gt(),
            Self::AtLeast => standing.is_ge(),
        }
    }
}
