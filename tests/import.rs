//! `tollgate import`: exit codes, and where the scenario and its account go.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

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
