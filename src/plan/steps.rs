//! Scenarios and steps with their variables tied to sources.

use std::collections::BTreeSet;

use crate::plan::compile::{Compiler, Gathered};
use crate::plan::program::Program;
use crate::plan::request::{Requests, in_step, name_of};
use crate::plan::{Around, DrawnVariable, LoadProfile, PlanError, PlannedScenario, PlannedStep, variables};
use crate::scenario::Scenario;
use crate::scenario::check::{Check, Expectation, Extract, Test, Which};
use crate::scenario::format::{CheckSection, ExtractSection, Pairs, ScenarioSection, StepSection, TestSection};
use crate::scenario::template::{Bound, Names, Place, Uses, Variable};
use crate::units::Micros;

/// Names that rules give a meaning of their own.
const RESERVED: [&str; 2] = ["iteration", "all"];

/// The most redirects that a step may follow; browsers give up at 20.
pub(super) const MOST_REDIRECTS: u32 = 20;

/// What users do, and what they draw it from.
pub(super) struct Steps {
    pub(super) scenarios: Vec<PlannedScenario>,
    pub(super) gathered: Gathered,
    pub(super) around: Around,
    pub(super) drawn: Vec<DrawnVariable>,
}

/// Plans every scenario of the file.
pub(super) fn resolve(scenario: &Scenario, load: &LoadProfile, names: Names<'_>) -> Result<Steps, PlanError> {
    let given = names_given(scenario);
    let variables = variables::resolve(scenario, names, &given.iter().map(String::as_str).collect())?;
    let set = scenario.steps().filter_map(|step| step.set.as_ref()).flat_map(Pairs::iter);
    let set: BTreeSet<&str> = set.map(|(name, _)| name).collect();
    let boundary = format!("tollgate-{}", names.run_id);
    let mut gathered = Gathered { slots: variables.slots, ..Gathered::default() };
    for name in given {
        // A variable of the file that an answer or a loop gives a value begins each iteration with its own text; what
        // is set is kept over iterations, so it cannot.
        match variables.names.get(&name) {
            Some(Variable::Slot(slot)) if scenario.vars.contains_key(&name) && !set.contains(name.as_str()) => {
                gathered.extracted.insert(name, *slot);
                continue;
            }
            Some(_) => return Err(PlanError::Twice { kind: "variable", name }),
            None => {}
        }
        gathered.extracted.insert(name, gathered.slots);
        gathered.slots += 1;
    }
    let none = Pairs::default();
    let of = |headers| Requests { scenario, headers, boundary: &boundary, timeout: load.timeout };
    let known = variables.names.clone();
    let mut once =
        Compiler { requests: of(&none), names, known, gathered: &mut gathered, is_setup: true, ops: Vec::new() };
    once.know_what_is_set(scenario.setup.iter().chain(&scenario.teardown).flat_map(StepSection::flat))?;
    let (before, first) = once.program(&scenario.setup, true)?;
    let (after, last) = once.program(&scenario.teardown, true)?;
    // What the set-up takes out of answers, and what it sets, is every user's.
    let known = once.known;
    let around = Around { before, after, time: first.then(last).time };
    let mut scenarios: Vec<PlannedScenario> = Vec::new();
    for section in &scenario.scenarios {
        check_name("scenario", &section.name, scenarios.iter().map(|s| s.name.as_str()))?;
        let (requests, known, gathered) = (of(&section.headers), known.clone(), &mut gathered);
        let compiler = Compiler { requests, names, known, gathered, is_setup: false, ops: Vec::new() };
        scenarios.push(plan_scenario(section, compiler, (&variables.drawn, &around))?);
    }
    if scenarios.is_empty() {
        return Err(PlanError::NoScenario);
    }
    Ok(Steps { scenarios, gathered, around, drawn: variables.drawn })
}

fn plan_scenario(
    section: &ScenarioSection,
    mut compiler: Compiler<'_>,
    (drawn, around): (&[DrawnVariable], &Around),
) -> Result<PlannedScenario, PlanError> {
    compiler.know_what_is_set(section.flat())?;
    let (on_start, start) = compiler.program(&section.on_start, true)?;
    let setup = &compiler.gathered.setup;
    let kept: BTreeSet<usize> = taken(&on_start, setup).chain(taken(&around.before, setup)).collect();
    let (program, extent) = compiler.program(&section.steps, false)?;
    let (on_stop, stop) = compiler.program(&section.on_stop, true)?;
    let steps = program.requests();
    if steps.is_empty() {
        return Err(PlanError::NoStep(section.name.clone()));
    }
    if extent.requests <= 0.0 {
        let problem = format!(
            "scenario \"{}\" never plays a request, because repeat = 0 keeps all of them out; repeat at least one, or take \
             the scenario out",
            section.name
        );
        return Err(PlanError::At { needle: format!("\"{}\"", section.name), problem });
    }
    check_cookies(section, compiler.requests.scenario)?;
    let kept: BTreeSet<usize> =
        kept.into_iter().chain([&on_start, &program, &around.before].into_iter().flat_map(Program::set)).collect();
    let begins = |slot: &usize| kept.contains(slot) || drawn.iter().any(|variable| variable.slot == *slot);
    let cleared = taken(&program, &compiler.gathered.steps).filter(|slot| !begins(slot)).collect();
    let mut uses = Uses::default();
    for (program, steps) in [
        (&on_start, &compiler.gathered.setup),
        (&program, &compiler.gathered.steps),
        (&on_stop, &compiler.gathered.setup),
        (&around.before, &compiler.gathered.setup),
        (&around.after, &compiler.gathered.setup),
    ] {
        program.texts().for_each(|text| text.add_uses(&mut uses));
        let requests = program.requests().into_iter().map(|id| &steps[usize::from(id.0)]);
        requests.for_each(|step| step.texts().for_each(|text| text.add_uses(&mut uses)));
    }
    let drawn = drawn_by(&mut uses, drawn);
    // A row that is taken inside the iteration is not taken at its start too.
    let feeders = uses.feeders.into_iter().filter(|feeder| program.next_rows().all(|own| own != *feeder)).collect();
    Ok(PlannedScenario {
        name: section.name.clone(),
        weight: section.weight.get(),
        cookies: section.cookies.0,
        connection: section.connection,
        // No time between two starts is no pacing.
        pacing: section.pacing.filter(|period| *period > Micros::ZERO),
        steps,
        program,
        extent,
        on_start,
        on_stop,
        setup_time: start.then(stop).time,
        on_failure: section.on_failure,
        drawn,
        cleared,
        feeders,
    })
}

/// The slots that the steps of a program fill from answers.
fn taken<'a>(program: &Program, steps: &'a [PlannedStep]) -> impl Iterator<Item = usize> + use<'a> {
    let extracts = program.requests().into_iter().flat_map(|id| &steps[usize::from(id.0)].extracts);
    extracts.flat_map(|extract| {
        let count = if let Which::All { count } = extract.which { Some(count) } else { None };
        std::iter::once(extract.slot).chain(count)
    })
}

/// Every name that an answer or a loop gives a value.
fn names_given(scenario: &Scenario) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for step in scenario.steps() {
        names.extend(step.variable.clone());
        names.extend(step.set.iter().flat_map(|pairs| pairs.iter()).map(|(name, _)| name.to_owned()));
        for extract in &step.extracts {
            names.insert(extract.name.clone());
            if extract.index.is_none() {
                names.insert(format!("{}.count", extract.name));
            }
        }
    }
    names
}

/// The drawn variables that are used, themselves or through another.
fn drawn_by(uses: &mut Uses, drawn: &[DrawnVariable]) -> Vec<usize> {
    // A variable stands behind those it needs, so going backwards finds them all.
    for variable in drawn.iter().rev() {
        if uses.slots.contains(&variable.slot) {
            variable.text.add_uses(uses);
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
    Err(PlanError::BadName { kind, name: name.to_owned(), problem })
}

/// One request. Where its extracts are kept is not known yet.
pub(super) fn plan_step(
    step: &StepSection,
    requests: Requests<'_>,
    names: Names<'_>,
) -> Result<PlannedStep, PlanError> {
    let load = &requests.scenario.load;
    let request = requests.plan(step, names)?;
    let leading = request.path.leading_literal();
    if !leading.starts_with(b"/") {
        let path = String::from_utf8_lossy(leading).into_owned();
        return Err(PlanError::Path { step: name_of(step), path });
    }
    if step.expect_reject.is_some() && step.envelope.is_none() {
        return Err(PlanError::RejectWithoutEnvelope(name_of(step)));
    }
    Ok(PlannedStep {
        name: name_of(step),
        host: None,
        method: step.method,
        path: request.path,
        headers: request.headers,
        body: request.body,
        timeout: check_timeout(step)?.unwrap_or(requests.timeout),
        expectation: Expectation {
            status: step.expect.clone(),
            envelope: step.envelope,
            reject: step.expect_reject.clone(),
            checks: step.checks.iter().map(|check| plan_check(step, check, names)).collect::<Result<_, _>>()?,
        },
        extracts: step.extracts.iter().map(plan_extract).collect::<Result<_, _>>()?,
        shared: step.shared,
        redirects: check_redirects(step)?,
        think_time: step.think_time.or(load.think_time).unwrap_or_default(),
        custom: None,
    })
}

/// Refuses two sources of one header.
fn check_cookies(section: &ScenarioSection, scenario: &Scenario) -> Result<(), PlanError> {
    if section.cookies.0.is_none() {
        return Ok(());
    }
    let shared = || scenario.target.headers.iter().chain(section.headers.iter());
    for step in section.flat() {
        let own = shared().chain(step.headers.iter()).find(|(name, _)| name.eq_ignore_ascii_case("cookie"));
        if let Some((header, _)) = own {
            return Err(PlanError::TwoCookies { step: name_of(step), header: header.to_owned() });
        }
    }
    Ok(())
}

fn check_timeout(step: &StepSection) -> Result<Option<Micros>, PlanError> {
    match step.timeout {
        Some(Micros::ZERO) => Err(PlanError::StepTimeout(name_of(step))),
        timeout => Ok(timeout),
    }
}

fn check_redirects(step: &StepSection) -> Result<u32, PlanError> {
    match step.redirects {
        redirects @ 0..=MOST_REDIRECTS => Ok(redirects),
        redirects => Err(PlanError::Redirects { step: name_of(step), redirects }),
    }
}

fn plan_check(step: &StepSection, check: &CheckSection, names: Names<'_>) -> Result<Check, PlanError> {
    let bind = |text| names.bind(text, Place::Plain).map_err(|cause| in_step(step, "check", cause));
    let test = match &check.test {
        TestSection::Equals(text) => Test::Equals(bind(text)?),
        TestSection::Contains(text) => Test::Contains(bind(text)?),
        TestSection::Ready(test) => test.clone(),
    };
    let value = check.value.as_ref().map(bind).transpose()?;
    Ok(Check { value, subject: check.subject.clone(), test, negated: check.negated, name: check.name.clone() })
}

fn plan_extract(extract: &ExtractSection) -> Result<Extract, PlanError> {
    variables::check_name(&extract.name)?;
    let which = extract.index.map_or(Which::All { count: 0 }, Which::One);
    let (name, from, default) = (extract.name.clone(), extract.from.clone(), extract.default.clone());
    Ok(Extract { name, slot: 0, from, which, default, secret: extract.secret })
}

impl PlannedStep {
    /// Every text that varies from request to request.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &Bound> {
        let checked = self.expectation.checks.iter().flat_map(|check| {
            let compared = match &check.test {
                Test::Equals(text) | Test::Contains(text) => Some(text),
                _ => None,
            };
            compared.into_iter().chain(&check.value)
        });
        std::iter::once(&self.path).chain(self.headers.iter().map(|(_, value)| value)).chain(&self.body).chain(checked)
    }
}

#[cfg(test)]
mod tests;
