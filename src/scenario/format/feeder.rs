//! `[[feeder]]`: where varying values come from.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::feeder::{AtEnd, Count, Order, Permutation};

/// `[[feeder]]`: `permute`, a `file`, `rows` or a `count`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeederSection {
    /// What templates call it: `${name.column}`.
    pub name: String,
    /// Its columns: every combination once, in an order that looks random, before any comes again.
    pub permute: Option<Permutation>,
    /// A CSV file, or JSON lines where it ends in `.jsonl`; relative to the scenario's.
    pub file: Option<PathBuf>,
    /// A counter: `${name.value}`.
    pub count: Option<Count>,
    /// Rows of the columns that are named here, in the place of a file.
    pub rows: Option<Vec<Vec<String>>>,
    /// Whether the first line of a CSV file is left out although its columns are named here.
    #[serde(default)]
    pub skip_first_line: bool,
    /// The columns of a CSV file that has no header, or of rows.
    pub columns: Option<Vec<String>>,
    /// What separates the values of a CSV file; a comma without it.
    pub delimiter: Option<char>,
    /// The order of a file's rows.
    #[serde(default)]
    pub order: Order,
    /// What comes behind the last row of a file.
    #[serde(default)]
    pub at_end: AtEnd,
}
