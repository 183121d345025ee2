//! What a run leaves beside its page, through the command as a user or a pipeline runs it.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use support::{SUCCESS, Server, ok, scenario, short_run, status, tollgate};

/// Rules that a handful of test users can hold.
const EASY: [&str; 4] = ["--threshold", "tps>=10", "--threshold", "p95<=2s"];

/// Every file below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn verify(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tollgate")).arg("report").arg(folder).args(words).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn verify_finds_what_differs_is_missing_or_was_added() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let ran = short_run(&server.url(), &EASY).run();
    let report = ran.report();
    let whole = verify(&report, &["--verify"]);
    assert_eq!(whole.status.code(), Some(0), "{}", said(&whole));
    assert!(said(&whole).contains("all 22 files are as they were written"), "{}", said(&whole));

    fs::write(report.join("summary.json"), "{}").unwrap();
    fs::remove_file(report.join("charts").join("latency-over-time.png")).unwrap();
    fs::write(report.join("better.html"), "").unwrap();
    let changed = verify(&report, &["--verify", "--lang", "zh"]);
    assert_eq!(changed.status.code(), Some(1));
    for line in [
        "summary.json：内容与生成时不一致",
        "charts/latency-over-time.png：文件缺失",
        "better.html：不属于原报告",
        "共 3 处差异",
    ] {
        assert!(said(&changed).contains(line), "{line}: {}", said(&changed));
    }
    let nothing = verify(&ran.folder.path().join("no-such-run"), &["--verify"]);
    assert_eq!(nothing.status.code(), Some(1));
}

#[test]
fn every_run_is_a_line_of_the_history_and_latest_leads_to_the_last() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let place = tempfile::tempdir().unwrap();
    for run in ["one", "two"] {
        let bench = short_run(&server.url(), &EASY);
        let mut command = bench.command;
        let code = command.arg("--out").arg(place.path().join(run)).output().unwrap().status.code();
        assert_eq!(code, Some(0));
    }
    let history = fs::read_to_string(place.path().join("history.jsonl")).unwrap();
    let lines: Vec<Value> = history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let folders: Vec<&str> = lines.iter().filter_map(|line| line["folder"].as_str()).collect();
    assert_eq!(folders, ["one", "two"]);
    assert!(lines.iter().all(|line| line["verdict"] == "pass" && line["tps"].as_f64().is_some_and(|tps| tps >= 10.0)));
    let latest = place.path().join("latest");
    let leads_to = if latest.is_dir() {
        fs::canonicalize(&latest).unwrap()
    } else {
        fs::read_to_string(&latest).unwrap().trim().into()
    };
    assert!(leads_to.ends_with("two"), "{}", leads_to.display());
}

/// A server of which two answers in a hundred are failures: a rule on their number fails however busy the machine is,
/// where the generator's own share may explain a time or a rate.
fn fails_now_and_then() -> Server {
    Server::start(|number, _| if number % 50 == 7 { status("500 Internal Server Error", "{}") } else { ok(SUCCESS) })
}

/// Rules in place of the scenario's own, of which that on failures alone fails.
const FAILURES_FAIL: [&str; 8] = [
    "--threshold",
    "tps>=10",
    "--threshold",
    "p95<=60s",
    "--threshold",
    "success-rate>=1%",
    "--threshold",
    "failures<=0",
];

#[test]
fn github_is_told_on_stderr_and_in_the_step_summary() {
    let server = fails_now_and_then();
    let place = tempfile::tempdir().unwrap();
    let summary = place.path().join("step.md");
    fs::write(&summary, "an earlier step\n").unwrap();
    let mut bench = short_run(&server.url(), &FAILURES_FAIL);
    bench.command.arg("--quiet");
    bench.command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
    let ran = bench.run();
    assert_eq!(ran.code(), 99, "{}", ran.stderr());
    let commands: Vec<String> =
        ran.stderr().lines().filter(|line| line.starts_with("::")).map(ToOwned::to_owned).collect();
    assert_eq!(commands.len(), 1, "{}", ran.stderr());
    assert!(commands[0].starts_with("::error title=consume%3A failures<=0::fail: "), "{}", commands[0]);
    assert_eq!(ran.stdout().lines().count(), 1, "the result alone is on stdout");
    let text = fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("an earlier step\n") && text.contains("`failures<=0`"), "{text}");
}

#[test]
fn outside_a_pipeline_nothing_is_said_to_one() {
    let server = fails_now_and_then();
    let mut bench = short_run(&server.url(), &FAILURES_FAIL);
    bench.command.env_remove("GITHUB_ACTIONS").env_remove("GITHUB_STEP_SUMMARY");
    let ran = bench.run();
    assert_eq!(ran.code(), 99);
    assert!(!ran.stderr().contains("::error"), "{}", ran.stderr());
}

#[test]
fn a_secret_of_the_scenario_is_in_no_file_of_the_report_nor_on_the_console() {
    const SECRET: &str = "s3cr3t-plant-9f1c";
    let place = tempfile::tempdir().unwrap();
    let file = scenario(
        place.path(),
        &fs::read_to_string("scenarios/consume.toml").unwrap().replace(
            "Accept = \"application/json\"",
            &format!("Accept = \"application/json\", Authorization = \"Bearer {SECRET}\""),
        ),
    );
    let server = Server::start(|number, _| match number % 2 {
        0 => ok(SUCCESS),
        _ => status("401 Unauthorized", r#"{"code":401,"message":"no"}"#),
    });
    let bench = tollgate(&[
        "--scenario",
        &file,
        "--host",
        &server.url(),
        "--users",
        "4",
        "--ramp-up",
        "0s",
        "--warm-up",
        "0s",
        "--run-time",
        "1s",
        "--threshold",
        "tps>=10",
    ]);
    let ran = bench.run();
    assert!(server.seen.texts.lock().unwrap().iter().all(|text| text.contains(SECRET)), "the secret was sent");
    assert!(!ran.stdout().contains(SECRET) && !ran.stderr().contains(SECRET));
    let files = files(ran.folder.path());
    assert!(files.len() > 15, "{files:?}");
    for path in files {
        let bytes = fs::read(&path).unwrap();
        let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found, "{}", path.display());
    }
}
