//! `[target]`: where requests go.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::scenario::format::Pairs;

/// `[target]`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetSection {
    /// Scheme, host, port and base path.
    pub host: Option<String>,
    /// PEM file of the authorities to trust, instead of the system's.
    pub cacert: Option<PathBuf>,
    /// PEM file of the client's certificate.
    pub cert: Option<PathBuf>,
    /// PEM file of its private key, where it lies apart.
    pub key: Option<PathBuf>,
    /// Whether any server certificate is taken.
    #[serde(default)]
    pub insecure: bool,
    /// Whether requests go over HTTP/2.
    #[serde(default)]
    pub http2: bool,
    /// The proxy that requests go through.
    pub proxy: Option<String>,
    /// Where the service says whether it is up, behind the base path; `/actuator/health` without it.
    #[serde(default, deserialize_with = "path")]
    pub health: Option<String>,
    /// Options of `serve` for the embedded service; another target has no use for them.
    #[serde(default)]
    pub serve: Vec<String>,
    /// Headers of every request.
    #[serde(default)]
    pub headers: Pairs,
}

/// A path that can be sent as it stands.
fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let path = String::deserialize(deserializer)?;
    if path.starts_with('/') && path.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(Some(path));
    }
    Err(de::Error::custom(format!("health \"{path}\" is no path; write for example \"/actuator/health\"")))
}
