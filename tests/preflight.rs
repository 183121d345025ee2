//! The preflight as a user meets it: what refuses a run before any load, and what is only said.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::fs;

use support::{Piece, Ran, Server, ok, scenario, short_run, status, tollgate};

const UP: &str = r#"{"status":"UP"}"#;
const ONE: &str = "gate = [\"failures<=100000\", \"throughput>=1 for all\"]\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\npath = \"/pay\"\n";

/// A service that is up, and whose steps answer what `answer` says to a path.
fn service(answer: impl Fn(&str) -> Vec<Piece> + Send + Sync + 'static) -> Server {
    Server::start(move |_, text| match text.split(' ').nth(1).unwrap() {
        "/actuator/health" => ok(UP),
        path => answer(path),
    })
}

fn run(server: &Server, text: &str, words: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rows.csv"), "id\nr1\nr2\n").unwrap();
    let file = scenario(folder.path(), text);
    let mut bench = short_run(&server.url(), &["--scenario", &file]);
    bench.command.args(words);
    bench.preflighting().run()
}

/// The paths that were asked for, in order.
fn paths(server: &Server) -> Vec<String> {
    let seen = server.seen.texts.lock().unwrap();
    seen.iter().map(|text| text.split(' ').nth(1).unwrap().to_owned()).collect()
}

#[test]
fn what_is_not_let_in_or_not_known_refuses_the_run_with_the_answers_first_lines() {
    for refusal in ["401 Unauthorized", "403 Forbidden", "404 Not Found", "405 Method Not Allowed"] {
        let server = service(move |_| status(refusal, "<html>\nno entry\n"));
        let ran = run(&server, ONE, &[]);
        assert_eq!(ran.code(), 3, "{refusal}: {}", ran.stderr());
        let said = ran.stderr();
        let number = refusal.split(' ').next().unwrap();
        assert!(said.contains(&format!("step \"pay\" is answered with HTTP {number}")), "{said}");
        assert!(said.contains(&format!("  | HTTP/1.1 {refusal}\n  | <html>\n  | no entry")), "{said}");
        assert_eq!(paths(&server), ["/actuator/health", "/pay"], "no load was sent");
        assert!(!ran.report().exists(), "no report of a run that was none");
    }
}

#[test]
fn a_status_that_the_step_expects_refuses_nothing() {
    let server = service(|_| status("404 Not Found", ""));
    let ran = run(&server, &format!("{ONE}expect = 404\n"), &["--dry-run"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
}

#[test]
fn what_merely_fails_is_warned_of_and_the_load_goes_on() {
    let checked = format!("{ONE}check = [{{ contains = \"yes\" }}]\n");
    for (text, answer, part) in [
        (
            ONE,
            status("503 Busy", "later\nmuch later"),
            "warning: preflight: step \"pay\" failed (server_error): later␊much later\n  | HTTP/1.1 503 Busy\n  | later\n",
        ),
        (&checked, ok("no"), "warning: preflight: step \"pay\" failed (check)"),
        (ONE, status("429 Too Many", "slow down"), "met a rate limiter (HTTP 429) before any load"),
        (ONE, vec![Piece::Close], "failed (cut)"),
    ] {
        let server = service(move |_| answer.clone());
        let ran = run(&server, text, &[]);
        assert!(ran.stderr().contains(part), "{part}: {}", ran.stderr());
        assert_ne!(ran.code(), 3, "{part}");
        assert!(server.requests() > 2, "{part}: the load was sent");
    }
}

#[test]
fn what_a_service_answers_moves_no_cursor_and_begins_no_line_on_the_console() {
    let hostile = "\u{1b}[2Jno\r\n::error::made up\u{202e}";
    let text = ONE.replace("name = \"pay\"", "name = \"pay\u{202e}\"");
    for answer in [status("503 Busy", hostile), status("404 Not Found", hostile)] {
        let server = service(move |_| answer.clone());
        let said = run(&server, &text, &[]).stderr();
        assert!(said.contains("preflight: ") || said.contains("HTTP 404"), "{said}");
        assert!(said.contains("[2Jno") && said.contains("step \"pay<U+202E>\""), "{said}");
        assert!(!said.contains(['\u{1b}', '\r', '\u{202e}']), "{said}");
        assert!(!said.lines().any(|line| line.trim_start().starts_with("::")), "{said}");
    }
}

#[test]
fn a_service_that_says_it_is_down_refuses_the_run() {
    let server = Server::start(|_, _| status("503 Service Unavailable", r#"{"status":"DOWN"}"#));
    let ran = run(&server, ONE, &[]);
    assert_eq!(ran.code(), 3, "{}", ran.stderr());
    assert!(ran.stderr().contains("/actuator/health does not say \"status\": \"UP\""), "{}", ran.stderr());
    assert!(ran.stderr().contains("  | {\"status\":\"DOWN\"}"), "{}", ran.stderr());
}

#[test]
fn a_missing_health_endpoint_is_a_warning_unless_the_scenario_names_it() {
    let none = |_: u64, text: &str| if text.starts_with("GET /pay ") { ok("{}") } else { status("404 Not Found", "") };
    let server = Server::start(none);
    let ran = run(&server, ONE, &["--dry-run"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert!(ran.stderr().contains("there is no health endpoint /actuator/health"), "{}", ran.stderr());
    let named = format!("[target]\nhealth = \"/healthz\"\n{}", ONE.replace("gate", "#gate"));
    let ran = run(&server, &named, &["--dry-run"]);
    assert_eq!(ran.code(), 3, "{}", ran.stderr());
    assert!(ran.stderr().contains("the health endpoint /healthz"), "{}", ran.stderr());
}

#[test]
fn every_shipped_scenario_rehearses_on_the_embedded_service_without_a_warning() {
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") && !path.ends_with("acceptance.toml") {
            let bench = tollgate(&["--dry-run", "--scenario", &path.to_string_lossy()]);
            let ran = bench.preflighting().run();
            assert_eq!(ran.code(), 0, "{}", ran.stderr());
            assert!(!ran.stderr().contains("warning"), "{}: {}", path.display(), ran.stderr());
        }
    }
}

#[test]
fn a_program_without_its_scenarios_beside_it_uses_the_one_built_in_and_says_so() {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut bench = tollgate(&["--dry-run"]);
    bench.command.current_dir(elsewhere.path());
    let ran = bench.preflighting().run();
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert!(ran.stderr().contains("the scenario built into this program is used"), "{}", ran.stderr());
    let mut bench = tollgate(&["--dry-run", "--scenario", "scenarios/other.toml"]);
    bench.command.current_dir(elsewhere.path());
    let ran = bench.preflighting().run();
    assert_eq!(ran.code(), 2, "a scenario that was named is not replaced");
    assert!(ran.stderr().contains("other.toml") && ran.stderr().contains("--scenario"), "{}", ran.stderr());
}

const BRANCHES: &str = r#"
gate = ["failures<=100000", "throughput>=1 for all"]
[[feeder]]
name = "card"
file = "rows.csv"
at_end = "stop"
[[scenario]]
name = "a"
[[scenario.on_start]]
name = "login"
path = "/login"
extract = [{ var = "token", json = "$.token" }]
[[scenario.step]]
pick = "weighted"
[[scenario.step.step]]
name = "left"
path = "/left/${token}"
[[scenario.step.step]]
name = "right"
path = "/right"
extract = [{ var = "order", json = "$.order" }]
[[scenario.step]]
if = "${token} == 'other'"
[[scenario.step.step]]
name = "then"
path = "/then"
[[scenario.step.else]]
name = "else"
path = "/else"
think_time = "1h"
[[scenario.step]]
name = "order"
path = "/orders/${order}"
[[scenario.step]]
name = "card"
path = "/cards/${card.id}"
[[scenario.step]]
repeat = 3
as = "n"
[[scenario.step.step]]
name = "again"
path = "/again/${n}"
"#;

#[test]
fn a_dry_run_goes_through_every_arm_and_branch_once_and_stops() {
    let server = service(|_| ok(r#"{"token":"t"}"#));
    let ran = run(&server, BRANCHES, &["--dry-run"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert_eq!(
        paths(&server),
        ["/actuator/health", "/login", "/left/t", "/right", "/then", "/else", "/again/0"],
        "no step that needs the order, none that takes a card away"
    );
    for step in ["order", "card"] {
        assert!(ran.stderr().contains(&format!("step \"{step}\" was not tried")), "{}", ran.stderr());
    }
    assert!(ran.stderr().contains("step \"right\" failed (check): order: expected"), "{}", ran.stderr());
    assert!(!ran.report().exists() && ran.stdout().is_empty(), "{}", ran.stdout());
    assert!(ran.stderr().ends_with("dry run: it ends here, before any load\n"), "{}", ran.stderr());
}

#[test]
fn a_step_that_names_what_is_set_behind_it_is_tried_as_a_run_would_begin_with_it() {
    const SET: &str = "gate = [\"failures<=0\"]\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\npath = \"/pay/${default(${last}, none)}\"\n[[scenario.step]]\nset = { last = \"${sequence}\" }\n";
    let server = service(|_| ok("{}"));
    let ran = run(&server, SET, &["--dry-run"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert_eq!(paths(&server), ["/actuator/health", "/pay/none"], "{}", ran.stderr());
}

#[test]
fn what_is_behind_the_loop_is_tried_too_and_an_answer_with_a_secret_is_not_printed() {
    const SESSION: &str = "gate = [\"failures<=100000\", \"throughput>=1 for all\"]\n[[scenario]]\nname = \"a\"\n[[scenario.on_start]]\nname = \"login\"\npath = \"/login\"\nextract = [{ var = \"token\", json = \"$.token\", secret = true }, { var = \"area\", json = \"$.area\" }]\n[[scenario.step]]\nname = \"pay\"\npath = \"/pay\"\n[[scenario.on_stop]]\nname = \"logout\"\npath = \"/logout\"\n";
    let server = service(|path| match path {
        "/login" => ok("{\"token\":\"t0ken-of-a-login\"}"),
        "/logout" => status("404 Not Found", "no such page"),
        _ => ok("{}"),
    });
    let ran = run(&server, SESSION, &[]);
    assert_eq!(ran.code(), 3, "{}", ran.stderr());
    assert_eq!(paths(&server), ["/actuator/health", "/login", "/pay", "/logout"]);
    assert!(ran.stderr().contains("step \"logout\" is answered with HTTP 404"), "{}", ran.stderr());
    assert!(ran.stderr().contains("step \"login\" failed (check): area: expected"), "{}", ran.stderr());
    assert!(!ran.stderr().contains("t0ken"), "{}", ran.stderr());
}

#[test]
fn requests_of_the_preflight_are_in_no_figure_and_the_books_hold() {
    let server = service(|_| ok("{}"));
    let ran = run(&server, &ONE.replace("failures<=100000", "tps>=10"), &[]);
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
    assert!(ran.stderr().contains("preflight: 2 requests before the load"), "{}", ran.stderr());
    assert_eq!(server.requests(), ran.sent() + 2);
    assert_eq!(ran.summary()["run"]["preflight_requests"], 2);
    let caveats = ran.summary()["caveats"].clone();
    assert!(caveats.as_array().unwrap().iter().all(|caveat| caveat["id"] != "samples_lost"), "{caveats}");
}
