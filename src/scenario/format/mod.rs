//! The scenario file, key by key.
//!
//! In: TOML. Out: a [`Scenario`] in which every value has its type and its unit. Always holds: an unknown key is an
//! error, and a key that was not written is `None`, so that `plan` knows what the author said.

mod feeder;
mod load;
mod stage;
mod step;
mod target;
mod think;

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::scenario::threshold::Threshold;
use crate::units::Micros;
pub use feeder::FeederSection;
pub use load::{LoadSection, Spacing};
pub use stage::{StageLevel, StageSection};
pub use step::{Method, ScenarioSection, StepSection};
pub use target::TargetSection;
pub use think::ThinkTime;

/// A whole scenario file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Where to send, when neither `--host` nor `TOLLGATE_HOST` says.
    #[serde(default)]
    pub target: TargetSection,
    /// How much load.
    #[serde(default)]
    pub load: LoadSection,
    /// The rules; without them the default gate holds.
    pub gate: Option<Vec<Threshold>>,
    /// Where varying values come from.
    #[serde(default, rename = "feeder")]
    pub feeders: Vec<FeederSection>,
    /// What users do. Each user plays one of them, dealt out by weight.
    #[serde(rename = "scenario")]
    pub scenarios: Vec<ScenarioSection>,
    /// The file as it was read, to find the place of what `plan` refuses.
    #[serde(skip)]
    pub(in crate::scenario) source: String,
    /// Where the file lies: its relative paths begin there.
    #[serde(skip)]
    pub(in crate::scenario) folder: PathBuf,
}

/// A span of time with its unit.
fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Micros>, D::Error> {
    /// Numbers are read too, so that their error can name the cure.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Whole(i64),
        Fraction(f64),
    }
    let text = match Written::deserialize(deserializer)? {
        Written::Text(text) => text,
        Written::Whole(number) => number.to_string(),
        Written::Fraction(number) => number.to_string(),
    };
    Micros::parse_with_unit(&text).map(Some).map_err(de::Error::custom)
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
