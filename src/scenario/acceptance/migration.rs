//! `[migration]`: what the database must look like, and which tables must say the same.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::{share, written_span};
use crate::units::{Micros, Ratio};

/// `[migration]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MigrationSection {
    /// The table in which Flyway keeps what it ran.
    pub history: String,
    /// The scripts that must have run, by their file names, each once and with success.
    pub scripts: Vec<String>,
    /// The tables that must be there, by their exact names.
    pub tables: Vec<String>,
    /// The indexes that must be there, by table.
    pub indexes: BTreeMap<String, Vec<String>>,
    /// The partitioned tables, with the partitions that must be there; none named: it must be partitioned. MySQL only.
    pub partitions: BTreeMap<String, Vec<String>>,
    /// The tables that must say the same.
    #[serde(rename = "pair")]
    pub pairs: Vec<PairSection>,
    /// The least share of equal rows of the union of keys.
    #[serde(deserialize_with = "share")]
    #[schemars(with = "f64")]
    pub consistency: Ratio,
    /// After how long rows that differ are read again.
    #[serde(deserialize_with = "written_span")]
    pub reread_after: Micros,
    /// How many rows are read at once.
    #[schemars(range(min = 2, max = 100_000))]
    #[serde(deserialize_with = "chunk")]
    pub chunk: u32,
}

/// `[[migration.pair]]`: an old table and the new one that must say the same.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairSection {
    /// What the pair is called in ids and reports.
    pub name: String,
    /// The old table.
    pub old: String,
    /// The new table.
    pub new: String,
    /// The key's column in the old table: whole numbers.
    pub key: String,
    /// The key's column in the new table; the same without it.
    pub new_key: Option<String>,
    /// The columns that are compared: `balance`, or `old_name = new_name`.
    pub columns: Vec<String>,
    /// The column whose 0 marks a row that counts, on each side that has it.
    #[serde(default = "deleted_flag")]
    pub deleted: Option<String>,
}

impl PairSection {
    /// The key's column in the new table.
    #[must_use]
    pub fn key_of_new(&self) -> &str {
        self.new_key.as_deref().unwrap_or(&self.key)
    }

    /// Each compared column's name in the old table and in the new one.
    pub fn compared(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns.iter().map(|column| {
            let (old, new) = column.split_once('=').unwrap_or((column, column));
            (old.trim(), new.trim())
        })
    }

    fn canonical((name, old, new): (&str, &str, &str), (key, new_key): (&str, Option<&str>), columns: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            old: old.to_owned(),
            new: new.to_owned(),
            key: key.to_owned(),
            new_key: new_key.map(str::to_owned),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            deleted: deleted_flag(),
        }
    }
}

#[allow(clippy::unnecessary_wraps, reason = "what serde wants of the key that may be left out")]
fn deleted_flag() -> Option<String> {
    Some("deleted_flag".to_owned())
}

/// The tables of the contract's own DDL.
pub const TABLES: [&str; 11] = [
    "POSID_ACCOUNT",
    "POSID_ACCOUNTKIND",
    "POSID_AREA",
    "POSID_MEAL_CATEGORY",
    "POSID_MEAL",
    "POSID_TRANSACTION",
    "POSID_SUBSIDY_TYPE",
    "POSID_SUBSIDY_ACCOUNT",
    "POSID_SUBSIDY_FLOW",
    "POSID_RECHARGE_ORDER",
    "POSID_CAPITAL_FLOW",
];

const SCRIPTS: [&str; 2] = ["V20251223__create_POSID_tables.sql", "V20251223__migrate_to_POSID_tables.sql"];
const PARTITIONED: [&str; 3] = ["POSID_TRANSACTION", "POSID_RECHARGE_ORDER", "POSID_CAPITAL_FLOW"];

impl Default for MigrationSection {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            history: "flyway_schema_history".to_owned(),
            scripts: owned(&SCRIPTS),
            tables: owned(&TABLES),
            indexes: BTreeMap::new(),
            partitions: PARTITIONED.into_iter().map(|table| (table.to_owned(), Vec::new())).collect(),
            pairs: canonical_pairs(),
            consistency: Ratio::of(1, 1).unwrap_or_default(),
            reread_after: Micros::from_secs(5),
            chunk: 5_000,
        }
    }
}

/// The contract's three pairs.
#[must_use]
pub fn canonical_pairs() -> Vec<PairSection> {
    vec![
        PairSection::canonical(
            ("account", "t_consume_account", "POSID_ACCOUNT"),
            ("account_id", None),
            &["user_id", "account_code", "balance", "account_status"],
        ),
        PairSection::canonical(
            ("record", "t_consume_record", "POSID_TRANSACTION"),
            ("record_id", Some("transaction_id")),
            &["account_id", "user_id", "amount", "transaction_status"],
        ),
        PairSection::canonical(
            ("flow", "t_consume_account_transaction", "POSID_CAPITAL_FLOW"),
            ("transaction_id", Some("flow_id")),
            &["account_id", "amount", "balance_before", "balance_after"],
        ),
    ]
}

fn chunk<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let rows = u32::deserialize(deserializer)?;
    if (2..=100_000).contains(&rows) {
        return Ok(rows);
    }
    Err(de::Error::custom(format!("chunk {rows} is not from 2 to 100000 rows")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_section_asks_for_the_contracts_tables_and_pairs() {
        let section: MigrationSection = toml::from_str("").unwrap();
        assert_eq!(section.tables.len(), 11);
        let records = &section.pairs[1];
        assert_eq!((records.key.as_str(), records.key_of_new()), ("record_id", "transaction_id"));
        assert_eq!(section.consistency.get().to_string(), "1");
    }

    #[test]
    fn a_column_may_have_another_name_in_the_new_table() {
        let text = "[[pair]]\nname = \"a\"\nold = \"o\"\nnew = \"n\"\nkey = \"id\"\ncolumns = [\"x\", \"y = z\"]\n";
        let section: MigrationSection = toml::from_str(text).unwrap();
        assert_eq!(section.pairs[0].compared().collect::<Vec<_>>(), [("x", "x"), ("y", "z")]);
    }

    #[test]
    fn a_share_above_one_and_a_chunk_of_one_row_are_refused() {
        assert!(
            toml::from_str::<MigrationSection>("consistency = 99.9").unwrap_err().to_string().contains("from 0 to 1")
        );
        assert!(toml::from_str::<MigrationSection>("chunk = 1").is_err(), "rows that share a key would never end");
        assert!(toml::from_str::<MigrationSection>("table = []").is_err(), "an unknown key");
    }
}
