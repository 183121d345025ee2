//! `[dual_write]`: what the validator must have found, and what must hold of the money.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{share, written_span};
use crate::units::{Micros, Ratio};

/// `[dual_write]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DualWriteSection {
    /// The validator's log.
    pub log: String,
    /// The differences it found.
    pub differences: String,
    /// How far back the log is read.
    #[serde(deserialize_with = "written_span")]
    pub window: Micros,
    /// What is validated, and how often.
    #[serde(rename = "type")]
    pub types: Vec<TypeSection>,
    /// The least rate of any one validation, recomputed from its counts.
    #[serde(deserialize_with = "share")]
    #[schemars(with = "f64")]
    pub min_rate: Ratio,
    /// The least rate over all validations of the window together.
    #[serde(deserialize_with = "share")]
    #[schemars(with = "f64")]
    pub mean_rate: Ratio,
    /// What must hold of each account's flows.
    #[serde(rename = "flow")]
    pub flows: Vec<FlowSection>,
}

/// `[[dual_write.type]]`: one kind of validation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TypeSection {
    /// Its `validation_type`, letter by letter.
    pub name: String,
    /// How often it is validated.
    #[serde(default = "ten_minutes", deserialize_with = "written_span")]
    pub every: Micros,
}

impl TypeSection {
    /// The least and the most rows of a window: one may lie just outside at its start, one more just inside, and a
    /// validation may be late by less than its interval.
    #[must_use]
    pub fn expected_rows(&self, window: Micros) -> (u64, u64) {
        let whole = window.get().checked_div(self.every.get()).unwrap_or(0);
        (whole.saturating_sub(1), whole + 2)
    }

    /// The longest time without a row: one validation may be missed by its own length, two may not.
    #[must_use]
    pub fn most_gap(&self) -> Micros {
        Micros::new(self.every.get() * 2)
    }
}

/// `[[dual_write.flow]]`: a table of flows, with the accounts whose balances they move.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FlowSection {
    /// What it is called in ids and reports.
    pub name: String,
    /// The flows.
    pub table: String,
    /// Their key, in whose order an account's flows follow each other.
    pub key: String,
    /// The account that a flow belongs to.
    pub account: String,
    /// What it moved.
    pub amount: String,
    /// How an amount is written.
    pub sign: Sign,
    /// The balance before it.
    pub before: String,
    /// The balance behind it.
    pub after: String,
    /// The column that is unique, if one is.
    pub unique: Option<String>,
    /// The accounts.
    pub accounts: String,
    /// Their key.
    pub account_key: String,
    /// Their balance.
    pub balance: String,
}

/// How a flow's amount is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// With its sign: what comes in is positive.
    #[default]
    Signed,
    /// Without: every flow is a charge.
    Charge,
}

impl Default for FlowSection {
    fn default() -> Self {
        let owned = str::to_owned;
        Self {
            name: owned("flow"),
            table: owned("POSID_CAPITAL_FLOW"),
            key: owned("flow_id"),
            account: owned("account_id"),
            amount: owned("amount"),
            sign: Sign::Signed,
            before: owned("balance_before"),
            after: owned("balance_after"),
            unique: Some(owned("transaction_no")),
            accounts: owned("POSID_ACCOUNT"),
            account_key: owned("account_id"),
            balance: owned("balance"),
        }
    }
}

impl Default for DualWriteSection {
    fn default() -> Self {
        let of = |name: &str| TypeSection { name: name.to_owned(), every: ten_minutes() };
        let required = Ratio::of(999, 1_000).unwrap_or_default();
        Self {
            log: "dual_write_validation_log".to_owned(),
            differences: "dual_write_difference_record".to_owned(),
            window: Micros::from_secs(86_400),
            types: vec![of("account"), of("transaction")],
            min_rate: required,
            mean_rate: required,
            flows: vec![FlowSection::default()],
        }
    }
}

const fn ten_minutes() -> Micros {
    Micros::from_secs(600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_at_ten_minutes_has_144_rows_more_or_less() {
        let section: DualWriteSection = toml::from_str("").unwrap();
        assert_eq!(section.types.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["account", "transaction"]);
        assert_eq!(section.types[0].expected_rows(section.window), (143, 146));
        assert_eq!(section.types[0].most_gap(), Micros::from_secs(1_200));
    }

    #[test]
    fn the_scale_of_percent_is_refused() {
        assert!(toml::from_str::<DualWriteSection>("min_rate = 99.9").unwrap_err().to_string().contains("from 0 to 1"));
    }
}
