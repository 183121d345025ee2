//! `[target]`: where requests go.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::format::Pairs;

/// `[target]`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetSection {
    /// Scheme, host, port and base path.
    pub host: Option<String>,
    /// Headers of every request.
    #[serde(default)]
    pub headers: Pairs,
}
