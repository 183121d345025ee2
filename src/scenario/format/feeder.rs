//! `[[feeder]]`: where varying values come from.

use serde::Deserialize;

use crate::scenario::feeder::Permutation;

/// `[[feeder]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeederSection {
    /// What templates call it: `${name.column}`.
    pub name: String,
    /// Its columns: every combination once, in an order that looks random, before any comes again.
    pub permute: Permutation,
}
