//! One iteration as it goes on, and the sample of the whole.
//!
//! In: the samples of its requests and the pauses between them. Out: a sample of the iteration, from its first start to
//! its last end, pauses taken out. Always holds: it succeeded only if every request did.

use crate::attack::leave::{Early, Leave};
use crate::sample::{Arrival, Failure, FailureClass, Made, Origin, Outcome, Sample, SampleOf, SampleSink};
use crate::scenario::format::OnFailure;
use crate::units::Micros;

/// An iteration so far, or the part of one that lies in a group.
#[derive(Debug)]
pub(super) struct Iteration {
    /// When it was meant to start, in an open model.
    intended: Option<Micros>,
    start: Option<Micros>,
    end: Micros,
    thought: Micros,
    bytes_sent: u64,
    bytes_received: u64,
    requests: u32,
    failed: u32,
    aborted: bool,
    /// Whether lateness is charged to its first request: not to a group behind the iteration's first request.
    owes_lateness: bool,
    /// The run ended before its last step began: it was never whole, and is not told of.
    cut_short: bool,
}

impl Iteration {
    pub(super) const fn new(intended: Option<Micros>) -> Self {
        Self {
            intended,
            start: None,
            end: Micros::ZERO,
            thought: Micros::ZERO,
            bytes_sent: 0,
            bytes_received: 0,
            requests: 0,
            failed: 0,
            aborted: false,
            owes_lateness: true,
            cut_short: false,
        }
    }

    /// A part of it that begins now.
    pub(super) const fn part(&self) -> Self {
        Self { owes_lateness: self.owes_lateness && self.start.is_none(), ..Self::new(self.intended) }
    }

    /// Whether it was played to its end and every request succeeded.
    pub(super) const fn is_good(&self) -> bool {
        self.failed == 0 && !self.aborted && !self.cut_short
    }

    /// What its failure ends beside itself, if it failed.
    pub(super) fn leave(&self, on_failure: OnFailure) -> Option<Leave> {
        match on_failure {
            _ if self.failed == 0 => None,
            OnFailure::Continue | OnFailure::NextIteration => None,
            OnFailure::StopUser => Some(Leave::User),
            OnFailure::StopRun => Some(Leave::Run(Early::Failure)),
        }
    }

    /// Whether the run ended before its end.
    pub(super) const fn is_cut_short(&self) -> bool {
        self.cut_short
    }

    /// What a request that starts now owes to its arrival: the first of an iteration answers for the lateness.
    pub(super) fn arrival(&self, start: Micros) -> Option<Arrival> {
        let intended = self.intended?;
        let late = if self.start.is_none() { start.saturating_sub(intended) } else { Micros::ZERO };
        Some(Arrival { intended, late })
    }

    /// Whether its arrival was taken and nothing has been sent for it yet.
    pub(super) const fn owes_its_arrival(&self) -> bool {
        self.intended.is_some() && self.start.is_none()
    }

    /// The run ended before its next step began.
    pub(super) const fn cut_short(&mut self) {
        self.cut_short = true;
    }

    /// Takes a pause between its steps out of its time.
    pub(super) fn paused(&mut self, pause: Micros) {
        self.thought = self.thought + pause;
    }

    pub(super) fn add(&mut self, sample: &Sample<'_>) {
        self.start.get_or_insert(sample.start);
        // Pauses between steps are taken out, so the end is that of an iteration without them.
        self.end = sample.end.saturating_sub(self.thought);
        self.bytes_sent += sample.bytes_sent;
        self.bytes_received += sample.bytes_received;
        self.requests += 1;
        self.failed += u32::from(matches!(sample.outcome, Outcome::Failure(_)));
        self.aborted |= sample.outcome == Outcome::Aborted;
    }

    /// Tells the sink of the whole, as a sample `of` what it is, of this user.
    pub(super) fn record(&self, of: SampleOf, (sink, user): (&dyn SampleSink, u32)) {
        let Some(start) = self.start.filter(|_| self.aborted || !self.cut_short) else { return };
        let failure =
            Failure { class: FailureClass::Check, status: None, code: None, message: "a step of the iteration failed" };
        let outcome = match (self.aborted, self.failed > 0) {
            (true, _) => Outcome::Aborted,
            (_, true) => Outcome::Failure(failure),
            _ => Outcome::Success,
        };
        let late = |intended| if self.owes_lateness { start.saturating_sub(intended) } else { Micros::ZERO };
        let arrival = self.intended.map(|intended| Arrival { intended, late: late(intended) });
        let sample = Sample {
            of,
            arrival,
            start,
            connected: None,
            first_byte: None,
            end: self.end,
            bytes_sent: self.bytes_sent,
            bytes_received: self.bytes_received,
            outcome,
        };
        sink.record(&sample);
        sink.listed(&sample, Origin { user, of: Made::Requests(self.requests, self.failed) });
    }
}
