//! `[load]`: the two loads of an acceptance, and what is read back behind them.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::written_span;
use crate::scenario::format::span;
use crate::scenario::json::JsonPath;
use crate::scenario::threshold::Threshold;
use crate::units::{Micros, RatePerSec};

/// `[load]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadSection {
    /// The load that decides.
    pub deciding: OneLoad,
    /// The load as JMeter offers it, reported beside the deciding one.
    pub parity: Option<OneLoad>,
    /// How long both loads are on the embedded service, which accepts nothing.
    #[serde(default)]
    pub embedded: Shortened,
    /// Payments that are read back behind the deciding load.
    pub read_back: Option<ReadBack>,
}

/// One load: a scenario, and what is written over it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneLoad {
    /// The scenario's file, relative to this file.
    pub scenario: PathBuf,
    /// Virtual users.
    pub users: Option<u32>,
    /// Arrivals a second: an open model.
    pub rate: Option<RatePerSec>,
    /// From the first user to the last.
    #[serde(default, deserialize_with = "span")]
    pub ramp_up: Option<Micros>,
    /// Load before measuring.
    #[serde(default, deserialize_with = "span")]
    pub warm_up: Option<Micros>,
    /// Length of the measured window.
    #[serde(default, deserialize_with = "span")]
    pub run_time: Option<Micros>,
    /// Rules that replace the scenario's for the same metric and step.
    #[serde(default)]
    pub threshold: Vec<Threshold>,
}

/// `[load.embedded]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Shortened {
    /// From the first user to the last.
    #[serde(deserialize_with = "written_span")]
    pub ramp_up: Micros,
    /// Load before measuring.
    #[serde(deserialize_with = "written_span")]
    pub warm_up: Micros,
    /// Length of the measured window.
    #[serde(deserialize_with = "written_span")]
    pub run_time: Micros,
}

impl Default for Shortened {
    fn default() -> Self {
        Self { ramp_up: Micros::SECOND, warm_up: Micros::from_secs(3), run_time: Micros::from_secs(20) }
    }
}

/// `[load.read_back]`: acknowledged payments, chosen at random and asked for one by one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadBack {
    /// Where one is asked for: `${transactionNo}` is filled in.
    pub path: String,
    /// Its number in the answer.
    pub number: JsonPath,
    /// How many; 1000 without it.
    #[serde(default = "thousand")]
    pub count: usize,
}

const fn thousand() -> usize {
    1_000
}
