//! `[[scenario]]` and `[[scenario.step]]`: what users do.

use std::num::NonZeroU32;
use std::path::PathBuf;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::scenario::check::{Envelope, StatusSet};
use crate::scenario::format::{Pairs, span};
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
    /// Headers of all its steps, beside those of `[target]`.
    #[serde(default)]
    pub headers: Pairs,
    /// What one iteration does, in order.
    #[serde(rename = "step")]
    pub steps: Vec<StepSection>,
}

/// `[[scenario.step]]`: one named request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepSection {
    /// The name it is reported under.
    pub name: Option<String>,
    /// The HTTP method.
    #[serde(default)]
    pub method: Method,
    /// Path and query, behind the target's base path.
    pub path: Option<Template>,
    /// Joined to the path behind a `?`.
    #[serde(default)]
    pub query: Pairs,
    /// Headers beside `Host` and `Content-Length`.
    #[serde(default)]
    pub headers: Pairs,
    /// The body, sent as it stands here.
    pub body: Option<Template>,
    /// The body, written as JSON.
    pub json: Option<toml::Value>,
    /// The body, written as a form.
    pub form: Option<Pairs>,
    /// The file that holds the body, relative to the scenario's.
    pub body_file: Option<PathBuf>,
    /// The parts of a `multipart/form-data` body.
    pub multipart: Option<Vec<PartSection>>,
    /// The longest time of this request, in the place of `[load] timeout`.
    #[serde(default, deserialize_with = "span")]
    pub timeout: Option<Micros>,
    /// The statuses of a success.
    #[serde(default)]
    pub expect: StatusSet,
    /// The envelope that the answer must carry.
    pub envelope: Option<Envelope>,
    /// Pause behind this step.
    #[serde(default, deserialize_with = "span")]
    pub think_time: Option<Micros>,
}

/// One part of a `multipart/form-data` body: a value, or a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartSection {
    /// The field's name.
    pub name: String,
    /// Its value.
    pub value: Option<Template>,
    /// The file that holds its value, relative to the scenario's; sent as it stands.
    pub file: Option<PathBuf>,
    /// The name it is sent under; the file's own without it.
    pub filename: Option<String>,
    /// Its type.
    pub content_type: Option<String>,
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

impl StepSection {
    /// The files that its body is made from.
    pub(in crate::scenario) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let parts = self.multipart.iter().flatten().filter_map(|part| part.file.as_ref());
        self.body_file.iter().chain(parts)
    }
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
