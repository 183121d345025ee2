//! `[vars]` and `[secrets]` with their order found: which are texts, and which are drawn once an iteration.
//!
//! In: what the author wrote. Out: [`Variables`]: what each name means to a template, and what is drawn in which
//! order. Always holds: no variable needs itself, and a drawn one has the same value through an iteration.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::PlanError;
use crate::scenario::Scenario;
use crate::scenario::template::{Names, Place, Template, TemplateError, Variable};

use super::DrawnVariable;

/// What names mean that the author defined.
pub(super) struct Variables {
    /// By name.
    pub(super) names: BTreeMap<String, Variable>,
    /// Drawn at an iteration's start, each behind those it needs.
    pub(super) drawn: Vec<DrawnVariable>,
    /// Slots used so far.
    pub(super) slots: usize,
}

type Texts<'a> = BTreeMap<&'a str, &'a Template>;

/// Gives every variable its meaning. `extracted` are the names that answers give.
pub(super) fn resolve(
    scenario: &Scenario,
    names: Names<'_>,
    extracted: &BTreeSet<&str>,
) -> Result<Variables, PlanError> {
    let texts: Texts<'_> = scenario.vars.iter().map(|(name, value)| (name.as_str(), &value.0)).collect();
    check_names(scenario, names)?;
    let order = ordered(&texts)?;
    let mut variables = Variables { names: BTreeMap::new(), drawn: Vec::new(), slots: 0 };
    for (name, value) in &scenario.secret_values {
        variables.names.insert(name.clone(), Variable::Fixed(value.reveal().to_owned()));
    }
    for name in order {
        let template = texts[name];
        let draws = template
            .names()
            .iter()
            .any(|used| Template::is_drawn(used) || matches!(variables.names.get(*used), Some(Variable::Slot(_))));
        if !draws && !extracted.contains(name) {
            variables.names.insert(name.to_owned(), Variable::Text(template.clone()));
            continue;
        }
        let cause = |cause| refused(name, too_early(name, cause, extracted));
        let bound = Names { variables: &variables.names, ..names }.bind(template, Place::Plain).map_err(cause)?;
        variables.drawn.push(DrawnVariable { slot: variables.slots, text: bound });
        variables.names.insert(name.to_owned(), Variable::Slot(variables.slots));
        variables.slots += 1;
    }
    check_texts(&texts, names, (&variables, extracted))?;
    Ok(variables)
}

/// Refuses names that could be taken for another's.
fn check_names(scenario: &Scenario, names: Names<'_>) -> Result<(), PlanError> {
    for name in scenario.vars.keys().chain(scenario.secrets.keys()) {
        check_name(name)?;
        if names.feeders.iter().any(|(feeder, _)| feeder == name) {
            return Err(PlanError::Twice { kind: "variable", name: name.clone() });
        }
    }
    match scenario.vars.keys().find(|name| scenario.secrets.contains_key(*name)) {
        Some(name) => Err(PlanError::Twice { kind: "variable", name: name.clone() }),
        None => Ok(()),
    }
}

/// Refuses a name that is no plain word, or means something else.
pub(super) fn check_name(name: &str) -> Result<(), PlanError> {
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let taken = Template::is_drawn(name) || ["sequence", "env"].contains(&name);
    if name.is_empty() || !name.chars().all(plain) || taken {
        return Err(PlanError::VariableName(name.to_owned()));
    }
    Ok(())
}

/// Every variable that is only a text is bound once, so that a mistake in one that nobody uses is found too.
fn check_texts(
    texts: &Texts<'_>,
    names: Names<'_>,
    (variables, extracted): (&Variables, &BTreeSet<&str>),
) -> Result<(), PlanError> {
    let mut known = variables.names.clone();
    extracted.iter().for_each(|name| drop(known.insert((*name).to_owned(), Variable::Slot(0))));
    for (name, template) in texts {
        let bound = Names { variables: &known, ..names }.bind(template, Place::Plain);
        bound.map_err(|cause| refused(name, cause))?;
    }
    Ok(())
}

fn refused(name: &str, cause: TemplateError) -> PlanError {
    PlanError::Variable { name: name.to_owned(), cause: Box::new(cause) }
}

fn too_early(name: &str, cause: TemplateError, extracted: &BTreeSet<&str>) -> TemplateError {
    match cause {
        TemplateError::Unknown { name: needed, .. } if extracted.contains(needed.as_str()) => {
            TemplateError::DrawsTooEarly { name: name.to_owned(), extracted: needed }
        }
        cause => cause,
    }
}

/// The names, each behind those its text needs.
fn ordered<'a>(texts: &Texts<'a>) -> Result<Vec<&'a str>, PlanError> {
    let mut order = Vec::new();
    for name in texts.keys() {
        visit(name, texts, (&mut Vec::new(), &mut order))?;
    }
    Ok(order)
}

fn visit<'a>(
    name: &'a str,
    texts: &Texts<'a>,
    (path, order): (&mut Vec<&'a str>, &mut Vec<&'a str>),
) -> Result<(), PlanError> {
    if order.contains(&name) {
        return Ok(());
    }
    if let Some(at) = path.iter().position(|before| *before == name) {
        let chain = path[at..].iter().chain([&name]).copied().collect::<Vec<_>>().join(" -> ");
        let cause = TemplateError::ThroughItself { name: path[at].to_owned(), chain };
        return Err(refused(name, cause));
    }
    path.push(name);
    let template: &'a Template = texts[name];
    for used in template.names() {
        if let Some((used, _)) = texts.get_key_value(used) {
            visit(used, texts, (path, order))?;
        }
    }
    path.pop();
    order.push(name);
    Ok(())
}
