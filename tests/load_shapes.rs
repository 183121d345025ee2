//! Shapes of load against a server that counts: iteration limits, pauses, pacing and stages.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::time::Duration;

use serde_json::Value;
use support::{Piece, Ran, SUCCESS, Server, ok, scenario, tollgate};

fn run(server: &Server, words: &[&str], text: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario(folder.path(), text);
    tollgate(&[&["--host", &server.url(), "--scenario", &file], words].concat()).run()
}

/// A scenario of one step, with more lines in `[load]` and in `[[scenario]]`.
fn one_step(load: &str, of_scenario: &str) -> String {
    format!(
        "gate = [\"failures<=0\", \"tps>=1 for all\"]\n[load]\nramp_up = \"0s\"\nwarm_up = \"0s\"\n{load}\n\
         [[scenario]]\nname = \"a\"\n{of_scenario}\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n"
    )
}

fn slow(millis: u64) -> Server {
    Server::start(move |_, _| vec![Piece::Pause(Duration::from_millis(millis)), ok(SUCCESS).remove(0)])
}

fn has_caveat(summary: &Value, id: &str) -> bool {
    summary["caveats"].as_array().unwrap().iter().any(|caveat| caveat["id"] == id)
}

#[test]
fn an_iteration_limit_is_kept_exactly_and_ends_the_window_with_the_last_of_them() {
    let server = slow(5);
    let ran = run(&server, &["--iterations", "203", "--users", "8"], &one_step("run_time = \"60s\"", ""));
    let summary = ran.summary();
    let totals = &summary["totals"];
    assert_eq!((&totals["requests"], &totals["outside_window"]), (&203.into(), &0.into()));
    assert_eq!(server.requests(), 203, "without ramp-up and warm-up the target sees nothing else");
    let seconds = summary["run"]["window"]["seconds"].as_f64().unwrap();
    assert!((0.125..30.0).contains(&seconds), "26 rounds of 5 ms: {seconds}");
    let tps = totals["tps"].as_f64().unwrap();
    assert!((tps * seconds - 203.0).abs() < 1e-3, "{tps}");
    assert!(!has_caveat(&summary, "window_short") && !has_caveat(&summary, "iterations_short"), "{summary}");
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
}

#[test]
fn load_before_the_window_is_not_taken_off_the_iteration_limit() {
    let text = one_step("iterations = 100\nusers = 4", "").replace("warm_up = \"0s\"", "warm_up = \"300ms\"")
        + "[[scenario.step]]\nname = \"t\"\npath = \"/t\"\n";
    let server = slow(3);
    let ran = run(&server, &["--run-time", "60s"], &text);
    let summary = ran.summary();
    assert_eq!(summary["totals"]["requests"], 200, "each iteration is whole on one side of the window's start");
    assert!(summary["totals"]["outside_window"].as_u64().unwrap() > 0);
    assert_eq!(ran.sent(), server.requests());
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
}

#[test]
fn an_iteration_limit_that_the_run_time_cuts_off_is_said() {
    let server = slow(50);
    let ran = run(&server, &["--iterations", "1000000", "--users", "2"], &one_step("run_time = \"1s\"", ""));
    let summary = ran.summary();
    assert_eq!(summary["run"]["window"]["seconds"], 1.0);
    assert!(has_caveat(&summary, "iterations_short") && !has_caveat(&summary, "window_short"), "{summary}");
    assert_eq!(ran.code(), 0, "the window is whole: {}", ran.stdout());
}

#[test]
fn a_paced_user_starts_its_iterations_on_the_period_and_no_latency_shows_it() {
    let server = slow(20);
    let ran = run(&server, &["--users", "4"], &one_step("run_time = \"2s\"", "pacing = \"200ms\""));
    let summary = ran.summary();
    let totals = &summary["totals"];
    // Ten starts a user in 2 s, one more where the window cuts a period; fewer on a busy machine.
    let requests = totals["requests"].as_u64().unwrap();
    assert!((20..=44).contains(&requests), "{requests}");
    assert!(totals["service_time"]["p50"].as_f64().unwrap() < 190.0, "{totals}");
    assert_eq!(ran.sent(), server.requests());
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
}

#[test]
fn drawn_think_times_send_what_their_mean_says() {
    let server = slow(1);
    let think = "run_time = \"3s\"\nthink_time = { uniform = [\"50ms\", \"150ms\"] }";
    let ran = run(&server, &["--users", "10"], &one_step(think, ""));
    // 10 users, 3 s, 100 ms and a few for the request and the timers.
    let requests = ran.summary()["totals"]["requests"].as_u64().unwrap();
    assert!((100..=310).contains(&requests), "{requests}");
    assert_eq!(ran.sent(), server.requests());
}

#[test]
fn stages_of_users_park_who_is_over_the_level() {
    let stages = "[[load.stage]]\nusers = 2\nhold = \"2s\"\n[[load.stage]]\nusers = 8\nhold = \"2s\"\n\
                  [[load.stage]]\nusers = 1\nhold = \"2s\"\n";
    let server = slow(10);
    let ran = run(&server, &[], &one_step(stages, "pacing = \"100ms\""));
    let summary = ran.summary();
    assert_eq!((&summary["run"]["users"], &summary["run"]["run_time_s"]), (&8.into(), &6.0.into()));
    let requests = summary["totals"]["requests"].as_u64().unwrap();
    // 10 a second and user: 2 * 20 + 8 * 20 + 1 * 20, and at each edge one more for each user; fewer on a busy machine.
    assert!((120..=240).contains(&requests), "{requests}");
    assert_eq!(ran.sent(), server.requests());
    assert!(!has_caveat(&summary, "stall") && !has_caveat(&summary, "samples_lost"), "{summary}");
    let page = std::fs::read_to_string(ran.report().join("report.html")).unwrap();
    assert!(page.contains("2 users for 2 s"), "the report tells the stages");
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
}

#[test]
fn stages_of_a_rate_offer_exactly_their_arrivals() {
    let stages = "[[load.stage]]\nrate = 100\nhold = \"1s\"\n[[load.stage]]\nrate = 300\nramp = \"2s\"\nhold = \"1s\"\n\
                  [[load.stage]]\nrate = 50\nhold = \"1s\"\n";
    let server = slow(1);
    let ran = run(&server, &["--users", "20"], &one_step(stages, ""));
    let summary = ran.summary();
    let totals = &summary["totals"];
    assert_eq!(totals["arrivals"], 850, "100 + 400 + 300 + 50");
    assert_eq!((&totals["requests"], &totals["unsent"]), (&850.into(), &0.into()));
    assert_eq!(summary["run"]["rate"], 170.0, "the mean over the window");
    assert_eq!(ran.sent(), server.requests());
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
}

#[test]
fn a_rule_that_another_implies_is_named_before_the_run_and_in_the_report() {
    let text = one_step("run_time = \"1s\"\nusers = 4", "")
        .replace("failures<=0\", \"tps>=1 for all", "mean-all<=2s\", \"tps>=1\", \"success-rate>=99%");
    let ran = run(&slow(5), &[], &text);
    let said = "tps>=1 cannot fail while mean-all<=2s holds: 4 users that never pause make users / mean, 2 attempts";
    assert!(ran.stderr().contains(&format!("note: {said}")), "{}", ran.stderr());
    assert!(ran.stdout().contains(said), "{}", ran.stdout());
    assert_eq!(ran.code(), 0, "a note changes no verdict");
}
