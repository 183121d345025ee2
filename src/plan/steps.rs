//! Scenarios and steps with their variables tied to sources.

use crate::plan::{PlanError, PlannedScenario, PlannedStep};
use crate::sample::StepId;
use crate::scenario::Scenario;
use crate::scenario::check::Expectation;
use crate::scenario::feeder::Permutation;
use crate::scenario::format::{ScenarioSection, StepSection, ThinkTime};
use crate::scenario::template::{Bound, Names, Template};
use crate::units::Micros;

/// Headers that the client writes itself: two of them would be two truths.
const OWN_HEADERS: [&str; 4] = ["host", "content-length", "transfer-encoding", "connection"];
/// The most redirects that a step may follow; browsers give up at 20.
pub(super) const MOST_REDIRECTS: u32 = 20;
/// Names that rules give a meaning of their own.
const RESERVED: [&str; 2] = ["iteration", "all"];

type Planned = (Vec<PlannedScenario>, Vec<PlannedStep>);

/// Plans every scenario of the file.
pub(super) fn resolve(
    scenario: &Scenario,
    run_id: &str,
    feeders: &[(String, Permutation)],
) -> Result<Planned, PlanError> {
    let names = Names { run_id, feeders };
    let (mut scenarios, mut steps): Planned = (Vec::new(), Vec::new());
    for section in &scenario.scenarios {
        check_name("scenario", &section.name, scenarios.iter().map(|s| s.name.as_str()))?;
        let mut ids = Vec::new();
        for step in &section.steps {
            check_cookies(section, step)?;
            check_name("step", &step.name, steps.iter().map(|s| s.name.as_str()))?;
            ids.push(StepId(u16::try_from(steps.len()).unwrap_or(u16::MAX)));
            steps.push(plan_step(step, names, scenario.load.think_time)?);
        }
        if ids.is_empty() {
            return Err(PlanError::NoStep(section.name.clone()));
        }
        scenarios.push(PlannedScenario {
            name: section.name.clone(),
            weight: section.weight.get(),
            cookies: section.cookies,
            steps: ids,
            // No time between two starts is no pacing.
            pacing: section.pacing.filter(|period| *period > Micros::ZERO),
        });
    }
    if scenarios.is_empty() {
        return Err(PlanError::NoScenario);
    }
    Ok((scenarios, steps))
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

fn plan_step(step: &StepSection, names: Names<'_>, think_time: Option<ThinkTime>) -> Result<PlannedStep, PlanError> {
    let bind = |part: &str, template: &Template| -> Result<Bound, PlanError> {
        template.resolve(names).map_err(|cause| PlanError::Template {
            step: step.name.clone(),
            part: part.to_owned(),
            cause,
        })
    };
    check_path(step)?;
    let mut headers = Vec::new();
    for (name, value) in &step.headers {
        check_header(step, name, value)?;
        headers.push((name.clone(), bind(&format!("header {name}"), value)?));
    }
    Ok(PlannedStep {
        name: step.name.clone(),
        method: step.method,
        path: bind("path", &step.path)?,
        headers,
        body: step.body.as_ref().map(|body| bind("body", body)).transpose()?,
        expectation: Expectation { status: step.expect.clone(), envelope: step.envelope },
        redirects: check_redirects(step)?,
        think_time: step.think_time.or(think_time).unwrap_or_default(),
    })
}

/// Refuses two sources of one header.
fn check_cookies(scenario: &ScenarioSection, step: &StepSection) -> Result<(), PlanError> {
    let own = step.headers.keys().find(|name| name.eq_ignore_ascii_case("cookie"));
    match own.filter(|_| scenario.cookies) {
        Some(header) => Err(PlanError::TwoCookies { step: step.name.clone(), header: header.clone() }),
        None => Ok(()),
    }
}

fn check_redirects(step: &StepSection) -> Result<u32, PlanError> {
    match step.redirects {
        redirects @ 0..=MOST_REDIRECTS => Ok(redirects),
        redirects => Err(PlanError::Redirects { step: step.name.clone(), redirects }),
    }
}

fn check_path(step: &StepSection) -> Result<(), PlanError> {
    if !step.path.leading_literal().starts_with('/') {
        let path = step.path.leading_literal().to_owned();
        return Err(PlanError::Path { step: step.name.clone(), path });
    }
    if step.path.any_literal_char(|c| c.is_control() || c == ' ' || !c.is_ascii()) {
        return Err(PlanError::Unsendable { step: step.name.clone(), part: "path".to_owned() });
    }
    Ok(())
}

fn check_header(step: &StepSection, name: &str, value: &Template) -> Result<(), PlanError> {
    if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
        return Err(PlanError::OwnHeader { step: step.name.clone(), header: name.to_owned() });
    }
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let sendable = !name.is_empty() && name.chars().all(token) && !value.any_literal_char(|c| c.is_control());
    if !sendable {
        return Err(PlanError::Header { step: step.name.clone(), header: name.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::plan::Overrides;
    use crate::plan::tests::{ONE_STEP, resolve};

    fn refusal(text: &str) -> String {
        resolve(text, &Overrides::default()).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn steps_that_cannot_be_sent_are_refused() {
        let step = |lines: &str| format!("[[scenario]]\nname = \"a\"\n[[scenario.step]]\nname = \"s\"\n{lines}\n");
        for (text, part) in [
            (step("path = \"pay\""), "must start with \"/\""),
            (step("path = \"http://h/pay\""), "must start with \"/\""),
            (step("path = \"/a b\""), "%20"),
            (step("path = \"/${nobody}\""), "unknown variable \"${nobody}\""),
            (step("path = \"/\"\nheaders = { Host = \"x\" }"), "set by Tollgate itself"),
            (step("path = \"/\"\nheaders = { \"a b\" = \"x\" }"), "header \"a b\""),
            (step("path = \"/\"\nheaders = { a = \"x\\r\\ny: z\" }"), "header \"a\""),
            (step("path = \"/\"\nredirects = 21"), "at most 20"),
            (
                step("path = \"/\"\nheaders = { cookie = \"x\" }").replace("\"a\"", "\"a\"\ncookies = true"),
                "keeps cookies",
            ),
            (step("path = \"/\"").replace("\"s\"", "\"all\""), "reserved word"),
            (step("path = \"/\"").replace("\"s\"", "\" \""), "nothing"),
            (format!("{ONE_STEP}{ONE_STEP}"), "scenario \"a\" is named twice"),
            (format!("{ONE_STEP}{}", ONE_STEP.replace("\"a\"", "\"b\"")), "step \"pay\" is named twice"),
            ("scenario = []".to_owned(), "no [[scenario]]"),
            ("[[scenario]]\nname = \"a\"\nstep = []".to_owned(), "no [[scenario.step]]"),
        ] {
            let error = refusal(&text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
