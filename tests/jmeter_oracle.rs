//! The plans of `tests/data/jmx/oracle`, run by JMeter and by Tollgate against the same server: both must ask the same,
//! in the same order, and take the same answers for failures.
//!
//! `JMETER_HOME` names the folder of a JMeter: `bin/ApacheJMeter.jar`, `lib`, `lib/ext`. Java must be on the path.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)]

#[path = "support/recording.rs"]
mod recording;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use recording::{Heard, Recording};

/// Samples and failures of a label.
type Outcome = BTreeMap<String, (u64, u64)>;

fn plan(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/jmx/oracle").join(format!("{name}.jmx"))
}

fn checked(output: &Output, what: &str) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.code().is_some_and(|code| [0, 98, 99].contains(&code)),
        "{what}: {}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

/// Runs a plan in JMeter, and reads its result file.
fn jmeter(name: &str, port: u16) -> Outcome {
    let home = env::var_os("JMETER_HOME").map(PathBuf::from);
    let home = home.unwrap_or_else(|| panic!("JMETER_HOME is not set: it must name the folder of a JMeter"));
    let place = tempfile::tempdir().unwrap();
    let results = place.path().join("results.jtl");
    let classes = [home.join("bin/ApacheJMeter.jar"), home.join("lib/*"), home.join("lib/ext/*")];
    let output = Command::new("java")
        .args(["-Xmx512m", "-Djava.awt.headless=true"])
        .arg(format!("-Djmeter.home={}", home.display()))
        .arg("-cp")
        .arg(env::join_paths(classes).unwrap())
        .args(["org.apache.jmeter.NewDriver", "-n", "-d"])
        .arg(&home)
        .arg("-t")
        .arg(plan(name))
        .arg("-l")
        .arg(&results)
        .arg("-j")
        .arg(place.path().join("jmeter.log"))
        .arg(format!("-Jport={port}"))
        .output()
        .unwrap();
    checked(&output, "JMeter");
    let mut outcome = Outcome::new();
    let mut rows = csv::Reader::from_path(&results).unwrap();
    let headers = rows.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (label, success) = (column("label"), column("success"));
    for row in rows.records() {
        let row = row.unwrap();
        let entry = outcome.entry(row[label].to_owned()).or_default();
        entry.0 += 1;
        entry.1 += u64::from(&row[success] != "true");
    }
    outcome
}

/// Runs a plan in Tollgate, and reads its summary.
fn tollgate(name: &str, port: u16) -> Outcome {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let output = Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .arg("run")
        .arg(plan(name))
        .arg("-J")
        .arg(format!("port={port}"))
        .args(["--no-preflight", "--no-calibrate", "--quiet", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    checked(&output, "Tollgate");
    let summary: serde_json::Value = serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap();
    let rows = ["steps", "groups"].into_iter().filter_map(|key| summary[key].as_array()).flatten();
    // A thread group of several that work one after the other is a group of the scenario, and no sample of JMeter's.
    let parts = ["First group", "Second group"];
    let played = rows
        .filter(|row| row["requests"].as_u64() != Some(0))
        .filter(|row| row["name"].as_str().is_some_and(|name| !parts.contains(&name)));
    played
        .map(|row| {
            let count = |key: &str| row[key].as_u64().unwrap();
            (row["name"].as_str().unwrap().to_owned(), (count("requests"), count("failures")))
        })
        .collect()
}

/// What both asked, and what both made of it.
fn both(name: &str) -> ((Vec<Heard>, Outcome), (Vec<Heard>, Outcome)) {
    let server = Recording::start();
    let theirs = jmeter(name, server.port);
    let theirs = (server.take(), theirs);
    let ours = tollgate(name, server.port);
    (theirs, (server.take(), ours))
}

/// Fails unless both asked the same; `silent` are JMeter's labels that send nothing or stand for part of a sample.
fn same(name: &str, silent: &[&str]) -> Vec<Heard> {
    let ((asked, mut outcome), (ours, our_outcome)) = both(name);
    assert!(!asked.is_empty(), "JMeter asked nothing");
    for (at, (theirs, ours)) in asked.iter().zip(&ours).enumerate() {
        assert_eq!(theirs, ours, "request {at} of {name}: JMeter's, and Tollgate's");
    }
    assert_eq!(asked.len(), ours.len(), "{name}: requests of JMeter's, and of Tollgate's\n{asked:#?}\n{ours:#?}");
    silent.iter().for_each(|label| assert!(outcome.remove(*label).is_some(), "{label}"));
    assert_eq!(outcome, our_outcome, "{name}: samples and failures");
    asked
}

/// In a module of their own, so that a run without JMeter can leave them out by name.
mod oracle {
    use super::*;

    #[test]
    #[ignore = "needs JMETER_HOME"]
    fn loops_once_only_and_transactions_play_the_same() {
        let asked = same("loops", &[]);
        assert_eq!(asked.iter().filter(|heard| heard.line.starts_with("GET /page")).count(), 6);
        assert_eq!(asked.iter().filter(|heard| heard.line == "POST /login").count(), 1);
    }

    #[test]
    #[ignore = "needs JMETER_HOME"]
    fn conditions_lists_and_counting_scripts_lead_the_same_way() {
        let asked = same("flow", &["Reset"]);
        let polls: Vec<&str> =
            asked.iter().map(|heard| heard.line.as_str()).filter(|line| line.contains("/poll")).collect();
        assert_eq!(polls, ["GET /poll/0", "GET /poll/1", "GET /poll/2"].repeat(2));
    }

    #[test]
    #[ignore = "needs JMETER_HOME"]
    fn rows_counters_forms_and_headers_are_sent_the_same() {
        let asked = same("data", &[]);
        assert_eq!(asked[0].body, "{\"name\": \"ann\", \"amount\": 5}");
        let form = ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
        for (at, line, body) in [
            (2, "DELETE /orders/1", ""),
            (3, "DELETE /orders/1?why=a%20b%26c", "why=a%20b%26c"),
            (4, "DELETE /orders/1?why=late&why=ann", "why=late&why=ann"),
            (5, "PUT /orders/1", ""),
        ] {
            let heard = &asked[at];
            assert!(heard.line == line && heard.body == body && heard.headers.contains(&form), "{heard:?}");
        }
    }

    #[test]
    #[ignore = "needs JMETER_HOME"]
    fn what_extractors_and_scripts_take_out_is_sent_the_same() {
        let asked = same("extract", &[]);
        assert_eq!(asked[1].line, "GET /second/12/NONE/milk-tea/p12");
        assert_eq!(asked[3].line, "GET /fourth?v=NNONE&w=13");
    }

    #[test]
    #[ignore = "needs JMETER_HOME"]
    fn scripts_functions_and_conditions_come_to_the_same() {
        let asked = same("scripts", &[]);
        assert_eq!(asked[4].line, "GET /e1/12/40-12x/NONE/name/tea/12/2/11/GONE/12/3");
        assert_eq!(asked[5].line, "GET /e2/good/200/40/12/2/OPEN/12/12/36/yes/no");
        assert_eq!(asked.iter().filter(|heard| heard.line.starts_with("GET /then/")).count(), 16);
    }

    #[test]
    #[ignore = "needs JMETER_HOME"]
    fn cookies_and_redirects_are_kept_and_followed_the_same() {
        // JMeter lists each answer on the way of a redirect beside the whole.
        let asked = same("session", &["Moved-0", "Moved-1"]);
        assert!(asked.iter().any(|heard| heard.line == "GET /landed?from=1"));
    }

    #[test]
    #[ignore = "needs JMETER_HOME"]
    fn assertions_fail_the_same_answers() {
        same("assertions", &[]);
    }

    #[test]
    #[ignore = "needs JMETER_HOME"]
    fn controllers_choose_count_and_go_through_lists_the_same() {
        let asked = same("choices", &[]);
        let played = |path: &str| asked.iter().filter(|heard| heard.line.starts_with(&format!("GET /{path}"))).count();
        let counts = ["once-a", "once-b", "once-c", "turn-d", "first-two", "first-three", "first-four", "forty", "row"];
        assert_eq!(counts.map(played), [1, 6, 1, 1, 2, 3, 4, 2, 12]);
    }

    #[test]
    #[ignore = "needs JMETER_HOME"]
    fn defaults_headers_users_and_every_kind_of_body_are_sent_the_same() {
        // Groups before and behind the load are no steps of the gate.
        let asked = same("sends", &["opened", "closed"]);
        let parts = asked.iter().find(|heard| heard.line == "POST /parts").unwrap();
        assert!(
            parts.body.contains("filename=\"letters.csv\"") && parts.body.starts_with("--BOUNDARY\r\n"),
            "{parts:?}"
        );
        assert_eq!((asked[0].line.as_str(), asked[asked.len() - 1].line.as_str()), ("GET /opened", "GET /closed"));
    }

    #[test]
    #[ignore = "needs JMETER_HOME"]
    fn groups_one_after_the_other_take_rows_of_one_file_the_same() {
        let asked: Vec<String> = same("serial", &[]).into_iter().map(|heard| heard.line).collect();
        let paths = ["first/a", "once", "first/b", "second/c", "second/d", "second/e"];
        assert_eq!(asked, paths.map(|path| format!("GET /{path}")));
    }

    #[test]
    #[ignore = "needs JMETER_HOME"]
    fn a_loop_that_does_not_say_that_it_ends_goes_on_to_the_end_of_its_time() {
        let server = Recording::start();
        for (who, run) in [("JMeter", jmeter as fn(&str, u16) -> Outcome), ("Tollgate", tollgate)] {
            run("again", server.port);
            let asked = server.take().len();
            assert!(asked > 1, "{who} asked {asked} times, and its loop controller says 1");
        }
    }

    #[test]
    #[ignore = "needs JMETER_HOME"]
    fn timers_keep_both_waiting() {
        let server = Recording::start();
        jmeter("pauses", server.port);
        let theirs = server.take_gaps();
        tollgate("pauses", server.port);
        let ours = server.take_gaps();
        assert_eq!((theirs.len(), ours.len()), (5, 5));
        // How long is the machine's to say; that there is a pause is the plan's.
        let least = Duration::from_millis(100);
        assert!(theirs.iter().chain(&ours).all(|gap| *gap >= least), "{theirs:?}\n{ours:?}");
    }
}
