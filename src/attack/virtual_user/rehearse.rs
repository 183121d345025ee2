//! Playing a scenario once before any load, on behalf of a user that is thrown away.
//!
//! In: the script. Out: every request once, in the file's order, on_start and on_stop included: through every arm of a `pick` and both sides of an
//! `if`, one round of each loop, no pause. Always holds: a request is left out, and told of, when it needs a value that
//! no answer gave, or would use up a row of a file that ends the run.

use std::collections::BTreeSet;

use super::iteration::Iteration;
use super::walk::Part;
use super::{Session, VirtualUser, veil};
use crate::attack::script::Script;
use crate::attack::shared::Stop;
use crate::attack::transport::Transport;
use crate::plan::PlannedStep;
use crate::plan::program::{Op, Program};
use crate::plan::reconcile::FIRST_REHEARSED;
use crate::sample::SampleOf;
use crate::scenario::secret::Secret;
use crate::scenario::template::Uses;

/// Numbers that each scenario has for itself.
const APART: u64 = 1_000_000;

/// What a rehearsal may draw on.
struct Given<'a> {
    /// Feeders whose rows the run would miss.
    held: &'a [usize],
    /// Slots that the scenario sets itself: empty before it does, in a run too.
    set: BTreeSet<usize>,
}

/// What came of playing scenarios once.
#[derive(Default)]
pub(in crate::attack) struct Rehearsed {
    /// Steps that were left out.
    pub(in crate::attack) left_out: Vec<SampleOf>,
    /// Secrets that answers gave.
    pub(in crate::attack) secrets: Vec<Secret>,
}

impl<T: Transport> VirtualUser<T> {
    /// Plays on_start, one iteration and on_stop, but for steps that draw on one of the feeders `held`.
    pub(in crate::attack) async fn rehearse(&mut self, held: &[usize], rehearsed: &mut Rehearsed) {
        let Self { script, scenario, session, .. } = self;
        let (script, played) = (&**script, script.scenario(*scenario));
        // The scenarios of a file rehearse one after the other, and must not meet either.
        if session.state.begin(script, *scenario, FIRST_REHEARSED + *scenario as u64 * APART).is_ok() {
            let setup = |program| Part::of_setup(script, program, Stop::Abort);
            let before = setup(&script.plan.around.before);
            let programs = [&script.plan.around.before, &played.on_start, &played.program, &played.on_stop];
            let given = Given { held, set: programs.into_iter().flat_map(Program::set).collect() };
            // What is behind the loop too: a logout that is not known would be found out when the run is over.
            let mine = [setup(&played.on_start), Part::of_loop(script, *scenario), setup(&played.on_stop)];
            for part in [before].into_iter().chain(mine) {
                session.pass((script, *scenario), (part, &given), rehearsed).await;
            }
        }
    }
}

impl<T: Transport> Session<T> {
    /// Sends every request of a program once.
    async fn pass(
        &mut self,
        (script, scenario): (&Script, usize),
        (part, given): (Part<'_>, &Given<'_>),
        rehearsed: &mut Rehearsed,
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
                    values
                        .iter()
                        .for_each(|(slot, text)| self.state.set(script, (*slot, text), &mut self.room.scratch));
                }
                Op::Request(id) => {
                    let (at, of) = (usize::from(id.0), (part.of)(*id));
                    let planned =
                        if matches!(of, SampleOf::Setup(_)) { &script.plan.setup } else { &script.plan.steps };
                    if self.lacks(&planned[at], given) {
                        rehearsed.left_out.push(of);
                        continue;
                    }
                    let step = &part.steps[at];
                    step.write(&self.state.values(script), &mut self.body, &mut self.out);
                    self.send(script, (of, step), &mut iteration).await;
                    rehearsed.secrets.extend(veil::held(&self.state.slots, &script.secret_slots));
                }
                _ => {}
            }
        }
    }

    /// Whether a step needs a value that no answer gave, or a row that would be missed.
    fn lacks(&self, step: &PlannedStep, given: &Given<'_>) -> bool {
        let mut uses = Uses::default();
        step.texts().for_each(|text| text.add_uses(&mut uses));
        let slots = &self.state.slots;
        let empty = |slot: &usize| slots.get(*slot).is_empty() && slots.count(*slot) == 0 && !given.set.contains(slot);
        uses.slots.iter().any(empty) || uses.feeders.iter().any(|feeder| given.held.contains(feeder))
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
