//! Watching a run: takes the seconds off the recorder, shows progress, and notices a target that died.
//!
//! In: ticks of the conductor. Out: the interval series. Always holds: every second is taken once, and settled seconds
//! keep their figures only, so that a long run needs no more memory than a short one.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::attack::conductor::{Observer, Tick};
use crate::cli::progress::Progress;
use crate::histogram::recorder::Recorder;
use crate::histogram::series::{IntervalCounts, Series};
use crate::plan::RowId;
use crate::reference::EmbeddedService;
use crate::summary::confidence::SecondRecord;
use crate::summary::{Counted, Interval, interval};
use crate::units::Micros;

/// Watches one run.
pub(super) struct Watch<'a> {
    recorder: Arc<Recorder>,
    child: Option<&'a mut EmbeddedService>,
    progress: Progress,
    series: Series,
    settled: Vec<Interval>,
    seconds: Vec<SecondRecord>,
    next_second: Micros,
    failures: u64,
    /// Users running at the last tick that had any.
    users: u32,
    /// When the last tick was.
    now: Micros,
}

impl<'a> Watch<'a> {
    pub(super) fn new(recorder: Arc<Recorder>, child: Option<&'a mut EmbeddedService>, progress: Progress) -> Self {
        Self {
            recorder,
            child,
            progress,
            series: Series::default(),
            settled: Vec::new(),
            seconds: Vec::new(),
            next_second: Micros::SECOND,
            failures: 0,
            users: 0,
            now: Micros::ZERO,
        }
    }

    /// Everything that was counted when the run has ended, and how the service ended if it is not there any more.
    pub(super) fn finish(mut self) -> (Counted, Option<String>) {
        self.take(self.users, true);
        let rest = self.series.take_all();
        self.keep(&rest);
        self.progress.finish();
        let lost = self.service_lost();
        let counted = Counted {
            recording: self.recorder.recording(),
            series: self.settled,
            seconds: self.seconds,
            stalls: self.recorder.stalls(),
            released: self.recorder.arrivals(),
            lag: self.recorder.lag(),
        };
        (counted, lost)
    }

    fn keep(&mut self, settled: &[(IntervalCounts, u32)]) {
        let shown = settled.iter().filter(|(counts, _)| counts.key.row == RowId::All);
        self.settled.extend(shown.map(|(counts, users)| interval(counts, *users)));
        self.seconds.extend(settled.iter().filter_map(|(counts, _)| SecondRecord::of(counts)));
    }

    fn service_lost(&mut self) -> Option<String> {
        let how = self.child.as_mut()?.has_died()?;
        Some(format!("the embedded service ended under the load, with {how}"))
    }

    fn take(&mut self, users: u32, ended: bool) {
        let taken = self.recorder.take_intervals(self.now, ended);
        let all = taken.iter().filter(|counts| counts.key.row == RowId::All);
        self.failures += all.map(|counts| counts.failures).sum::<u64>();
        self.series.add(taken, users);
        let settled = self.series.take_settled();
        self.keep(&settled);
    }
}

impl Observer for Watch<'_> {
    fn tick(&mut self, tick: Tick) -> ControlFlow<String> {
        if let Some(lost) = self.service_lost() {
            return ControlFlow::Break(lost);
        }
        self.now = tick.now;
        if tick.users > 0 {
            self.users = tick.users;
        }
        if tick.now >= self.next_second {
            self.next_second = tick.now + Micros::SECOND;
            self.take(tick.users, false);
        }
        self.progress.show(&tick, self.series.last_whole(), self.failures);
        ControlFlow::Continue(())
    }
}
