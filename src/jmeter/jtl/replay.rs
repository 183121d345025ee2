//! A result file told to the recorder of a run, as if its samples ended now.
//!
//! In: rows, and what the survey found. Out: [`Counted`] as a run leaves it, and the exact times beside it. Always
//! holds: rows may come in the order of their starts or of their ends, and late by what the survey measured; every
//! sample is counted once.

use std::sync::Arc;

use super::exact::MillisCounts;
use super::row::Row;
use super::survey::Span;
use crate::histogram::recorder::{Recorder, RecorderOptions};
use crate::histogram::series::{IntervalCounts, Series};
use crate::plan::Plan;
use crate::sample::{MeasuredWindow, Outcome, Phase, Sample, SampleOf, SampleSink, StepId};
use crate::summary::{Counted, Kept};
use crate::units::Micros;

/// How often the recorder is emptied, in the file's time: seconds spill into memory in between.
const TURN: Micros = Micros::from_secs(10);
/// Requests that are longer are rare, and may lie this far ahead of others in a file sorted by starts.
const AHEAD: Micros = Micros::from_secs(60);

/// Counts the rows of one kind: samples, or transactions.
pub(super) struct Replay<'a> {
    span: &'a Span,
    window: Arc<MeasuredWindow>,
    recorder: Recorder,
    series: Series,
    /// Taken, and not yet joined.
    taken: Vec<IntervalCounts>,
    kept: Kept,
    /// Exact times of the window's successes, by step.
    times: Vec<MillisCounts>,
    users: u32,
    next_turn: Micros,
    next_join: Micros,
    /// Later than any second that can still grow.
    stride: Micros,
    rows: u64,
}

impl<'a> Replay<'a> {
    /// A replay into `window`, for the steps and rules of `plan`.
    pub(super) fn new(plan: &Plan, span: &'a Span, window: Arc<MeasuredWindow>) -> Result<Self, super::JtlError> {
        let (longest, disorder) = (Micros::from_millis(span.longest), Micros::from_millis(span.disorder));
        let mut options = RecorderOptions::for_plan(plan, 1);
        // A row may be told of so late, and may end so far ahead.
        options.timeout = longest + longest + disorder + TURN;
        let recorder = Recorder::new(&options, Arc::clone(&window))
            .map_err(|error| super::JtlError::Histogram(error.to_string()))?;
        Ok(Self {
            span,
            window,
            recorder,
            series: Series::default(),
            taken: Vec::new(),
            kept: Kept::default(),
            times: vec![MillisCounts::default(); plan.steps.len()],
            users: 0,
            next_turn: TURN,
            next_join: TURN,
            stride: (disorder + longest.min(AHEAD)).max(TURN),
            rows: 0,
        })
    }

    /// Counts one row under `step`.
    pub(super) fn add(&mut self, row: &Row<'_>, step: u16) {
        let start = self.offset(row.start);
        while start >= self.next_turn {
            let now = self.next_turn;
            self.turn(now);
        }
        let end = start + Micros::from_millis(row.elapsed);
        // Every time lies inside the request, however the clocks were rounded.
        let inside = |millis: u64| start + Micros::from_millis(millis.min(row.elapsed));
        let sample = Sample {
            of: SampleOf::Step(StepId(step)),
            arrival: None,
            start,
            connected: row.connect.filter(|connect| *connect > 0).map(inside),
            first_byte: row.latency.map(inside),
            end,
            bytes_sent: row.sent.unwrap_or(0),
            bytes_received: row.received.unwrap_or(0),
            outcome: if row.success { Outcome::Success } else { Outcome::Failure(row.why()) },
        };
        self.recorder.record(&sample);
        self.rows += 1;
        if let Some(threads) = row.threads {
            self.users = u32::try_from(threads).unwrap_or(u32::MAX);
        }
        if row.success && self.window.phase(start) == Phase::Measured {
            self.times[usize::from(step)].add(row.elapsed);
        }
    }

    /// How many rows were counted.
    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Everything that was counted, when the file has ended.
    pub(super) fn finish(mut self) -> (Counted, Vec<MillisCounts>) {
        let end = self.offset(self.span.end);
        while self.next_turn <= end {
            let now = self.next_turn;
            self.turn(now);
        }
        self.taken.extend(self.recorder.take_intervals(end, true));
        self.join();
        self.kept.add(&self.series.take_all());
        let counted = Counted {
            recording: self.recorder.recording(),
            kept: self.kept,
            stalls: self.recorder.stalls(),
            released: None,
            lag: self.recorder.lag(),
        };
        (counted, self.times)
    }

    fn offset(&self, millis: u64) -> Micros {
        Micros::from_millis(millis.saturating_sub(self.span.start))
    }

    fn turn(&mut self, now: Micros) {
        self.next_turn = now + TURN;
        self.taken.extend(self.recorder.take_intervals(now, false));
        if now >= self.next_join {
            self.next_join = now + self.stride;
            self.join();
        }
    }

    fn join(&mut self) {
        self.series.add(std::mem::take(&mut self.taken), self.users);
        self.kept.add(&self.series.take_settled());
    }
}
