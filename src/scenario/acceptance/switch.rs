//! `[switch]`: whether the new tables may take over, and whether they have.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{share, written_span};
use crate::units::{Micros, Ratio};

/// `[switch]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SwitchSection {
    /// Whether the service writes into the new tables only.
    pub switched: bool,
    /// Before the switch: how far back the validator's log must be clean.
    #[serde(deserialize_with = "written_span")]
    pub window: Micros,
    /// Before the switch: the least rate of any one validation of that window, and of all together.
    #[serde(deserialize_with = "share")]
    #[schemars(with = "f64")]
    pub min_rate: Ratio,
    /// After the switch: how many whole days must each have new rows.
    #[schemars(range(min = 1, max = 366))]
    pub days: u16,
    /// After the switch: the tables that must have them, and those that must not.
    #[serde(rename = "table")]
    pub tables: Vec<SwitchTable>,
}

/// `[[switch.table]]`: an old table and the new one that took over.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchTable {
    /// What it is called in ids and reports.
    pub name: String,
    /// The old table.
    pub old: String,
    /// The new table.
    pub new: String,
    /// The column in which the old table keeps when a row was made.
    #[serde(default = "create_time")]
    pub old_time: String,
    /// The same column in the new table.
    #[serde(default = "create_time")]
    pub new_time: String,
}

impl Default for SwitchSection {
    fn default() -> Self {
        let of = |(name, old, new): (&str, &str, &str)| SwitchTable {
            name: name.to_owned(),
            old: old.to_owned(),
            new: new.to_owned(),
            old_time: create_time(),
            new_time: create_time(),
        };
        Self {
            switched: false,
            window: Micros::from_secs(7 * 86_400),
            min_rate: Ratio::of(999, 1_000).unwrap_or_default(),
            days: 7,
            tables: vec![
                of(("record", "t_consume_record", "POSID_TRANSACTION")),
                of(("flow", "t_consume_account_transaction", "POSID_CAPITAL_FLOW")),
            ],
        }
    }
}

fn create_time() -> String {
    "create_time".to_owned()
}
