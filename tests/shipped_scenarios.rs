//! Every shipped scenario, run on the embedded service for a second or two.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use serde_json::Value;
use support::{Ran, tollgate};

/// Runs `scenarios/NAME.toml` on the embedded service, with few users and a gate that a build for development holds.
fn run(name: &str, words: &[&str]) -> Ran {
    let file = format!("scenarios/{name}.toml");
    let mut bench = tollgate(&["--scenario", &file, "--ramp-up", "0s", "--warm-up", "500ms", "--run-time", "2s"]);
    bench.command.args(words);
    bench.preflighting().run()
}

/// The summary of a run that passed without a failure.
fn passed(ran: &Ran) -> Value {
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
    let summary = ran.summary();
    assert_eq!(summary["target"]["kind"], "embedded");
    assert_eq!(summary["failures"].as_array().unwrap().len(), 0, "{}", summary["failures"]);
    summary
}

fn step<'a>(summary: &'a Value, name: &str) -> &'a Value {
    let steps = summary["steps"].as_array().unwrap();
    steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("no step {name}: {steps:?}"))
}

fn successes(row: &Value) -> f64 {
    row["successes"].as_f64().unwrap()
}

#[test]
fn consume_passes_its_gate() {
    let ran = run(
        "consume",
        &["--users", "10", "--threshold", "tps>=50", "--threshold", "mean<=500ms", "--threshold", "p95<=1s"],
    );
    let summary = passed(&ran);
    assert!(successes(step(&summary, "consume")) > 100.0);
}

#[test]
fn consume_open_keeps_to_its_rate_whatever_the_service_does() {
    let words = ["--rate", "100", "--threshold", "tps>=90", "--threshold", "mean<=500ms", "--threshold", "p95<=1s"];
    let summary = passed(&run("consume-open", &words));
    assert_eq!(summary["run"]["model"], "open");
    assert_eq!(summary["totals"]["arrivals"], 200);
}

#[test]
fn consume_hot_sends_half_of_the_charges_to_the_hot_accounts() {
    let words =
        ["--users", "10", "--seed", "1", "--threshold", "tps>=50 for all", "--threshold", "mean<=500ms for all"];
    let rules = ["--threshold", "p95<=1s for hot", "--threshold", "p95<=1s for rest"];
    let summary = passed(&run("consume-hot", &[&words[..], &rules].concat()));
    let [hot, rest] = ["hot", "rest"].map(|name| successes(step(&summary, name)));
    // Fair lots: six deviations of a few hundred draws are under a fifth.
    assert!(hot > 50.0 && (hot / (hot + rest) - 0.5).abs() < 0.2, "{hot} and {rest}");
}

#[test]
fn consume_negative_is_refused_for_the_right_reason_every_time() {
    let words = ["--users", "10", "--threshold", "tps>=20 for all", "--threshold", "p95<=1s for all"];
    let summary = passed(&run("consume-negative", &words));
    let steps = summary["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 11);
    assert!(steps.iter().all(|step| successes(step) > 5.0), "{steps:?}");
}

#[test]
fn consume_negative_fails_on_a_service_that_accepts_everything() {
    let words = ["--users", "4", "--threshold", "tps>=1 for all", "--threshold", "p95<=5s for all"];
    let ran = run("consume-negative", &[&words[..], &["--serve-option", "--stub"]].concat());
    assert_eq!(ran.code(), 99, "{}{}", ran.stdout(), ran.stderr());
    let failures = ran.summary()["failures"].clone();
    let found = failures.as_array().unwrap().iter();
    let accepted =
        found.filter(|f| f["class"] == "check" && f["message"].as_str().unwrap().contains("found a success"));
    assert!(accepted.count() >= 10, "{failures}");
}

#[test]
fn consume_records_passes_its_gate_and_a_stub_does_not() {
    let rules = ["--users", "10", "--threshold", "tps>=50", "--threshold", "mean<=500ms", "--threshold", "p95<=1s"];
    passed(&run("consume-records", &rules));
    let ran = run("consume-records", &[&rules[..], &["--serve-option", "--stub"]].concat());
    assert_ne!(ran.code(), 0, "{}", ran.stdout());
    let failures = ran.summary()["failures"].clone();
    assert!(failures[0]["class"] == "check", "{failures}");
}

#[test]
fn login_token_logs_each_user_in_once_on_a_service_that_asks_for_the_token() {
    let words = ["--users", "5", "--threshold", "tps>=20 for all", "--threshold", "mean<=500ms for all"];
    let rules = ["--threshold", "p95<=1s for consume", "--threshold", "p95<=1s for balance"];
    let summary = passed(&run("login-token", &[&words[..], &rules].concat()));
    let login = &summary["setup"]["steps"][0];
    assert_eq!((login["name"].as_str(), login["successes"].as_u64()), (Some("login"), Some(5)));
}

#[test]
fn the_meal_peak_plays_every_operation_and_only_the_refusals_that_are_meant_are_refused() {
    // The day's curve in four seconds: too few charges for a P99, which may stay unproven but must not fail.
    let words = ["--run-time", "4s", "--seed", "3", "--threshold", "tps>=10 for all"];
    let rules = ["--threshold", "p99<=4s for charge", "--threshold", "p95<=4s for balance"];
    let ran = run("consume-meal-peak", &[&words[..], &rules].concat());
    let summary = ran.summary();
    assert_eq!(summary["failures"].as_array().unwrap().len(), 0, "{}", summary["failures"]);
    let rules = summary["thresholds"].as_array().unwrap();
    assert!(rules.iter().all(|rule| rule["verdict"] != "fail"), "{rules:?}");
    let sum: f64 =
        ["fixed price", "free amount", "balance", "records"].map(|name| successes(step(&summary, name))).iter().sum();
    assert!(sum > 60.0, "{sum}");
    assert_eq!(summary["groups"][0]["name"], "charge");
}
