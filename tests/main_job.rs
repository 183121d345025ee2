//! The main job as a user runs it: the binary, a target, a report and an exit code.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use support::{Piece, SUCCESS, Server, get, ok, scenario, short_run, status, tollgate};

/// Rules that a handful of test users can hold.
const EASY: [&str; 4] = ["--threshold", "tps>=10", "--threshold", "p95<=2s"];

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn the_default_target_is_the_embedded_service_and_the_report_says_so() {
    let bench = tollgate(&["--users", "20", "--ramp-up", "500ms", "--warm-up", "500ms", "--run-time", "2s"]);
    let mut command = bench.calibrating();
    command.command.args(["--threshold", "tps>=100", "--threshold", "mean<=500ms", "--threshold", "p95<=500ms"]);
    let ran = command.run();
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
    let summary = ran.summary();
    assert_eq!(summary["target"]["kind"], "embedded");
    assert_eq!(summary["verdict"], "pass");
    assert_eq!(summary["gate"], "custom");
    assert_eq!(summary["totals"]["failures"], 0);
    let calibration = &summary["generator"]["calibration"];
    assert!(number(&calibration["tps"]) > 100.0 && number(&calibration["p95"]) > 0.0, "{calibration}");
    assert!(ran.stderr().contains("calibration: "), "{}", ran.stderr());
    assert!(ran.stdout().contains("(demonstration target)"), "{}", ran.stdout());
    for file in ["summary.json", "report.html", "junit.xml", "acceptance.docx", "SHA256SUMS"] {
        assert!(ran.report().join(file).is_file(), "{file}");
    }
    for chart in ["latency-over-time", "throughput-over-time", "latency-distribution"] {
        for kind in ["svg", "png"] {
            let path = ran.report().join("charts").join(format!("{chart}.{kind}"));
            assert!(fs::metadata(&path).is_ok_and(|file| file.len() > 1000), "{}", path.display());
        }
    }
}

#[test]
fn the_clock_stops_at_the_last_byte_of_the_body() {
    let server = Server::start(|_, _| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", SUCCESS.len());
        vec![
            Piece::Pause(Duration::from_millis(5)),
            Piece::Bytes(head.into_bytes()),
            Piece::Pause(Duration::from_millis(50)),
            Piece::Bytes(SUCCESS.into()),
        ]
    });
    let ran = short_run(&server.url(), &EASY).run();
    let totals = &ran.summary()["totals"];
    assert!(number(&totals["service_time"]["mean"]) > 55.0, "{}", totals["service_time"]);
    assert!(number(&totals["service_time"]["min"]) >= 55.0, "{}", totals["service_time"]);
    let ttfb = number(&totals["ttfb"]["mean"]);
    let mean = number(&totals["service_time"]["mean"]);
    assert!(ttfb >= 5.0 && ttfb <= mean - 50.0, "the first byte came {ttfb} ms after the request, the last {mean} ms");
}

#[test]
fn http_200_with_a_failing_envelope_counts_as_failed() {
    let server = Server::start(|number, _| match number % 2 {
        0 => ok(SUCCESS),
        _ => ok(r#"{"code":107264,"message":"账户余额不足","data":null,"timestamp":1}"#),
    });
    let ran = short_run(&server.url(), &EASY).run();
    assert_eq!(ran.code(), 99, "{}", ran.stdout());
    let summary = ran.summary();
    let failure = &summary["failures"][0];
    assert_eq!((&failure["class"], &failure["code"]), (&"business_reject".into(), &107_264.into()));
    assert_eq!(failure["message"], "账户余额不足");
    assert_eq!(failure["count"], summary["totals"]["failures"]);
    let rate = number(&summary["totals"]["success_rate"]);
    assert!((0.4..0.6).contains(&rate), "{rate}");
}

#[test]
fn the_count_of_everything_sent_equals_the_servers_own() {
    let server = Server::start(|number, _| match number % 10 {
        0 => status("500 Internal Server Error", r#"{"code":500,"message":"系统繁忙，请稍后重试"}"#),
        1 => vec![
            Piece::Pause(Duration::from_millis(300)),
            Piece::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec()),
        ],
        2 => vec![Piece::Close],
        _ => ok(SUCCESS),
    });
    let bench = tollgate(&[
        "--host",
        &server.url(),
        "--users",
        "8",
        "--ramp-up",
        "300ms",
        "--warm-up",
        "300ms",
        "--run-time",
        "1s",
    ]);
    let ran = bench.run();
    let summary = ran.summary();
    let totals = &summary["totals"];
    assert_eq!(ran.sent(), server.requests(), "{}", ran.stdout());
    assert_eq!(totals["aborted"], 0, "everything in flight is followed to its end");
    let parts = ["successes", "failures", "aborted"].map(|part| totals[part].as_u64().unwrap());
    assert_eq!(totals["requests"].as_u64(), Some(parts.iter().sum()));
    let accounting = summary["caveats"].as_array().unwrap().iter().find(|caveat| caveat["class"] == "accounting");
    assert_eq!(accounting, None, "the books balance");
    let classes: HashSet<&str> =
        summary["failures"].as_array().unwrap().iter().filter_map(|failure| failure["class"].as_str()).collect();
    assert_eq!(classes, HashSet::from(["server_error", "parse", "cut"]));
}

#[test]
fn a_user_keeps_one_connection_and_no_triple_recurs() {
    let server = Server::start(|_, _| vec![Piece::Pause(Duration::from_millis(1)), ok(SUCCESS).remove(0)]);
    let ran = short_run(&server.url(), &EASY).run();
    assert_eq!(ran.code(), 0, "{}", ran.stdout());
    assert_eq!(server.seen.connections.load(Ordering::SeqCst), 4, "one connection a user");
    let texts = server.seen.texts.lock().unwrap();
    let bodies: Vec<Value> =
        texts.iter().map(|text| serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap()).collect();
    let numbers: HashSet<&str> = bodies.iter().filter_map(|body| body["transactionNo"].as_str()).collect();
    assert_eq!(numbers.len(), bodies.len(), "every transaction has a number of its own");
    let triples: HashSet<String> =
        bodies.iter().map(|b| format!("{} {} {}", b["userId"], b["deviceId"], b["amount"])).collect();
    assert_eq!(triples.len(), bodies.len());
    assert!(bodies.iter().all(|body| body["userId"].is_u64() && body["areaId"].is_string() && body["amount"].is_f64()));
}

#[test]
fn answers_that_end_behind_the_window_are_followed_to_their_end() {
    let slow = || vec![Piece::Pause(Duration::from_millis(700)), ok(SUCCESS).remove(0)];
    let server = Server::start(move |_, _| slow());
    let ran = short_run(&server.url(), &["--threshold", "failures<=0"]).run();
    let summary = ran.summary();
    assert_eq!(summary["totals"]["aborted"], 0);
    assert_eq!(summary["totals"]["failures"], 0);
    assert_eq!(ran.sent(), server.requests());
    assert!(
        number(&summary["totals"]["requests"]) >= 4.0,
        "each user's second request starts in the window and ends behind it"
    );
    assert!(number(&summary["totals"]["service_time"]["min"]) >= 700.0);
}

#[test]
fn a_request_without_a_whole_answer_in_time_is_a_timeout() {
    let server = Server::start(|number, _| if number % 4 == 3 { vec![Piece::Hang] } else { ok(SUCCESS) });
    let ran = short_run(&server.url(), &["--timeout", "300ms", "--threshold", "tps>=1"]).run();
    assert_eq!(ran.code(), 99);
    let summary = ran.summary();
    assert_eq!(summary["failures"][0]["class"], "timeout");
    let shortest = number(&summary["totals"]["failure_time"]["min"]);
    assert!(shortest >= 300.0, "{shortest}");
}

#[test]
fn an_answer_in_chunks_after_an_interim_one_is_a_success() {
    let server = Server::start(|_, _| {
        let (one, other) = SUCCESS.split_at(20);
        let chunked = format!(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{one}\r\n{:x}\r\n{other}\r\n0\r\n\r\n",
            one.len(),
            other.len()
        );
        vec![Piece::Bytes(chunked.into_bytes())]
    });
    let ran = short_run(&server.url(), &EASY).run();
    assert_eq!(ran.code(), 0, "{}", ran.stdout());
    assert_eq!(server.seen.connections.load(Ordering::SeqCst), 4, "chunks leave the connection usable");
}

#[test]
fn a_connection_that_the_server_closes_behind_each_answer_is_opened_anew() {
    let body = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{SUCCESS}", SUCCESS.len());
    let server = Server::start(move |_, _| vec![Piece::Bytes(body.clone().into_bytes()), Piece::Close]);
    let ran = short_run(&server.url(), &EASY).run();
    assert_eq!(ran.code(), 0, "{}", ran.stdout());
    assert_eq!(ran.sent(), server.requests());
    let totals = &ran.summary()["totals"];
    assert_eq!(totals["connect"]["count"], totals["requests"]);
}

#[test]
fn stdout_carries_the_result_and_nothing_else() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let ran = short_run(&server.url(), &[&EASY[..], &["--quiet"]].concat()).run();
    assert_eq!(ran.stdout().lines().count(), 1, "{}", ran.stdout());
    // Warnings are said even then, and not on stdout.
    let warnings: Vec<String> = ran.stderr().lines().map(ToOwned::to_owned).collect();
    assert!(warnings.len() == 1 && warnings[0].contains("cannot be reconciled"), "{warnings:?}");
    let ran = short_run(&server.url(), &EASY).run();
    let labels: Vec<&str> = ran_labels(&ran.stdout(), 9);
    assert_eq!(labels, LABELS, "the order of the script that this replaces");
}

const LABELS: [&str; 9] = [
    "Total requests",
    "Successful requests",
    "Failed requests",
    "Success rate",
    "TPS",
    "Mean response time",
    "Min response time",
    "Max response time",
    "P95 response time",
];

/// The labels of the first lines.
fn ran_labels(stdout: &str, count: usize) -> Vec<&'static str> {
    let lines = stdout.lines().take(count);
    lines.map(|line| *LABELS.iter().find(|label| line.starts_with(**label)).unwrap_or(&"unknown")).collect()
}

#[test]
fn the_console_speaks_chinese_with_todays_terms() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let ran = short_run(&server.url(), &[&EASY[..], &["--lang", "zh"]].concat()).run();
    let stdout = ran.stdout();
    let terms = [
        "总请求数",
        "成功请求数",
        "失败请求数",
        "成功率",
        "TPS",
        "平均响应时间",
        "最小响应时间",
        "最大响应时间",
        "P95响应时间",
    ];
    for (line, term) in stdout.lines().zip(terms) {
        assert!(line.starts_with(term), "{stdout}");
    }
    assert!(stdout.contains("达标") && !stdout.contains("未达标"), "{stdout}");
}

#[test]
fn weighted_scenarios_of_several_steps_are_reported_step_by_step() {
    let server = Server::start(|_, _| ok("{}"));
    let folder = tempfile::tempdir().unwrap();
    let file = scenario(
        folder.path(),
        "gate = [\"failures<=0\", \"p95<=2s for iteration\", \"tps>=1 for look\"]\n\
         [[scenario]]\nname = \"buy\"\nweight = 3\n\
         [[scenario.step]]\nname = \"pay\"\nmethod = \"POST\"\npath = \"/pay\"\nbody = \"x\"\n\
         [[scenario.step]]\nname = \"look\"\npath = \"/look?n=${sequence}\"\nthink_time = \"100ms\"\n\
         [[scenario]]\nname = \"list\"\n\
         [[scenario.step]]\nname = \"list\"\npath = \"/list\"\n",
    );
    let ran = short_run(&server.url(), &["--scenario", &file]).run();
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
    let summary = ran.summary();
    let names: Vec<&str> =
        summary["steps"].as_array().unwrap().iter().filter_map(|step| step["name"].as_str()).collect();
    assert_eq!(names, ["pay", "look", "list"]);
    let texts = server.seen.texts.lock().unwrap();
    let count = |start: &str| texts.iter().filter(|text| text.starts_with(start)).count();
    assert!(count("POST /pay HTTP/1.1\r\n") > 0 && count("GET /list HTTP/1.1\r\n") > 0);
    let cut_short = count("POST /pay") - count("GET /look?n=");
    assert!(cut_short <= 3, "only the run's end comes between the steps of an iteration, but {cut_short} were cut");
    let think: f64 = number(&summary["steps"][1]["service_time"]["mean"]);
    assert!(think < 100.0, "think time is no part of a latency, but the mean was {think} ms");
}

#[test]
fn a_service_that_freezes_for_a_fifth_of_the_run_fails_its_p95() {
    // Each of the four users meets one answer of 800 ms, all at about the same time.
    let server = Server::start(|number, _| {
        let pause = if (400..404).contains(&number) { 800 } else { 5 };
        vec![Piece::Pause(Duration::from_millis(pause)), ok(SUCCESS).remove(0)]
    });
    let ran =
        short_run(&server.url(), &["--run-time", "2s", "--threshold", "tps>=50", "--threshold", "p95<=100ms"]).run();
    assert_eq!(ran.code(), 99, "{}", ran.stdout());
    let summary = ran.summary();
    let p95 = number(&summary["totals"]["service_time"]["p95"]);
    assert!(p95 <= 100.0, "the samples alone hold the rule: {p95} ms");
    assert!(number(&summary["totals"]["stalled"]) >= 600.0, "{}", summary["totals"]);
    assert!(number(&summary["totals"]["max_gap"]) >= 700.0, "{}", summary["totals"]);
    assert!(ran.stdout().contains("users waited and nothing succeeded"), "{}", ran.stdout());
}

#[test]
fn the_money_of_a_run_adds_up_in_the_service() {
    let service = Service::start(&["--delay", "1ms"]);
    let before = service.overview();
    let ran = short_run(&service.url, &EASY).run();
    let after = service.overview();
    assert_eq!(ran.code(), 0, "{}", ran.stdout());
    assert_eq!(ran.summary()["totals"]["failures"], 0);
    assert_eq!(after.count - before.count, ran.sent(), "every success is one record");
    assert_eq!(before.balance - after.balance, after.amount - before.amount, "what was taken is what was recorded");
    assert!(after.amount > before.amount);
}

/// `tollgate serve`, ended with the test.
struct Service {
    child: std::process::Child,
    url: String,
}

/// What its statistics say; money in fen.
struct Overview {
    count: u64,
    amount: i64,
    balance: i64,
}

impl Service {
    fn start(words: &[&str]) -> Self {
        let mut child = tollgate(&[&["serve", "--address", "127.0.0.1:0"], words].concat()).command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, url }
    }

    fn overview(&self) -> Overview {
        let data = &get(&self.url, "/api/v1/consume/statistics/overview")["data"];
        // Exact: a balance of all accounts in fen is far below 2^53.
        let fen = |field: &str| (number(&data[field]) * 100.0).round() as i64;
        Overview {
            count: data["totalCount"].as_u64().unwrap(),
            amount: fen("totalAmount"),
            balance: fen("totalBalance"),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
