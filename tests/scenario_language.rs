//! The scenario language as a user meets it: the binary, a scenario file, a service and a report.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use support::{Ran, Server, ok, scenario, short_run, status};

const LOGIN: &str = r#"
gate = ["failures<=100000", "p95<=5s for buy", "throughput>=1 for all"]

[secrets]
key = { env = "TOLLGATE_TEST_KEY" }

[[scenario]]
name = "shop"

[[scenario.on_start]]
name = "login"
method = "POST"
path = "/login"
json = { user = "u${user.id}", key = "${key}" }
extract = [{ var = "token", json = "$.data.token" }]

[[scenario.step]]
group = "buy"

[[scenario.step.step]]
name = "cart"
path = "/cart/${token}"
think_time = "5ms"

[[scenario.step.step]]
name = "pay"
method = "POST"
path = "/pay"
headers = { Authorization = "Bearer ${token}" }
json = { no = "${run.id}-${sequence}", key = "${key}" }
check = [{ json = "$.data.paid", equals = true }]

[[scenario.on_stop]]
name = "logout"
path = "/logout/${token}"
"#;

const KEY: &str = "s3cret/\"key\"";

fn run(server: &Server, text: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rows.csv"), (0..50).fold("id\n".to_owned(), |text, row| text + &format!("r{row}\n")))
        .unwrap();
    let file = scenario(folder.path(), text);
    let mut bench = short_run(&server.url(), &["--scenario", &file]);
    bench.command.env("TOLLGATE_TEST_KEY", KEY);
    bench.run()
}

/// The text of every file below `folder`.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(texts(&path));
        } else {
            found.push((path.display().to_string(), String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()));
        }
    }
    found
}

#[test]
fn users_log_in_once_and_groups_and_logins_have_rows_of_their_own() {
    let server = Server::start(|_, text| match text.split(' ').nth(1).unwrap() {
        "/login" => ok(r#"{"code":200,"data":{"token":"t-1"}}"#),
        "/pay" if !text.contains("Authorization: Bearer t-1") => status("401 Unauthorized", ""),
        _ => ok(r#"{"data":{"paid":true}}"#),
    });
    let ran = run(&server, LOGIN);
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
    let summary = ran.summary();
    let setup = summary["setup"]["steps"].as_array().unwrap();
    assert_eq!((setup[0]["name"].as_str(), setup[0]["successes"].as_u64()), (Some("login"), Some(4)));
    assert_eq!((setup[1]["name"].as_str(), setup[1]["successes"].as_u64()), (Some("logout"), Some(4)));
    let group = &summary["groups"][0];
    assert_eq!(group["name"], "buy");
    assert!(group["successes"].as_u64().unwrap() > 10, "{group}");
    assert_eq!(summary["steps"].as_array().unwrap().len(), 2, "logins are no steps of the loop");
    assert_eq!(summary["thresholds"][1]["step"], "buy");
    let page = fs::read_to_string(ran.report().join("report.html")).unwrap();
    for row in ["buy", "login (on_start/on_stop)"] {
        assert!(page.contains(row), "{row}");
    }
    let seen = server.seen.texts.lock().unwrap();
    assert_eq!(seen.iter().filter(|text| text.starts_with("POST /login ")).count(), 4);
    assert!(seen.iter().any(|text| text.contains(r#""key":"s3cret/\"key\"""#)), "the secret is sent");
}

#[test]
fn a_secret_that_the_service_echoes_is_in_no_output() {
    let server = Server::start(|_, text| match text.split(' ').nth(1).unwrap() {
        "/login" => ok(r#"{"data":{"token":"t-1"}}"#),
        _ => status("500 Error", text.rsplit("\r\n").next().unwrap()),
    });
    let ran = run(&server, LOGIN);
    let summary = ran.summary();
    let said: Vec<&str> =
        summary["failures"].as_array().unwrap().iter().filter_map(|f| f["message"].as_str()).collect();
    assert!(said.iter().any(|said| said.contains("\"key\":\"***\"")), "{said:?}");
    for (name, text) in
        texts(&ran.report()).iter().chain([&("stdout".into(), ran.stdout()), &("stderr".into(), ran.stderr())])
    {
        assert!(!text.contains("s3cret"), "{name} holds the secret");
    }
}

#[test]
fn a_token_that_an_answer_gave_is_in_no_output_where_it_is_marked() {
    let server = Server::start(|_, text| match text.split(' ').nth(1).unwrap() {
        "/login" => ok(r#"{"data":{"token":"t0ken/of-a-login"}}"#),
        path => status("500 Error", &format!("{path} of {}", text.replace("\r\n", " "))),
    });
    let secret = LOGIN.replace("json = \"$.data.token\" }", "json = \"$.data.token\", secret = true }");
    assert_ne!(secret, LOGIN);
    let folder = tempfile::tempdir().unwrap();
    let file = scenario(folder.path(), &secret);
    let mut bench = short_run(&server.url(), &["--scenario", &file, "--jtl"]);
    bench.command.env("TOLLGATE_TEST_KEY", KEY);
    let ran = bench.preflighting().run();
    assert!(ran.stderr().contains("step \"cart\" failed (server_error)"), "{}", ran.stderr());
    assert!(ran.stdout().contains("Bearer ***"), "{}", ran.stdout());
    assert!(fs::read_to_string(ran.report().join("results.jtl")).unwrap().contains("Bearer ***"));
    for (name, text) in
        texts(&ran.report()).iter().chain([&("stdout".into(), ran.stdout()), &("stderr".into(), ran.stderr())])
    {
        assert!(!text.contains("of-a-login"), "{name} holds the token");
        assert!(!text.contains("s3cret"), "{name} holds the secret");
    }
}

#[test]
fn a_run_whose_users_cannot_log_in_is_invalid_and_says_why() {
    let server = Server::start(|_, text| match text.split(' ').nth(1).unwrap() {
        "/login" => status("401 Unauthorized", "wrong key"),
        _ => ok(r#"{"data":{"paid":true}}"#),
    });
    let ran = run(&server, LOGIN);
    assert_ne!(ran.code(), 0, "{}", ran.stdout());
    let summary = ran.summary();
    let failure = &summary["setup"]["failures"][0];
    assert_eq!((failure["class"].as_str(), failure["message"].as_str()), (Some("auth"), Some("wrong key")));
    assert_eq!(failure["count"], 12, "each of four users tries three times");
    let caveats = summary["caveats"].as_array().unwrap();
    assert!(caveats.iter().any(|caveat| caveat["id"] == "user_lost"), "{caveats:?}");
    assert!(ran.stdout().contains("wrong key"), "{}", ran.stdout());
    assert_eq!(summary["totals"]["requests"], 0, "nobody goes on without a login");
}

#[test]
fn a_feeder_that_runs_out_ends_the_run_and_every_row_was_sent_once() {
    let server = Server::start(|_, _| ok("{}"));
    let text = "gate = [\"failures<=0\"]\n[[feeder]]\nname = \"r\"\nfile = \"rows.csv\"\nat_end = \"stop\"\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\npath = \"/${r.id}\"\n";
    let ran = run(&server, text);
    assert_eq!(ran.code(), 98, "{}{}", ran.stdout(), ran.stderr());
    assert!(ran.stdout().contains("feeder r had no row left: the run ended"), "{}", ran.stdout());
    let caveats: Vec<String> = ran.summary()["caveats"]
        .as_array()
        .unwrap()
        .iter()
        .map(|caveat| caveat["id"].as_str().unwrap().into())
        .collect();
    assert!(caveats.contains(&"feeder_dry".to_owned()) && !caveats.contains(&"window_short".to_owned()), "{caveats:?}");
    let seen = server.seen.texts.lock().unwrap();
    let rows: HashSet<&str> = seen.iter().filter_map(|text| text.split(' ').nth(1)).collect();
    assert_eq!((seen.len(), rows.len()), (50, 50));
}
