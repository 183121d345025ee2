//! `acceptance.json`: what other programs read.
//!
//! In: an [`Acceptance`]. Out: JSON with a fixed set of keys in a fixed order. Always holds: every key is there; what does
//! not exist is null; texts are English.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::Acceptance;
use crate::gate::RunVerdict;
use crate::gate::acceptance::{CheckVerdict, Step, StepId};
use crate::report::ReportError;
use crate::summary::TargetKind;

/// Raised when a key changes its meaning or goes; not when one is added.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    verdict: RunVerdict,
    exit_code: u8,
    target: TargetLine<'a>,
    started_at: String,
    ended_at: String,
    steps: &'a [Step],
    runs: Vec<&'a serde_json::Value>,
}

#[derive(Serialize)]
struct TargetLine<'a> {
    url: &'a str,
    kind: TargetKind,
}

/// The whole document, indented, ending in a line break.
pub(super) fn render(acceptance: &Acceptance) -> Result<String, ReportError> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        verdict: acceptance.verdict,
        exit_code: acceptance.exit_code,
        target: TargetLine { url: &acceptance.target.url, kind: acceptance.target.kind },
        started_at: format!("{:.3}", acceptance.started_at),
        ended_at: format!("{:.3}", acceptance.ended_at),
        steps: &acceptance.steps,
        runs: acceptance.loads.iter().map(|load| &load.summary).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).map_err(ReportError::Json)?;
    text.push('\n');
    Ok(text)
}

/// The shape of `acceptance.json`, for its schema alone.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "read by the schema's generator")]
struct Shape {
    /// Raised when a key changes its meaning or goes; not when one is added.
    schema_version: u32,
    /// fail: a check that blocks failed. invalid: not accepted, as one has no data or was blocked. pass: accepted, but on
    /// the embedded service a demonstration.
    verdict: Ending,
    /// What the program ended with.
    exit_code: u8,
    /// What was verified.
    target: TargetShape,
    /// RFC 3339.
    started_at: String,
    /// RFC 3339.
    ended_at: String,
    /// Every step, in the order in which they were walked.
    steps: Vec<StepShape>,
    /// The summary.json of each load: the one that decides, then the one beside it.
    runs: Vec<RunSummary>,
}

/// How an acceptance ended.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[allow(dead_code, reason = "read by the schema's generator")]
enum Ending {
    Pass,
    Fail,
    Invalid,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "read by the schema's generator")]
struct TargetShape {
    url: String,
    kind: KindShape,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[allow(dead_code, reason = "read by the schema's generator")]
enum KindShape {
    External,
    Embedded,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "read by the schema's generator")]
struct StepShape {
    id: StepId,
    /// As people call it, in English.
    title: String,
    /// The gravest of its checks.
    verdict: CheckVerdict,
    /// Whether any of its checks blocks.
    blocking: bool,
    checks: Vec<CheckShape>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "read by the schema's generator")]
struct CheckShape {
    /// `step.rule`, or `step.rule:subject`.
    id: String,
    /// What was asked: SQL, PromQL, a request; empty where nothing was.
    query: String,
    /// `last 86400s`, or two moments with a slash between; null where it is a state.
    window: Option<String>,
    /// Counts as whole numbers, shares as fractions, times in milliseconds (or seconds where the limit says so), rates a
    /// second; a truth, or a text; null where nothing was found.
    observed: Observed,
    /// `>= 0.999`, `<= 50 ms`, `= UP`, `143 .. 146`; null where there is none.
    limit: Option<String>,
    verdict: CheckVerdict,
    /// Whether it may keep the whole from passing.
    blocking: bool,
    /// What to know besides, in English.
    note: Option<String>,
}

struct Observed;

impl JsonSchema for Observed {
    fn schema_name() -> Cow<'static, str> {
        "Observed".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "boolean", "string", "null"] })
    }
}

struct RunSummary;

impl JsonSchema for RunSummary {
    fn schema_name() -> Cow<'static, str> {
        "RunSummary".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object", "required": ["schema_version", "verdict", "run", "totals", "thresholds"],
            "description": "As docs/summary.schema.json has it."
        })
    }
}

/// The schema of `acceptance.json`, indented, ending in a line break.
#[must_use]
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Shape);
    schema.insert("title".to_owned(), "Tollgate acceptance".into());
    format!("{:#}\n", schema.to_value())
}
