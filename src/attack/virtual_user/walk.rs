//! Walking a program: request after request, in the order that the scenario's structures give.
//!
//! In: a program and the user's state. Out: a sample of every request, of every group that ended, and whether all went
//! well. Always holds: nothing new is sent once the run has ended, and a loop that sends nothing lets others run.

use super::Session;
use super::iteration::Iteration;
use super::state::RanDry;
use crate::attack::leave::{Early, Leave};
use crate::attack::script::{Script, ScriptStep, SharedValues};
use crate::attack::shared::Stop;
use crate::attack::transport::Transport;
use crate::plan::program::{Op, Program};
use crate::sample::{SampleOf, StepId};
use crate::scenario::format::{OnFailure, StopSection};
use crate::units::Micros;

/// Turns of a program without a request, after which other users are let run.
const TURNS: u32 = 256;

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
            ends_at_failure: scenario.on_failure != OnFailure::Continue,
        }
    }

    /// Whether nothing is left from operation `at` on but pauses, the ends of groups and what is set.
    fn is_over(&self, at: usize) -> bool {
        self.program.0[at..].iter().all(|op| matches!(op, Op::End | Op::Pause(_) | Op::Set(_)))
    }

    pub(super) fn of_setup(script: &'a Script, program: &'a Program, until: Stop) -> Self {
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
                Op::Request(_) | Op::Pause(_) | Op::Round(_) | Op::Until(..) if over => {
                    iteration.cut_short();
                    break;
                }
                Op::Request(id) => {
                    turns = 0;
                    let good = self.step(script, (*id, part), iteration).await;
                    let think_time = part.steps[usize::from(id.0)].think_time.draw(&mut self.random);
                    self.pause_behind(think_time, (part, at), iteration).await;
                    if !good && part.ends_at_failure {
                        break;
                    }
                }
                Op::Pause(time) => {
                    let time = time.draw(&mut self.random);
                    self.pause_behind(time, (part, at), iteration).await;
                }
                Op::Stop(stop) => {
                    self.leave = Some(leave(*stop));
                    break;
                }
                Op::NextRow(feeder) => {
                    if let Err(RanDry(feeder)) = self.state.next_row(script, *feeder) {
                        self.shared.run_dry(feeder);
                        iteration.cut_short();
                        break;
                    }
                }
                Op::Begin(group) => self.state.groups.push((*group, iteration.part())),
                Op::End => self.end_group(),
                _ => {
                    at = match op {
                        Op::Mark(_) | Op::Until(..) => self.timed(op, at),
                        _ => self.state.turn(op, at, (script, &mut self.room.scratch)),
                    };
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

    /// Where a program goes on behind an operation that reads the clock, the one before `next`.
    fn timed(&mut self, op: &Op, next: usize) -> usize {
        let now = self.shared.clock.floor();
        match op {
            Op::Mark(counter) => self.state.counters[*counter] = now.get(),
            Op::Until(counter, span, end) if now >= Micros::new(self.state.counters[*counter]) + *span => return *end,
            _ => {}
        }
        next
    }

    /// Sends a request. Whether it succeeded.
    async fn step(&mut self, script: &Script, (id, part): (StepId, Part<'_>), iteration: &mut Iteration) -> bool {
        let step = &part.steps[usize::from(id.0)];
        if let Some(shared) = &step.shared {
            return self.share(script, ((part.of)(id), step), (shared, iteration)).await;
        }
        step.write(&self.state.values(script), &mut self.body, &mut self.out);
        self.send(script, ((part.of)(id), step), iteration).await
    }

    /// Pauses between two requests; a pause behind the last is owed until the iteration has been told of.
    async fn pause_behind(&mut self, time: Micros, (part, at): (Part<'_>, usize), iteration: &mut Iteration) {
        if time == Micros::ZERO {
            return;
        }
        if part.is_over(at) {
            self.owed_pause = self.owed_pause + time;
            return;
        }
        let pause = self.pause(time).await;
        iteration.paused(pause);
        self.state.groups.iter_mut().for_each(|(_, group)| group.paused(pause));
    }

    /// Sends the request that was written, following redirects and keeping cookies where the scenario asks for it.
    pub(super) async fn send(
        &mut self,
        script: &Script,
        (of, step): (SampleOf, &ScriptStep),
        iteration: &mut Iteration,
    ) -> bool {
        if let Some(id) = step.booked {
            self.sink.sent(id, self.state.sequence());
        }
        if step.is_plain && self.jar.is_none() {
            return self.request(script, (of, step), iteration).await;
        }
        match &step.custom {
            // Boxed, so that the users of plain requests do not carry the room for it.
            Some(custom) => Box::pin(self.call(script, (of, step, custom), iteration)).await,
            None => self.follow(script, (of, step), iteration).await,
        }
    }

    fn end_group(&mut self) {
        if let Some((group, passed)) = self.state.groups.pop() {
            passed.record(SampleOf::Group(group), (&*self.sink, self.state.seat()));
        }
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

/// What a step that stops ends beside the iteration.
const fn leave(stop: StopSection) -> Leave {
    match stop {
        StopSection::Iteration => Leave::Iteration,
        StopSection::User => Leave::User,
        StopSection::Run => Leave::Run(Early::Step),
    }
}

#[cfg(test)]
mod tests;
