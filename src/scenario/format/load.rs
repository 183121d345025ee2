//! `[load]`: how much load, for how long.

use schemars::JsonSchema;
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
    /// Length of the measured window.
    #[serde(default, deserialize_with = "span")]
    pub run_time: Option<Micros>,
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
