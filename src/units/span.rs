//! Spans of time, in whole microseconds; and times as they are shown.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A span of time or an offset from the run's start, in whole microseconds: `0..=u64::MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(u64);

/// Why a text is not a span of time.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SpanError {
    /// A bare number where a unit is required.
    #[error("\"{0}\" has no unit; write \"{0}s\"")]
    NoUnit(String),
    /// Neither digits nor a known unit.
    #[error("\"{0}\" is not a duration; write for example \"300s\", \"5m\", \"1h30m\" or \"500ms\"")]
    Malformed(String),
    /// More microseconds than fit.
    #[error("\"{0}\" is longer than any run; the longest duration is 8760h")]
    TooLong(String),
}

impl Micros {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// One second.
    pub const SECOND: Self = Self(1_000_000);
    /// The longest span that can be typed: a year.
    const LONGEST: u64 = 8_760 * 3_600 * 1_000_000;

    /// `micros` microseconds.
    #[must_use]
    pub const fn new(micros: u64) -> Self {
        Self(micros)
    }

    /// `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000)
    }

    /// `secs` seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000_000)
    }

    /// The number of microseconds.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The span rounded to a tenth of a second where it is longer than one, for people.
    #[must_use]
    pub const fn rounded(self) -> Self {
        if self.0 < 1_000_000 { self } else { Self((self.0 + 50_000) / 100_000 * 100_000) }
    }

    /// The span in milliseconds, for output.
    #[must_use]
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1e3
    }

    /// The span in seconds, for output and for rates.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// `self - other`, or zero when `other` is longer.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `self - other`, or `None` when `other` is longer.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Reads a span whose unit is written out, as scenario files require: `10s`, `1h30m`, `500ms`.
    ///
    /// # Errors
    /// [`SpanError`] with what to write instead.
    pub fn parse_with_unit(text: &str) -> Result<Self, SpanError> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Err(SpanError::NoUnit(text.to_owned()));
        }
        let mut rest = text;
        let mut total = 0.0_f64;
        while !rest.is_empty() {
            let (part, after) = Self::leading_part(rest).ok_or_else(|| SpanError::Malformed(text.to_owned()))?;
            total += part;
            rest = after;
        }
        Self::checked(total, text)
    }

    /// One `<number><unit>` at the front of `text` in microseconds, and what follows it.
    fn leading_part(text: &str) -> Option<(f64, &str)> {
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = text[..digits].parse().ok()?;
        let rest = &text[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let scale = match &rest[..letters] {
            "us" | "µs" | "μs" => 1.0,
            "ms" => 1e3,
            "s" => 1e6,
            "m" => 60e6,
            "h" => 3_600e6,
            "d" => 86_400e6,
            _ => return None,
        };
        Some((number * scale, &rest[letters..]))
    }

    fn checked(micros: f64, text: &str) -> Result<Self, SpanError> {
        if text.is_empty() {
            return Err(SpanError::Malformed(String::new()));
        }
        if micros > Self::LONGEST as f64 {
            return Err(SpanError::TooLong(text.to_owned()));
        }
        Ok(Self(micros.round() as u64))
    }
}

/// Reads a span as a command line gives it: with a unit, or a bare number of seconds.
impl FromStr for Micros {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        match Self::parse_with_unit(text) {
            Err(SpanError::NoUnit(number)) => Self::parse_with_unit(&format!("{number}s")),
            other => other,
        }
    }
}

impl fmt::Display for Micros {
    /// The shortest exact spelling: `300s`, `1.5ms`, `250us`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scale, unit) = match self.0 {
            0 => (1_000_000, "s"),
            n if n >= 1_000_000 => (1_000_000, "s"),
            n if n >= 1_000 => (1_000, "ms"),
            _ => (1, "us"),
        };
        let (whole, part) = (self.0 / scale, self.0 % scale);
        if part == 0 {
            return write!(f, "{whole}{unit}");
        }
        let width = if scale == 1_000_000 { 6 } else { 3 };
        let digits = format!("{part:0width$}");
        write!(f, "{whole}.{}{unit}", digits.trim_end_matches('0'))
    }
}

impl Add for Micros {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Micros {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Sum for Micros {
    fn sum<I: Iterator<Item = Self>>(spans: I) -> Self {
        spans.fold(Self::ZERO, Add::add)
    }
}

impl From<Micros> for Duration {
    fn from(span: Micros) -> Self {
        Self::from_micros(span.0)
    }
}

/// A time as it is shown: milliseconds with microsecond resolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(f64);

impl Millis {
    /// `millis` milliseconds, rounded to the microsecond.
    #[must_use]
    pub fn new(millis: f64) -> Self {
        Self((millis * 1e3).round() / 1e3)
    }

    /// The number of milliseconds.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl From<Micros> for Millis {
    fn from(span: Micros) -> Self {
        Self(span.as_millis_f64())
    }
}
