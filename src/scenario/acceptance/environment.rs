//! `[environment]`: what must be there before anything is verified.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// `[environment]`. The target, the database and Prometheus are looked for where their own sections stand.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentSection {
    /// Programs that must be found on the path.
    #[serde(default)]
    pub tools: Vec<String>,
    /// Files that must be there and not be empty, relative to this file: the backup, migration scripts.
    #[serde(default)]
    pub files: Vec<PathBuf>,
    /// Addresses, host and port, that must take a connection: Redis, the account service.
    #[serde(default)]
    pub ports: Vec<String>,
    /// Free disk that the report's folder needs at least, in MiB; 1024 without it.
    pub free_mib: Option<u64>,
}

impl EnvironmentSection {
    /// [`Self::free_mib`], or its default.
    #[must_use]
    pub fn free_mib(&self) -> u64 {
        self.free_mib.unwrap_or(1_024)
    }
}
