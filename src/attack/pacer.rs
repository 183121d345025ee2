//! The pacer of an open model: a thread that hands out arrivals when they are due.
//!
//! In: a schedule. Out: arrivals in the users' queues, and each arrival's lateness to the sink. Always holds: deadlines
//! are absolute, so lateness never adds up; the schedule does not wait for the service.
//!
//! A thread of its own, because timers of the event loop fire in whole milliseconds and wait for the workers.

use std::sync::Arc;
use std::thread;

use crate::attack::arrivals::Handed;
use crate::attack::shared::{Shared, Stop};
use crate::plan::arrivals::{Arrivals, Deal};
use crate::sample::{SampleSink, StepId};
use crate::units::Micros;

/// How long the pacer sleeps at most, so that it sees the end of a run with few arrivals.
const LONGEST_NAP: Micros = Micros::from_millis(50);

/// What a pacer hands out.
pub(super) struct Pacer {
    pub(super) shared: Arc<Shared>,
    pub(super) sink: Arc<dyn SampleSink>,
    pub(super) arrivals: Arrivals,
    pub(super) deal: Deal,
    /// The step that each scenario begins with.
    pub(super) first_steps: Box<[StepId]>,
}

impl Pacer {
    /// Hands out arrivals from `start` on until nothing more is to start.
    pub(super) fn run(mut self, start: Micros) {
        let clock = self.shared.clock;
        for offset in self.arrivals.schedule() {
            let due = start + offset;
            self.shared.expect_arrival(due);
            while clock.floor() < due {
                if self.shared.at_least(Stop::Finish) {
                    return;
                }
                let left = due.saturating_sub(clock.floor());
                thread::sleep(left.min(LONGEST_NAP).into());
            }
            if self.shared.at_least(Stop::Finish) {
                return;
            }
            let scenario = self.deal.next_scenario();
            let late = clock.floor().saturating_sub(due);
            let handed = self.shared.release(scenario, due);
            self.sink.released(due, late, handed != Some(Handed::Next));
            if handed == Some(Handed::Dropped) {
                self.sink.dropped(self.first_steps[scenario], due);
            }
        }
    }
}
