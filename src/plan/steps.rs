//! Scenarios and steps with their variables tied to sources.

use std::collections::BTreeSet;

use crate::plan::request::{Requests, name_of};
use crate::plan::{DrawnVariable, LoadProfile, PlanError, PlannedScenario, PlannedStep, variables};
use crate::sample::StepId;
use crate::scenario::Scenario;
use crate::scenario::check::Expectation;
use crate::scenario::format::StepSection;
use crate::scenario::template::{Bound, Names, Uses};
use crate::units::Micros;

/// Names that rules give a meaning of their own.
const RESERVED: [&str; 2] = ["iteration", "all"];

/// What users do, and what they draw it from.
pub(super) struct Steps {
    pub(super) scenarios: Vec<PlannedScenario>,
    pub(super) steps: Vec<PlannedStep>,
    pub(super) drawn: Vec<DrawnVariable>,
    pub(super) slots: usize,
}

/// Plans every scenario of the file.
pub(super) fn resolve(scenario: &Scenario, load: &LoadProfile, names: Names<'_>) -> Result<Steps, PlanError> {
    let variables = variables::resolve(scenario, names, &BTreeSet::new())?;
    let names = Names { variables: &variables.names, ..names };
    let boundary = format!("tollgate-{}", names.run_id);
    let (mut scenarios, mut steps): (Vec<PlannedScenario>, Vec<PlannedStep>) = (Vec::new(), Vec::new());
    for section in &scenario.scenarios {
        check_name("scenario", &section.name, scenarios.iter().map(|s| s.name.as_str()))?;
        let requests = Requests { scenario, headers: &section.headers, boundary: &boundary, timeout: load.timeout };
        let mut ids = Vec::new();
        for step in &section.steps {
            check_name("step", &name_of(step), steps.iter().map(|s| s.name.as_str()))?;
            ids.push(StepId(u16::try_from(steps.len()).unwrap_or(u16::MAX)));
            steps.push(plan_step(step, requests, names)?);
        }
        if ids.is_empty() {
            return Err(PlanError::NoStep(section.name.clone()));
        }
        let drawn = drawn_by(&steps[steps.len() - ids.len()..], &variables.drawn);
        scenarios.push(PlannedScenario { name: section.name.clone(), weight: section.weight.get(), steps: ids, drawn });
    }
    if scenarios.is_empty() {
        return Err(PlanError::NoScenario);
    }
    Ok(Steps { scenarios, steps, drawn: variables.drawn, slots: variables.slots })
}

/// The drawn variables that `steps` use, themselves or through another.
fn drawn_by(steps: &[PlannedStep], drawn: &[DrawnVariable]) -> Vec<usize> {
    let mut uses = Uses::default();
    steps.iter().for_each(|step| step.texts().for_each(|text| text.add_uses(&mut uses)));
    // A variable stands behind those it needs, so going backwards finds them all.
    for variable in drawn.iter().rev() {
        if uses.slots.contains(&variable.slot) {
            variable.text.add_uses(&mut uses);
        }
    }
    (0..drawn.len()).filter(|at| uses.slots.contains(&drawn[*at].slot)).collect()
}

/// Refuses names that a report or a rule could not tell apart.
pub(super) fn check_name<'a>(
    kind: &'static str,
    name: &str,
    mut earlier: impl Iterator<Item = &'a str>,
) -> Result<(), PlanError> {
    let problem = if name.trim().is_empty() {
        "nothing"
    } else if name != name.trim() || name.chars().any(char::is_control) {
        "a text with a control character or a space around it"
    } else if RESERVED.contains(&name) {
        "the reserved word \"iteration\" or \"all\", which rules use,"
    } else {
        return match earlier.any(|other| other == name) {
            true => Err(PlanError::Twice { kind, name: name.to_owned() }),
            false => Ok(()),
        };
    };
    Err(PlanError::BadName { kind, problem })
}

fn plan_step(step: &StepSection, requests: Requests<'_>, names: Names<'_>) -> Result<PlannedStep, PlanError> {
    let load = &requests.scenario.load;
    let request = requests.plan(step, names)?;
    let leading = request.path.leading_literal();
    if !leading.starts_with(b"/") {
        let path = String::from_utf8_lossy(leading).into_owned();
        return Err(PlanError::Path { step: name_of(step), path });
    }
    Ok(PlannedStep {
        name: name_of(step),
        method: step.method,
        path: request.path,
        headers: request.headers,
        body: request.body,
        timeout: step.timeout.unwrap_or(requests.timeout),
        expectation: Expectation { status: step.expect.clone(), envelope: step.envelope },
        think_time: step.think_time.or(load.think_time).unwrap_or(Micros::ZERO),
    })
}

impl PlannedStep {
    /// Every text that varies from request to request.
    fn texts(&self) -> impl Iterator<Item = &Bound> {
        std::iter::once(&self.path).chain(self.headers.iter().map(|(_, value)| value)).chain(&self.body)
    }
}

#[cfg(test)]
mod tests;
