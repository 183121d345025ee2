//! What is done once: by each user around its iterations, and by one user around the whole load.
//!
//! In: the programs of on_start, on_stop, setup and teardown. Out: whether a user may begin. Always holds: the set-up is
//! played by one user, while all others wait for what it takes out of answers; the teardown by the last user to end.

use super::Session;
use super::iteration::Iteration;
use super::walk::Part;
use crate::attack::script::{Prepared, Script};
use crate::attack::shared::Stop;
use crate::attack::transport::Transport;
use crate::plan::program::Program;
use crate::scenario::check::Which;
use crate::units::Micros;

/// How often a user tries what comes before its first iteration.
const ATTEMPTS: u32 = 3;
/// How long it pauses between two tries.
const RETRY: Micros = Micros::SECOND;

impl<T: Transport> Session<T> {
    /// Does what comes before the user's first iteration. Whether it may begin.
    pub(super) async fn start(&mut self, script: &Script, scenario: usize) -> bool {
        let (before, on_start) = (&script.plan.around.before, &script.scenario(scenario).on_start);
        if !before.0.is_empty() && !self.prepare(script, scenario).await {
            return false;
        }
        let starts = on_start.0.is_empty() || self.attempt(script, (scenario, on_start)).await;
        if starts {
            self.plays = true;
            self.shared.plays();
        }
        starts
    }

    /// Plays the set-up for all, or takes what another user's gave.
    async fn prepare(&mut self, script: &Script, scenario: usize) -> bool {
        let program = &script.plan.around.before;
        let mut done = script.before.lock().await;
        if done.is_none() {
            let good = self.attempt(script, (scenario, program)).await;
            *done = Some(good.then(|| self.taken_by(script, program)).flatten());
            // The session that it had is nobody's.
            self.jar.iter_mut().for_each(super::Jar::empty);
        }
        let Some(Some(values)) = done.as_ref() else { return false };
        values.iter().for_each(|(slot, value)| self.state.slots.paste(*slot, value));
        true
    }

    /// What the steps of a set-up took out of answers, and what they set.
    fn taken_by(&self, script: &Script, program: &Program) -> Prepared {
        let extracts = program.requests().into_iter().flat_map(|id| &script.setup[usize::from(id.0)].extracts);
        let slots = extracts.flat_map(|extract| {
            let count = if let Which::All { count } = extract.which { Some(count) } else { None };
            std::iter::once(extract.slot).chain(count)
        });
        Some(slots.chain(program.set()).map(|slot| (slot, self.state.slots.copy(slot))).collect())
    }

    /// Plays a program a few times if need be. Whether it went well.
    async fn attempt(&mut self, script: &Script, (scenario, program): (usize, &Program)) -> bool {
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

    /// Does what comes behind the user's last iteration, and behind all users' where it is the last.
    pub(super) async fn finish(&mut self, script: &Script, scenario: usize) {
        let program = &script.scenario(scenario).on_stop;
        if !program.0.is_empty() {
            self.set_up(script, Part::of_setup(script, program, Stop::Abort)).await;
        }
        let is_last = std::mem::take(&mut self.plays) && self.shared.played();
        let after = &script.plan.around.after;
        if is_last && !after.0.is_empty() {
            self.set_up(script, Part::of_setup(script, after, Stop::Abort)).await;
        }
    }

    /// Walks steps that are no part of an iteration. Whether all of them went well.
    async fn set_up(&mut self, script: &Script, part: Part<'_>) -> bool {
        let mut whole = Iteration::new(None);
        self.walk(script, part, &mut whole).await;
        let owed = std::mem::take(&mut self.owed_pause);
        self.pause(owed).await;
        whole.is_good()
    }
}
