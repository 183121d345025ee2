//! `[target]`: where requests go.

use serde::Deserialize;

/// `[target]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetSection {
    /// Scheme, host, port and base path.
    pub host: Option<String>,
}
