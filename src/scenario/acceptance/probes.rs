//! `[probes]`: single charges before the load, each of which shows one promise kept. They spend money.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::scenario::format::span;
use crate::scenario::json::JsonPath;
use crate::units::{Amount, Micros};

/// `[probes]`. In paths and bodies `${transactionNo}`, `${userId}`, `${deviceId}` and `${amount}` are filled in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProbesSection {
    /// The account that the single charges are taken from.
    pub account: u64,
    /// The account of the two charges at once: filled up or emptied to 100.00 first, and empty behind them.
    pub exact_account: u64,
    /// The terminal that charges.
    pub device: String,
    /// Another one, for the second of the two charges at once: from one terminal it would be a repetition.
    pub second_device: String,
    /// Where charges are sent.
    pub charge: String,
    /// The body of a charge.
    pub body: String,
    /// Where a charge's status is asked.
    pub status: String,
    /// The number of the charge in the answer of `status`.
    pub number: JsonPath,
    /// Where an account's balance is asked.
    pub balance: String,
    /// The balance in the answer of `balance`.
    pub balance_value: JsonPath,
    /// Where an account is filled up.
    pub recharge: String,
    /// The body of a recharge.
    pub recharge_body: String,
    /// The most that one charge may take, with which an account is emptied; 2000.00 without it.
    #[serde(default = "single_limit", deserialize_with = "amount")]
    #[schemars(with = "String")]
    pub single_limit: Amount,
    /// The code of a success in the envelope; 200 without it.
    #[serde(default = "success")]
    pub success: i64,
    /// When the charge that times out is given up; 2ms without it.
    #[serde(default, deserialize_with = "span")]
    pub give_up: Option<Micros>,
    /// How long its status is asked for at most; 10s without it.
    #[serde(default, deserialize_with = "span")]
    pub found_within: Option<Micros>,
}

impl ProbesSection {
    /// [`Self::give_up`], or its default.
    #[must_use]
    pub fn give_up(&self) -> Micros {
        self.give_up.unwrap_or(Micros::from_millis(2))
    }

    /// [`Self::found_within`], or its default.
    #[must_use]
    pub fn found_within(&self) -> Micros {
        self.found_within.unwrap_or(Micros::from_secs(10))
    }
}

const fn single_limit() -> Amount {
    Amount::whole(2_000)
}

const fn success() -> i64 {
    200
}

fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    let text = String::deserialize(deserializer)?;
    Amount::parse(text.as_bytes())
        .ok_or_else(|| de::Error::custom(format!("\"{text}\" is no amount; write for example \"2000.00\"")))
}
