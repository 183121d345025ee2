//! The way out of the scenario language: `examples/custom_step.rs` as a user runs it.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use support::{Bench, Ran};

/// A service that echoes whatever it reads, or says something else.
fn echo(lies: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let mut room = [0; 1024];
                while let Ok(length @ 1..) = stream.read(&mut room) {
                    if lies {
                        room[4..length].fill(b'x');
                    }
                    if stream.write_all(&room[..length]).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// The example, which cargo builds beside the tests.
fn run(address: &str) -> Ran {
    let beside = PathBuf::from(env!("CARGO_BIN_EXE_tollgate"));
    let example = beside.with_file_name("examples").join("custom_step").with_extension(std::env::consts::EXE_EXTENSION);
    assert!(example.is_file(), "cargo test builds the examples; alone, cargo build --example custom_step does");
    let mut command = Command::new(example);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("TOLLGATE_HOST").env("FRAMES", address);
    command.args(["--scenario", "examples/custom_step.toml", "--host", &format!("http://{address}")]);
    command.args(["--users", "4", "--ramp-up", "0s", "--warm-up", "0s", "--run-time", "1s"]);
    command.args(["--threshold", "tps>=20", "--threshold", "p95<=1s"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Bench::new(tempfile::tempdir().unwrap(), command).preflighting().run()
}

#[test]
fn a_function_is_driven_recorded_and_judged_like_a_request() {
    let ran = run(&echo(false));
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
    assert!(ran.stderr().contains("preflight: 1 requests"), "{}", ran.stderr());
    let summary = ran.summary();
    let step = &summary["steps"][0];
    assert_eq!((step["name"].as_str(), step["failures"].as_u64()), (Some("echo"), Some(0)));
    assert!(step["successes"].as_u64().unwrap() > 20 && step["service_time"]["p95"].as_f64().unwrap() > 0.0, "{step}");
}

#[test]
fn what_a_function_gives_back_is_held_against_the_steps_checks() {
    let ran = run(&echo(true));
    assert_eq!(ran.code(), 99, "{}{}", ran.stdout(), ran.stderr());
    let summary = ran.summary();
    assert_eq!(summary["failures"][0]["class"], "check", "{}", summary["failures"]);
    assert_eq!(summary["totals"]["successes"], 0);
}
