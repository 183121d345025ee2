//! What is counted of the window: exact counts and sums, and histograms beside them.

use hdrhistogram::CreationError;

use crate::histogram::failures::FailureTable;
use crate::histogram::latency::LatencyHistogram;
use crate::histogram::limits::{self, LimitOf};
pub use crate::histogram::opened::Opened;
use crate::histogram::options::Shape;
use crate::plan::{Terms, TimeClock};
use crate::sample::{Followed, Outcome, Phase, Sample, SampleOf, StepId};
use crate::units::Micros;

/// Everything counted of one step, or of whole iterations.
#[derive(Clone, Debug)]
pub struct RowCounts {
    /// Service times of successes.
    pub service: LatencyHistogram,
    /// Response times of successes; `None` in a closed model.
    pub response: Option<LatencyHistogram>,
    /// Times that failures took.
    pub failure: LatencyHistogram,
    /// Times to first byte of successes.
    pub ttfb: LatencyHistogram,
    /// Times to connect, of every connection that was opened.
    pub connect: LatencyHistogram,
    /// Whole answers of any kind.
    pub answered: u64,
    /// Successes that ended before the window closed.
    pub prompt_successes: u64,
    /// Whole answers that ended before the window closed.
    pub prompt_answers: u64,
    /// Sum of the times failures took from their intended start, in microseconds; open models only.
    pub failure_response_sum: u128,
    /// Given up by us.
    pub aborted: u64,
    /// Arrivals of the window that were never sent.
    pub unsent: u64,
    /// Arrivals of the window that found as many waiting as the plan lets wait.
    pub dropped: u64,
    /// Started before or after the window.
    pub outside: u64,
    /// Redirects followed, inside and outside the window.
    pub redirects: u64,
    /// Bytes written.
    pub bytes_sent: u64,
    /// Bytes read.
    pub bytes_received: u64,
    /// Successes at or under each limit of the options, in their order; 0 where the limit is of other samples.
    pub at_or_under: Vec<u64>,
    /// Those of them that opened a connection.
    pub opened: Opened,
}

/// Everything counted of a run.
#[derive(Clone, Debug)]
pub struct Recording {
    /// One row a step.
    pub steps: Vec<RowCounts>,
    /// Whole iterations.
    pub iterations: RowCounts,
    /// One row a group.
    pub groups: Vec<RowCounts>,
    /// One row a step of on_start and on_stop, whenever it was sent.
    pub setup: Vec<RowCounts>,
    /// Failures of the window by kind.
    pub failures: FailureTable,
    /// Failures of on_start and on_stop.
    pub setup_failures: FailureTable,
    /// The limits that were counted, as given.
    pub limits: Vec<LimitOf>,
}

impl Recording {
    /// Nothing counted yet, of a run of these terms. What failures said must have been masked.
    ///
    /// # Errors
    /// [`CreationError`] when a histogram cannot be built; not for any top a plan allows.
    pub fn for_terms(terms: &Terms) -> Result<Self, CreationError> {
        let limits = limits::of_gate(&terms.gate, terms.steps.len());
        let shape = Shape {
            steps: terms.steps.len(),
            groups: terms.groups.len(),
            setup: terms.setup.len(),
            iterations: terms.iterations,
            top: terms.top,
            open: terms.load.arrivals.is_some(),
        };
        Self::empty(&shape, limits, FailureTable::default())
    }

    /// One that has counted nothing; failures go into tables like `failures`.
    pub(super) fn empty(shape: &Shape, limits: Vec<LimitOf>, failures: FailureTable) -> Result<Self, CreationError> {
        let Shape { steps, groups, setup, iterations, top, open } = *shape;
        let row = RowCounts::new(top, limits.len(), open)?;
        Ok(Self {
            steps: vec![row.clone(); steps],
            groups: vec![row.clone(); groups],
            setup: vec![row.clone(); setup],
            // Iterations that are not recorded are counted as arrivals only, which takes next to no memory.
            iterations: if iterations { row } else { RowCounts::new(Micros::from_millis(1), limits.len(), open)? },
            failures: failures.clone().timed_by(LatencyHistogram::new(top)?),
            setup_failures: failures,
            limits,
        })
    }

    /// Books redirects that were followed on the way to a sample of a phase.
    pub(super) fn followed(&mut self, of: SampleOf, followed: &Followed<'_>, phase: Phase) {
        let row = match of {
            SampleOf::Step(StepId(step)) => self.steps.get_mut(usize::from(step)),
            SampleOf::Setup(StepId(step)) => self.setup.get_mut(usize::from(step)),
            SampleOf::Iteration | SampleOf::Group(_) => None,
        };
        let Some(row) = row else { return };
        row.redirects += u64::from(followed.redirects);
        if phase == Phase::Measured || matches!(of, SampleOf::Setup(_)) {
            followed.connects.iter().for_each(|connect| row.connect.record(*connect));
            row.opened.later += followed.connects.len() as u64;
        }
    }

    pub(super) fn record(&mut self, sample: &Sample<'_>, (phase, prompt): (Phase, bool)) {
        let row = match sample.of {
            SampleOf::Step(StepId(step)) => &mut self.steps[usize::from(step)],
            SampleOf::Iteration => &mut self.iterations,
            SampleOf::Group(group) => &mut self.groups[usize::from(group)],
            SampleOf::Setup(StepId(step)) => &mut self.setup[usize::from(step)],
        };
        if phase != Phase::Measured && !matches!(sample.of, SampleOf::Setup(_)) {
            row.outside += 1;
            return;
        }
        row.bytes_sent += sample.bytes_sent;
        row.bytes_received += sample.bytes_received;
        if let Some(connected) = sample.connected {
            row.connect.record(connected.saturating_sub(sample.start));
        }
        match &sample.outcome {
            Outcome::Success => {
                row.prompt_successes += u64::from(prompt);
                row.prompt_answers += u64::from(prompt);
                row.succeed(sample, &self.limits);
            }
            Outcome::Failure(failure) => {
                let time = sample.response_time().unwrap_or_else(|| sample.service_time());
                row.failure.record(sample.service_time());
                row.failure_response_sum += u128::from(time.get());
                row.answered += u64::from(failure.class.answered());
                row.prompt_answers += u64::from(prompt && failure.class.answered());
                match sample.of {
                    SampleOf::Step(step) => self.failures.record(step, failure, (sample.service_time(), sample.end)),
                    SampleOf::Setup(step) => {
                        self.setup_failures.record(step, failure, (sample.service_time(), sample.end));
                    }
                    SampleOf::Iteration | SampleOf::Group(_) => {}
                }
            }
            Outcome::Aborted => row.aborted += 1,
        }
    }

    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        let rows = self.steps.iter_mut().chain(&mut self.groups).chain(&mut self.setup);
        rows.chain([&mut self.iterations]).for_each(RowCounts::clear);
        self.failures.clear();
        self.setup_failures.clear();
    }

    /// Adds everything `other` counted.
    pub fn merge(&mut self, other: &Self) {
        self.steps.iter_mut().zip(&other.steps).for_each(|(row, other)| row.merge(other));
        self.iterations.merge(&other.iterations);
        self.groups.iter_mut().zip(&other.groups).for_each(|(row, other)| row.merge(other));
        self.setup.iter_mut().zip(&other.setup).for_each(|(row, other)| row.merge(other));
        self.failures.merge(&other.failures);
        self.setup_failures.merge(&other.setup_failures);
    }
}

impl RowCounts {
    /// A row that has counted nothing.
    ///
    /// # Errors
    /// [`CreationError`] when a histogram cannot be built.
    pub(super) fn new(top: Micros, limits: usize, open: bool) -> Result<Self, CreationError> {
        let empty = LatencyHistogram::new(top)?;
        Ok(Self {
            response: open.then(|| empty.clone()),
            service: empty.clone(),
            failure: empty.clone(),
            ttfb: empty.clone(),
            connect: empty,
            answered: 0,
            prompt_successes: 0,
            prompt_answers: 0,
            failure_response_sum: 0,
            aborted: 0,
            unsent: 0,
            dropped: 0,
            outside: 0,
            redirects: 0,
            bytes_sent: 0,
            bytes_received: 0,
            at_or_under: vec![0; limits],
            opened: Opened { at_or_under: vec![0; limits], ..Opened::default() },
        })
    }

    /// Requests that ended in the window, and those we gave up.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.service.count() + self.failure.count() + self.aborted
    }

    /// What the rules count over: requests, and arrivals that were never sent or dropped.
    #[must_use]
    pub const fn attempts(&self) -> u64 {
        self.requests() + self.unsent + self.dropped
    }

    /// The successes' times of one kind.
    #[must_use]
    pub const fn times(&self, clock: TimeClock) -> Option<&LatencyHistogram> {
        match clock {
            TimeClock::Service => Some(&self.service),
            TimeClock::Response => self.response.as_ref(),
            TimeClock::Ttfb => Some(&self.ttfb),
        }
    }

    fn succeed(&mut self, sample: &Sample<'_>, limits: &[LimitOf]) {
        let service = sample.service_time();
        let ttfb = sample.first_byte.map(|first| first.saturating_sub(sample.start));
        let response = sample.response_time();
        self.service.record(service);
        if let Some((times, response)) = self.response.as_mut().zip(response) {
            times.record(response);
        }
        self.answered += 1;
        if let Some(ttfb) = ttfb {
            self.ttfb.record(ttfb);
        }
        let opened = u64::from(sample.connected.is_some());
        self.opened.successes += opened;
        self.opened.success_micros += opened * response.unwrap_or(service).get();
        let counts = self.at_or_under.iter_mut().zip(&mut self.opened.at_or_under);
        for (limit, (count, count_opened)) in limits.iter().zip(counts) {
            let time = match limit.clock {
                TimeClock::Service => Some(service),
                TimeClock::Response => response,
                TimeClock::Ttfb => ttfb,
            };
            let under = u64::from(limit.of == sample.of && time.is_some_and(|time| time <= limit.at_most));
            *count += under;
            *count_opened += under * opened;
        }
    }

    fn clear(&mut self) {
        let times = [&mut self.service, &mut self.failure, &mut self.ttfb, &mut self.connect];
        times.into_iter().chain(&mut self.response).for_each(LatencyHistogram::clear);
        (self.answered, self.prompt_successes, self.prompt_answers, self.failure_response_sum) = (0, 0, 0, 0);
        (self.aborted, self.unsent, self.dropped, self.outside, self.redirects) = (0, 0, 0, 0, 0);
        (self.bytes_sent, self.bytes_received) = (0, 0);
        self.at_or_under.fill(0);
        self.opened.clear();
    }

    /// Adds everything `other` counted.
    pub fn merge(&mut self, other: &Self) {
        self.service.merge(&other.service);
        if let Some((times, others)) = self.response.as_mut().zip(other.response.as_ref()) {
            times.merge(others);
        }
        self.failure.merge(&other.failure);
        self.ttfb.merge(&other.ttfb);
        self.connect.merge(&other.connect);
        self.answered += other.answered;
        self.prompt_successes += other.prompt_successes;
        self.prompt_answers += other.prompt_answers;
        self.failure_response_sum += other.failure_response_sum;
        self.aborted += other.aborted;
        self.unsent += other.unsent;
        self.dropped += other.dropped;
        self.outside += other.outside;
        self.redirects += other.redirects;
        self.bytes_sent += other.bytes_sent;
        self.bytes_received += other.bytes_received;
        self.at_or_under.iter_mut().zip(&other.at_or_under).for_each(|(count, other)| *count += other);
        self.opened.merge(&other.opened);
    }
}
