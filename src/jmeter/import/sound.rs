//! Whether what is about to be written is a scenario.
//!
//! In: the text of a scenario. Out: what a check would say against it. Always holds: what only the run has (a file, an
//! environment variable, a length) is taken as given, and nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use super::ImportOptions;
use super::report::Need;
use crate::plan::{Identity, Overrides, Plan};
use crate::scenario::Scenario;
use crate::scenario::secret::Environment;

/// Why `scenario` could not be run even if `needs` were given.
pub(super) fn objection(scenario: &str, needs: &[Need], options: &ImportOptions) -> Option<String> {
    // Without its data a scenario is not read.
    if needs.iter().any(|need| need.id == "JMX108") {
        return None;
    }
    let text = answered(scenario);
    let asked = text.split("${env.").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned());
    let environment = asked.map(|name| (name, "1".to_owned())).collect::<Environment>();
    let folder = options.folder.as_deref().or_else(|| options.file.parent()).unwrap_or_else(|| Path::new(""));
    let parsed = match Scenario::parse_in(&text, &folder.join("imported.toml"), environment) {
        Ok(parsed) => parsed,
        Err(error) => return Some(error.to_string()),
    };
    let identity = Identity { name: "imported".to_owned(), run_id: "R".to_owned(), seed: 1 };
    Plan::resolve(&parsed, &Overrides::default(), identity).err().map(|error| error.to_string())
}

/// What `scenario` asks for with `"?"` although no need so far says so: a field that the plan leaves blank.
pub(super) fn unasked(scenario: &str, needs: &BTreeSet<Need>) -> Option<Need> {
    let told = |key: &str| match key {
        "run_time" => needs.iter().any(|need| need.id == "JMX112"),
        _ => needs.iter().any(|need| matches!(need.id, "JMX110" | "JMX111")),
    };
    let asked = scenario.lines().filter_map(|line| line.strip_suffix(" = \"?\"")).filter(|key| !told(key));
    let keys = asked.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
    let what = format!("the plan leaves a number blank: write {keys} into the scenario");
    (!keys.is_empty()).then_some(Need { id: "JMX110", what })
}

/// `scenario` with something in the place of every `"?"`.
fn answered(scenario: &str) -> String {
    let answers = [("users", "1"), ("host", "\"http://localhost\"")];
    let spans = ["run_time", "think_time", "pause", "pacing"].map(|key| (key, "\"60s\""));
    let lines = scenario.lines().map(|line| {
        let asked = line.strip_suffix(" = \"?\"");
        let answer = answers.into_iter().chain(spans).find(|(key, _)| asked == Some(*key));
        answer.map_or_else(|| line.to_owned(), |(key, answer)| format!("{key} = {answer}"))
    });
    lines.collect::<Vec<_>>().join("\n")
}
