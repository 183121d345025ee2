//! Watching a run: takes the seconds off the recorder, shows progress, and notices a target that died.
//!
//! In: ticks of the conductor. Out: the interval series. Always holds: every second is taken once, and settled seconds
//! keep their figures only, so that a long run needs no more memory than a short one.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::attack::conductor::{Observer, Tick};
use crate::cli::progress::Progress;
use crate::histogram::recorder::Recorder;
use crate::histogram::series::Series;
use crate::reference::EmbeddedService;
use crate::summary::{Interval, interval};
use crate::units::Micros;

/// Watches one run.
pub(super) struct Watch<'a> {
    recorder: Arc<Recorder>,
    child: Option<&'a mut EmbeddedService>,
    progress: Progress,
    series: Series,
    settled: Vec<Interval>,
    next_second: Micros,
    failures: u64,
    /// Users running at the last tick that had any.
    users: u32,
}

impl<'a> Watch<'a> {
    pub(super) fn new(recorder: Arc<Recorder>, child: Option<&'a mut EmbeddedService>, progress: Progress) -> Self {
        Self {
            recorder,
            child,
            progress,
            series: Series::default(),
            settled: Vec::new(),
            next_second: Micros::SECOND,
            failures: 0,
            users: 0,
        }
    }

    /// The whole series when the run has ended, and how the service ended if it is not there any more.
    pub(super) fn finish(mut self) -> (Vec<Interval>, Option<String>) {
        self.take(self.users);
        self.settled.extend(self.series.take_all().iter().map(|(counts, users)| interval(counts, *users)));
        self.progress.finish();
        let lost = self.service_lost();
        (self.settled, lost)
    }

    fn service_lost(&mut self) -> Option<String> {
        let how = self.child.as_mut()?.has_died()?;
        Some(format!("the embedded service ended under the load, with {how}"))
    }

    fn take(&mut self, users: u32) {
        let taken = self.recorder.take_intervals();
        self.failures += taken.iter().map(|counts| counts.failures).sum::<u64>();
        self.series.add(taken, users);
        self.settled.extend(self.series.take_settled().iter().map(|(counts, users)| interval(counts, *users)));
    }
}

impl Observer for Watch<'_> {
    fn tick(&mut self, tick: Tick) -> ControlFlow<String> {
        if let Some(lost) = self.service_lost() {
            return ControlFlow::Break(lost);
        }
        if tick.users > 0 {
            self.users = tick.users;
        }
        if tick.now >= self.next_second {
            self.next_second = tick.now + Micros::SECOND;
            self.take(tick.users);
        }
        self.progress.show(&tick, self.series.last_whole(), self.failures);
        ControlFlow::Continue(())
    }
}
