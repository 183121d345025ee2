//! `tollgate check` as an author uses it: files in, the resolved plan out, nothing sent.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::process::{Command, Output};

fn check(words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("check").args(words);
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn the_default_scenario_is_told_with_its_rate_its_rows_and_what_it_spends() {
    let (code, said, errors) = check(&["scenarios/consume.toml"]);
    assert_eq!((code, errors.as_str()), (0, ""), "{said}");
    for part in [
        "closed model, 100 users",
        "charge: weight 1, 100.0 % of the users",
        "consume  POST /api/consume/transaction  1.000 an iteration, 1,000.0 a second",
        "\nRules\n  all requests  tps>=1000\n                mean<=50ms\n                p95<=100ms\n",
        "1,000.0 requests in 1,000.0 iterations a second, asked for by tps>=1000",
        "100 users make 1,000.0 requests a second if a request and its pause take 100.0 ms",
        "14,403,200,000 rows of userId, deviceId, amount, areaId",
        "the same userId, deviceId, amount come again after 1,800,400,000 iterations",
        "spends 28.00 a request in the mean, 8,820,000.00 in a run at that rate, 882.00 of each account",
    ] {
        assert!(said.contains(part), "no {part:?} in\n{said}");
    }
}

#[test]
fn names_keep_their_order_on_the_screen() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("turned.toml");
    let text = "[[scenario]]\nname = \"a\\u202Eb\"\n[[scenario.step]]\nname = \"pay\\u202Edrow\"\npath = \"/pay\"\n";
    std::fs::write(&file, text).unwrap();
    let (code, said, errors) = check(&[file.to_str().unwrap()]);
    assert_eq!(code, 0, "{errors}");
    assert!(said.contains("a<U+202E>b: weight 1") && said.contains("  pay<U+202E>drow  GET /pay"), "{said}");
    assert!(!said.contains('\u{202e}'), "{said}");
}

#[test]
fn every_shipped_scenario_is_sound_in_both_languages() {
    let files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().path().to_string_lossy().into_owned())
        .filter(|path| path.ends_with(".toml") && !path.ends_with("acceptance.toml"))
        .collect();
    assert!(files.len() >= 7, "{files:?}");
    let words: Vec<&str> = files.iter().map(String::as_str).collect();
    let (code, said, errors) = check(&words);
    assert_eq!((code, errors.as_str()), (0, ""), "{said}");
    assert_eq!(said.matches(": sound\n").count(), files.len());
    assert!(said.contains("login    POST /api/auth/login"), "{said}");
    let (code, said, _) = check(&[&words[..], &["--lang", "zh"]].concat());
    assert_eq!((code, said.matches("：校验通过\n").count()), (0, files.len()));
}

#[test]
fn the_first_error_hides_no_other_and_no_sound_file() {
    let bad = "tests/data/bad/unknown-variable.toml";
    let (code, said, errors) = check(&["no/such.toml", "scenarios/consume.toml", bad]);
    assert_eq!(code, 2);
    assert!(errors.contains("such.toml") && errors.contains(bad), "{errors}");
    assert!(said.contains("scenarios/consume.toml: sound"), "{said}");
}

/// What `check` says of a file of this text: exit code, stdout, stderr.
fn check_text(text: &str) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.toml");
    std::fs::write(&file, text).unwrap();
    check(&[file.to_str().unwrap()])
}

const STEP: &str = "[[scenario]]\nname = \"s\"\n[[scenario.step]]\nname = \"a\"\npath = \"/x\"\n";

#[test]
fn what_only_a_run_would_stumble_over_is_found_before_it() {
    for (head, part) in [
        ("[target]\nhost = \"127.0.0.1:9\"\n", "x.toml:2:1: \"127.0.0.1:9\" ([target] host) is not a URL"),
        ("[target]\nhost = \"https://h\"\ncacert = \"none.pem\"\n", "none.pem"),
        ("[target]\nserve = [\"--nope\"]\n", "[target] serve: error: unexpected argument '--nope'"),
        ("gate = [\"p95 <= 1s for nobody\"]\n", "x.toml:1:9: rule \"p95<=1s for nobody\": there is no step"),
    ] {
        let (code, said, errors) = check_text(&format!("{head}{STEP}"));
        assert_eq!((code, said.as_str()), (2, ""), "{head}");
        assert!(errors.contains(part), "{errors}");
    }
}

#[test]
fn an_acceptance_file_is_told_apart_from_a_scenario() {
    let (code, _, errors) = check(&["scenarios/acceptance.toml"]);
    assert_eq!(code, 2);
    assert!(
        errors.contains("this is an acceptance file, and no scenario; walk it with tollgate verify FILE"),
        "{errors}"
    );
}

#[test]
fn a_value_written_among_the_secrets_is_in_no_message() {
    let (code, said, errors) = check_text(&format!("[secrets]\ntoken = \"planted-s3cret\"\n{STEP}"));
    assert_eq!(code, 2);
    assert!(errors.contains("x.toml:2:9: a secret has its value from outside of the file"), "{errors}");
    assert!(!format!("{said}{errors}").contains("planted"), "{errors}");
}

#[test]
fn a_charge_that_must_be_refused_spends_nothing() {
    let (_, said, _) = check(&["scenarios/consume-negative.toml"]);
    let spending: Vec<&str> = said.lines().filter(|line| line.contains("spends")).collect();
    assert_eq!(spending.len(), 1, "{said}");
    assert!(spending[0].contains("accepted"), "{said}");
}

#[test]
fn amounts_that_are_written_or_drawn_are_spent_and_recharges_and_refunds_are_not() {
    let (_, said, _) = check(&["scenarios/consume-meal-peak.toml"]);
    let spends = |step: &str| said.lines().find(|line| line.contains("spends") && line.trim().starts_with(step));
    // The mean of 5, 12, 10, 8 and 15; the mean of 0.50 to 50.50.
    assert!(spends("fixed price").unwrap().contains("spends 10.00 a request in the mean"), "{said}");
    assert!(spends("free amount").unwrap().contains("spends 25.50 a request in the mean"), "{said}");
    for step in ["recharge", "give back", "no money"] {
        assert_eq!(spends(step), None, "{said}");
    }
}

#[test]
fn the_mix_is_that_of_the_users_there_are_and_stages_are_told_as_they_will_be() {
    let of = |weight: u32, name: &str| {
        format!(
            "[[scenario]]\nname = \"{name}\"\nweight = {weight}\n[[scenario.step]]\nname = \"{name} it\"\npath = \"/\"\n"
        )
    };
    let mix = format!("gate = [\"failures<=0\"]\n[load]\nusers = 2\n{}{}", of(7, "big"), of(3, "small"));
    let (code, said, errors) = check_text(&mix);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(said.contains("big: weight 7, 50.0 % of the users") && said.contains("Notes\n"), "{said}");
    let stages = "gate = [\"failures<=0\"]\n[load]\nrun_time = \"80s\"\n[[load.stage]]\nusers = 2\nhold = \"10s\"\n[[load.stage]]\nusers = 6\nramp = \"10s\"\nhold = \"20s\"\n";
    let (code, said, errors) = check_text(&format!("{stages}{STEP}"));
    assert_eq!((code, errors.as_str()), (0, ""));
    assert!(
        said.contains(
            "  stages     2 users for 20 s\n             2 to 6 users in 20 s\n             6 users for 40 s\n"
        ),
        "{said}"
    );
}

#[test]
fn what_is_told_is_what_a_run_with_these_options_would_do() {
    let words = ["scenarios/consume.toml", "--rate", "1500", "--users", "200", "--run-time", "60s"];
    let (code, said, _) = check(&[&words[..], &["--threshold", "p95<=200ms", "--host", "http://wallet:8080"]].concat());
    assert_eq!(code, 0, "{said}");
    for part in [
        "target     http://wallet:8080 (by --host)",
        "open model, 1,500.0 arrivals a second in the mean, 1,500.0 at most, for 200 users",
        "run time 60s",
        "p95<=200ms",
        "\nNotes\n  the rule p95<=200ms asks less than the scenario's own p95<=100ms",
    ] {
        assert!(said.contains(part), "no {part:?} in\n{said}");
    }
    let (code, _, errors) = check(&["scenarios/consume.toml", "--rate", "900"]);
    assert_eq!(code, 2);
    assert!(errors.contains("900 arrivals a second cannot hold it"), "{errors}");
    let (code, _, errors) = check(&["scenarios/consume.toml", "--host", "wallet"]);
    assert_eq!(code, 2);
    assert!(errors.contains("has no scheme"), "{errors}");
}
