//! `tollgate import`: exit codes, and where the scenario and its account go.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)]

#[path = "support/recording.rs"]
mod recording;

use std::fs;
use std::process::{Command, Output};

const SHOP: &str = "tests/data/jmx/shop.jmx";

fn import(words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    let Output { status, stdout, stderr } =
        command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("import").args(words).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn the_scenario_is_printed_and_its_account_stands_beside_it() {
    let (code, scenario, account) = import(&[SHOP, "-J", "users=7"]);
    assert_eq!(code, 0, "{account}");
    assert!(scenario.contains("users = 7\n") && scenario.contains("name = \"Pay\""), "{scenario}");
    assert!(account.starts_with("elements 11: exact") && account.ends_with("RUNNABLE (approx)\n"), "{account}");
}

#[test]
fn a_file_is_written_once_and_never_over_another() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("shop.toml");
    let (code, account, _) = import(&[SHOP, "-o", file.to_str().unwrap()]);
    assert!(code == 0 && account.contains("RUNNABLE"), "{account}");
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.starts_with("# Shop, from shop.jmx\n"), "{written}");
    let (code, _, error) = import(&[SHOP, "-o", file.to_str().unwrap()]);
    assert!(code == 2 && error.contains("is there already"), "{error}");
}

#[test]
fn what_cannot_be_translated_ends_with_2_and_without_a_scenario() {
    let place = tempfile::tempdir().unwrap();
    let plan = place.path().join("odd.jmx");
    let text = fs::read_to_string(SHOP)
        .unwrap()
        .replace("<ConstantTimer ", "<OddTimer ")
        .replace("</ConstantTimer>", "</OddTimer>");
    fs::write(&plan, text).unwrap();
    let file = place.path().join("odd.toml");
    let (code, json, _) = import(&[plan.to_str().unwrap(), "--json", "-o", file.to_str().unwrap()]);
    let account: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(code, 2);
    assert!(!file.exists());
    assert_eq!(
        (&account["findings"].as_array().unwrap().last().unwrap()["id"], &account["counts"]["refused"]),
        (&"JMX101".into(), &1.into())
    );
    let (code, _, _) = import(&[plan.to_str().unwrap(), "--allow-partial", "JMX101", "-o", file.to_str().unwrap()]);
    assert!(code == 0 && file.exists());
}

#[test]
fn what_is_no_plan_is_refused_by_its_id() {
    for (file, part) in
        [("Cargo.toml", "JMX001"), ("no/such.jmx", "no/such.jmx"), ("tests/data/jtl/shop.xml", "JMX002")]
    {
        let (code, out, error) = import(&[file]);
        assert!(code == 2 && out.is_empty() && error.contains(part), "{file}: {error}");
    }
    let (code, _, error) = import(&[SHOP, "-J", "users"]);
    assert!(code == 2 && error.contains("-J users=VALUE"), "{error}");
}

#[test]
fn the_plan_of_today_is_told_what_is_wrong_with_it() {
    let (code, account, _) = import(&["tests/data/jmx/consume-today.jmx", "-J", "HOST=shop.test"]);
    assert_eq!(code, 2, "{account}");
    for part in [
        ":20: Consume service/Users [ThreadGroup] refused JMX109: it has no loop controller, so JMeter sends nothing",
        ":28: Consume service/Users/Consume [HTTPSamplerProxy] exact: it sends POST without parameters",
        ":4: Consume service [TestPlan] exact: property HOST changes nothing: the plan never reads it; it has a variable",
    ] {
        assert!(account.contains(part), "{part}\n{account}");
    }
}

/// A plan that sends to a server of the test, and an element that is not known.
fn partial_plan(place: &std::path::Path) -> std::path::PathBuf {
    let plan = place.join("partial.jmx");
    let text = fs::read_to_string(SHOP).unwrap().replacen(
        "<TransactionController guiclass",
        "<OddController testname=\"Odd\"/><hashTree/><TransactionController guiclass",
        1,
    );
    fs::write(&plan, text).unwrap();
    plan
}

fn tollgate(words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    let Output { status, stdout, stderr } =
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(words).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_plan_is_run_in_one_step_and_a_part_of_one_is_said_to_be_one_everywhere() {
    let server = recording::Recording::start();
    let place = tempfile::tempdir().unwrap();
    let plan = partial_plan(place.path());
    let (plan, port) = (plan.to_str().unwrap(), format!("port={}", server.port));
    let out = place.path().join("out");
    let words = ["run", plan, "-J", &port, "-J", "users=1", "-J", "loops=3", "--ramp-up", "0s", "--no-calibrate"];
    let more = ["--no-preflight", "--out", out.to_str().unwrap()];
    let (code, _, error) = tollgate(&[&words[..], &more].concat());
    assert!(code == 2 && error.contains("JMX101") && error.contains("REFUSED"), "{error}");
    assert!(!out.exists() && server.take().is_empty(), "nothing is sent of a plan that is refused");

    let (_, console, error) = tollgate(&[&words[..], &more, &["--allow-partial", "JMX101"]].concat());
    assert!(error.contains("RUNNABLE (partial)"), "{error}");
    let asked: Vec<String> = server.take().into_iter().map(|heard| heard.line).collect();
    assert_eq!(asked.len(), 6, "{asked:?}");
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&read("summary.json")).unwrap();
    assert_eq!(summary["steps"][0]["name"], "Search", "JMeter's labels are the steps'");
    assert_eq!(summary["left_out"][0], "JMX101 Shop/Buyers/Odd [OddController], line 51");
    assert!(summary["caveats"].as_array().unwrap().iter().any(|caveat| caveat["id"] == "partial_import"));
    for text in [console, read("summary.md"), read("report.html")] {
        assert!(text.contains("1 elements of the JMeter plan were left out"), "{text}");
    }
}

#[test]
fn what_a_plan_needs_is_asked_for_before_anything_is_sent() {
    let place = tempfile::tempdir().unwrap();
    let endless = place.path().join("endless.jmx");
    let text = fs::read_to_string(SHOP).unwrap().replace("${__P(loops,10)}", "-1");
    fs::write(&endless, &text).unwrap();
    let endless = endless.to_str().unwrap();
    let toml = place.path().join("endless.toml");
    let (code, account, _) = import(&[endless, "-o", toml.to_str().unwrap()]);
    assert!(code == 0 && account.contains("needs JMX112"), "{account}");
    for file in [endless, toml.to_str().unwrap()] {
        for command in ["check", "run"] {
            let (code, _, error) = tollgate(&[command, file]);
            assert!(code == 2 && error.contains("run_time = \"?\"") && error.contains("--run-time 300s"), "{error}");
        }
    }
    let given = fs::read_to_string(&toml).unwrap().replace("run_time = \"?\"", "run_time = \"60s\"");
    fs::write(&toml, given).unwrap();
    assert_eq!(tollgate(&["check", toml.to_str().unwrap()]).0, 0);

    for (part, with, id, said) in [
        ("${__P(host,127.0.0.1)}", "${__P(odd.host)}", "JMX111", "ODD_HOST"),
        ("tea &amp; ", "${nobody_gives}", "JMX110", "NOBODY_GIVES"),
    ] {
        let plan = place.path().join("needs.jmx");
        fs::write(&plan, fs::read_to_string(SHOP).unwrap().replace(part, with)).unwrap();
        let plan = plan.to_str().unwrap();
        let (code, _, account) = import(&[plan]);
        assert!(code == 0 && account.contains(&format!("needs {id}")), "{account}");
        let (code, _, error) = tollgate(&["check", plan]);
        assert!(code == 2 && error.contains(said), "{error}");
    }
}
