//! Rates and shares.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Micros;

/// Events per second, finite and not negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct RatePerSec(f64);

/// Why a number is not a rate.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("\"{0}\" is not a rate; write a number of events a second, for example 1020")]
pub struct RateError(String);

impl TryFrom<f64> for RatePerSec {
    type Error = RateError;

    fn try_from(rate: f64) -> Result<Self, RateError> {
        Self::new(rate).ok_or_else(|| RateError(rate.to_string()))
    }
}

impl From<RatePerSec> for f64 {
    fn from(rate: RatePerSec) -> Self {
        rate.0
    }
}

impl FromStr for RatePerSec {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let number = text.trim().trim_end_matches("/s").parse().ok();
        number.and_then(Self::new).ok_or_else(|| RateError(text.to_owned()))
    }
}

impl RatePerSec {
    /// `count` events in `span`; `None` when the span is empty.
    #[must_use]
    pub fn of(count: u64, span: Micros) -> Option<Self> {
        (span > Micros::ZERO).then(|| Self(count as f64 / span.as_secs_f64()))
    }

    /// `rate` events a second; `None` unless finite and not negative.
    #[must_use]
    pub fn new(rate: f64) -> Option<Self> {
        (rate.is_finite() && rate >= 0.0).then_some(Self(rate))
    }

    /// Events per second.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// A share of a whole, in `[0, 1]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ratio(f64);

impl Ratio {
    /// `part` of `whole`; `None` when the whole is empty.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        (whole > 0).then(|| Self(part as f64 / whole as f64))
    }

    /// The share `fraction`; `None` outside `[0, 1]`.
    #[must_use]
    pub fn new(fraction: f64) -> Option<Self> {
        (0.0..=1.0).contains(&fraction).then_some(Self(fraction))
    }

    /// The share as a fraction in `[0, 1]`.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}
