//! The scenario file, key by key.
//!
//! In: TOML. Out: a [`Scenario`] in which every value has its type and its unit. Always holds: an unknown key is an
//! error, and a key that was not written is `None`, so that `plan` knows what the author said.

mod check;
mod feeder;
mod lifetime;
mod load;
mod pairs;
mod reconcile;
mod schema;
mod stage;
mod step;
mod target;
mod think;
mod vars;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize, Serializer};

use crate::scenario::feeder::Table;
use crate::scenario::secret::{Environment, Secret, SecretSource};
use crate::scenario::threshold::Threshold;
use crate::units::Micros;
pub use check::{CheckSection, ExtractSection, TestSection};
pub use feeder::FeederSection;
pub use lifetime::{Cookies, Lifetime};
pub use load::{LoadSection, RunTime, Spacing};
pub use pairs::Pairs;
pub use reconcile::{ListSection, ReconcileSection, SumSection};
pub use stage::{StageLevel, StageSection};
pub use step::{Method, OnFailure, PartSection, Pick, ScenarioSection, StepSection, StopSection};
pub use target::TargetSection;
pub use think::ThinkTime;
pub use vars::VarValue;

/// A whole scenario file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
    /// What an import left out of the plan that this file comes from; said in every result.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// Values with names, the same through an iteration.
    #[serde(default)]
    pub vars: BTreeMap<String, VarValue>,
    /// Values with names that are never shown.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretSource>,
    /// Where varying values come from.
    #[serde(default, rename = "feeder")]
    pub feeders: Vec<FeederSection>,
    /// What one user does once, before any other begins; what it takes out of answers is every user's.
    #[serde(default)]
    pub setup: Vec<StepSection>,
    /// What the last user does once, when all have ended.
    #[serde(default)]
    pub teardown: Vec<StepSection>,
    /// What users do. Each user plays one of them, dealt out by weight.
    #[serde(rename = "scenario")]
    pub scenarios: Vec<ScenarioSection>,
    /// What must add up at the service when the run is over.
    #[serde(default, rename = "reconcile")]
    pub reconciles: Vec<ReconcileSection>,
    /// The values of `secrets`.
    #[serde(skip)]
    pub secret_values: BTreeMap<String, Secret>,
    /// What the files hold that bodies are made from, by the path that was written.
    #[serde(skip)]
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// The rows of the feeders' files, by the feeder's name.
    #[serde(skip)]
    pub tables: BTreeMap<String, Arc<Table>>,
    /// The environment that `${env.NAME}` reads.
    #[serde(skip)]
    pub environment: Environment,
    /// The file as it was read, to find the place of what `plan` refuses.
    #[serde(skip)]
    pub(in crate::scenario) source: String,
    /// Where the file lies: its relative paths begin there.
    #[serde(skip)]
    pub(in crate::scenario) folder: PathBuf,
}

impl Scenario {
    /// Every step of the file, those inside of others too.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &StepSection> {
        let once = self.setup.iter().chain(&self.teardown).flat_map(StepSection::flat);
        once.chain(self.scenarios.iter().flat_map(ScenarioSection::flat))
    }
}

/// A span of time with its unit.
pub(in crate::scenario) fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Micros>, D::Error> {
    /// Numbers are read too, so that their error can name the cure.
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a duration is a text with its unit; write for example \"300s\"")]
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

impl Serialize for Threshold {
    /// As it is written: what is printed parses to the same rule.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
