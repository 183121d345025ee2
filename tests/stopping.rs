//! How a run ends before its time: interrupted, or without its target.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod support;

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use support::{Piece, Ran, Running, SUCCESS, Server, ok, signal, tollgate, wait_until};

/// A run that would take an hour.
fn endless(words: &[&str]) -> support::Running {
    let bench = tollgate(&["--users", "10", "--ramp-up", "0s", "--warm-up", "0s", "--run-time", "3600s"]);
    let mut bench = bench;
    bench.command.args(words);
    bench.spawn()
}

#[test]
fn an_interruption_ends_a_run_whose_server_hangs_and_the_report_is_written() {
    for signal in ["INT", "TERM"] {
        // Some 300 ms of answers: the requests that hang start in the window.
        let slow = || vec![Piece::Pause(Duration::from_millis(10)), ok(SUCCESS).remove(0)];
        let server = Server::start(move |number, _| if number < 300 { slow() } else { vec![Piece::Hang] });
        let mut running = endless(&["--host", &server.url(), "--timeout", "600s"]);
        running.wait_for_line("load on");
        wait_until("every user to hang", || server.requests() >= 310);
        let (ran, took) = finish_after(running, signal);
        assert!(took < Duration::from_secs(20), "{signal}: it took {took:?}, though the timeout is 600 s");
        assert_eq!(ran.code(), 130, "{signal}: {}", ran.stderr());
        let summary = ran.summary();
        assert_eq!(summary["interrupted"], true);
        assert_ne!(summary["verdict"], "pass");
        assert_eq!(ran.sent(), server.requests(), "what was given up is counted");
        assert_eq!(summary["totals"]["aborted"], 10, "one request of each user was in flight");
        assert!(ran.report().join("report.html").is_file());
    }
}

#[test]
fn an_interruption_during_the_ramp_ends_the_run_without_a_verdict() {
    let mut running = endless(&["--ramp-up", "600s", "--threshold", "failures<=0"]);
    running.wait_for_line("load on");
    running.signal("INT");
    let ran = running.finish();
    assert_eq!(ran.code(), 130);
    let summary = ran.summary();
    assert_eq!(summary["verdict"], "invalid");
    assert_eq!(summary["run"]["window"]["start"], serde_json::Value::Null);
}

/// Signals a run, and how long it then took to end.
#[allow(clippy::disallowed_methods, reason = "how long a stop takes is what is tested")]
fn finish_after(running: Running, signal: &str) -> (Ran, Duration) {
    let from = Instant::now();
    running.signal(signal);
    (running.finish(), from.elapsed())
}

/// The only child of a process.
fn child_of(parent: u32) -> u32 {
    let processes =
        std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let parent_of = |process: u32| -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name before it may hold spaces and brackets.
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
    };
    let children: Vec<u32> = processes.filter(|process| parent_of(*process) == Some(parent)).collect();
    assert_eq!(children.len(), 1, "{children:?}");
    children[0]
}

/// The address in a line that names one.
fn address(line: &str) -> &str {
    let from = line.find("http://").unwrap() + "http://".len();
    line[from..].split([' ', ',']).next().unwrap()
}

#[test]
fn the_embedded_service_never_outlives_the_run() {
    for signal in ["KILL", "TERM"] {
        let mut running = endless(&[]);
        let line = running.wait_for_line("load on");
        let mut connection = TcpStream::connect(address(&line)).unwrap();
        running.signal(signal);
        // Returns when the service goes: its end closes the connection.
        let mut rest = Vec::new();
        let _ = connection.read_to_end(&mut rest);
        running.finish();
        wait_until("the service to end", || TcpStream::connect(address(&line)).is_err());
    }
}

#[test]
fn a_run_whose_embedded_service_dies_says_so_and_is_invalid() {
    let mut running = endless(&["--threshold", "tps>=1"]);
    running.wait_for_line("load on");
    // The only child of the run is its service.
    signal("KILL", child_of(running.child.id()));
    let ran = running.finish();
    assert_eq!(ran.code(), 98, "{}", ran.stdout());
    let summary = ran.summary();
    assert_eq!(summary["verdict"], "invalid");
    let lost = summary["caveats"].as_array().unwrap().iter().find(|caveat| caveat["id"] == "target_lost");
    assert!(lost.is_some_and(|caveat| caveat["message"].as_str().unwrap().contains("the embedded service ended")));
}
