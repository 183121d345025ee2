//! What scripts were lifted to, as steps and as a line of the account.
//!
//! In: actions. Out: steps, texts. Always holds: values that are set one behind the other stand in one step, in order.

use super::write::{self, Step, one_line, table};
use crate::jmeter::script::{Action, Lifted};

/// The texts that a script was lifted to.
pub(super) fn named(lifted: &Lifted) -> impl Iterator<Item = &str> {
    fn each<'l>(actions: &'l [Action], out: &mut Vec<&'l str>) {
        for action in actions {
            match action {
                Action::Set(_, value) => out.push(value),
                Action::Pause(_) => {}
                Action::Repeat(times, _, inner) => {
                    out.push(times);
                    each(inner, out);
                }
                Action::If(condition, then, otherwise) => {
                    out.push(condition);
                    each(then, out);
                    each(otherwise, out);
                }
            }
        }
    }
    let mut out = Vec::new();
    each(&lifted.actions, &mut out);
    out.into_iter().chain(lifted.headers.iter().map(|(_, value)| value.as_str()))
}

/// What a script was lifted to, in a line.
pub(super) fn told(lifted: &Lifted) -> String {
    fn each(actions: &[Action], out: &mut Vec<String>) {
        for action in actions {
            match action {
                Action::Set(name, value) => out.push(format!("set {name} = {}", one_line(value))),
                Action::Pause(millis) => out.push(format!("pause {millis}ms")),
                Action::Repeat(times, _, inner) => {
                    out.push(format!("repeat {times}"));
                    each(inner, out);
                }
                Action::If(condition, then, otherwise) => {
                    out.push(format!("if {condition}"));
                    each(then, out);
                    each(otherwise, out);
                }
            }
        }
    }
    let mut out = Vec::new();
    each(&lifted.actions, &mut out);
    out.extend(lifted.taken().map(|name| format!("extract {name}")));
    out.extend(lifted.headers.iter().map(|(name, _)| format!("header {name}")));
    out.extend(lifted.checks.iter().map(|check| format!("check {check}")));
    out.extend(lifted.statuses.iter().map(|status| format!("expect {status}")));
    out.join("; ")
}

/// Actions as steps; values that are set one behind the other stand in one step.
pub(super) fn steps_of(actions: &[Action]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut pairs: Vec<(String, String)> = Vec::new();
    let set = |pairs: &mut Vec<(String, String)>, steps: &mut Vec<Step>| {
        if !pairs.is_empty() {
            steps.push(Step::of("set", table(pairs)));
            pairs.clear();
        }
    };
    for action in actions {
        match action {
            Action::Set(name, value) => {
                if pairs.iter().any(|(known, _)| known == name) {
                    set(&mut pairs, &mut steps);
                }
                pairs.push((name.clone(), one_line(value)));
            }
            Action::Pause(millis) => {
                set(&mut pairs, &mut steps);
                steps.push(Step::of("pause", write::text(&format!("{millis}ms"))));
            }
            Action::Repeat(times, counter, inner) => {
                set(&mut pairs, &mut steps);
                let times = if times.bytes().all(|c| c.is_ascii_digit()) { times.clone() } else { write::text(times) };
                let mut step = Step::of("repeat", times).with("as", write::text(counter));
                step.steps = steps_of(inner);
                steps.push(step);
            }
            Action::If(condition, then, otherwise) => {
                set(&mut pairs, &mut steps);
                let mut step = Step::of("if", write::text(condition));
                step.steps = steps_of(then);
                step.otherwise = steps_of(otherwise);
                steps.push(step);
            }
        }
    }
    set(&mut pairs, &mut steps);
    steps
}
