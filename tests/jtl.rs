//! `--jtl` as a user meets it: the list of a run, and what other programs make of it.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use support::{Ran, Server, ok, scenario, short_run, status};

// A rate that holds proves the load, however busy the machine is.
const SHOP: &str = r#"
gate = ["tps>=1 for all"]
[[scenario]]
name = "shop"
[[scenario.on_start]]
name = "login"
path = "/login"
[[scenario.step]]
group = "buy"
[[scenario.step.step]]
name = "cart"
path = "/cart?n=${sequence}"
[[scenario.step.step]]
name = "pay"
method = "POST"
path = "/pay"
body = '{"n":${sequence}}'
"#;

fn score(folder: &Path, file: &Path) -> Value {
    let out = folder.join("scored");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.args(["score", "--threshold", "tps>=1", "--quiet", "--out"]).arg(&out).arg(file);
    assert!(command.output().unwrap().status.code().is_some());
    serde_json::from_str(&fs::read_to_string(out.join("summary.json")).unwrap()).unwrap()
}

fn rows(ran: &Ran) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(ran.report().join("results.jtl")).unwrap();
    reader.records().map(Result::unwrap).collect()
}

fn count(row: &Value, name: &str) -> u64 {
    row[name].as_u64().unwrap()
}

#[test]
fn the_list_of_a_run_scored_agrees_with_the_runs_own_figures() {
    let server = Server::start(|number, _| if number % 10 == 9 { status("503 Busy", "later") } else { ok("{}") });
    let text = "gate = [\"tps>=1\"]\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\npath = \"/pay\"\nthink_time = \"1ms\"\n";
    let folder = tempfile::tempdir().unwrap();
    let ran = short_run(&server.url(), &["--jtl", "--scenario", &scenario(folder.path(), text)]).run();
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
    let (own, scored) = (ran.summary(), score(folder.path(), &ran.report().join("results.jtl")));
    let (own, scored) = (&own["totals"], &scored["totals"]);
    let outside = count(own, "outside_window");
    // What was sent outside the window is in the list, and in no figure of the run.
    assert_eq!(count(scored, "requests"), count(own, "requests") + outside);
    assert_eq!(count(scored, "requests"), server.requests());
    let failed = rows(&ran).iter().filter(|row| &row[7] == "false").count() as u64;
    assert_eq!(count(scored, "failures"), failed);
    assert!(failed >= count(own, "failures") && failed <= count(own, "failures") + outside, "{failed}");
    for time in ["mean", "p50", "p95", "p99"] {
        let of = |totals: &Value| totals["service_time"][time].as_f64().unwrap();
        // Whole milliseconds to the nearest; a few samples outside the window.
        assert!((of(scored) - of(own)).abs() < 1.5, "{time}: {} and {}", of(scored), of(own));
    }
    let verify = Command::new(env!("CARGO_BIN_EXE_tollgate")).args(["report", "--verify"]).arg(ran.report()).output();
    assert_eq!(verify.unwrap().status.code(), Some(0), "the list has its checksum");
}

#[test]
fn logins_are_rows_groups_are_transactions_and_users_are_threads() {
    let server = Server::start(|_, _| ok("{}"));
    let folder = tempfile::tempdir().unwrap();
    let ran = short_run(&server.url(), &["--jtl", "--scenario", &scenario(folder.path(), SHOP)]).run();
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
    let text = fs::read_to_string(ran.report().join("results.jtl")).unwrap();
    let header = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n";
    assert!(text.starts_with(header));
    let rows = rows(&ran);
    let of = |label: &str| rows.iter().filter(|row| &row[2] == label).count();
    assert_eq!(of("login"), 4);
    assert_eq!((of("login") + of("cart") + of("pay")) as u64, server.requests());
    assert!(of("buy") > 10 && of("buy") <= of("pay"), "{} {}", of("buy"), of("pay"));
    let cart = rows.iter().find(|row| &row[2] == "cart").unwrap();
    assert_eq!(&cart[13], format!("{}/cart?n=${{sequence}}", server.url()));
    let threads: std::collections::BTreeSet<&str> = rows.iter().map(|row| &row[5]).collect();
    assert_eq!(threads.into_iter().collect::<Vec<_>>(), ["shop 1-1", "shop 1-2", "shop 1-3", "shop 1-4"]);
    let last = rows.last().unwrap();
    assert_eq!((&last[11], &last[12]), ("4", "4"));
    let scored = score(folder.path(), &ran.report().join("results.jtl"));
    assert_eq!(scored["run"]["users"], 4);
    let own: u64 = ran.summary()["groups"].as_array().unwrap().iter().map(|group| count(group, "successes")).sum();
    let scored = scored["steps"].as_array().unwrap().iter().find(|step| step["name"] == "buy").unwrap().clone();
    assert!(count(&scored, "successes") >= own, "{scored}");
}

#[test]
fn without_the_option_there_is_no_list() {
    let server = Server::start(|_, _| ok("{}"));
    let folder = tempfile::tempdir().unwrap();
    let ran = short_run(&server.url(), &["--scenario", &scenario(folder.path(), SHOP)]).run();
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
    assert!(!ran.report().join("results.jtl").exists());
}
