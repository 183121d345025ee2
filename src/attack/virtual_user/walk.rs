//! Walking a program: request after request, in the order that the scenario's structures give.
//!
//! In: a program and the user's state. Out: a sample of every request, of every group that ended, and whether all went
//! well. Always holds: nothing new is sent once the run has ended, and a loop that sends nothing lets others run.

use super::Session;
use super::iteration::Iteration;
use crate::attack::script::{Script, ScriptStep, SharedValues};
use crate::attack::shared::Stop;
use crate::attack::transport::Transport;
use crate::plan::program::{Op, Program};
use crate::sample::{SampleOf, StepId};
use crate::units::Micros;

/// Turns of a program without a request, after which other users are let run.
const TURNS: u32 = 256;
/// How often a user tries its on_start.
const ATTEMPTS: u32 = 3;
/// How long it pauses between two tries.
const RETRY: Micros = Micros::SECOND;

/// A program, and what its requests are.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) program: &'a Program,
    pub(super) steps: &'a [ScriptStep],
    pub(super) of: fn(StepId) -> SampleOf,
    /// Sends nothing new from here on.
    pub(super) until: Stop,
    /// Whether the first failure ends it.
    pub(super) ends_at_failure: bool,
}

impl<'a> Part<'a> {
    /// The loop of a scenario.
    pub(super) fn of_loop(script: &'a Script, scenario: usize) -> Self {
        let scenario = script.scenario(scenario);
        Self {
            program: &scenario.program,
            steps: &script.steps,
            of: SampleOf::Step,
            until: Stop::Finish,
            ends_at_failure: scenario.ends_at_failure,
        }
    }

    fn of_setup(script: &'a Script, program: &'a Program, until: Stop) -> Self {
        Self { program, steps: &script.setup, of: SampleOf::Setup, until, ends_at_failure: true }
    }
}

impl<T: Transport> Session<T> {
    /// Walks a program to its end.
    pub(super) async fn walk(&mut self, script: &Script, part: Part<'_>, iteration: &mut Iteration) {
        let (mut at, mut turns) = (0, 0);
        while let Some(op) = part.program.0.get(at) {
            at += 1;
            // An arrival that was taken is sent, whatever came in between.
            let over = !iteration.owes_its_arrival() && self.shared.at_least(part.until);
            match op {
                Op::Request(_) | Op::Pause(_) | Op::Round(_) if over => {
                    iteration.cut_short();
                    break;
                }
                Op::Request(id) => {
                    turns = 0;
                    let good = self.step(script, (*id, part), iteration).await;
                    if !good && part.ends_at_failure {
                        break;
                    }
                }
                Op::Pause(time) => self.rest(*time, iteration).await,
                Op::Begin(group) => self.state.groups.push((*group, iteration.part())),
                Op::End => self.end_group(),
                _ => {
                    at = self.state.turn(op, at, (script, &mut self.scratch));
                    turns += 1;
                    if turns % TURNS == 0 {
                        tokio::task::yield_now().await;
                    }
                }
            }
        }
        if iteration.is_cut_short() {
            self.state.groups.clear();
        }
        while !self.state.groups.is_empty() {
            self.end_group();
        }
    }

    /// Sends a request and thinks. Whether it succeeded.
    async fn step(&mut self, script: &Script, (id, part): (StepId, Part<'_>), iteration: &mut Iteration) -> bool {
        let step = &part.steps[usize::from(id.0)];
        if let Some(shared) = &step.shared {
            return self.share(script, ((part.of)(id), step), (shared, iteration)).await;
        }
        step.write(&self.state.values(script), &mut self.body, &mut self.out);
        let good = self.send(script, ((part.of)(id), step), iteration).await;
        let pause = self.think(&step.think_time).await;
        if pause > Micros::ZERO {
            self.paused(pause, iteration);
        }
        good
    }

    async fn rest(&mut self, time: Micros, iteration: &mut Iteration) {
        let pause = self.pause(time).await;
        self.paused(pause, iteration);
    }

    /// Sends the request that was written, following redirects and keeping cookies where the scenario asks for it.
    async fn send(&mut self, script: &Script, (of, step): (SampleOf, &ScriptStep), iteration: &mut Iteration) -> bool {
        if let Some(id) = step.booked {
            self.sink.sent(id, self.state.sequence());
        }
        if step.redirects > 0 || self.jar.is_some() {
            self.follow(script, (of, step), iteration).await
        } else {
            self.request(script, (of, step), iteration).await
        }
    }

    /// Takes a pause out of the times of the iteration and of its groups.
    fn paused(&mut self, pause: Micros, iteration: &mut Iteration) {
        iteration.paused(pause);
        self.state.groups.iter_mut().for_each(|(_, group)| group.paused(pause));
    }

    fn end_group(&mut self) {
        if let Some((group, passed)) = self.state.groups.pop() {
            passed.record(SampleOf::Group(group), &*self.sink);
        }
    }

    /// Does what the user does before its first iteration. Whether it may begin.
    pub(super) async fn start(&mut self, script: &Script, scenario: usize) -> bool {
        let program = &script.scenario(scenario).on_start;
        if program.0.is_empty() {
            return true;
        }
        for attempt in 1..=ATTEMPTS {
            if self.state.draw(script, scenario).is_ok()
                && self.set_up(script, Part::of_setup(script, program, Stop::Finish)).await
            {
                return true;
            }
            if attempt < ATTEMPTS {
                self.pause(RETRY).await;
            }
        }
        false
    }

    /// Does what the user does behind its last iteration.
    pub(super) async fn finish(&mut self, script: &Script, scenario: usize) {
        let program = &script.scenario(scenario).on_stop;
        if !program.0.is_empty() {
            self.set_up(script, Part::of_setup(script, program, Stop::Abort)).await;
        }
    }

    /// Walks steps of on_start or on_stop. Whether all of them went well.
    async fn set_up(&mut self, script: &Script, part: Part<'_>) -> bool {
        let mut whole = Iteration::new(None);
        self.walk(script, part, &mut whole).await;
        whole.is_good()
    }

    /// A step that one user sends for all: the first that succeeds has done it, and the others wait for it.
    async fn share(
        &mut self,
        script: &Script,
        (of, step): (SampleOf, &ScriptStep),
        (shared, iteration): (&SharedValues, &mut Iteration),
    ) -> bool {
        let mut given = shared.lock().await;
        if let Some(values) = given.as_ref() {
            for (slot, value) in values {
                self.state.slots.clear(*slot);
                self.state.slots.push(*slot, |out| out.extend_from_slice(value));
            }
            return true;
        }
        step.write(&self.state.values(script), &mut self.body, &mut self.out);
        let good = self.send(script, (of, step), iteration).await;
        if good {
            *given = Some(self.values_of(step));
        }
        good
    }

    fn values_of(&self, step: &ScriptStep) -> Vec<(usize, Vec<u8>)> {
        step.extracts.iter().map(|extract| (extract.slot, self.state.slots.get(extract.slot).to_vec())).collect()
    }
}

#[cfg(test)]
mod tests;
