//! One virtual user: a session that works through a scenario's steps, iteration after iteration.
//!
//! In: the script of the plan and a transport. Out: a sample of every request that was sent. Always holds: a think
//! time is never part of a latency; a request is told to the sink once, and to the user's own counters at both ends.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use crate::attack::script::{Script, ScriptStep};
use crate::attack::shared::{Shared, Stop};
use crate::attack::transport::{Exchange, Outgoing, Transport};
use crate::sample::{Failure, FailureClass, Outcome, Sample, SampleOf, SampleSink, StepId};
use crate::scenario::check::Expectation;
use crate::scenario::template::Draw;
use crate::units::Micros;

/// One user: a script, and the session that works through it.
pub(super) struct VirtualUser<T> {
    script: Arc<Script>,
    scenario: usize,
    session: Session<T>,
}

/// What changes from request to request. Apart from the script, so that the script is borrowed and not counted anew
/// for every iteration: all users share that count.
struct Session<T> {
    shared: Arc<Shared>,
    sink: Arc<dyn SampleSink>,
    transport: T,
    seat: usize,
    /// This iteration's row in each feeder.
    rows: Vec<u64>,
    /// The request being sent; reused.
    out: Vec<u8>,
    body: Vec<u8>,
    /// When the last request ended: no iteration since began earlier.
    last_end: Micros,
}

/// An iteration so far.
struct Iteration {
    start: Option<Micros>,
    end: Micros,
    thought: Micros,
    bytes_sent: u64,
    bytes_received: u64,
    failed: bool,
    aborted: bool,
    /// The run ended before its last step began: it was never whole, and is not told of.
    cut_short: bool,
}

impl<T: Transport> VirtualUser<T> {
    /// A user in `seat` that plays `scenario` (an index into the plan's).
    pub(super) fn new(common: &Common, seat: usize, scenario: usize, transport: T) -> Self {
        let session = Session {
            shared: Arc::clone(&common.shared),
            sink: Arc::clone(&common.sink),
            transport,
            seat,
            rows: Vec::with_capacity(common.script.feeders.len()),
            out: Vec::new(),
            body: Vec::new(),
            last_end: common.shared.clock.floor(),
        };
        Self { script: Arc::clone(&common.script), scenario, session }
    }

    /// Plays the scenario once. Whether to go on with another iteration.
    pub(super) async fn iterate(&mut self) -> bool {
        let Self { script, scenario, session } = self;
        if session.shared.at_least(Stop::Finish) {
            return false;
        }
        session.shared.busy(session.seat, session.last_end);
        session.play(script, &script.scenarios[*scenario]).await;
        session.shared.idle(session.seat);
        !session.shared.at_least(Stop::Finish)
    }
}

impl<T: Transport> Session<T> {
    /// Works through `steps`, and records the iteration where it is recorded apart.
    async fn play(&mut self, script: &Script, steps: &[StepId]) {
        let sequence = self.shared.next_sequence();
        self.rows.clear();
        self.rows.extend(script.feeders.iter().map(|(_, feeder)| feeder.row(sequence)));
        let mut iteration = Iteration::new();
        for id in steps {
            if self.shared.at_least(Stop::Finish) {
                iteration.cut_short = true;
                break;
            }
            let step = &script.steps[usize::from(id.0)];
            let draw = Draw { sequence, rows: &self.rows, feeders: &script.feeders };
            step.write(&draw, &mut self.body, &mut self.out);
            self.request(*id, step, &mut iteration).await;
            if step.think_time > Micros::ZERO {
                iteration.thought = iteration.thought + self.think(step.think_time).await;
            }
        }
        if script.records_iterations {
            iteration.record(&*self.sink);
        }
    }

    /// Sends one request and tells the sink of it.
    async fn request(&mut self, id: StepId, step: &ScriptStep, iteration: &mut Iteration) {
        self.shared.request_started(self.seat);
        let outgoing = Outgoing { bytes: &self.out, is_head: step.is_head };
        let exchange = self.transport.exchange(outgoing).await;
        let waited = exchange.first_byte.is_some();
        let end = exchange.end;
        record(&exchange, id, &step.expectation, |sample| {
            self.sink.record(sample);
            iteration.add(sample);
        });
        self.shared.request_ended(self.seat);
        self.last_end = end;
        if !waited {
            // A refused connection answers at once: without a pause this user would never let another run.
            tokio::task::yield_now().await;
        }
    }

    /// Pauses for `time`, or until the run stops. How long it was.
    async fn think(&self, time: Micros) -> Micros {
        let clock = self.shared.clock;
        let from = clock.floor();
        let mut sleep = pin!(tokio::time::sleep_until(clock.instant(from + time)));
        poll_fn(|cx| {
            let stop = self.shared.poll_at_least(self.seat, Stop::Finish, cx);
            if stop || sleep.as_mut().poll(cx).is_ready() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        clock.floor().saturating_sub(from)
    }
}

/// What every user of a run is made from.
#[derive(Clone)]
pub(super) struct Common {
    pub(super) shared: Arc<Shared>,
    pub(super) script: Arc<Script>,
    pub(super) sink: Arc<dyn SampleSink>,
}

impl<T> Drop for Session<T> {
    /// Also runs when an iteration panics, which is how a lost user is noticed.
    fn drop(&mut self) {
        self.shared.leave(self.seat);
    }
}

/// Judges an exchange and hands its sample to `sink`.
fn record(exchange: &Exchange<'_>, step: StepId, expectation: &Expectation, sink: impl FnOnce(&Sample<'_>)) {
    let sample = |outcome| Sample {
        of: SampleOf::Step(step),
        start: exchange.start,
        connected: exchange.connected,
        first_byte: exchange.first_byte,
        end: exchange.end,
        bytes_sent: exchange.bytes_sent,
        bytes_received: exchange.bytes_received,
        outcome,
    };
    match &exchange.result {
        Ok(answer) => match expectation.judge(answer.status, answer.body) {
            Ok(()) => sink(&sample(Outcome::Success)),
            Err(failure) => sink(&sample(Outcome::Failure(Failure {
                class: failure.class,
                status: Some(answer.status),
                code: failure.code,
                message: &failure.message,
            }))),
        },
        Err(error) => match error.class() {
            None => sink(&sample(Outcome::Aborted)),
            Some(class) => {
                let message = error.to_string();
                sink(&sample(Outcome::Failure(Failure { class, status: None, code: None, message: &message })));
            }
        },
    }
}

impl Iteration {
    const fn new() -> Self {
        Self {
            start: None,
            end: Micros::ZERO,
            thought: Micros::ZERO,
            bytes_sent: 0,
            bytes_received: 0,
            failed: false,
            aborted: false,
            cut_short: false,
        }
    }

    fn add(&mut self, sample: &Sample<'_>) {
        self.start.get_or_insert(sample.start);
        // Pauses between steps are taken out, so the end is that of an iteration without them.
        self.end = sample.end.saturating_sub(self.thought);
        self.bytes_sent += sample.bytes_sent;
        self.bytes_received += sample.bytes_received;
        self.failed |= matches!(sample.outcome, Outcome::Failure(_));
        self.aborted |= sample.outcome == Outcome::Aborted;
    }

    fn record(&self, sink: &dyn SampleSink) {
        let Some(start) = self.start.filter(|_| self.aborted || !self.cut_short) else { return };
        let failure =
            Failure { class: FailureClass::Check, status: None, code: None, message: "a step of the iteration failed" };
        let outcome = match (self.aborted, self.failed) {
            (true, _) => Outcome::Aborted,
            (_, true) => Outcome::Failure(failure),
            _ => Outcome::Success,
        };
        sink.record(&Sample {
            of: SampleOf::Iteration,
            start,
            connected: None,
            first_byte: None,
            end: self.end,
            bytes_sent: self.bytes_sent,
            bytes_received: self.bytes_received,
            outcome,
        });
    }
}
