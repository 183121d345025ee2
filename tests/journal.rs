//! The journal: what a run leaves of itself while it goes on, and what is rendered from it.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use support::{Piece, Ran, SUCCESS, Server, ok, scenario, short_run, signal, status, tollgate, wait_until};
use tollgate::journal::{Kind, reader};

/// Every file below `folder` by its name there, and its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(folder, &mut found);
    let name = |path: &Path| path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
    found.iter().map(|path| (name(path), fs::read(path).unwrap())).collect()
}

fn report(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tollgate")).arg("report").arg(folder).args(words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn summary(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("summary.json")).unwrap()).unwrap()
}

/// Whether a report rendered again is, file by file, what the run wrote.
fn renders_the_same(ran: &Ran, words: &[&str]) {
    let folder = ran.report();
    let written = files(&folder);
    assert!(written.len() > 16, "{:?}\n{}", written.keys(), ran.stderr());
    // Whatever was rendered is taken away, so that nothing is the same because it was left alone.
    for name in written.keys().filter(|name| !name.starts_with("journal/")) {
        fs::remove_file(folder.join(name)).unwrap();
    }
    let again = report(&folder, words);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    let rendered = files(&folder);
    assert_eq!(rendered.keys().collect::<Vec<_>>(), written.keys().collect::<Vec<_>>());
    for (name, bytes) in &written {
        assert!(rendered[name] == *bytes, "{name} differs");
    }
    assert_eq!(report(&folder, &["--verify"]).status.code(), Some(0));
}

#[test]
fn a_finished_run_is_rendered_again_byte_for_byte() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let ran = short_run(&server.url(), &["--threshold", "tps>=10", "--threshold", "p95<=2s"]).run();
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    renders_the_same(&ran, &[]);
    let folder = ran.report();
    let again = report(&folder, &[]);
    let shown = |output: &[u8]| text(output).lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(shown(&again.stdout), shown(&ran.output.stdout), "the console says the same");

    let chinese = report(&folder, &["--lang", "zh"]);
    assert_eq!(chinese.status.code(), Some(0));
    assert!(fs::read_to_string(folder.join("report.html")).unwrap().contains("lang=\"zh"));
    renders_the_same(&ran, &["--lang", "zh"]);
}

#[test]
fn an_open_run_with_failures_steps_and_caveats_is_rendered_the_same() {
    let place = tempfile::tempdir().unwrap();
    let two = "gate = [\"p95<=1ms for pay\", \"failures<=3\", \"tps>=10 for all\", \"mean<=2s for iteration\"]\n[load]\narrivals = \"poisson\"\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\npath = \"/pay\"\nprofile = \"consume-0\"\n[[scenario.step]]\nname = \"look\"\npath = \"/look\"\n";
    let two = two.replace("profile = \"consume-0\"\n", "");
    let file = scenario(place.path(), &two);
    let server = Server::start(|number, _| match number % 9 {
        0 => status("500 Internal Server Error", "{\"message\":\"<b>no</b> \u{202e}\"}"),
        1 => status("429 Too Many Requests", "slow down"),
        2 => vec![Piece::Pause(Duration::from_millis(30)), ok(SUCCESS).remove(0)],
        3 => vec![Piece::Close],
        _ => ok(SUCCESS),
    });
    let words = ["--scenario", &file, "--host", &server.url(), "--rate", "120", "--users", "20", "--ramp-up", "1s"];
    let mut bench = tollgate(&words);
    bench.command.args(["--warm-up", "0s", "--run-time", "4s", "--lang", "zh"]);
    let ran = bench.run();
    assert_eq!(ran.code(), 99, "{}{}", ran.stdout(), ran.stderr());
    let summary = ran.summary();
    assert!(summary["failures"].as_array().unwrap().len() > 3, "{}", summary["failures"]);
    assert!(summary["caveats"].as_array().unwrap().len() > 2, "{}", summary["caveats"]);
    let timed = |failure: &Value| failure["first_second"].is_u64() && failure["last_second"].is_u64();
    assert!(summary["failures"].as_array().unwrap().iter().any(timed), "{}", summary["failures"]);
    let charts = ran.report().join("charts");
    for chart in ["failures-over-time", "response-and-service-time", "latency-percentiles", "latency-heatmap"] {
        assert!(charts.join(chart).with_extension("svg").is_file(), "{chart} is not there to be rendered again");
    }
    let page = fs::read_to_string(ran.report().join("report.html")).unwrap();
    assert!(page.contains("class=\"why\""), "no rule is explained");
    renders_the_same(&ran, &[]);
}

#[test]
fn the_money_of_a_run_is_rendered_the_same() {
    let text = fs::read_to_string("scenarios/consume.toml").unwrap();
    let place = tempfile::tempdir().unwrap();
    let file = scenario(place.path(), &text.replace("settle = \"5s\"", "settle = \"200ms\""));
    let words = ["--scenario", &file, "--users", "4", "--ramp-up", "0s", "--warm-up", "0s", "--run-time", "2s"];
    let mut bench = tollgate(&words);
    bench.command.args(["--threshold", "tps>=10", "--threshold", "p95<=2s", "--threshold", "mean<=2s"]);
    let ran = bench.run();
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
    assert!(ran.summary()["reconcile"][0]["acknowledged"].as_u64().unwrap() > 0);
    renders_the_same(&ran, &[]);
}

/// The records of a run's journal.
fn records(folder: &Path) -> Vec<(Kind, Vec<u8>)> {
    let mut found = Vec::new();
    reader::read(folder, &mut |kind, record| {
        found.push((kind, record.to_vec()));
        Ok(())
    })
    .unwrap();
    found
}

fn journal(folder: &Path) -> PathBuf {
    folder.join("journal").join("run.journal")
}

/// A run that was killed in its window, when some seconds of it were on the disk; and how many requests the server had
/// answered by then.
fn killed(server: &Server) -> (support::Running, u64) {
    let words = ["--host", &server.url(), "--users", "4", "--ramp-up", "0s", "--warm-up", "0s", "--run-time", "3600s"];
    let mut bench = tollgate(&words);
    bench.command.args(["--threshold", "tps>=10", "--threshold", "p95<=2s"]);
    let out = bench.out();
    let mut running = bench.spawn();
    running.wait_for_line("load on");
    let seconds = || if journal(&out).exists() { records(&out).len() } else { 0 };
    wait_until("five seconds to be journalled", || seconds() > 6);
    let answered = server.requests();
    signal("KILL", running.child.id());
    running.child.wait().unwrap();
    (running, answered)
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_run_is_rendered_interrupted_and_lacks_two_seconds_at_most() {
    let slow = || vec![Piece::Pause(Duration::from_millis(10)), ok(SUCCESS).remove(0)];
    let server = Server::start(move |_, _| slow());
    let (running, answered) = killed(&server);
    let folder = running.folder.path().join("report");
    assert!(!folder.join("summary.json").exists());

    let occupied = short_run(&server.url(), &[]).command.arg("--out").arg(&folder).output().unwrap();
    assert_eq!(occupied.status.code(), Some(2));
    assert!(text(&occupied.stderr).contains("never ended"), "{}", text(&occupied.stderr));

    let rendered = report(&folder, &[]);
    assert_eq!(rendered.status.code(), Some(0), "{}", text(&rendered.stderr));
    let summary = summary(&folder);
    assert_eq!((&summary["interrupted"], &summary["verdict"]), (&Value::Bool(true), &Value::from("invalid")));
    assert_eq!(summary["exit_code"], 130);
    assert!(summary["caveats"].as_array().unwrap().iter().any(|caveat| caveat["id"] == "broken_off"));
    // What users spend is added up behind the load: of a run that never ended it is unknown, and no fault of it.
    let untrue = |caveat: &Value| ["samples_lost", "user_time", "unknown"].iter().any(|id| caveat["id"] == *id);
    assert!(!summary["caveats"].as_array().unwrap().iter().any(untrue), "{}", summary["caveats"]);
    assert_eq!(summary["generator"]["user_time_unaccounted"], Value::Null);
    let totals = &summary["totals"];
    let counted = totals["requests"].as_u64().unwrap() + totals["outside_window"].as_u64().unwrap();
    let seconds = summary["run"]["window"]["seconds"].as_f64().unwrap();
    assert!(seconds >= 4.0, "{seconds}");
    // Two seconds of answers at the pace of the run, and what was in flight.
    let pace = answered as f64 / seconds;
    assert!(counted as f64 + 2.0 * pace + 4.0 >= answered as f64, "{counted} of {answered} in {seconds} s");
    assert!(text(&rendered.stdout).contains("The run never ended"), "{}", text(&rendered.stdout));
    assert_eq!(report(&folder, &["--verify"]).status.code(), Some(0));

    let chinese = report(&folder, &["--lang", "zh"]);
    assert!(text(&chinese.stdout).contains("运行没有正常结束"), "{}", text(&chinese.stdout));
}

#[test]
fn a_torn_or_changed_journal_is_never_a_pass_and_says_so() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let ran = short_run(&server.url(), &["--threshold", "tps>=10", "--threshold", "p95<=2s"]).run();
    assert_eq!(ran.summary()["verdict"], "pass");
    let (folder, whole) = (ran.report(), fs::read(journal(&ran.report())).unwrap());
    let damage = |bytes: &[u8]| {
        fs::write(journal(&folder), bytes).unwrap();
        let rendered = report(&folder, &[]);
        assert_eq!(rendered.status.code(), Some(0), "{}", text(&rendered.stderr));
        assert!(text(&rendered.stdout).contains("journal is torn"), "{}", text(&rendered.stdout));
        summary(&folder)
    };
    let torn = damage(&whole[..whole.len() - 3]);
    assert_eq!((&torn["interrupted"], &torn["verdict"]), (&Value::Bool(true), &Value::from("invalid")));
    let mut changed = whole.clone();
    let last = changed.len() - 2;
    changed[last] ^= 1;
    assert_eq!(damage(&changed)["verdict"], "invalid");
    assert_eq!(damage(&[&whole[..], b"more"].concat())["verdict"], "invalid", "what was put behind it too");

    fs::write(journal(&folder), &whole).unwrap();
    assert_eq!(report(&folder, &[]).status.code(), Some(0));
    assert_eq!(summary(&folder)["verdict"], "pass", "restored, it is what it was");

    fs::write(journal(&folder), &whole[..20]).unwrap();
    let nothing = report(&folder, &[]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(text(&nothing.stderr).contains("nothing to render"), "{}", text(&nothing.stderr));
    fs::write(journal(&folder), "no journal at all").unwrap();
    assert!(text(&report(&folder, &[]).stderr).contains("is no journal"));
    assert_eq!(report(&ran.folder.path().join("no-such-run"), &[]).status.code(), Some(1));
}

#[test]
fn no_secret_is_in_the_journal_nor_in_the_plan() {
    const SECRET: &str = "s3cr3t-plant-77aa";
    let place = tempfile::tempdir().unwrap();
    let file = scenario(
        place.path(),
        "gate = [\"failures<=3\"]\n[secrets]\nkey = { env = \"PLANTED\" }\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"pay\"\nmethod = \"POST\"\npath = \"/pay?key=${key}\"\nheaders = { authorization = \"Bearer ${key}\" }\nbody = '{\"key\":\"${key}\"}'\n",
    );
    // The service says the secret back.
    let server = Server::start(|_, _| status("400 Bad Request", &format!("{{\"message\":\"bad key {SECRET}\"}}")));
    let mut bench = tollgate(&["--scenario", &file, "--host", &server.url(), "--users", "2", "--ramp-up", "0s"]);
    bench.command.args(["--warm-up", "0s", "--run-time", "2s"]).env("PLANTED", SECRET);
    let ran = bench.run();
    assert_eq!(ran.code(), 99, "{}", ran.stderr());
    assert!(server.seen.texts.lock().unwrap().iter().all(|text| text.contains(SECRET)), "the secret was sent");
    let inflated = records(&ran.report());
    assert!(inflated.len() > 3);
    let mut held = files(&ran.report()).into_values().chain(inflated.into_iter().map(|(_, record)| record));
    assert!(!held.any(|bytes| bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())));
    assert!(fs::read_to_string(ran.report().join("run.toml")).unwrap().contains("name = \"pay\""));
}

#[test]
fn a_run_that_sends_nothing_leaves_no_folder() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let bench = short_run(&server.url(), &["--dry-run"]).preflighting();
    let out = bench.out();
    let ran = bench.run();
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    assert!(!out.exists());
}

#[test]
fn a_file_that_cannot_be_written_is_named_and_the_others_and_the_result_are_there() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let mut bench = short_run(&server.url(), &["--run-time", "3s", "--threshold", "tps>=10", "--threshold", "p95<=2s"]);
    let out = bench.out();
    bench.command.args(["--threshold", "mean<=2s"]);
    let mut running = bench.spawn();
    running.wait_for_line("load on");
    // A folder lies where the page belongs.
    fs::create_dir_all(out.join("report.html").join("in the way")).unwrap();
    let ran = running.finish();
    assert_eq!(ran.code(), 1, "the verdict was a pass: {}", ran.stdout());
    assert!(ran.stdout().contains("TPS"), "{}", ran.stdout());
    assert_eq!(ran.summary()["verdict"], "pass");
    assert!(ran.report().join("junit.xml").is_file() && ran.report().join("SHA256SUMS").is_file());

    let again = report(&out, &[]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("report.html") && text(&again.stderr).contains("error: cannot"));
    fs::remove_dir_all(out.join("report.html")).unwrap();
    assert_eq!(report(&out, &[]).status.code(), Some(0));
    assert_eq!(report(&out, &["--verify"]).status.code(), Some(0));
}

#[test]
fn a_failed_run_that_cannot_be_written_ends_as_a_failed_run() {
    let server = Server::start(|_, _| ok(SUCCESS));
    let bench = short_run(&server.url(), &["--run-time", "2s", "--threshold", "tps>=10", "--threshold", "p95<=1us"]);
    let out = bench.out();
    let mut running = bench.spawn();
    running.wait_for_line("load on");
    fs::create_dir_all(out.join("summary.json").join("in the way")).unwrap();
    let ran = running.finish();
    assert_eq!(ran.code(), 99, "{}", ran.stdout());
}
