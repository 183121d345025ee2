//! `docs/scenario.schema.json` is the schema of the file that is read.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tollgate::plan::{Identity, Overrides, Plan};
use tollgate::scenario::Scenario;
use tollgate::scenario::acceptance::AcceptanceFile;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&Scenario::schema()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// What is wrong with a scenario by the schema.
fn wrong(text: &str) -> Vec<String> {
    let instance: Value = serde_json::to_value(toml::from_str::<toml::Value>(text).unwrap()).unwrap();
    validator().iter_errors(&instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn the_schema_that_is_kept_is_current() {
    let kept = root().join("docs/scenario.schema.json");
    // To write it anew: TOLLGATE_BLESS=1.
    if std::env::var_os("TOLLGATE_BLESS").is_some() {
        fs::write(&kept, Scenario::schema()).unwrap();
    }
    let kept = fs::read_to_string(kept).unwrap().replace("\r\n", "\n");
    assert!(
        kept == Scenario::schema(),
        "run the tests once with TOLLGATE_BLESS=1, and commit docs/scenario.schema.json"
    );
}

#[test]
fn every_shipped_scenario_is_valid_and_loads() {
    let mut seen = 0;
    for entry in fs::read_dir(root().join("scenarios")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") && !path.ends_with("acceptance.toml") {
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(wrong(&text), Vec::<String>::new(), "{}", path.display());
            Scenario::load(&path).unwrap();
            seen += 1;
        }
    }
    assert!(seen > 0, "no scenario was found");
}

/// The TOML blocks of a document.
fn examples(name: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join("docs").join(name)).unwrap().replace("\r\n", "\n");
    text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn every_example_of_the_documentation_can_be_copied_and_checked() {
    let examples: Vec<String> = ["scenario-format.md", "reconcile.md"].into_iter().flat_map(examples).collect();
    assert!(examples.len() >= 14, "the examples were not found");
    let folder = tempfile::tempdir().unwrap();
    let users: String = (0..100).map(|n| format!("u{n},p{n}\n")).collect();
    fs::write(folder.path().join("users.csv"), format!("name,password\n{users}")).unwrap();
    for (name, rows) in [("face.jpg", "x"), ("order.json", "{}"), ("key.txt", "abcd\n")] {
        fs::write(folder.path().join(name), rows).unwrap();
    }
    for example in examples {
        // What stands there is a whole file, but for those that show a section without any request.
        let step =
            "gate = [\"failures<=0\"]\n[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n";
        let whole = match step.split_once('\n') {
            Some((gate, step)) if !example.contains("[[scenario") => format!("{gate}\n{example}\n{step}"),
            _ => example,
        };
        assert_eq!(wrong(&whole), Vec::<String>::new(), "{whole}");
        let environment =
            [("AREA", "1"), ("TOKEN", "secret")].map(|(k, v)| (k.to_owned(), v.to_owned())).into_iter().collect();
        let scenario = Scenario::parse_in(&whole, &folder.path().join("x.toml"), environment)
            .unwrap_or_else(|error| panic!("{error}\n{whole}"));
        let identity = Identity { name: "x".into(), run_id: "R".into(), seed: 1 };
        Plan::resolve(&scenario, &Overrides::default(), identity).unwrap_or_else(|error| panic!("{error}\n{whole}"));
    }
}

#[test]
fn every_example_of_an_acceptance_file_loads() {
    let examples: Vec<String> = ["acceptance.md", "witnesses.md"].into_iter().flat_map(examples).collect();
    assert!(!examples.is_empty(), "the examples were not found");
    for example in examples {
        AcceptanceFile::parse(&example, Path::new("x.toml")).unwrap_or_else(|error| panic!("{error}\n{example}"));
    }
}

#[test]
fn what_the_schema_must_not_accept_it_refuses() {
    let step = "[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\npath = \"/\"\n";
    for (text, at) in [
        (format!("[load]\nusres = 5\n{step}"), "/load"),
        (format!("[load]\nramp_up = 5\n{step}"), "/load/ramp_up"),
        (format!("{step}method = \"GTE\"\n"), "/scenario/0/step/0/method"),
        (format!("{step}envelope = \"consume-1\"\n"), "/scenario/0/step/0/envelope"),
        (format!("{step}check = [{{ jsno = \"$\" }}]\n"), "/scenario/0/step/0/check/0"),
        (String::new(), ""),
    ] {
        let errors = wrong(&text);
        assert!(errors.iter().any(|error| error.starts_with(at)), "{text}: {errors:?}");
    }
}
