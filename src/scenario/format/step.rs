//! `[[scenario]]` and `[[scenario.step]]`: what users do.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::scenario::check::{Envelope, StatusSet};
use crate::scenario::format::{ThinkTime, span};
use crate::scenario::template::Template;
use crate::units::Micros;

/// `[[scenario]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioSection {
    /// Its name.
    pub name: String,
    /// Its share of the users.
    #[serde(default = "one")]
    pub weight: NonZeroU32,
    /// From one start of an iteration to the next, for each user. Closed models only.
    #[serde(default, deserialize_with = "span")]
    pub pacing: Option<Micros>,
    /// Whether each user keeps cookies for its whole session.
    #[serde(default)]
    pub cookies: bool,
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
    /// How many redirects are followed, as part of the one sample.
    #[serde(default)]
    pub redirects: u32,
    /// Pause behind this step.
    pub think_time: Option<ThinkTime>,
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

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
