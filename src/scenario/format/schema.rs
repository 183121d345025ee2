//! The JSON schema of the scenario file, with which editors complete and validate.
//!
//! In: the types that are read. Out: a schema, kept in `docs/scenario.schema.json`. Always holds: a value that is written
//! in more than one way has all of them in the schema.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::check::{WrittenCheck, WrittenExtract};
use super::{CheckSection, Cookies, ExtractSection, Pairs, RunTime, Scenario, StageSection, ThinkTime, VarValue};
use crate::scenario::check::{Envelope, Reject, StatusSet};
use crate::scenario::condition::Condition;
use crate::scenario::feeder::{Count, Permutation, WrittenCount};
use crate::scenario::json::JsonPath;
use crate::scenario::template::Template;
use crate::scenario::threshold::Threshold;
use crate::units::{Micros, RatePerSec};

impl Scenario {
    /// The schema of the file, indented, ending in a line break.
    #[must_use]
    pub fn schema() -> String {
        let mut schema = schemars::schema_for!(Self);
        schema.insert("title".to_owned(), "Tollgate scenario".into());
        format!("{:#}\n", schema.to_value())
    }
}

/// A type that is written in the way its schema says.
macro_rules! written {
    ($($type:ty, $name:literal => $schema:tt;)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

written! {
    Micros, "Duration" => {
        "type": "string", "pattern": "^[0-9]", "description": "A time with its unit: \"300s\", \"5m\", \"1h30m\" or \"500ms\"."
    };
    RunTime, "RunTime" => {
        "type": "string", "pattern": "^([0-9]|\\?$)", "description": "A time with its unit, or \"?\": whoever runs it must say how long."
    };
    RatePerSec, "Rate" => { "type": "number", "minimum": 0, "description": "So many a second." };
    ThinkTime, "ThinkTime" => {
        "description": "A pause: always the same, anything between two, or as people pause.",
        "anyOf": [
            { "type": "string", "pattern": "^[0-9]" },
            {
                "type": "object", "additionalProperties": false, "required": ["uniform"],
                "properties": { "uniform": { "type": "array", "items": { "type": "string" }, "minItems": 2, "maxItems": 2 } }
            },
            {
                "type": "object", "additionalProperties": false, "required": ["normal"],
                "properties": {
                    "normal": {
                        "type": "object", "additionalProperties": false, "required": ["mean", "deviation"],
                        "properties": { "mean": { "type": "string" }, "deviation": { "type": "string" } }
                    }
                }
            },
            {
                "type": "object", "additionalProperties": false, "required": ["lognormal"],
                "properties": {
                    "lognormal": {
                        "type": "object", "additionalProperties": false, "required": ["median", "p95"],
                        "properties": { "median": { "type": "string" }, "p95": { "type": "string" } }
                    }
                }
            }
        ]
    };
    Cookies, "Cookies" => { "enum": [true, false, "iteration"], "description": "Whether users keep cookies, and for how long." };
    StageSection, "Stage" => {
        "type": "object", "additionalProperties": false,
        "description": "A level of users or of arrivals a second, and how long it takes to reach and to hold it.",
        "properties": {
            "users": { "type": "integer", "minimum": 0 },
            "rate": { "type": "number", "minimum": 0 },
            "ramp": { "type": "string", "pattern": "^[0-9]" },
            "hold": { "type": "string", "pattern": "^[0-9]" }
        },
        "oneOf": [{ "required": ["users"] }, { "required": ["rate"] }]
    };
    Threshold, "Rule" => { "type": "string", "description": "METRIC OP LIMIT [for STEP | for iteration | for all]." };
    Template, "Template" => { "type": "string", "description": "A text in which ${...} is filled in." };
    Condition<Template>, "Condition" => {
        "type": "string", "description": "For example \"${status} == 'OPEN' and ${count} < 5\"."
    };
    JsonPath, "JsonPath" => { "type": "string", "pattern": "^\\$", "description": "A JSON path (RFC 9535)." };
    VarValue, "Value" => { "type": ["string", "number", "boolean"], "description": "A template, a number or a truth." };
    Pairs, "Pairs" => {
        "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] },
        "description": "Names and templates, sent in this order."
    };
    StatusSet, "Statuses" => {
        "anyOf": [
            { "type": "integer", "minimum": 100, "maximum": 599 },
            { "type": "string", "pattern": "^([1-5]xx|[1-5][0-9][0-9])$" },
            { "type": "array", "minItems": 1, "items": { "type": ["integer", "string"] } }
        ],
        "description": "200, \"2xx\" or a list of both."
    };
    Envelope, "Envelope" => {
        "anyOf": [
            { "enum": ["consume-400", "consume-200", "consume-0"] },
            {
                "type": "object", "properties": { "code": { "type": "integer" } }, "required": ["code"],
                "additionalProperties": false
            }
        ]
    };
    Reject, "Refusal" => {
        "anyOf": [
            { "type": "string" },
            {
                "type": "object",
                "properties": { "code": { "type": "integer" }, "message": { "type": "string" } },
                "minProperties": 1, "additionalProperties": false
            }
        ]
    };
    Permutation, "Columns" => {
        "type": "array", "minItems": 1,
        "items": {
            "type": "object",
            "properties": {
                "column": { "type": "string" },
                "from": { "type": ["integer", "string"] },
                "to": { "type": ["integer", "string"] },
                "prefix": { "type": "string" },
                "width": { "type": "integer", "minimum": 0 }
            },
            "required": ["column", "from", "to"], "additionalProperties": false
        }
    };
}

/// A type that is read through another.
macro_rules! read_through {
    ($($type:ty, $written:ty;)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                <$written>::json_schema(generator)
            }
        }
    )*};
}

read_through! {
    Count, WrittenCount;
    CheckSection, WrittenCheck;
    ExtractSection, WrittenExtract;
}
