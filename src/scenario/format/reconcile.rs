//! `[[reconcile]]`: what must add up at the service when the run is over.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Pairs, span};
use crate::scenario::json::JsonPath;
use crate::scenario::template::Template;
use crate::units::Micros;

/// `[[reconcile]]`: by the identity of each request with `by` and `list`, or by a number before and after with `sum`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReconcileSection {
    /// The step whose requests are reconciled; it may be left out where the scenario has one step.
    pub step: Option<String>,
    /// The request's field that carries its identity: `${run.id}`, `${sequence}` and fixed text.
    pub by: Option<String>,
    /// The request's field that carries the amount; without it only numbers of requests are compared.
    pub amount: Option<String>,
    /// How long the service's own account must stand still before it is believed; 5s without it.
    #[serde(default, deserialize_with = "span")]
    pub settle: Option<Micros>,
    /// Whether a target that has no such account refuses the verdict. With false it is a warning.
    #[serde(default = "yes")]
    pub required: bool,
    /// Headers of these requests, beside those of `[target]`.
    #[serde(default)]
    pub headers: Pairs,
    /// Where identities are read back.
    pub list: Option<ListSection>,
    /// A number that the requests change.
    pub sum: Option<SumSection>,
}

/// `[reconcile.list]`: rows in the order of a key that is a whole number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSection {
    /// Path and query of a page, with `${after}` for the key behind which it begins and `${limit}` for its length.
    pub path: Template,
    /// Rows of a page; 20000 without it.
    pub page: Option<NonZeroU32>,
    /// The array of rows in a page.
    pub items: JsonPath,
    /// A row's key, in the row.
    pub key: JsonPath,
    /// The request's identity, in the row.
    pub id: JsonPath,
    /// The amount, in the row.
    pub amount: Option<JsonPath>,
}

/// `[reconcile.sum]`: one number, read before and after.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SumSection {
    /// Path and query of the answer that holds it.
    pub path: Template,
    /// The number in the answer.
    pub value: JsonPath,
    /// Whether it falls by what is done, as a balance does.
    #[serde(default)]
    pub falls: bool,
}

const fn yes() -> bool {
    true
}
