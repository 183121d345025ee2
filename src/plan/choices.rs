//! Structures that choose which of their steps are played, and for how long.
//!
//! In: `pick`, `percent` and `for` of a step. Out: operations of the program. Always holds: what is chosen at random is
//! drawn from the iteration's own numbers, and what is spread evenly is counted for each user.

use crate::plan::PlanError;
use crate::plan::compile::Compiler;
use crate::plan::program::{Extent, MOST_ROUNDS, Op};
use crate::scenario::format::{Pick, StepSection};
use crate::units::Micros;

/// The most steps that are shuffled: a set of them fits into a counter.
const MOST_SHUFFLED: usize = 64;

impl Compiler<'_> {
    /// One of several steps, or all of them in another order.
    pub(super) fn pick(&mut self, step: &StepSection, pick: Pick) -> Result<Extent, PlanError> {
        let (counter, shuffled) = (self.counter(), pick == Pick::Shuffled);
        if shuffled && step.steps.len() > MOST_SHUFFLED {
            return Err(PlanError::Structure(format!(
                "a pick shuffles at most {MOST_SHUFFLED} steps; group some of them"
            )));
        }
        if shuffled {
            self.ops.push(Op::Reset(counter));
        }
        let choose = self.reserve();
        let (mut arms, mut ends, mut weights) = (Vec::new(), Vec::new(), 0);
        let mut extent: Option<Extent> = None;
        for arm in &step.steps {
            weights += u64::from(arm.weight.get());
            arms.push((weights, self.ops.len()));
            let of_arm = self.step(arm)?;
            let joined = |extent: Extent| if shuffled { extent.then(of_arm) } else { extent.or(of_arm) };
            extent = Some(extent.map_or(of_arm, joined));
            ends.push(self.reserve());
        }
        let end = self.ops.len();
        let onward = if shuffled { choose } else { end };
        ends.into_iter().for_each(|at| self.ops[at] = Op::Jump(onward));
        let places = || arms.iter().map(|(_, at)| *at).collect();
        self.ops[choose] = match pick {
            Pick::InTurn => Op::InTurn(counter, places()),
            Pick::Shuffled => Op::Shuffle(counter, places(), end),
            Pick::Weighted => Op::Pick(arms.into()),
        };
        Ok(extent.unwrap_or_default())
    }

    /// Steps that are played in a share of the passes.
    pub(super) fn share(&mut self, step: &StepSection, percent: f64) -> Result<Extent, PlanError> {
        if !(percent > 0.0 && percent <= 100.0) {
            let problem = format!("percent = {percent} is no share; write more than 0 and at most 100");
            return Err(PlanError::Structure(problem));
        }
        let counters = [self.counter(), self.counter()];
        let at = self.reserve();
        let extent = self.inner(step)?;
        self.ops[at] = Op::Share(counters, percent, self.ops.len());
        Ok(extent.or(Extent::default()))
    }

    /// Steps that are repeated for a time.
    pub(super) fn lasting(&mut self, step: &StepSection, span: Micros) -> Result<Extent, PlanError> {
        let counter = self.counter();
        self.ops.push(Op::Mark(counter));
        let start = self.reserve();
        let extent = self.inner(step)?;
        self.ops.push(Op::Jump(start));
        self.ops[start] = Op::Until(counter, span, self.ops.len());
        Ok(Extent { time: span + extent.time, ..extent.times(0, MOST_ROUNDS) })
    }
}
