//! `summary.json`: what other programs read.
//!
//! In: the summary, the verdict, the exit code. Out: JSON with a fixed set of keys in a fixed order. Always holds:
//! every key is there; what does not exist is null.

mod why;

use serde::Serialize;

use super::ReportError;
use super::format::{self, Material};
use super::view::why_in_words;
use crate::gate::explain::explain;
use crate::gate::{RuleResult, RunVerdict, Verdict};
use crate::plan::{GateOrigin, PlanWarning};
use crate::report::text::Lang;
use crate::summary::caveat::{Caveat, CaveatClass};
use crate::summary::{Confidence, FailureRow, FailureTimes, Generator, Row, RunFacts, Summary, Target};
use why::Why;

/// Raised when a key changes its meaning or goes; not when one is added.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    verdict: RunVerdict,
    exit_code: u8,
    interrupted: bool,
    run: &'a RunFacts,
    target: &'a Target,
    totals: &'a Row,
    steps: &'a [Row],
    /// Passes through groups of steps.
    #[serde(skip_serializing_if = "<[Row]>::is_empty")]
    groups: &'a [Row],
    /// What users did before their first and behind their last iteration; no part of the totals.
    #[serde(skip_serializing_if = "Setup::is_empty")]
    setup: Setup<'a>,
    failures: &'a [FailureRow],
    failures_by_class: &'a [FailureTimes],
    thresholds: Vec<RuleLine<'a>>,
    caveats: Vec<CaveatLine>,
    confidence: &'a Confidence,
    generator: &'a Generator,
    gate: GateOrigin,
    /// What an import left out of the plan that the scenario comes from.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    left_out: &'a [String],
    /// What the service's own account showed, of each step that is reconciled.
    reconcile: Vec<serde_json::Value>,
}

/// What an import left out, if the scenario is one of a part of a plan.
fn left_out(summary: &Summary) -> &[String] {
    let partial = summary.caveats.iter().find_map(|caveat| match caveat {
        Caveat::Planned(PlanWarning::PartialImport(left_out)) => Some(left_out.as_slice()),
        _ => None,
    });
    partial.unwrap_or_default()
}

/// A rule's result, and why it failed where that can be told.
#[derive(Serialize)]
struct RuleLine<'a> {
    #[serde(flatten)]
    result: &'a RuleResult,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<Why>,
}

impl<'a> RuleLine<'a> {
    fn of(result: &'a RuleResult, (summary, verdict): (&Summary, &Verdict)) -> Self {
        let why = explain(summary, result).map(|explanation| {
            let sentence = why_in_words((summary, verdict), result, &explanation);
            Why::of(explanation, sentence)
        });
        Self { result, why }
    }
}

/// A caveat as other programs read it: always in English.
#[derive(Serialize)]
struct CaveatLine {
    id: &'static str,
    class: CaveatClass,
    observed: Option<f64>,
    message: String,
    advice: String,
}

impl CaveatLine {
    fn of(caveat: &Caveat) -> Self {
        Self {
            id: caveat.id(),
            class: caveat.class(),
            observed: caveat.observed(),
            message: Lang::En.caveat_message(caveat),
            advice: Lang::En.caveat_advice(caveat),
        }
    }
}

/// The steps of on_start and on_stop.
#[derive(Serialize)]
struct Setup<'a> {
    steps: &'a [Row],
    failures: &'a [FailureRow],
}

impl Setup<'_> {
    const fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// The whole document, indented, ending in a line break.
///
/// # Errors
/// [`ReportError::Json`] when a figure cannot be written as JSON.
pub fn render(summary: &Summary, verdict: &Verdict, exit_code: u8) -> Result<String, ReportError> {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        verdict: verdict.run,
        exit_code,
        interrupted: summary.interrupted,
        run: &summary.run,
        target: &summary.target,
        totals: &summary.totals,
        steps: &summary.steps,
        groups: &summary.groups,
        setup: Setup { steps: &summary.setup, failures: &summary.setup_failures },
        failures: &summary.failures,
        failures_by_class: &summary.failures_by_class,
        thresholds: verdict.rules.iter().map(|rule| RuleLine::of(rule, (summary, verdict))).collect(),
        caveats: summary.caveats.iter().map(CaveatLine::of).collect(),
        confidence: &summary.confidence,
        generator: &summary.generator,
        gate: verdict.gate,
        left_out: left_out(summary),
        reconcile: format::reconcile::summaries(&verdict.evidence),
    };
    let mut text = serde_json::to_string_pretty(&document).map_err(ReportError::Json)?;
    text.push('\n');
    Ok(text)
}

/// The document's bytes.
pub(super) fn bytes(material: &Material<'_>) -> Result<Vec<u8>, ReportError> {
    render(material.summary, material.verdict, material.options.exit_code).map(String::into_bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::report::fixture;

    const TIMES: &str = "count mean min max stddev p50 p90 p95 p99 p999";
    const ROW: &str = "requests successes failures success_rate tps throughput mean_all max_gap stalled bytes_sent \
                       bytes_received service_time response_time failure_time ttfb connect arrivals unsent dropped \
                       aborted outside_window redirects";

    /// The keys of `object` in the order they are written in `text`.
    fn keys(value: &Value) -> Vec<String> {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    }

    fn named(list: &str) -> Vec<String> {
        let mut keys: Vec<String> = list.split_whitespace().map(ToOwned::to_owned).collect();
        keys.sort();
        keys
    }

    fn parsed(run: &fixture::Run) -> (String, Value) {
        let text = render(&run.summary, &run.verdict, 99).unwrap();
        let value = serde_json::from_str(&text).unwrap();
        (text, value)
    }

    #[test]
    fn every_key_is_there() {
        let (_, json) = parsed(&fixture::failing());
        for (at, expected) in [
            (
                "",
                "schema_version verdict exit_code interrupted run target totals steps failures failures_by_class thresholds caveats \
                 confidence generator gate reconcile",
            ),
            (
                "/run",
                "id scenario command seed model users rate ramp_up_s warm_up_s run_time_s preflight_requests started_at \
                 ended_at window",
            ),
            ("/run/window", "start end seconds"),
            ("/target", "url kind addresses"),
            ("/target/addresses/0", "address users"),
            ("/failures_by_class/0", "class failure_time"),
            ("/failures_by_class/0/failure_time", TIMES),
            ("/totals", ROW),
            ("/totals/service_time", TIMES),
            ("/totals/failure_time", TIMES),
            ("/totals/ttfb", TIMES),
            ("/totals/connect", TIMES),
            ("/steps/0", &format!("name {ROW}")),
            ("/failures/0", "class step status code message count first_second last_second"),
            (
                "/thresholds/0",
                "rule metric step op limit observed ci_low ci_high ci_note close instrument_share_ms verdict",
            ),
            ("/caveats/0", "id class observed message advice"),
            ("/confidence", "method nu available reason"),
            (
                "/generator",
                "cpu_us_per_request cpu_fraction thread_cpu_max runq_wait throttled steal loop_lag_mean loop_lag_p99 \
                 pacer_late_p99 user_time_unaccounted calibration version host cpus memory",
            ),
            ("/generator/calibration", "tps p95"),
        ] {
            // The first rule holds: one that failed says why as well.
            assert_eq!(keys(json.pointer(at).unwrap()), named(expected), "{at}");
        }
    }

    #[test]
    fn a_failed_rule_says_why_and_one_that_holds_does_not() {
        let (_, json) = parsed(&fixture::failing());
        let rules = json["thresholds"].as_array().unwrap();
        let failed: Vec<&Value> = rules.iter().filter(|rule| rule.get("why").is_some()).collect();
        assert_eq!(failed.len(), 1);
        assert_eq!((&failed[0]["rule"], &failed[0]["verdict"]), (&"p95<=100ms".into(), &"fail".into()));
        let why = &failed[0]["why"];
        assert_eq!(keys(why), named("sentence burden attempts ways"));
        assert_eq!(why["burden"], "over");
        assert!(why["attempts"].as_u64().unwrap() > 1_000, "{why}");
        assert!(why["sentence"].as_str().unwrap().contains("were over 100 ms"), "{why}");
        let part = &why["ways"][0]["parts"][0];
        assert_eq!(keys(part), named("what first_second last_second step class status share of_all"));
        let share = part["share"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&share), "{why}");
        let (_, passed) = parsed(&fixture::passing());
        assert!(!passed["thresholds"].as_array().unwrap().iter().any(|rule| rule.get("why").is_some()));
    }

    #[test]
    fn keys_are_written_in_their_order() {
        let (text, _) = parsed(&fixture::failing());
        let top: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("  \""))
            .filter_map(|line| line.split('"').next())
            .collect();
        assert_eq!(
            top,
            [
                "schema_version",
                "verdict",
                "exit_code",
                "interrupted",
                "run",
                "target",
                "totals",
                "steps",
                "failures",
                "failures_by_class",
                "thresholds",
                "caveats",
                "confidence",
                "generator",
                "gate",
                "reconcile"
            ]
        );
    }

    #[test]
    fn a_figure_that_does_not_exist_is_null_not_zero() {
        let (_, json) = parsed(&fixture::interrupted());
        for at in [
            "/run/window/start",
            "/run/window/seconds",
            "/run/rate",
            "/totals/success_rate",
            "/totals/tps",
            "/totals/service_time/mean",
            "/totals/service_time/p999",
            "/totals/response_time",
            "/totals/arrivals",
            "/thresholds/0/observed",
            "/thresholds/0/ci_low",
            "/thresholds/0/ci_note",
            "/confidence/method",
            "/generator/steal",
        ] {
            assert_eq!(json.pointer(at), Some(&Value::Null), "{at}");
        }
        assert_eq!(json.pointer("/totals/requests"), Some(&Value::from(0)));
    }

    #[test]
    fn names_are_spelled_as_programs_expect() {
        let (_, json) = parsed(&fixture::embedded());
        assert_eq!(json["target"]["kind"], "embedded");
        assert_eq!(json["verdict"], "pass");
        assert_eq!(json["gate"], "scenario");
        assert_eq!(json["exit_code"], 99);
    }
}
