//! What an entry of `[[scenario.step]]` is: a request, or a structure of further steps.
//!
//! In: an entry. Out: its [`Kind`]. Always holds: it is one thing, and has no key that means nothing there.

use crate::plan::PlanError;
use crate::scenario::format::{Method, Pairs, Pick, StepSection, StopSection, ThinkTime, VarValue};
use crate::units::Micros;

/// What an entry of `[[scenario.step]]` is.
pub(super) enum Kind<'s> {
    Request,
    Repeat(&'s VarValue),
    If,
    While,
    ForEach(&'s str),
    Pick(Pick),
    Group(&'s str),
    Pause(ThinkTime),
    For(Micros),
    Percent(f64),
    Stop(StopSection),
    Set(&'s Pairs),
}

impl<'s> Kind<'s> {
    /// Reads off an entry what it is.
    pub(super) fn of(step: &'s StepSection) -> Result<Self, PlanError> {
        let mut kinds: Vec<Kind<'_>> = Vec::new();
        kinds.extend(step.repeat.as_ref().map(Kind::Repeat));
        kinds.extend(step.condition.as_ref().map(|_| Kind::If));
        kinds.extend(step.during.as_ref().map(|_| Kind::While));
        kinds.extend(step.foreach.as_deref().map(Kind::ForEach));
        kinds.extend(step.pick.map(Kind::Pick));
        kinds.extend(step.group.as_deref().map(Kind::Group));
        kinds.extend(step.pause.map(Kind::Pause));
        kinds.extend(step.lasting.map(Kind::For));
        kinds.extend(step.percent.map(Kind::Percent));
        kinds.extend(step.stop.map(Kind::Stop));
        kinds.extend(step.set.as_ref().map(Kind::Set));
        match (kinds.pop(), kinds.is_empty()) {
            (None, _) => Ok(Kind::Request),
            (Some(kind), true) => Ok(kind),
            (Some(_), false) => {
                let problem = "is two structures at once; put one into a [[scenario.step.step]] of the other";
                Err(refused(step, problem))
            }
        }
    }

    /// Refuses keys that mean nothing in the structure they stand in.
    pub(super) fn check_fit(&self, step: &StepSection, is_setup: bool) -> Result<(), PlanError> {
        let request = matches!(self, Kind::Request);
        let looped = matches!(self, Kind::Repeat(_) | Kind::ForEach(_));
        let alone = matches!(self, Kind::Request | Kind::Pause(_) | Kind::Stop(_) | Kind::Set(_));
        let misfits = [
            (
                !request && has_request_keys(step),
                "keys of a request beside those of a structure; put the request into a [[scenario.step.step]]",
            ),
            (!alone && step.steps.is_empty(), "no steps inside; write a [[scenario.step.step]]"),
            (
                alone && !step.steps.is_empty(),
                "steps inside of it; only structures such as repeat, if, pick and group have them",
            ),
            (!matches!(self, Kind::If) && !step.otherwise.is_empty(), "an else without an if"),
            (!matches!(self, Kind::While) && step.at_most.is_some(), "an at_most without a while"),
            (
                alone && !step.next.is_empty(),
                "a next without steps that begin; write it beside repeat, foreach, while or group",
            ),
            (!looped && step.variable.is_some(), "an \"as\" without a foreach or a repeat"),
            (step.shared && !(is_setup && request), "shared = true, which only a request of on_start can be"),
        ];
        match misfits.into_iter().find(|(misfit, _)| *misfit) {
            Some((_, problem)) => Err(refused(step, &format!("has {problem}"))),
            None => Ok(()),
        }
    }
}

/// Refuses a weight where every step is played: nothing is dealt out there.
pub(super) fn check_weight(step: &StepSection) -> Result<(), PlanError> {
    match step.weight.get() {
        1 => Ok(()),
        _ => Err(refused(
            step,
            "has a weight and stands in no pick; put the steps that share into one with pick = \"weighted\"",
        )),
    }
}

/// An error of an entry: by its name, and where it has none by what it is.
fn refused(step: &StepSection, problem: &str) -> PlanError {
    let keys = [
        ("repeat", step.repeat.is_some()),
        ("if", step.condition.is_some()),
        ("while", step.during.is_some()),
        ("foreach", step.foreach.is_some()),
        ("pick", step.pick.is_some()),
        ("pause", step.pause.is_some()),
        ("for", step.lasting.is_some()),
        ("percent", step.percent.is_some()),
        ("stop", step.stop.is_some()),
        ("set", step.set.is_some()),
    ];
    let key = keys.into_iter().find(|(_, given)| *given).map_or("step", |(key, _)| key);
    let (called, needle) = match (&step.name, &step.group) {
        (Some(name), _) => (format!("step \"{name}\""), format!("\"{name}\"")),
        (None, Some(group)) => (format!("group \"{group}\""), format!("\"{group}\"")),
        (None, None) if key == "step" => ("a step without a name".to_owned(), "[[scenario.step]]".to_owned()),
        (None, None) => (format!("the {key}"), format!("{key} =")),
    };
    PlanError::At { needle, problem: format!("{called} {problem}") }
}

fn has_request_keys(step: &StepSection) -> bool {
    step.name.is_some()
        || step.method != Method::default()
        || step.query.iter().next().is_some()
        || step.headers.iter().next().is_some()
        || step.timeout.is_some()
        || step.think_time.is_some()
        || step.envelope.is_some()
        || step.expect_reject.is_some()
        || step.redirects > 0
        || step.host.is_some()
        || step.path.is_some()
        || step.body.is_some()
        || step.json.is_some()
        || step.form.is_some()
        || step.body_file.is_some()
        || step.multipart.is_some()
        || !step.checks.is_empty()
        || !step.extracts.is_empty()
}
