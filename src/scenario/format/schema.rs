//! Shapes of values that are written in more than one way, for the JSON schema of the scenario file.
//!
//! Nothing is ever read into these types: they say to editors what the types that are read accept.
#![allow(dead_code, reason = "a schema is made of the types, not of values")]

use schemars::JsonSchema;

/// A text, a number or a truth.
#[derive(JsonSchema)]
#[serde(untagged)]
pub(super) enum Scalar {
    Text(String),
    Number(f64),
    Truth(bool),
}

/// A status such as `200` or `"2xx"`, or a list of them.
#[derive(JsonSchema)]
#[serde(untagged)]
pub(super) enum Status {
    One(OneStatus),
    Several(Vec<OneStatus>),
}

/// A status.
#[derive(JsonSchema)]
#[serde(untagged)]
pub(super) enum OneStatus {
    Number(u16),
    Text(String),
}
