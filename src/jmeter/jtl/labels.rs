//! The plan that a file's labels make.
//!
//! In: the survey of a file, and rules. Out: a [`Plan`] with a step for each label. Always holds: steps have different
//! names; a bare rule is one on all samples, as JMeter's own total is.

use std::path::Path;

use super::survey::{Label, Survey};
use super::{JtlError, ScoreOptions};
use crate::plan::{Identity, Overrides, Plan, PlanError, Rule};
use crate::scenario::Scenario;
use crate::scenario::threshold::{Scope, Threshold};
use crate::units::Micros;

/// Words that rules give a meaning of their own.
const RESERVED: [&str; 2] = ["iteration", "all"];
/// What stands for the label of a sample without one.
const UNNAMED: &str = "(no label)";

/// The plan that the labels make: each a step that users play on its own, so that nothing is summed over steps.
pub(super) fn plan(options: &ScoreOptions, survey: &Survey) -> Result<Plan, JtlError> {
    let names = names(survey.labels.all());
    let mut scenario = scenario(&names)?;
    let thresholds = match names.len() {
        0 | 1 => options.thresholds.clone(),
        // A file knows no plan, so what a bare rule means is what JMeter's own total is.
        _ => {
            let own = resolved(&scenario_of_one()?, Vec::new())?.gate;
            scenario.gate = Some(own.into_iter().map(|rule: Rule| for_all(rule.threshold)).collect());
            options.thresholds.iter().cloned().map(for_all).collect()
        }
    };
    if let Some(rule) = thresholds.iter().find(|rule| rule.scope == Scope::Iteration) {
        let problem = "a result file has no iterations; the rows of transaction controllers are steps, so name one";
        return Err(PlanError::Rule { rule: rule.to_string(), problem: problem.to_owned() }.into());
    }
    let mut plan = resolved(&scenario, thresholds)?;
    let (users, _) = survey.users();
    plan.name = options.file.file_stem().map_or_else(|| "results".into(), |stem| stem.to_string_lossy().into_owned());
    plan.load.users = users;
    plan.load.run_time = Micros::from_millis(survey.samples.length()).saturating_sub(options.skip_ramp);
    plan.load.timeout = Micros::from_millis(survey.samples.longest.max(survey.transactions.longest));
    // What is known before a run is about its load and its scenario, and here is neither.
    plan.warnings.clear();
    Ok(plan)
}

fn resolved(scenario: &Scenario, thresholds: Vec<Threshold>) -> Result<Plan, PlanError> {
    let users = u32::try_from(scenario.scenarios.len()).ok();
    let overrides = Overrides { users, thresholds, ..Overrides::default() };
    let identity = Identity { name: String::new(), run_id: String::new(), seed: 0 };
    Plan::resolve(scenario, &overrides, identity)
}

/// A bare rule made one on all requests.
fn for_all(rule: Threshold) -> Threshold {
    let scope = if rule.scope == Scope::Unsaid { Scope::All } else { rule.scope };
    Threshold { scope, ..rule }
}

fn scenario_of_one() -> Result<Scenario, JtlError> {
    scenario(&["one".to_owned()])
}

/// The scenario whose steps are `names`.
fn scenario(names: &[String]) -> Result<Scenario, JtlError> {
    let none = ["(no sample)".to_owned()];
    let names = if names.is_empty() { &none } else { names };
    let section = |name: &String| {
        let name = toml::Value::String(name.clone());
        format!("[[scenario]]\nname = {name}\n[[scenario.step]]\nname = {name}\npath = \"/\"\n")
    };
    let text: String = names.iter().map(section).collect();
    Scenario::parse(&text, Path::new("labels")).map_err(|error| JtlError::Histogram(error.to_string()))
}

/// The labels as names of steps: what a rule or a report could not tell apart is told apart.
fn names(labels: &[Label]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for Label { name, transaction, .. } in labels {
        let plain: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let plain = if plain.trim().is_empty() { UNNAMED } else { plain.trim() };
        let clash = |name: &str, names: &[String]| RESERVED.contains(&name) || names.iter().any(|known| known == name);
        let kind = if *transaction { "transaction" } else { "label" };
        let mut candidates = std::iter::once(plain.to_owned())
            .chain(std::iter::once(format!("{plain} ({kind})")))
            .chain((2..).map(|n| format!("{plain} ({kind} {n})")));
        names.extend(candidates.find(|name| !clash(name, &names)));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_a_rule_could_not_tell_apart_are_told_apart() {
        let label = Label::new;
        let labels = [
            label("pay", false),
            label("pay", true),
            label(" pay", false),
            label("pay ", false),
            label("all", false),
            label("", false),
            label("a\nb", false),
        ];
        let expected = ["pay", "pay (transaction)", "pay (label)", "pay (label 2)", "all (label)", "(no label)", "a b"];
        assert_eq!(names(&labels), expected);
        assert!(scenario(&names(&labels)).is_ok());
    }
}
