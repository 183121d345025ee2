//! `tollgate score`: a result file of JMeter's gets the verdict, the report and the exit code that a run would.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;

use serde_json::Value;
use support::{Ran, tollgate};

/// Written by JMeter 5.5 on `tests/data/jmx/shop.jmx`: 80 samples and 40 transaction rows.
const CSV: &str = "tests/data/jtl/shop.csv";
/// The same plan with half the loops, as XML.
const XML: &str = "tests/data/jtl/shop.xml";

fn score(words: &[&str]) -> Ran {
    tollgate(&[&["score"], words].concat()).calibrating().preflighting().run()
}

/// Options that 80 samples of a second and a half can hold.
const LENIENT: [&str; 6] = ["--threshold", "tps>=10", "--threshold", "success-rate>=90%", "--threshold", "p50<=98ms"];

fn step<'a>(summary: &'a Value, name: &str) -> &'a Value {
    summary["steps"].as_array().unwrap().iter().find(|step| step["name"] == name).unwrap()
}

#[test]
fn a_file_is_judged_reported_and_ended_like_a_run() {
    let ran = score(&[&[CSV], &LENIENT[..], &["--threshold", "mean<=10ms"]].concat());
    let summary = ran.summary();
    assert_eq!(ran.code(), 99, "{}", ran.stdout());
    assert!(ran.stdout().contains("mean<=10ms for all"), "{}", ran.stdout());
    assert!(ran.report().join("report.html").exists() && ran.report().join("charts").is_dir());
    assert_eq!(summary["exit_code"], 99);
    assert_eq!(summary["gate"], "custom");
    assert_eq!(summary["target"]["url"], "http://127.0.0.1:8094");
    assert_eq!(summary["run"]["started_at"], "2026-11-22T17:23:29.193Z");
    assert_eq!((&summary["run"]["model"], &summary["run"]["users"]), (&"closed".into(), &5.into()));
}

#[test]
fn the_figures_are_those_of_the_rows_and_transactions_are_in_no_total() {
    let summary = score(&[CSV]).summary();
    let totals = &summary["totals"];
    assert_eq!((&totals["requests"], &totals["successes"]), (&80.into(), &73.into()));
    // Exact: nearest rank of the sorted values, and mean of the sum.
    assert_eq!((&totals["service_time"]["p50"], &totals["service_time"]["p95"]), (&55.0.into(), &98.0.into()));
    assert_eq!((&totals["service_time"]["min"], &totals["service_time"]["max"]), (&7.0.into(), &372.0.into()));
    assert_eq!(totals["service_time"]["mean"], 57.986);
    assert_eq!(totals["connect"]["count"], 5);
    assert_eq!(summary["run"]["window"]["seconds"], 1.577);
    assert_eq!((&step(&summary, "Pay")["requests"], &step(&summary, "Pay")["failures"]), (&40.into(), &4.into()));
    let buy = step(&summary, "Buy");
    assert_eq!((&buy["requests"], &buy["successes"]), (&40.into(), &33.into()));
    assert_eq!(buy["service_time"]["mean"], 120.485);
    let kinds: Vec<&str> =
        summary["failures"].as_array().unwrap().iter().map(|kind| kind["class"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"check") && kinds.contains(&"server_error"), "{kinds:?}");
}

#[test]
fn what_the_file_cannot_tell_is_said_and_is_null_and_no_alarm() {
    let summary = score(&[CSV]).summary();
    let caveats: Vec<&str> =
        summary["caveats"].as_array().unwrap().iter().map(|caveat| caveat["id"].as_str().unwrap()).collect();
    assert!(caveats.contains(&"foreign_recording"), "{caveats:?}");
    assert!(!caveats.contains(&"unknown") && !caveats.contains(&"samples_lost"), "{caveats:?}");
    for figure in ["cpu_us_per_request", "loop_lag_p99", "host", "cpus", "memory", "calibration"] {
        assert_eq!(summary["generator"][figure], Value::Null, "{figure}");
    }
    assert_eq!(summary["totals"]["response_time"], Value::Null, "there is no intended start");
    assert!(summary["totals"]["max_gap"].as_f64().unwrap() > 0.0, "gaps are computed from the times");
}

#[test]
fn xml_says_the_same_as_csv_would() {
    let ran = score(&[&[XML], &LENIENT[..]].concat());
    let summary = ran.summary();
    assert_eq!((&summary["totals"]["requests"], &summary["totals"]["failures"]), (&40.into(), &5.into()));
    assert_eq!(step(&summary, "Buy")["requests"], 20);
    assert_eq!(summary["target"]["url"], "http://127.0.0.1:8094");
    let failures = summary["failures"].as_array().unwrap();
    assert!(failures.iter().any(|kind| kind["message"] == "Test failed: text expected to contain /SUCCESS/"));
}

#[test]
fn a_ramp_is_left_out_when_asked() {
    let summary = score(&[CSV, "--skip-ramp", "500ms"]).summary();
    let totals = &summary["totals"];
    let (inside, outside) = (totals["requests"].as_u64().unwrap(), totals["outside_window"].as_u64().unwrap());
    assert!(inside > 0 && outside > 0);
    assert_eq!(inside + outside, 80);
    assert_eq!(summary["run"]["window"]["seconds"], 1.077);
    let ran = score(&[CSV, "--skip-ramp", "5s"]);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr().contains("--skip-ramp 5s leaves nothing"), "{}", ran.stderr());
}

#[test]
fn rules_may_name_labels_and_those_of_transactions() {
    let words = ["--threshold", "max<=1s for Buy", "--threshold", "failures<=4 for Pay", "--threshold", "tps>=1"];
    let summary = score(&[&[CSV], &words[..]].concat()).summary();
    let rule = |step: &str| {
        summary["thresholds"].as_array().unwrap().iter().find(|rule| rule["step"] == step).unwrap().clone()
    };
    assert_eq!(rule("Buy")["verdict"], "fail", "a failed transaction is over every limit");
    assert_ne!(rule("Pay")["verdict"], "fail");
    let ran = score(&[CSV, "--threshold", "p95<=1s for Sell"]);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr().contains("there is no step \"Sell\"") && ran.stderr().contains("\"Buy\""), "{}", ran.stderr());
    let ran = score(&[CSV, "--threshold", "p95<=1s for iteration"]);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr().contains("no iterations"), "{}", ran.stderr());
}

#[test]
fn a_file_without_samples_is_invalid_and_never_passes() {
    let place = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("empty.jtl", String::new()),
        ("header.jtl", fs::read_to_string(CSV).unwrap().lines().next().unwrap().to_owned()),
        ("empty.xml", "<?xml version=\"1.0\"?>\n<testResults version=\"1.2\">\n</testResults>\n".to_owned()),
    ] {
        let file = place.path().join(name);
        fs::write(&file, text).unwrap();
        let ran = score(&[file.to_str().unwrap(), "--threshold", "failures<=0"]);
        assert_eq!(ran.code(), 98, "{name}: {}{}", ran.stdout(), ran.stderr());
        assert_eq!(ran.summary()["verdict"], "invalid", "{name}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_refused_and_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("cut.jtl");
    let text = fs::read_to_string(CSV).unwrap();
    fs::write(&file, &text[..text.len() - 40]).unwrap();
    for (path, part) in [
        (
            file.to_str().unwrap(),
            "cut.jtl:121:6: the row has 6 of 17 columns; where it is the last one, JMeter was stopped",
        ),
        ("no/such.jtl", "no/such.jtl"),
        ("tests/data", "it is no file"),
    ] {
        let ran = score(&[path]);
        assert_eq!(ran.code(), 2, "{path}");
        assert!(ran.stderr().contains(part), "{path}: {}", ran.stderr());
        assert!(!ran.report().exists() && ran.stdout().is_empty(), "{path}");
    }
}
