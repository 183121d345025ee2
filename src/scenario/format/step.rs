//! `[[scenario]]` and `[[scenario.step]]`: what users do.

use std::num::NonZeroU32;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::scenario::check::{Envelope, Reject, StatusSet};
use crate::scenario::condition::Condition;
use crate::scenario::format::{CheckSection, Cookies, ExtractSection, Lifetime, Pairs, ThinkTime, VarValue, span};
use crate::scenario::template::Template;
use crate::units::Micros;

/// `[[scenario]]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioSection {
    /// Its name.
    pub name: String,
    /// Its share of the users.
    #[serde(default = "one", deserialize_with = "weight")]
    pub weight: NonZeroU32,
    /// From one start of an iteration to the next, for each user. Closed models only.
    #[serde(default, deserialize_with = "span")]
    pub pacing: Option<Micros>,
    /// Whether each user keeps cookies, and for how long.
    #[serde(default)]
    pub cookies: Cookies,
    /// How long a user keeps its connection.
    #[serde(default)]
    pub connection: Lifetime,
    /// Headers of all its steps, beside those of `[target]`.
    #[serde(default)]
    pub headers: Pairs,
    /// What becomes of an iteration of which a step failed.
    #[serde(default)]
    pub on_failure: OnFailure,
    /// What each user does once, before its first iteration.
    #[serde(default)]
    pub on_start: Vec<StepSection>,
    /// What one iteration does, in order.
    #[serde(rename = "step")]
    pub steps: Vec<StepSection>,
    /// What each user does once, behind its last iteration.
    #[serde(default)]
    pub on_stop: Vec<StepSection>,
}

/// What becomes of an iteration of which a step failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// It goes on with its next step.
    #[default]
    Continue,
    /// It ends, and the next begins.
    NextIteration,
    /// It ends, and its user leaves, which counts as lost.
    StopUser,
    /// It ends, and with it the run: what is in flight is followed to its end.
    StopRun,
}

/// `[[scenario.step]]`: one named request, or a structure of further steps.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepSection {
    /// The name it is reported under.
    pub name: Option<String>,
    /// The HTTP method.
    #[serde(default)]
    pub method: Method,
    /// Scheme, host and port to send to in the target's place: known before the run.
    pub host: Option<Template>,
    /// Path and query, behind the base path of where it goes.
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
    #[schemars(with = "Option<serde_json::Value>")]
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
    /// How many redirects are followed, as part of the one sample.
    #[serde(default)]
    pub redirects: u32,
    /// The refusal that is a success.
    pub expect_reject: Option<Reject>,
    /// What else must hold of the answer.
    #[serde(default, rename = "check")]
    pub checks: Vec<CheckSection>,
    /// What is taken out of the answer.
    #[serde(default, rename = "extract")]
    pub extracts: Vec<ExtractSection>,
    /// Pause behind this step.
    pub think_time: Option<ThinkTime>,
    /// Sent by one user only, on_start: what it takes out is given to every user of the scenario.
    #[serde(default)]
    pub shared: bool,
    /// In the first iteration of each user only.
    #[serde(default)]
    pub once: bool,
    /// Its share, inside a `pick`.
    #[serde(default = "one", deserialize_with = "weight")]
    pub weight: NonZeroU32,
    /// The steps inside of it.
    #[serde(default, rename = "step")]
    pub steps: Vec<StepSection>,
    /// Repeats its steps so often.
    pub repeat: Option<VarValue>,
    /// Plays its steps if this holds.
    #[serde(rename = "if")]
    pub condition: Option<Condition<Template>>,
    /// Played where the condition of `if` does not hold.
    #[serde(default, rename = "else")]
    pub otherwise: Vec<StepSection>,
    /// Repeats its steps as long as this holds.
    #[serde(rename = "while")]
    pub during: Option<Condition<Template>>,
    /// The most rounds of a `while`.
    pub at_most: Option<u32>,
    /// Plays one of its steps, or all in another order.
    pub pick: Option<Pick>,
    /// Plays its steps for each value of this list.
    pub foreach: Option<String>,
    /// The variable that a `foreach` fills with the value, and a `repeat` with the round's number, from 0.
    #[serde(rename = "as")]
    pub variable: Option<String>,
    /// Reports its steps together under this name.
    pub group: Option<String>,
    /// Pauses.
    pub pause: Option<ThinkTime>,
    /// Repeats its steps for so long; a round that has begun is played to its end.
    #[serde(default, rename = "for", deserialize_with = "span")]
    pub lasting: Option<Micros>,
    /// Plays its steps in this share of a user's passes, spread evenly: above 0 and at most 100.
    pub percent: Option<f64>,
    /// Takes the next row of these feeders whenever its steps begin, in each round of a loop.
    #[serde(default)]
    pub next: Vec<String>,
    /// Ends more than itself.
    pub stop: Option<StopSection>,
    /// Sets variables, in the order they are written in; they keep their values from iteration to iteration.
    pub set: Option<Pairs>,
}

/// How one of several steps is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// At random, by weight.
    Weighted,
    /// One after the other, from iteration to iteration of a user.
    InTurn,
    /// All of them, in another order each time.
    Shuffled,
}

/// What a step ends beside itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopSection {
    /// The iteration: the user goes on with its next.
    Iteration,
    /// The user's work: it leaves, which counts as lost.
    User,
    /// The run: what is in flight is followed to its end.
    Run,
}

/// One part of a `multipart/form-data` body: a value, or a file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
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

impl ScenarioSection {
    /// Every step of it, those inside of others too.
    pub(crate) fn flat(&self) -> impl Iterator<Item = &StepSection> {
        self.on_start.iter().chain(&self.steps).chain(&self.on_stop).flat_map(StepSection::flat)
    }
}

impl StepSection {
    /// The files that its body is made from.
    pub(in crate::scenario) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let parts = self.multipart.iter().flatten().filter_map(|part| part.file.as_ref());
        self.body_file.iter().chain(parts)
    }

    /// Itself and every step inside of it.
    pub(crate) fn flat(&self) -> Vec<&Self> {
        let inner = self.steps.iter().chain(&self.otherwise).flat_map(Self::flat);
        std::iter::once(self).chain(inner).collect()
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

fn weight<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NonZeroU32, D::Error> {
    let written = i64::deserialize(deserializer)?;
    let weight = u32::try_from(written).ok().and_then(NonZeroU32::new);
    weight.ok_or_else(|| {
        de::Error::custom(format!("a weight of {written} is never played; write weight = 1 or more, or take it out"))
    })
}

const fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
