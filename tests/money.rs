//! The money must add up: the embedded service's faults end runs as they should, and name the charges.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use serde_json::Value;
use support::{Ran, SUCCESS, Server, ok, scenario, short_run, tollgate};

/// The default scenario as it is shipped, with another time to settle.
fn shipped(settle: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/consume.toml");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains("settle = \"5s\""));
    let path = scenario(folder.path(), &text.replace("settle = \"5s\"", &format!("settle = \"{settle}\"")));
    (folder, path)
}

/// A short run of a scenario on the embedded service with a fault.
fn run(path: &str, fault: &str) -> Ran {
    let mut words = vec!["--scenario", path, "--users", "4", "--ramp-up", "0s", "--warm-up", "0s", "--run-time", "2s"];
    words.extend(["--threshold", "tps>=10", "--threshold", "p95<=2s", "--threshold", "mean<=2s"]);
    if !fault.is_empty() {
        words.extend(["--serve-option", fault]);
    }
    tollgate(&words).run()
}

fn on_fault(fault: &str, settle: &str) -> Ran {
    let (_folder, path) = shipped(settle);
    run(&path, fault)
}

fn money(ran: &Ran) -> Value {
    ran.summary()["reconcile"][0].clone()
}

/// How each rule of reconciling ended.
fn rule(ran: &Ran, metric: &str) -> String {
    let summary = ran.summary();
    let rules = summary["thresholds"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["metric"] == metric);
    rule.unwrap_or_else(|| panic!("no rule {metric}: {rules:?}"))["verdict"].as_str().unwrap().to_owned()
}

fn ids(named: &Value) -> Vec<String> {
    named["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

fn told(ran: &Ran) -> String {
    format!("{}{}", ran.stdout(), ran.stderr())
}

#[test]
fn a_service_that_books_what_it_acknowledges_passes_with_every_request_accounted_for() {
    let ran = on_fault("", "200ms");
    assert_eq!(ran.code(), 0, "{}", told(&ran));
    let money = money(&ran);
    assert_eq!(money["acknowledged"].as_u64(), Some(ran.sent()), "{money}");
    assert_eq!(money["identities"]["rows"], money["acknowledged"]);
    assert_eq!(money["identities"]["foreign"], 0);
    for metric in ["lost", "doubled", "done-though-refused", "wrong-amount"] {
        assert_eq!(rule(&ran, metric), "pass", "{metric}");
    }
    let page = std::fs::read_to_string(ran.report().join("report.html")).unwrap();
    assert!(page.contains("id=\"money\""));
}

#[test]
fn charges_that_were_acknowledged_and_lost_fail_the_run_and_are_named() {
    let ran = on_fault("--lose 1/10", "200ms");
    assert_eq!(ran.code(), 99, "{}", told(&ran));
    assert_eq!((rule(&ran, "lost"), rule(&ran, "doubled")), ("fail".into(), "pass".into()));
    let money = money(&ran);
    let lost = &money["identities"]["lost"];
    assert_eq!(lost["count"].as_u64(), money["acknowledged"].as_u64().map(|all| all / 10));
    assert_eq!(ids(lost).len(), 20, "the summary names a few");
    let file = std::fs::read_to_string(ran.report().join("reconcile.json")).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    let all = ids(&file["reconcile"][0]["identities"]["lost"]);
    assert_eq!(Some(all.len() as u64), lost["count"].as_u64(), "the file names all");
    let run = ran.summary()["run"]["id"].as_str().unwrap().to_owned();
    assert!(all.iter().all(|id| id.starts_with(&run)), "{all:?}");
    assert!(ran.stdout().contains(&all[0]) && ran.stdout().contains("reconcile.json"), "{}", ran.stdout());
    let junit = std::fs::read_to_string(ran.report().join("junit.xml")).unwrap();
    assert!(junit.contains("lost&lt;=0 for consume"), "{junit}");
    let markdown = std::fs::read_to_string(ran.report().join("summary.md")).unwrap();
    assert!(markdown.contains("## Reconciliation"), "{markdown}");
}

#[test]
fn charges_that_were_booked_twice_fail_the_run_and_are_named() {
    let ran = on_fault("--double 1/10", "200ms");
    assert_eq!(ran.code(), 99, "{}", told(&ran));
    assert_eq!((rule(&ran, "lost"), rule(&ran, "doubled")), ("pass".into(), "fail".into()));
    let money = money(&ran);
    let doubled = &money["identities"]["doubled"];
    let (count, all) = (doubled["count"].as_u64().unwrap(), money["acknowledged"].as_u64().unwrap());
    assert!(count.abs_diff(all / 10) <= 1, "every tenth of {all}: {count}");
    assert_eq!(ids(doubled).len(), 20);
}

#[test]
fn charges_that_failed_after_they_were_booked_are_unknown_and_told_of() {
    // So few that the success rate still holds.
    let ran = on_fault("--fail-after-commit 1/200", "200ms");
    assert_eq!(ran.code(), 0, "{}", told(&ran));
    let money = money(&ran);
    assert!(money["unknown"].as_u64() > Some(0), "{money}");
    assert_eq!(money["identities"]["unknown_done"], money["unknown"]);
    assert_eq!(money["identities"]["lost"]["count"], 0);
}

#[test]
fn charges_that_are_booked_late_are_waited_for_and_told_of() {
    let ran = on_fault("--late 2s", "3s");
    assert_eq!(ran.code(), 0, "{}", told(&ran));
    let late = &money(&ran)["identities"]["late"];
    assert!(late["rows"].as_u64() > Some(0), "{late}");
    assert!((0.1..4.0).contains(&late["seconds"].as_f64().unwrap()), "{late}");
    assert!(ran.stdout().contains("late effects"), "{}", ran.stdout());
}

#[test]
fn charges_that_are_booked_later_than_anybody_waits_are_lost() {
    let ran = on_fault("--late 1h", "300ms");
    assert_eq!(ran.code(), 99, "{}", told(&ran));
    let money = money(&ran);
    assert_eq!(money["identities"]["lost"]["count"], money["acknowledged"]);
}

#[test]
fn a_stub_fails_whether_its_answers_are_looked_at_or_believed() {
    let ran = on_fault("--stub", "200ms");
    assert_eq!(ran.code(), 99, "{}", told(&ran));
    let (folder, path) = shipped("200ms");
    let text = std::fs::read_to_string(&path).unwrap().replace("envelope = { code = 200 }", "");
    let ran = run(&scenario(folder.path(), &text), "--stub");
    assert_eq!(ran.code(), 99, "{}", told(&ran));
    let summary = ran.summary();
    assert_eq!(summary["totals"]["failures"], 0, "every answer says success");
    let money = money(&ran);
    assert_eq!(money["identities"]["lost"]["count"], money["acknowledged"], "and nothing was done");
}

/// The shipped scenario, reconciled by a number of the service's instead.
fn by_sum(value: &str, falls: bool) -> (tempfile::TempDir, String) {
    let (folder, path) = shipped("300ms");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, _) = text.split_once("[[reconcile]]").unwrap();
    let sum = format!(
        "[[reconcile]]\namount = \"amount\"\nsettle = \"300ms\"\n[reconcile.sum]\npath = \"/api/v1/consume/statistics/overview\"\nvalue = \"{value}\"\nfalls = {falls}\n"
    );
    let path = scenario(folder.path(), &format!("{before}{sum}"));
    (folder, path)
}

#[test]
fn sums_prove_the_same_to_the_cent() {
    for (value, falls) in [("$.data.totalAmount", false), ("$.data.totalBalance", true)] {
        let (_folder, path) = by_sum(value, falls);
        let ran = run(&path, "");
        assert_eq!(ran.code(), 0, "{}", told(&ran));
        let change = &money(&ran)["change"];
        assert_eq!(change["moved"], change["least"], "{change}");
        assert_eq!(change["unexplained"], "0");
    }
    let (_folder, path) = by_sum("$.data.totalAmount", false);
    let ran = run(&path, "--double 1/50");
    assert_eq!((ran.code(), rule(&ran, "unexplained")), (99, "fail".to_owned()), "{}", told(&ran));
    let ran = run(&path, "--fail-after-commit 1/200");
    assert_eq!((ran.code(), rule(&ran, "unexplained")), (0, "pass".to_owned()), "{}", told(&ran));
}

const EASY: [&str; 6] = ["--threshold", "tps>=10", "--threshold", "p95<=2s", "--threshold", "mean<=2s"];

#[test]
fn a_target_without_a_listing_is_judged_with_a_warning_that_nothing_was_reconciled() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let ran = short_run(&server.url(), &EASY).run();
    assert_eq!(ran.code(), 0, "{}", told(&ran));
    assert!(ran.stderr().contains("cannot be reconciled") && ran.stderr().contains("status 404"), "{}", ran.stderr());
    assert!(ran.stdout().contains("not reconciled"), "{}", ran.stdout());
    assert!(money(&ran)["unread"].as_str().unwrap().contains("404"));
}

#[test]
fn a_listing_that_is_required_and_not_there_makes_the_run_invalid() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let (folder, path) = shipped("200ms");
    let text = std::fs::read_to_string(path).unwrap().replace("required = false", "");
    let path = scenario(folder.path(), &text);
    let mut bench = short_run(&server.url(), &EASY);
    bench.command.args(["--scenario", &path]);
    let ran = bench.run();
    assert_eq!(ran.code(), 98, "{}", told(&ran));
    assert_eq!(rule(&ran, "lost"), "no_data");
}

#[test]
fn a_service_that_fails_now_and_then_is_reconciled_all_the_same() {
    let ran = on_fault("--error-rate 1/7", "200ms");
    assert_eq!((rule(&ran, "lost"), rule(&ran, "doubled")), ("pass".into(), "pass".into()), "{}", told(&ran));
    assert!(money(&ran)["unread"].is_null(), "{}", told(&ran));
}

#[test]
fn a_run_that_is_interrupted_is_reconciled_too() {
    let (_folder, path) = shipped("200ms");
    let words = ["--scenario", &path, "--users", "4", "--ramp-up", "0s", "--warm-up", "0s", "--run-time", "60s"];
    let mut bench = tollgate(&words);
    bench.command.args(["--serve-option", "--lose 1/5"]);
    let mut running = bench.spawn();
    // The progress of a measured second: charges were sent before it.
    running.wait_for_line("measured");
    running.signal("INT");
    let ran = running.finish();
    assert_eq!(ran.code(), 130);
    let summary = ran.summary();
    assert_eq!((&summary["interrupted"], &summary["verdict"]), (&true.into(), &"fail".into()));
    let money = money(&ran);
    assert!(money["identities"]["lost"]["count"].as_u64() > Some(0), "{money}");
}
