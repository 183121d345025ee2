//! The sink of an attack: counts every sample in a shard of the thread that measured it.
//!
//! In: samples from the threads that generate load. Out: a [`Recording`] of the window and an interval each second.
//! Always holds: a sample is counted exactly once; a lock is never contended for longer than one swap of an interval,
//! and never held over an await; nothing is allocated per sample.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hdrhistogram::CreationError;

use crate::histogram::batch::Batch;
use crate::histogram::counts::Recording;
use crate::histogram::failures::FailureTable;
use crate::histogram::latency::LatencyHistogram;
pub use crate::histogram::options::RecorderOptions;
use crate::histogram::options::Shape;
use crate::histogram::released::Released;
use crate::histogram::series::{IntervalCounts, IntervalKey, IntervalRing};
use crate::histogram::stall::{self, StallMeter, StallRing, Stalls};
use crate::plan::{RowId, TimeClock};
use crate::sample::{FailureClass, Followed, MeasuredWindow, Outcome, Phase, Sample, SampleOf, SampleSink, StepId};
use crate::units::Micros;

/// The sink of an attack.
#[derive(Debug)]
pub struct Recorder {
    shards: Box<[Shard]>,
    window: Arc<MeasuredWindow>,
    /// What a thread's counts are swapped with when they are taken; empty in between.
    spare: Mutex<ShardCounts>,
    meter: Mutex<StallMeter>,
    released: Mutex<Released>,
    /// How long the threads that measure let a task wait, inside the window.
    lag: Mutex<LatencyHistogram>,
    open: bool,
}

/// One thread's counts, on cache lines of their own.
#[derive(Debug)]
#[repr(align(128))]
struct Shard(Mutex<ShardCounts>);

#[derive(Debug)]
struct ShardCounts {
    recording: Recording,
    /// That of all requests, and those of the rows that rules name.
    intervals: Box<[IntervalRing]>,
    /// None in an open model, which has no stalls.
    stalls: Option<StallRing>,
}

thread_local! {
    /// This thread's shard, before the modulus. Threads are numbered as they first record.
    static THREAD: Cell<usize> = const { Cell::new(usize::MAX) };
}
static THREADS: AtomicUsize = AtomicUsize::new(0);

impl Recorder {
    /// A recorder that has counted nothing.
    ///
    /// # Errors
    /// [`CreationError`] when a histogram cannot be built; not for any top a plan allows.
    pub fn new(options: &RecorderOptions, window: Arc<MeasuredWindow>) -> Result<Self, CreationError> {
        let shards: Result<Vec<Shard>, CreationError> =
            (0..options.shards.max(1)).map(|_| ShardCounts::new(options).map(|s| Shard(Mutex::new(s)))).collect();
        /// The pacer may be so late at least before an arrival counts as late.
        const PATIENCE: Micros = Micros::from_millis(50);
        let service = options.limits.iter().filter(|limit| limit.clock == TimeClock::Service);
        let released = Released::new(options.top, options.tightest.unwrap_or(PATIENCE).max(PATIENCE))?;
        let meter = StallMeter::new(options.users, options.timeout, service.map(|limit| limit.at_most))
            .with_stages(options.stages.clone());
        Ok(Self {
            shards: shards?.into(),
            window,
            spare: Mutex::new(ShardCounts::new(options)?),
            meter: Mutex::new(meter),
            released: Mutex::new(released),
            lag: Mutex::new(LatencyHistogram::new(options.top)?),
            open: options.open,
        })
    }

    /// Takes every interval that was counted since the last call, and settles what can be settled of stalls. Called
    /// about once a second, and a last time when the run has `ended`.
    pub fn take_intervals(&self, now: Micros, ended: bool) -> Vec<IntervalCounts> {
        self.settle_stalls(now, ended);
        let mut taken = Vec::new();
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        for shard in &self.shards {
            // Emptied behind the lock: the threads that measure wait for one swap at most.
            std::mem::swap(&mut shard.lock().intervals, &mut spare.intervals);
            taken.extend(spare.intervals.iter_mut().flat_map(IntervalRing::drain));
        }
        taken
    }

    /// A batch for [`Self::take`] to fill.
    #[must_use]
    pub fn batch(&self) -> Batch {
        let recording = self.spare.lock().unwrap_or_else(PoisonError::into_inner).recording.clone();
        let mut released = self.released.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut lag = self.lag();
        released.clear();
        lag.clear();
        Batch { intervals: Vec::new(), recording, released, lag, stalls: None, open: self.open }
    }

    /// Takes everything that was counted since the last call into `batch`, over what it held. What is taken is no more
    /// in [`Self::recording`]. Called about once a second, and a last time when the run has `ended`.
    pub fn take(&self, now: Micros, ended: bool, batch: &mut Batch) {
        self.settle_stalls(now, ended);
        batch.clear();
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        for shard in &self.shards {
            {
                let mut counts = shard.lock();
                std::mem::swap(&mut counts.intervals, &mut spare.intervals);
                std::mem::swap(&mut counts.recording, &mut spare.recording);
            }
            batch.intervals.extend(spare.intervals.iter_mut().flat_map(IntervalRing::drain));
            batch.recording.merge(&spare.recording);
            spare.recording.clear();
        }
        std::mem::swap(&mut *self.released.lock().unwrap_or_else(PoisonError::into_inner), &mut batch.released);
        std::mem::swap(&mut *self.lag.lock().unwrap_or_else(PoisonError::into_inner), &mut batch.lag);
        batch.stalls = self.stalls();
    }

    /// Counts an arrival that no request was made of, in the second in which it was due.
    fn never_sent(&self, class: FailureClass, StepId(step): StepId, due: Micros) {
        // What was left in the queue when the load stopped was due behind the window, and failed nobody.
        if self.window.phase(due) != Phase::Measured {
            return;
        }
        let mut shard = self.shard();
        let Recording { steps, iterations, .. } = &mut shard.recording;
        for row in [&mut steps[usize::from(step)], iterations] {
            if class == FailureClass::Dropped {
                row.dropped += 1;
            } else {
                row.unsent += 1;
            }
        }
        let key = IntervalKey::of(Phase::Measured, due, self.window.bounds());
        shard.intervals.iter_mut().for_each(|ring| ring.never_sent(class, key));
    }

    fn settle_stalls(&self, now: Micros, ended: bool) {
        if self.open {
            return;
        }
        let mut meter = self.meter.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(due) = meter.due(now, ended) else { return };
        let mut known = stall::moments(&due);
        for shard in &self.shards {
            shard.lock().stalls.iter_mut().for_each(|stalls| stalls.take(due.clone(), &mut known));
        }
        meter.settle(due, known, self.window.bounds());
    }

    /// The gaps of the window, when the run has ended; `None` when they could not be followed.
    #[must_use]
    pub fn stalls(&self) -> Option<Stalls> {
        if self.open {
            return None;
        }
        self.meter.lock().unwrap_or_else(PoisonError::into_inner).stalls()
    }

    /// How the arrivals were handed out, in an open model.
    #[must_use]
    pub fn arrivals(&self) -> Option<Released> {
        self.open.then(|| self.released.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// How long the threads that measure let a task wait, inside the window.
    #[must_use]
    pub fn lag(&self) -> LatencyHistogram {
        self.lag.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything counted so far, over all threads.
    #[must_use]
    pub fn recording(&self) -> Recording {
        // There is always a first shard.
        let mut whole = self.shards[0].lock().recording.clone();
        self.shards[1..].iter().for_each(|shard| whole.merge(&shard.lock().recording));
        whole
    }

    fn shard(&self) -> MutexGuard<'_, ShardCounts> {
        let mut thread = THREAD.get();
        if thread == usize::MAX {
            thread = THREADS.fetch_add(1, Ordering::Relaxed);
            THREAD.set(thread);
        }
        self.shards[thread % self.shards.len()].lock()
    }
}

impl SampleSink for Recorder {
    fn record(&self, sample: &Sample<'_>) {
        let phase = self.window.phase(sample.booked_at());
        let mut shard = self.shard();
        // Measured work may end behind the window; what it proves of the window's rate ended inside it.
        let prompt = self.window.phase(sample.end) == Phase::Measured;
        shard.recording.record(sample, (phase, prompt));
        if matches!(sample.of, SampleOf::Step(_)) {
            shard.stalls.iter_mut().for_each(|stalls| stalls.record(sample));
        }
        if sample.outcome != Outcome::Aborted {
            let key = IntervalKey::of(phase, sample.end, self.window.bounds());
            shard.intervals.iter_mut().for_each(|ring| ring.record(key, sample));
        }
    }

    fn followed(&self, of: SampleOf, followed: &Followed<'_>) {
        let phase = self.window.phase(followed.booked_at);
        self.shard().recording.followed(of, followed, phase);
    }

    fn released(&self, due: Micros, late: Micros, queued: bool) {
        self.released.lock().unwrap_or_else(PoisonError::into_inner).record(due, (late, queued), &self.window);
    }

    fn loop_lag(&self, woken: Micros, lag: Micros) {
        if self.window.phase(woken) == Phase::Measured {
            self.lag.lock().unwrap_or_else(PoisonError::into_inner).record(lag);
        }
    }

    fn unsent(&self, step: StepId, due: Micros) {
        self.never_sent(FailureClass::Unsent, step, due);
    }

    fn dropped(&self, step: StepId, due: Micros) {
        self.never_sent(FailureClass::Dropped, step, due);
    }
}

/// An empty ring for all requests, and one for each row of the options.
fn rings(options: &RecorderOptions) -> Result<Box<[IntervalRing]>, CreationError> {
    let rows = std::iter::once(&RowId::All).chain(&options.rows);
    rows.map(|row| IntervalRing::new(*row, options.top)).collect()
}

impl Shard {
    fn lock(&self) -> MutexGuard<'_, ShardCounts> {
        // A panic while counting cannot leave a count half made: each is one addition.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ShardCounts {
    fn new(options: &RecorderOptions) -> Result<Self, CreationError> {
        let shape = Shape {
            steps: options.steps,
            groups: options.groups,
            setup: options.setup,
            iterations: options.iterations,
            top: options.top,
            open: options.open,
        };
        let failures = FailureTable::masked_by(options.masker.clone());
        let recording = Recording::empty(&shape, options.limits.clone(), failures)?;
        Ok(Self {
            recording,
            intervals: rings(options)?,
            stalls: (!options.open).then(|| StallRing::new(options.timeout)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::limits::LimitOf;
    use crate::sample::{Failure, FailureClass};
    use crate::scenario::secret::Masker;

    const STEP: SampleOf = SampleOf::Step(StepId(0));

    fn recorder(limits: Vec<LimitOf>) -> Recorder {
        let window = Arc::new(MeasuredWindow::default());
        window.open(Micros::from_secs(10), Micros::from_secs(10));
        let options = RecorderOptions {
            steps: 1,
            groups: 0,
            setup: 0,
            iterations: true,
            tightest: None,
            top: Micros::from_secs(20),
            limits,
            shards: 2,
            users: 4,
            stages: None,
            timeout: Micros::from_secs(10),
            open: false,
            rows: vec![RowId::Step(StepId(0)), RowId::Iteration],
            masker: Masker::default(),
        };
        Recorder::new(&options, window).unwrap()
    }

    fn sample(start: u64, end: u64, outcome: Outcome<'_>) -> Sample<'_> {
        Sample {
            of: STEP,
            arrival: None,
            start: Micros::new(start),
            connected: None,
            first_byte: Some(Micros::new(end)),
            end: Micros::new(end),
            bytes_sent: 10,
            bytes_received: 20,
            outcome,
        }
    }

    fn failed(class: FailureClass) -> Outcome<'static> {
        Outcome::Failure(Failure { class, status: None, code: None, message: "x" })
    }

    #[test]
    fn a_sample_belongs_to_the_window_if_its_start_lies_inside() {
        let recorder = recorder(vec![]);
        for (start, end) in
            [(9_999_999, 10_000_500), (10_000_000, 10_000_001), (19_999_999, 25_000_000), (20_000_000, 20_000_001)]
        {
            recorder.record(&sample(start, end, Outcome::Success));
        }
        let row = &recorder.recording().steps[0];
        assert_eq!((row.service.count(), row.outside), (2, 2));
        assert_eq!(row.service.max(), Some(Micros::new(5_000_001)));
    }

    #[test]
    fn limits_are_counted_to_the_microsecond() {
        let limit = LimitOf { of: STEP, clock: TimeClock::Service, at_most: Micros::from_millis(100) };
        let recorder = recorder(vec![limit]);
        for end in [99_999, 100_000, 100_001] {
            recorder.record(&sample(10_000_000, 10_000_000 + end, Outcome::Success));
        }
        recorder.record(&sample(10_000_000, 10_000_001, failed(FailureClass::Check)));
        assert_eq!(recorder.recording().steps[0].at_or_under, [2], "a failure is over every limit");
    }

    #[test]
    fn an_answer_that_failed_a_check_counts_as_throughput_and_a_lost_one_does_not() {
        let recorder = recorder(vec![]);
        recorder.record(&sample(10_000_000, 10_000_001, failed(FailureClass::Check)));
        recorder.record(&sample(10_000_000, 10_000_001, failed(FailureClass::Timeout)));
        recorder.record(&sample(10_000_000, 10_000_001, Outcome::Aborted));
        let row = &recorder.recording().steps[0];
        assert_eq!((row.requests(), row.failure.count(), row.answered, row.aborted), (3, 2, 1, 1));
    }

    #[test]
    fn an_arrival_that_was_never_sent_stands_in_the_second_in_which_it_was_due() {
        let recorder = recorder(vec![]);
        recorder.record(&sample(12_100_000, 12_200_000, failed(FailureClass::Timeout)));
        // Told of all at once, when the load has ended; before and behind the window they count for nothing.
        for due in [9_900_000, 12_000_000, 12_999_999, 13_000_000, 15, 16_500_000, 17_500_000, 18_500_000, 20_000_000] {
            recorder.unsent(StepId(0), Micros::new(due));
            recorder.dropped(StepId(0), Micros::new(due));
        }
        let mut series = crate::histogram::series::Series::default();
        series.add(recorder.take_intervals(Micros::from_secs(30), true), 4);
        let counts = series.take_all();
        for class in [FailureClass::Unsent, FailureClass::Dropped] {
            let told = counts.iter().map(|(at, _)| (at.key.second, at.failures, at.classes.of(class)));
            let all = [(2, 1, 2), (3, 0, 1), (6, 0, 1), (7, 0, 1), (8, 0, 1)];
            let all = [&all[..], &[(2, 1, 0)]].concat();
            assert_eq!(told.collect::<Vec<_>>(), all, "they have no sample, and no row but that of all");
        }
        let row = &recorder.recording().steps[0];
        assert_eq!((row.unsent, row.dropped), (6, 6));
    }

    #[test]
    fn every_thread_counts_and_the_seconds_sum_to_the_totals() {
        let recorder = recorder(vec![]);
        std::thread::scope(|scope| {
            for thread in 0..4_u64 {
                let recorder = &recorder;
                scope.spawn(move || {
                    (0..1000).for_each(|i| {
                        let start = 10_000_000 + thread + i * 9_000;
                        recorder.record(&sample(start, start + 500, Outcome::Success));
                    });
                });
            }
        });
        let mut series = crate::histogram::series::Series::default();
        series.add(recorder.take_intervals(Micros::from_secs(30), true), 4);
        let (seconds, of_step): (Vec<_>, Vec<_>) =
            series.take_all().into_iter().partition(|(interval, _)| interval.key.row == RowId::All);
        assert!(of_step.iter().all(|(interval, _)| interval.key.row == RowId::Step(StepId(0))), "no iteration ended");
        assert_eq!(of_step.iter().map(|(interval, _)| interval.successes).sum::<u64>(), 4000);
        assert_eq!(seconds.len(), 9, "nine seconds, though one thread keeps four open at most");
        assert_eq!(seconds.iter().map(|(interval, _)| interval.successes).sum::<u64>(), 4000);
        assert_eq!(recorder.recording().steps[0].service.count(), 4000);
    }
}
