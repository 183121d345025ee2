//! Cookies and redirects of a user's session, against a small server.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::time::Duration;

use support::{Piece, Ran, Server, ok, scenario, tollgate};

fn answer(status: &str, fields: &str, body: &str) -> Vec<Piece> {
    let text = format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {}\r\n\r\n{body}", body.len());
    vec![Piece::Bytes(text.into_bytes())]
}

/// A run of two users of one scenario for a second.
fn run(server: &Server, text: &str, words: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("gate = [\"failures<=0\", \"tps>=1 for all\"]\n[[scenario]]\nname = \"a\"\n{text}");
    let file = scenario(folder.path(), &text);
    let mut bench = tollgate(&["--scenario", &file, "--host", &server.url(), "--users", "2", "--run-time", "1s"]);
    bench.command.args(["--ramp-up", "0s", "--warm-up", "0s"]).args(words);
    bench.run()
}

fn step(name: &str, rest: &str) -> String {
    format!("[[scenario.step]]\nname = \"{name}\"\npath = \"/{name}\"\n{rest}\n")
}

/// Everything that went over the wire, by the run's own books.
fn on_the_wire(ran: &Ran) -> u64 {
    ran.sent() + ran.summary()["totals"]["redirects"].as_u64().unwrap()
}

#[test]
fn a_login_session_keeps_its_cookie_over_iterations_and_each_user_has_its_own() {
    let server = Server::start(|number, text| {
        let cookie = text.lines().find_map(|line| line.strip_prefix("Cookie: "));
        match (text.starts_with("POST /login"), cookie) {
            (true, None) => {
                answer("302 Found", &format!("Set-Cookie: session=u{number}; Path=/\r\nLocation: /home\r\n"), "")
            }
            (true, Some(_)) => answer("302 Found", "Location: /home\r\n", ""),
            (false, Some(cookie)) if cookie.starts_with("session=u") => ok("{}"),
            _ => answer("401 Unauthorized", "", ""),
        }
    });
    let login = step("login", "method = \"POST\"\nbody = \"secret\"\nredirects = 1");
    let ran = run(&server, &format!("cookies = true\n{login}{}", step("pay", "")), &[]);
    let summary = ran.summary();
    assert_eq!(summary["totals"]["failures"], 0, "{}", summary["failures"]);
    let redirects = summary["totals"]["redirects"].as_u64().unwrap();
    assert!(redirects > 0);
    assert_eq!(summary["steps"][0]["redirects"], redirects);
    assert_eq!(summary["steps"][1]["redirects"], 0);
    assert_eq!(on_the_wire(&ran), server.requests(), "every request of the wire is in the books");
    assert!(!summary["caveats"].as_array().unwrap().iter().any(|caveat| caveat["id"] == "samples_lost"));
    let texts = server.seen.texts.lock().unwrap();
    let mut sessions: Vec<&str> =
        texts.iter().flat_map(|text| text.lines()).filter(|l| l.starts_with("Cookie:")).collect();
    sessions.sort_unstable();
    sessions.dedup();
    assert_eq!(sessions.len(), 2, "one session a user: {sessions:?}");
    assert_eq!(texts.iter().filter(|text| text.starts_with("POST") && !text.contains("Cookie:")).count(), 2);
    assert!(texts.iter().filter(|text| text.starts_with("GET /home")).all(|text| !text.contains("secret")));
}

#[test]
fn without_redirects_a_302_is_judged_as_it_stands() {
    let server = Server::start(|_, _| answer("302 Found", "Location: /b\r\nSet-Cookie: a=1\r\n", ""));
    let ran = run(&server, &step("a", "expect = 302"), &[]);
    assert_eq!(ran.summary()["totals"]["failures"], 0);
    assert_eq!(ran.summary()["totals"]["redirects"], 0);
    assert_eq!(ran.sent(), server.requests());
    let texts = server.seen.texts.lock().unwrap();
    assert!(texts.iter().all(|text| text.starts_with("GET /a ") && !text.contains("Cookie")));
}

#[test]
fn a_chain_without_end_and_one_to_another_host_fail_with_their_reason() {
    let server = Server::start(|_, text| {
        let elsewhere = text.starts_with("GET /b");
        answer("302 Found", if elsewhere { "Location: http://elsewhere.example/x\r\n" } else { "Location: /a\r\n" }, "")
    });
    let ran = run(&server, &format!("{}{}", step("a", "redirects = 3"), step("b", "redirects = 3")), &[]);
    let summary = ran.summary();
    assert_eq!(summary["totals"]["successes"], 0);
    let failure = |step: &str| {
        let failures = summary["failures"].as_array().unwrap();
        let failure = failures.iter().find(|failure| failure["step"] == step).unwrap().clone();
        assert_eq!((&failure["class"], &failure["status"]), (&"status".into(), &302.into()));
        failure["message"].as_str().unwrap().to_owned()
    };
    assert!(failure("a").contains("more than 3 redirects"), "{}", failure("a"));
    assert!(failure("b").contains("http://elsewhere.example/x"), "{}", failure("b"));
    assert_eq!(on_the_wire(&ran), server.requests());
}

#[test]
fn the_connections_that_redirects_open_are_counted_and_timed() {
    let server = Server::start(|_, text| {
        if text.starts_with("GET /end") {
            return answer("200 OK", "Connection: close\r\n", "{}");
        }
        answer("307 Temporary Redirect", "Location: /end\r\nConnection: close\r\n", "")
    });
    let ran = run(&server, &step("a", "redirects = 1"), &[]);
    let totals = &ran.summary()["totals"];
    assert_eq!(totals["failures"], 0, "{totals}");
    let (requests, connects) = (totals["requests"].as_u64().unwrap(), &totals["connect"]);
    assert_eq!(connects["count"], 2 * requests, "each request of the wire had a connection of its own: {connects}");
    let churn = ran.summary()["caveats"].as_array().unwrap().iter().any(|caveat| caveat["id"] == "churn");
    assert!(churn, "{}", ran.summary()["caveats"]);
    assert_eq!(on_the_wire(&ran), server.requests());
}

#[test]
fn a_chain_is_one_sample_whose_time_and_timeout_are_of_the_whole() {
    let pause = Piece::Pause(Duration::from_millis(60));
    let slow = move |text: &str| {
        let last = text.starts_with("GET /end");
        let mut pieces = if last { ok("{}") } else { answer("307 Temporary Redirect", "Location: /end\r\n", "") };
        pieces.insert(0, pause.clone());
        pieces
    };
    let answers = slow.clone();
    let server = Server::start(move |_, text| answers(text));
    let ran = run(&server, &step("a", "redirects = 1"), &[]);
    let times = &ran.summary()["totals"]["service_time"];
    assert!(times["min"].as_f64().unwrap() >= 120.0, "{times}");
    let server = Server::start(move |_, text| slow(text));
    let ran = run(&server, &step("a", "redirects = 1"), &["--timeout", "100ms"]);
    let summary = ran.summary();
    assert_eq!(summary["totals"]["successes"], 0, "each half is in time, and the whole is not");
    assert_eq!(summary["failures"][0]["class"], "timeout");
}
