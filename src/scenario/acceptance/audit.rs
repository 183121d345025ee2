//! The figures of a report, typed in: what `--audit` does its arithmetic on.
//!
//! In: TOML. Out: [`Figures`]. Always holds: an unknown key is refused with the nearest known one; what was not typed in is
//! not assumed.

use std::fs;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::{ScenarioError, line_at, malformed, plainly};

/// Figures as a report prints them. Every key may be left out; what can be checked of the rest is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Figures {
    /// What report they are from.
    pub report: Option<String>,
    /// Requests in all.
    pub requests: Option<f64>,
    /// Those that succeeded.
    pub successes: Option<f64>,
    /// Those that failed.
    pub failures: Option<f64>,
    /// Succeeded of all, from 0 to 1.
    pub success_rate: Option<f64>,
    /// How long it was measured, in seconds.
    pub seconds: Option<f64>,
    /// Requests a second.
    pub tps: Option<f64>,
    /// Virtual users, or threads: each waits for its answer before it sends again.
    pub users: Option<f64>,
    /// How long a user pauses between two requests, in milliseconds.
    pub think_ms: Option<f64>,
    /// Mean response time in milliseconds.
    pub mean_ms: Option<f64>,
    /// The least, in milliseconds.
    pub min_ms: Option<f64>,
    /// The most, in milliseconds.
    pub max_ms: Option<f64>,
    /// The 95th percentile, in milliseconds.
    pub p95_ms: Option<f64>,
    /// The unit of a single sample in milliseconds: 1 for JMeter.
    pub resolution_ms: Option<f64>,
}

impl Figures {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`ScenarioError`] when it cannot be read, says something else, or a figure cannot be one.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let text = fs::read_to_string(path).map_err(|cause| ScenarioError::NoAudit { path: path.to_owned(), cause })?;
        Self::parse(&text, path)
    }

    /// Reads figures from `text`; `path` is named in errors.
    ///
    /// # Errors
    /// [`ScenarioError::Malformed`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ScenarioError> {
        let parsed: Result<Self, toml::de::Error> = toml::from_str(text);
        let figures = parsed.map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            malformed(text, path, offset, &plainly(error.message(), line_at(text, offset)))
        })?;
        match figures.all().into_iter().find(|(_, figure)| figure.is_some_and(|f| !f.is_finite() || f < 0.0)) {
            None => Ok(figures),
            Some((name, _)) => {
                let offset = text.find(name).unwrap_or(0);
                Err(malformed(text, path, offset, &format!("{name} is a figure of at least 0")))
            }
        }
    }

    const fn all(&self) -> [(&'static str, Option<f64>); 13] {
        [
            ("requests", self.requests),
            ("successes", self.successes),
            ("failures", self.failures),
            ("success_rate", self.success_rate),
            ("seconds", self.seconds),
            ("tps", self.tps),
            ("users", self.users),
            ("think_ms", self.think_ms),
            ("mean_ms", self.mean_ms),
            ("min_ms", self.min_ms),
            ("max_ms", self.max_ms),
            ("p95_ms", self.p95_ms),
            ("resolution_ms", self.resolution_ms),
        ]
    }
}
