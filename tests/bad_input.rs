//! What cannot be run is refused with a clear message, the right exit code, and no trace.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::net::TcpListener;

use support::{SUCCESS, Server, ok, scenario, tollgate};

/// Runs `words` with a report folder that must not appear, and returns the exit code and the message.
fn refused(words: &[&str]) -> (i32, String) {
    let ran = tollgate(words).run();
    assert_eq!(ran.stdout(), "", "{words:?}");
    assert!(!ran.report().exists(), "{words:?} left a report");
    (ran.code(), ran.stderr())
}

#[test]
fn what_cannot_be_run_is_refused_with_its_cause_and_nothing_is_sent() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let url = server.url();
    let cases: [(&[&str], &str); 14] = [
        (&["--user", "5"], "--user"),
        (&["--run-time", "soon"], "\"soon\" is not a duration"),
        (&["--users", "0"], "users must lie between 1 and"),
        (&["--users", "1.5"], "1.5"),
        (&["--run-time", "0s"], "too short to measure"),
        (&["--scenario", "no/such.toml"], "no/such.toml"),
        (&["--threshold", "p95<=100"], "write \"100ms\""),
        (&["--threshold", "p95<=1s for nobody"], "there is no step \"nobody\""),
        (&["--threshold", "response-p95<=1s"], "no intended start"),
        (&["--host", "127.0.0.1:8094"], "write for example http://127.0.0.1:8094"),
        (&["--host", ""], "is empty"),
        (&["--lang", "fr"], "fr"),
        (&["--serve-option", "--delay 0ms"], "--serve-option is for the embedded service"),
        (&["frobnicate"], "frobnicate"),
    ];
    for (words, part) in cases {
        let host: &[&str] = if words.contains(&"--host") || words[0] == "frobnicate" { &[] } else { &["--host", &url] };
        let (code, message) = refused(&[words, host].concat());
        assert_eq!(code, 2, "{words:?}: {message}");
        assert!(message.contains(part), "{words:?}: {message}");
        assert!(!message.contains("RUST_BACKTRACE") && !message.contains("panicked"), "{message}");
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_malformed_scenario_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = scenario(folder.path(), "[load]\nusers = 10\nrun_time = \"5 apples\"\n");
    let (code, message) = refused(&["--scenario", &file]);
    assert_eq!(code, 2);
    assert!(message.contains("scenario.toml:3:12: \"5 apples\" is not a duration"), "{message}");
}

#[test]
fn a_target_that_does_not_answer_is_named_with_what_was_tried() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (code, message) = refused(&["--host", &url]);
    assert_eq!(code, 3, "{message}");
    assert!(message.contains(&url) && message.contains("connecting to"), "{message}");
}

#[test]
fn ci_can_refuse_the_embedded_service() {
    let (code, message) = refused(&["--require-target"]);
    assert_eq!(code, 2);
    assert!(message.contains("TOLLGATE_HOST"), "{message}");
}

#[test]
fn a_target_variable_that_is_set_but_empty_is_an_error_and_not_a_fallback() {
    let mut bench = tollgate(&[]);
    bench.command.env("TOLLGATE_HOST", "");
    let ran = bench.run();
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr().contains("TOLLGATE_HOST"), "{}", ran.stderr());
}

#[test]
fn a_folder_that_already_holds_files_is_not_written_to() {
    let bench = tollgate(&[]);
    std::fs::create_dir(bench.out()).unwrap();
    std::fs::write(bench.out().join("mine.txt"), "keep me").unwrap();
    let ran = bench.run();
    assert_eq!(ran.code(), 2, "{}", ran.stderr());
    assert!(ran.stderr().contains("already holds"), "{}", ran.stderr());
    assert_eq!(std::fs::read_to_string(ran.report().join("mine.txt")).unwrap(), "keep me");
}

#[test]
fn options_of_the_embedded_service_are_checked_before_it_is_started() {
    let (code, message) = refused(&["--serve-option", "--delay soon"]);
    assert_eq!(code, 2);
    assert!(message.contains("\"soon\" is not a delay"), "{message}");
}

#[cfg(unix)]
#[test]
fn more_users_than_the_system_lets_connect_are_refused_and_a_low_soft_limit_is_raised() {
    let server = Server::start(|_, _| ok(SUCCESS));
    // Through a shell, because a limit is inherited.
    let run = |limit: &str, users: &str| {
        let mut bench = tollgate(&[]);
        let words = ["--ramp-up", "0s", "--warm-up", "0s", "--run-time", "1s", "--threshold", "p95<=5s"];
        let mut command = std::process::Command::new("sh");
        command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("TOLLGATE_HOST");
        command.args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_tollgate")]);
        command.args(["--host", &server.url(), "--users", users]).args(words);
        command.stdin(std::process::Stdio::null());
        bench.command = command;
        bench.run()
    };
    let ran = run("-n 100", "60");
    assert_eq!(ran.code(), 2, "{}", ran.stderr());
    assert!(ran.stderr().contains("60 users need 110 open files, and this process may have 100"), "{}", ran.stderr());
    assert_eq!(server.requests(), 0);
    let ran = run("-Sn 64", "60");
    assert_eq!(ran.summary()["totals"]["failures"], 0, "{}", ran.stderr());
    assert!(server.requests() >= 60);
}
