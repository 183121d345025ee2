//! What a check found and what it wanted, each with its unit.
//!
//! In: figures and texts. Out: [`Measure`], [`Limit`], [`Window`] and [`Said`]. Always holds: a measure is only compared
//! with one of its own kind; what cannot be compared is neither kept nor broken.

use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::units::Micros;

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// How many.
    Count(u64),
    /// A share; 1 is all.
    Share(f64),
    /// Milliseconds.
    Millis(f64),
    /// So many a second.
    PerSecond(f64),
    /// Seconds.
    Seconds(f64),
    /// A figure in a unit of its own.
    Number(f64),
    /// Yes or no.
    Truth(bool),
    /// A name, a state, a list.
    Text(String),
}

impl Measure {
    /// The figure, without its unit; `None` of a text and of a truth.
    #[must_use]
    pub const fn figure(&self) -> Option<f64> {
        match self {
            Self::Count(count) => Some(*count as f64),
            Self::Share(figure)
            | Self::Millis(figure)
            | Self::PerSecond(figure)
            | Self::Seconds(figure)
            | Self::Number(figure) => Some(*figure),
            Self::Truth(_) | Self::Text(_) => None,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl Serialize for Measure {
    /// A number in the unit's own scale, true or false, or a text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Truth(truth) => serializer.serialize_bool(*truth),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Share(figure)
            | Self::Millis(figure)
            | Self::PerSecond(figure)
            | Self::Seconds(figure)
            | Self::Number(figure) => serializer.serialize_f64(*figure),
        }
    }
}

impl fmt::Display for Measure {
    /// With its unit, in full: `0.9997`, `12.5 ms`, `1020 /s`, `600 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Share(figure) | Self::Number(figure) => write!(f, "{figure}"),
            Self::Millis(figure) => write!(f, "{figure} ms"),
            Self::PerSecond(figure) => write!(f, "{figure} /s"),
            Self::Seconds(figure) => write!(f, "{figure} s"),
            Self::Truth(truth) => f.write_str(if *truth { "yes" } else { "no" }),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// What was wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// No less than this.
    AtLeast(Measure),
    /// No more than this.
    AtMost(Measure),
    /// Just this.
    Equal(Measure),
    /// From the first to the second, both included.
    Between(Measure, Measure),
}

impl Limit {
    /// Whether `observed` is within; `None` where the two are of different kinds, or the figure is no number.
    #[must_use]
    pub fn holds(&self, observed: &Measure) -> Option<bool> {
        let figure = |limit: &Measure| {
            let (observed, limit) = (observed.is_like(limit).then(|| observed.figure())??, limit.figure()?);
            (!observed.is_nan() && !limit.is_nan()).then_some((observed, limit))
        };
        match self {
            Self::AtLeast(limit) => figure(limit).map(|(observed, limit)| observed >= limit),
            Self::AtMost(limit) => figure(limit).map(|(observed, limit)| observed <= limit),
            Self::Equal(limit @ (Measure::Text(_) | Measure::Truth(_))) if observed.is_like(limit) => {
                Some(observed == limit)
            }
            #[allow(clippy::float_cmp, reason = "equal is what is asked")]
            Self::Equal(limit) => figure(limit).map(|(observed, limit)| observed == limit),
            Self::Between(least, most) => {
                Some(figure(least).map(|(o, l)| o >= l)? && figure(most).map(|(o, l)| o <= l)?)
            }
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(limit) => write!(f, ">= {limit}"),
            Self::AtMost(limit) => write!(f, "<= {limit}"),
            Self::Equal(limit) => write!(f, "= {limit}"),
            Self::Between(least, most) => write!(f, "{least} .. {most}"),
        }
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Over which time a check looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    /// So long back from the moment it was asked.
    Last(Micros),
    /// From one moment to another.
    Between(Timestamp, Timestamp),
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last(span) => write!(f, "last {span}"),
            Self::Between(start, end) => write!(f, "{start}/{end}"),
        }
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A sentence in every language a report is written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

impl Said {
    /// Both at once, so that neither is forgotten.
    #[must_use]
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// What is the same in every language: a name, or what another program said.
    #[must_use]
    pub fn foreign(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { en: text.clone(), zh: text }
    }
}

impl Serialize for Said {
    /// As other programs read it: in English.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.en)
    }
}
