//! `[health]`: whether the service says that it is up.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::format::span;
use crate::units::Micros;

/// `[health]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthSection {
    /// Where the service says it; `/actuator/health` without it.
    #[serde(default = "health")]
    pub path: String,
    /// Components that must be there and be UP; those that are shown must be UP in any case.
    #[serde(default)]
    pub components: Vec<String>,
    /// Where the service's metrics are; `/actuator/prometheus` without it.
    #[serde(default = "metrics")]
    pub metrics: String,
    /// How long the service must have been up at least; 0s without it.
    #[serde(default, deserialize_with = "span")]
    pub uptime: Option<Micros>,
}

fn health() -> String {
    "/actuator/health".to_owned()
}

fn metrics() -> String {
    "/actuator/prometheus".to_owned()
}
