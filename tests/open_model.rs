//! The open model: arrivals on a schedule that does not wait for the service.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::ops::Range;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Piece, SUCCESS, Server, ok, scenario, status, tollgate};

const SCENARIO: &str = "gate = [\"failures<=0\"]\n[load]\nramp_up = \"0s\"\nwarm_up = \"0s\"\nrun_time = \"6s\"\n\
                        [[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n";

/// A server that answers in 6 ms, but for the two seconds from the third on, in which everything waits.
#[allow(clippy::disallowed_methods, reason = "the server's own clock")]
fn stalling() -> Server {
    let began = OnceLock::new();
    Server::start(move |_, _| {
        let since = began.get_or_init(Instant::now).elapsed();
        let (from, to) = (Duration::from_secs(2), Duration::from_secs(4));
        let pause = if (from..to).contains(&since) { to.saturating_sub(since) } else { Duration::ZERO };
        vec![Piece::Pause(pause + Duration::from_millis(6)), ok(SUCCESS).remove(0)]
    })
}

fn run(server: &Server, words: &[&str], text: &str) -> support::Ran {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario(folder.path(), text);
    tollgate(&[&["--host", &server.url(), "--scenario", &file], words].concat()).run()
}

fn seconds(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number")) / 1e3
}

/// The stall, had again once where the generator's own lag was a caveat: a machine that others use.
///
/// What p95 must be: the 300 slowest of 6,000 arrivals are those of the first 0.3 s of the stall, so the 301st waited
/// 1.7 s, and some 20 ms for those before it.
#[allow(clippy::print_stderr, reason = "a test that was had again says so")]
fn stalled(users: &str) -> (support::Ran, Server, Value) {
    let once = || {
        let server = stalling();
        let ran = run(&server, &["--rate", "1000", "--users", users], SCENARIO);
        let summary = ran.summary();
        (ran, server, summary)
    };
    let first = once();
    if is_calm(&first.2) {
        return first;
    }
    eprintln!("the generator itself was late; once more");
    once()
}

fn is_calm(summary: &Value) -> bool {
    let late = |caveat: &Value| ["loop_lag", "pacer_late"].iter().any(|id| caveat["id"] == *id);
    !summary["caveats"].as_array().unwrap().iter().any(late)
}

/// On a machine that lagged twice the bounds are wider: what was added is the machine's, and is told in the caveat.
fn assert_seconds(value: f64, calm: bool, (bounds, where_busy): (Range<f64>, Range<f64>)) {
    let bounds = if calm { bounds } else { where_busy };
    assert!(bounds.contains(&value), "{value} s is not in {bounds:?}, calm: {calm}");
}

#[test]
fn a_stalled_server_shows_in_response_time_but_not_in_service_time() {
    let (ran, server, summary) = stalled("100");
    let totals = &summary["totals"];
    let (response, service) = (seconds(&totals["response_time"]["p95"]), seconds(&totals["service_time"]["p95"]));
    assert_seconds(response, is_calm(&summary), (1.65..1.80, 1.6..1.9));
    // Only the hundred that waited saw the stall.
    assert_seconds(service, is_calm(&summary), (0.006..0.010, 0.006..0.1));
    assert_eq!((&totals["arrivals"], &totals["unsent"], &totals["dropped"]), (&6000.into(), &0.into(), &0.into()));
    assert_eq!(totals["requests"], 6000, "every arrival is sent, late ones too");
    assert_eq!(ran.sent(), server.requests());
    assert_eq!(summary["run"]["model"], "open");
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
}

#[test]
fn more_users_move_the_wait_from_the_queue_into_the_service() {
    let (_ran, _server, summary) = stalled("400");
    let totals = &summary["totals"];
    let (response, service) = (seconds(&totals["response_time"]["p95"]), seconds(&totals["service_time"]["p95"]));
    assert_seconds(response, is_calm(&summary), (1.65..1.80, 1.6..1.9));
    assert_seconds(service, is_calm(&summary), (1.65..1.80, 1.4..1.9));
    assert_eq!(totals["arrivals"], 6000);
}

#[test]
fn arrivals_that_no_user_could_take_are_failed_attempts() {
    let text = SCENARIO.replace("6s", "1s\"\ntimeout = \"1s");
    let server = Server::start(|_, _| vec![Piece::Hang]);
    let ran = run(&server, &["--rate", "100", "--users", "2"], &text);
    let summary = ran.summary();
    let totals = &summary["totals"];
    let count = |field: &str| totals[field].as_u64().unwrap();
    assert_eq!(count("arrivals"), 100);
    assert_eq!(count("requests") + count("unsent"), 100, "{totals}");
    assert!(count("unsent") > 50, "{totals}");
    assert_eq!(summary["thresholds"][0]["observed"], 100.0, "none of them succeeded");
    assert_eq!(ran.code(), 99);
}

#[test]
fn arrivals_over_the_cap_on_waiting_ones_are_dropped_and_void_the_run() {
    let text = SCENARIO.replace("6s\"", "1s\"\ntimeout = \"1s\"\nmax_waiting = 10");
    let server = Server::start(|_, _| vec![Piece::Hang]);
    let ran = run(&server, &["--rate", "100", "--users", "2"], &text.replace("failures<=0", "failures<=1000"));
    let summary = ran.summary();
    let totals = &summary["totals"];
    let count = |field: &str| totals[field].as_u64().unwrap();
    assert_eq!(count("arrivals"), 100, "{totals}");
    assert_eq!(count("requests") + count("unsent") + count("dropped"), 100, "{totals}");
    assert!((80..=90).contains(&count("dropped")), "two users, ten that wait, and a timeout's worth more: {totals}");
    assert_eq!(count("requests"), server.requests());
    let caveats = summary["caveats"].as_array().unwrap();
    let dropped = caveats.iter().find(|caveat| caveat["id"] == "dropped").unwrap_or_else(|| panic!("{caveats:?}"));
    assert_eq!((&dropped["class"], ran.code()), (&"accounting".into(), 98), "{}", ran.stdout());
    assert!(ran.stdout().contains("Arrivals dropped at the cap"), "{}", ran.stdout());
}

#[test]
fn a_backlog_that_is_worked_off_behind_the_window_is_no_tps() {
    // Two users at 50 ms: 40 a second at most, offered 60.
    let server = Server::start(|_, _| vec![Piece::Pause(Duration::from_millis(50)), ok(SUCCESS).remove(0)]);
    let text = SCENARIO.replace("6s", "3s").replace("failures<=0", "tps>=50");
    let ran = run(&server, &["--rate", "60", "--users", "2"], &text);
    let summary = ran.summary();
    let totals = &summary["totals"];
    assert_eq!((&totals["arrivals"], &totals["successes"]), (&180.into(), &180.into()), "every arrival is sent");
    assert!(totals["tps"].as_f64().unwrap() <= 41.0, "{totals}");
    assert_eq!(ran.code(), 99, "{}", ran.stdout());
    let busy = summary["caveats"].as_array().unwrap().iter().any(|caveat| caveat["id"] == "pool_busy");
    assert!(busy, "{}", summary["caveats"]);
}

#[test]
fn scenario_weights_hold_exactly() {
    let server = Server::start(|_, _| status("200 OK", "{}"));
    let text = "gate = [\"failures<=0\"]\n[load]\nramp_up = \"0s\"\nwarm_up = \"0s\"\nrun_time = \"1s\"\n\
                [[scenario]]\nname = \"a\"\nweight = 3\n[[scenario.step]]\nname = \"often\"\npath = \"/often\"\n\
                [[scenario]]\nname = \"b\"\n[[scenario.step]]\nname = \"rare\"\npath = \"/rare\"\n";
    let ran = run(&server, &["--rate", "400", "--users", "8"], text);
    let summary = ran.summary();
    let requests = |at: usize| summary["steps"][at]["requests"].as_u64().unwrap();
    assert_eq!((requests(0), requests(1)), (300, 100));
}

#[test]
fn an_interruption_ends_an_open_run_and_its_books_balance() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let folder = tempfile::tempdir().unwrap();
    let file = scenario(folder.path(), &SCENARIO.replace("6s", "3600s"));
    let bench = tollgate(&["--host", &server.url(), "--scenario", &file, "--rate", "200", "--users", "5"]);
    let running = bench.spawn();
    support::wait_until("some requests", || server.requests() > 100);
    running.signal("INT");
    let ran = running.finish();
    assert_eq!(ran.code(), 130, "{}", ran.stderr());
    let summary = ran.summary();
    let lost = summary["caveats"].as_array().unwrap().iter().find(|caveat| caveat["id"] == "samples_lost");
    assert_eq!(lost, None);
    assert_eq!(ran.sent(), server.requests());
}
