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
use crate::plan::program::Op;
use crate::sample::SampleOf;
use crate::scenario::feeder::{AtEnd, Feeder, Order};
use crate::scenario::template::Uses;

/// The number of the iteration: one that no run comes to, so that no transaction number is used twice.
const SEQUENCE: u64 = 1_000_000_000_000;

impl<T: Transport> VirtualUser<T> {
    /// Plays on_start and one iteration. What was left out.
    pub(in crate::attack) async fn rehearse(&mut self) -> Vec<SampleOf> {
        let Self { script, scenario, session, .. } = self;
        let (script, played) = (&**script, script.scenario(*scenario));
        let mut left_out = Vec::new();
        // The scenarios of a file rehearse one after the other, and must not meet either.
        if session.state.begin(script, *scenario, SEQUENCE + *scenario as u64).is_ok() {
            let plan = &script.plan;
            let setup = Part::of_setup(script, &played.on_start, Stop::Abort);
            session.pass(script, (setup, &plan.setup), &mut left_out).await;
            session.pass(script, (Part::of_loop(script, *scenario), &plan.steps), &mut left_out).await;
        }
        left_out
    }
}

impl<T: Transport> Session<T> {
    /// Sends every request of a program once.
    async fn pass(
        &mut self,
        script: &Script,
        (part, planned): (Part<'_>, &[PlannedStep]),
        left_out: &mut Vec<SampleOf>,
    ) {
        let mut iteration = Iteration::new(None);
        for op in &part.program.0 {
            match op {
                _ if self.shared.at_least(Stop::Abort) => return,
                Op::Round(round) => self.state.name_round(round, 0),
                Op::Request(id) => {
                    let (at, of) = (usize::from(id.0), (part.of)(*id));
                    if self.lacks(script, &planned[at]) {
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
    fn lacks(&self, script: &Script, step: &PlannedStep) -> bool {
        let mut uses = Uses::default();
        step.texts().for_each(|text| text.add_uses(&mut uses));
        let slots = &self.state.slots;
        let empty = |slot: &usize| slots.get(*slot).is_empty() && slots.count(*slot) == 0;
        let used_up = |feeder: &usize| match &script.plan.feeders[*feeder].1 {
            Feeder::File(file) => file.order == Order::Sequential && file.at_end == AtEnd::Stop,
            Feeder::Permutation(_) => false,
        };
        uses.slots.iter().any(empty) || uses.feeders.iter().any(used_up)
    }
}
