//! The scenario file, key by key.
//!
//! In: TOML. Out: a [`Scenario`] in which every value has its type and its unit. Always holds: an unknown key is an
//! error, and a key that was not written is `None`, so that `plan` knows what the author said.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::scenario::check::{Envelope, StatusSet};
use crate::scenario::feeder::Permutation;
use crate::scenario::template::Template;
use crate::scenario::threshold::Threshold;
use crate::units::{Micros, RatePerSec};

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
    pub(super) source: String,
}

/// `[target]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetSection {
    /// Scheme, host, port and base path.
    pub host: Option<String>,
}

/// `[load]`.
#[derive(Clone, Debug, Default, Deserialize)]
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
    /// A request's longest time, from its first action to its last byte.
    #[serde(default, deserialize_with = "span")]
    pub timeout: Option<Micros>,
    /// Pause after each step that names none of its own.
    #[serde(default, deserialize_with = "span")]
    pub think_time: Option<Micros>,
}

/// How the arrivals of an open model are spaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spacing {
    /// Evenly.
    #[default]
    Constant,
    /// As independent clients would: a Poisson process.
    Poisson,
}

/// `[[feeder]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeederSection {
    /// What templates call it: `${name.column}`.
    pub name: String,
    /// Its columns: every combination once, in an order that looks random, before any comes again.
    pub permute: Permutation,
}

/// `[[scenario]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioSection {
    /// Its name.
    pub name: String,
    /// Its share of the users.
    #[serde(default = "one")]
    pub weight: NonZeroU32,
    /// What one iteration does, in order.
    #[serde(rename = "step")]
    pub steps: Vec<StepSection>,
}

/// `[[scenario.step]]`: one named request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepSection {
    /// The name it is reported under.
    pub name: String,
    /// The HTTP method.
    #[serde(default)]
    pub method: Method,
    /// Path and query, behind the target's base path.
    pub path: Template,
    /// Headers beside `Host` and `Content-Length`.
    #[serde(default)]
    pub headers: BTreeMap<String, Template>,
    /// The body, sent as it stands here.
    pub body: Option<Template>,
    /// The statuses of a success.
    #[serde(default)]
    pub expect: StatusSet,
    /// The envelope that the answer must carry.
    pub envelope: Option<Envelope>,
    /// Pause behind this step.
    #[serde(default, deserialize_with = "span")]
    pub think_time: Option<Micros>,
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "HTTP names them")]
pub enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

impl Method {
    /// As it is sent.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }

    /// Whether a request without a body says so with `Content-Length: 0`.
    #[must_use]
    pub const fn announces_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

const fn one() -> NonZeroU32 {
    NonZeroU32::MIN
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

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
