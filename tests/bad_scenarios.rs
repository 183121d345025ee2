//! Every scenario of `tests/data/bad` is refused with exactly the message that stands beside it.
// A test ends where it panics.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use tollgate::plan::{Identity, Overrides, Plan};
use tollgate::scenario::Scenario;

/// What a run says of the file, with the folder left out of it.
fn refusal(file: &Path) -> String {
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let said = match Scenario::load(file) {
        Err(error) => error.to_string(),
        Ok(scenario) => {
            let identity = Identity { name: "bad".into(), run_id: "R".into(), seed: 1 };
            let planned = Plan::resolve(&scenario, &Overrides::default(), identity);
            let Err(error) = planned else { panic!("{name} is accepted") };
            let place = error.place(&scenario);
            let place = place.map_or_else(|| format!("{name}: "), |(line, column)| format!("{name}:{line}:{column}: "));
            format!("{place}{error}")
        }
    };
    said.replace(&format!("{}{}", file.parent().unwrap().display(), std::path::MAIN_SEPARATOR), "")
}

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bad");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    files
}

#[test]
fn every_bad_scenario_is_refused_with_its_place_its_cause_and_its_cure() {
    let files = scenarios();
    assert!(files.len() >= 15, "the bad scenarios were not found");
    let mut wrong = Vec::new();
    for file in files {
        let (said, expected) = (refusal(&file), file.with_extension("txt"));
        // To write what is said now, so that it can be read and committed: TOLLGATE_BLESS=1.
        if std::env::var_os("TOLLGATE_BLESS").is_some() {
            fs::write(&expected, format!("{said}\n")).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default().replace("\r\n", "\n");
        if said != expected.trim_end() {
            wrong.push(format!("{}\n  says     {said}\n  expected {expected}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
