//! The acceptance file: what is verified, where, and which checks block.
//!
//! In: TOML. Out: an [`AcceptanceFile`], parsed and nothing more. Always holds: an unknown key is refused with the nearest
//! known one and its place; a section that does not stand is `None`, and its step is not walked.

pub mod audit;
pub mod cache;
pub mod database;
pub mod dual_write;
pub mod environment;
pub mod health;
pub mod load;
pub mod metrics;
pub mod migration;
pub mod probes;
pub mod severity;
pub mod switch;
pub mod target;

use std::fs;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::scenario::format::span;
use crate::scenario::place::line_and_column;
use crate::scenario::{ScenarioError, line_at, malformed, plainly};
pub use cache::CacheSection;
pub use database::{DatabaseSection, PrometheusSection};
pub use dual_write::DualWriteSection;
pub use environment::EnvironmentSection;
pub use health::HealthSection;
pub use load::{LoadSection, OneLoad, ReadBack, Shortened};
pub use metrics::MetricsSection;
pub use migration::MigrationSection;
pub use probes::ProbesSection;
pub use severity::{Severity, SeveritySection};
pub use switch::SwitchSection;
pub use target::{HeaderValue, TargetSection};

use crate::units::{Micros, Ratio};

/// A whole acceptance file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptanceFile {
    /// Which checks block and which only warn, where that differs from the default.
    #[serde(default)]
    pub severity: SeveritySection,
    /// The service that is verified.
    #[serde(default)]
    pub target: TargetSection,
    /// The database; the embedded service brings its own.
    pub database: Option<DatabaseSection>,
    /// Prometheus, where the target has one.
    pub prometheus: Option<PrometheusSection>,
    /// What must be there.
    pub environment: Option<EnvironmentSection>,
    /// What the database must look like.
    pub migration: Option<MigrationSection>,
    /// Whether the service says that it is up.
    pub health: Option<HealthSection>,
    /// Single charges before the load.
    pub probes: Option<ProbesSection>,
    /// The loads.
    pub load: Option<LoadSection>,
    /// What the server must have seen of the load.
    pub metrics: Option<MetricsSection>,
    /// How often what is asked for is found near.
    pub cache: Option<CacheSection>,
    /// What the validator must have found.
    pub dual_write: Option<DualWriteSection>,
    /// Whether the new tables may take over, or have.
    pub switch: Option<SwitchSection>,
    /// The file as it was read, to find the place of what is refused later.
    #[serde(skip)]
    source: String,
    /// Where the file lies: its relative paths begin there.
    #[serde(skip)]
    folder: PathBuf,
}

impl AcceptanceFile {
    /// Reads the acceptance file at `path`.
    ///
    /// # Errors
    /// [`ScenarioError`] when it cannot be read or is no acceptance file.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let text =
            fs::read_to_string(path).map_err(|cause| ScenarioError::NoAcceptance { path: path.to_owned(), cause })?;
        Self::parse(&text, path)
    }

    /// Reads an acceptance file from `text`; `path` is named in errors.
    ///
    /// # Errors
    /// [`ScenarioError::Malformed`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ScenarioError> {
        let parsed: Result<Self, toml::de::Error> = toml::from_str(text);
        let parsed = parsed.map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            malformed(text, path, offset, &plainly(error.message(), line_at(text, offset)))
        })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { source: text.to_owned(), folder, ..parsed })
    }

    /// Where a file lies that this file names: relative paths begin beside it.
    #[must_use]
    pub fn beside(&self, file: &Path) -> PathBuf {
        self.folder.join(file)
    }

    /// Where the file lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Line and column, from 1, of the last place where `needle` stands.
    #[must_use]
    pub fn place_of(&self, needle: &str) -> Option<(usize, usize)> {
        self.source.rfind(needle).map(|offset| line_and_column(&self.source, offset))
    }

    /// Which checks block.
    #[must_use]
    pub fn severities(&self) -> Severity {
        self.severity.severities()
    }
}

/// A span of time with its unit, where its key is written.
fn written_span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Micros, D::Error> {
    span(deserializer)?.ok_or_else(|| de::Error::custom("write a time with its unit, for example \"5s\""))
}

/// A share as a number from 0 to 1.
fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Ratio, D::Error> {
    let fraction = f64::deserialize(deserializer)?;
    Ratio::new(fraction).ok_or_else(|| {
        de::Error::custom(format!("{fraction} is no share; write a number from 0 to 1, for example 0.999"))
    })
}

#[cfg(test)]
mod tests;
