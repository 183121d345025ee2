//! `[load]`: how much load, for how long.

use schemars::JsonSchema;
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::scenario::format::stage::stages;
use crate::scenario::format::{StageSection, ThinkTime, span};
use crate::units::{Micros, RatePerSec};

/// `[load]`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadSection {
    /// Virtual users.
    pub users: Option<u32>,
    /// From the first user to the last.
    #[serde(default, deserialize_with = "span")]
    pub ramp_up: Option<Micros>,
    /// Load before measuring.
    #[serde(default, deserialize_with = "span")]
    pub warm_up: Option<Micros>,
    /// Arrivals per second: makes the model an open one.
    pub rate: Option<RatePerSec>,
    /// How arrivals are spaced.
    pub arrivals: Option<Spacing>,
    /// Arrivals that may wait for a free user, over all scenarios; one more is dropped. Without it all wait.
    pub max_waiting: Option<u32>,
    /// Length of the measured window.
    pub run_time: Option<RunTime>,
    /// Iterations in the window, over all users, that end it before the run time does.
    pub iterations: Option<u64>,
    /// A request's longest time, from its first action to its last byte.
    #[serde(default, deserialize_with = "span")]
    pub timeout: Option<Micros>,
    /// Pause after each step that names none of its own.
    pub think_time: Option<ThinkTime>,
    /// Load that changes inside the window.
    #[serde(default, rename = "stage", deserialize_with = "stages")]
    pub stages: Vec<StageSection>,
}

/// The length of the measured window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunTime {
    /// So long.
    Given(Micros),
    /// `"?"`: whoever runs it must say so.
    Asked,
}

impl<'de> Deserialize<'de> for RunTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = toml::Value::deserialize(deserializer)?;
        if value.as_str() == Some("?") {
            return Ok(Self::Asked);
        }
        let given = span(value).map_err(de::Error::custom)?;
        given.map(Self::Given).ok_or_else(|| de::Error::custom("it is no time; write for example \"300s\""))
    }
}

/// How the arrivals of an open model are spaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Spacing {
    /// Evenly.
    #[default]
    Constant,
    /// As independent clients would: a Poisson process.
    Poisson,
}
