//! `[cache]`: how often what is asked for is found near.

use schemars::JsonSchema;
use serde::Deserialize;

use super::share;
use crate::units::Ratio;

/// `[cache]`. The counters are series of the target's own metrics: `name`, or `name{label="value"}`; all that match are
/// added.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CacheSection {
    /// The path that warms the caches, asked with POST before the load; not asked without it.
    pub warm_up: Option<String>,
    /// Found in the first level.
    pub l1_hits: String,
    /// Not there, and found in the second.
    pub l2_hits: String,
    /// Found in neither.
    pub misses: String,
    /// The least share of all lookups that are found at all. Blocks.
    #[serde(deserialize_with = "share")]
    #[schemars(with = "f64")]
    pub total: Ratio,
    /// The least share of all lookups that the first level finds. Blocks.
    #[serde(deserialize_with = "share")]
    #[schemars(with = "f64")]
    pub l1: Ratio,
    /// The least share of what the first level misses that the second finds. Warns.
    #[serde(deserialize_with = "share")]
    #[schemars(with = "f64")]
    pub l2: Ratio,
}

impl Default for CacheSection {
    fn default() -> Self {
        let of = |percent| Ratio::of(percent, 100).unwrap_or_default();
        Self {
            warm_up: None,
            l1_hits: "consume_cache_l1_hits_total".to_owned(),
            l2_hits: "consume_cache_l2_hits_total".to_owned(),
            misses: "consume_cache_misses_total".to_owned(),
            total: of(90),
            l1: of(80),
            l2: of(10),
        }
    }
}
