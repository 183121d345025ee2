//! Playing a scenario once before any load, on behalf of a user that is thrown away.
//!
//! In: the script. Out: every request once, in the file's order: through every arm of a `pick` and both sides of an
//! `if`, one round of each loop, no pause. Always holds: a request is left out, and told of, when it needs a value that
//! no answer gave, or would use up a row of a file that ends the run.

use super::iteration::Iteration;
use super::walk::Part;
use super::{Session, VirtualUser};
use crate::attack::script::Script;
use crate::attack::shared::Stop;
use crate::attack::transport::Transport;
use crate::plan::PlannedStep;
use crate::plan::program::{Op, Program};
use crate::sample::SampleOf;
use crate::scenario::template::Uses;

/// The number of the iteration: one that no run comes to, so that no transaction number is used twice.
const SEQUENCE: u64 = 1_000_000_000_000;
/// Numbers that each scenario has for itself.
const APART: u64 = 1_000_000;

impl<T: Transport> VirtualUser<T> {
    /// Plays on_start and one iteration, but for steps that draw on one of the feeders `held`. What was left out.
    pub(in crate::attack) async fn rehearse(&mut self, held: &[usize]) -> Vec<SampleOf> {
        let Self { script, scenario, session, .. } = self;
        let (script, played) = (&**script, script.scenario(*scenario));
        let mut left_out = Vec::new();
        // The scenarios of a file rehearse one after the other, and must not meet either.
        if session.state.begin(script, *scenario, SEQUENCE + *scenario as u64 * APART).is_ok() {
            let before = Part::of_setup(script, &script.plan.around.before, Stop::Abort);
            session.pass((script, *scenario), (before, held), &mut left_out).await;
            let setup = Part::of_setup(script, &played.on_start, Stop::Abort);
            session.pass((script, *scenario), (setup, held), &mut left_out).await;
            session.pass((script, *scenario), (Part::of_loop(script, *scenario), held), &mut left_out).await;
        }
        left_out
    }
}

impl<T: Transport> Session<T> {
    /// Sends every request of a program once.
    async fn pass(
        &mut self,
        (script, scenario): (&Script, usize),
        (part, held): (Part<'_>, &[usize]),
        left_out: &mut Vec<SampleOf>,
    ) {
        let mut iteration = Iteration::new(None);
        let arms = arms(part.program);
        for (at, op) in part.program.0.iter().enumerate() {
            // What no iteration plays together must not share its numbers either: one transaction number in two arms
            // would be a duplicate.
            if arms.contains(&at) && self.state.anew(script, scenario).is_err() {
                return;
            }
            match op {
                _ if self.shared.at_least(Stop::Abort) => return,
                Op::Round(round) => self.state.name_round(round, 0),
                Op::Set(values) => {
                    values.iter().for_each(|(slot, text)| self.state.set(script, (*slot, text), &mut self.scratch));
                }
                Op::Request(id) => {
                    let (at, of) = (usize::from(id.0), (part.of)(*id));
                    let planned =
                        if matches!(of, SampleOf::Setup(_)) { &script.plan.setup } else { &script.plan.steps };
                    if self.lacks(&planned[at], held) {
                        left_out.push(of);
                        continue;
                    }
                    let step = &part.steps[at];
                    step.write(&self.state.values(script), &mut self.body, &mut self.out);
                    self.send(script, (of, step), &mut iteration).await;
                }
                _ => {}
            }
        }
    }

    /// Whether a step needs a value that no answer gave, or a row that would be missed.
    fn lacks(&self, step: &PlannedStep, held: &[usize]) -> bool {
        let mut uses = Uses::default();
        step.texts().for_each(|text| text.add_uses(&mut uses));
        let slots = &self.state.slots;
        let empty = |slot: &usize| slots.get(*slot).is_empty() && slots.count(*slot) == 0;
        uses.slots.iter().any(empty) || uses.feeders.iter().any(|feeder| held.contains(feeder))
    }
}

/// Where the arms of a choice and the other side of a condition begin.
fn arms(program: &Program) -> Vec<usize> {
    let of = |op: &Op| match op {
        Op::Pick(arms) => arms.iter().map(|(_, to)| *to).collect(),
        Op::InTurn(_, arms) => arms.to_vec(),
        Op::Unless(_, to) => vec![*to],
        _ => Vec::new(),
    };
    program.0.iter().flat_map(of).collect()
}
