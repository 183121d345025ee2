//! What became of a request.
//!
//! In: an exchange, and what its step expects. Out: a sample for the sink, the iteration and the groups that have begun,
//! and what the answer gives. Always holds: a request is told of once; what an answer that failed would have given is
//! forgotten.

use std::borrow::Cow;

use super::iteration::Iteration;
use super::state::State;
use super::veil;
use crate::attack::script::{Script, ScriptStep};
use crate::attack::transport::{Exchange, TransportError};
use crate::sample::{Arrival, Failure, Fate, Made, Origin, Outcome, Sample, SampleOf, SampleSink};
use crate::scenario::check::{CheckFailure, Reply};
use crate::scenario::json::{Document, Outline};

/// Memory that judging uses again for every answer.
#[derive(Default)]
pub(super) struct Room {
    /// Texts that are compared.
    pub(super) scratch: Vec<u8>,
    /// Where the values of a JSON body stand.
    outline: Outline,
}

/// Judges an exchange, and tells the sink, the iteration and the groups that have begun of it. Whether it succeeded.
pub(super) fn settle(
    exchange: &Exchange<'_>,
    (of, script, step): (SampleOf, &Script, &ScriptStep),
    iteration: &mut Iteration,
    (state, room, sink): (&mut State, &mut Room, &dyn SampleSink),
) -> bool {
    let arrival = iteration.arrival(exchange.start);
    let judged = judge(exchange, (script, step), (state, room));
    let sample = sample(exchange, (of, arrival), judged.outcome());
    sink.record(&sample);
    let status = exchange.result.as_ref().map_or_else(TransportError::status, |answer| Some(answer.status));
    sink.listed(&sample, Origin { user: state.seat(), of: Made::Request(status) });
    if let Some(id) = step.booked {
        let fate = Fate::of(&sample.outcome, step.expectation.reject.is_some());
        sink.settled(id, state.sequence(), fate);
    }
    iteration.add(&sample);
    state.groups.iter_mut().for_each(|(_, group)| group.add(&sample));
    matches!(judged, Judged::Success)
}

/// What became of a request; owns what an error says.
enum Judged<'a> {
    Success,
    Failed { failure: CheckFailure<'a>, status: Option<u16> },
    Aborted,
}

impl Judged<'_> {
    /// Of a request without a whole answer.
    fn unanswered(error: &TransportError) -> Self {
        error.class().map_or(Self::Aborted, |class| {
            let failure = CheckFailure { class, code: None, message: Cow::Owned(error.to_string()) };
            Self::Failed { failure, status: error.status() }
        })
    }

    fn outcome(&self) -> Outcome<'_> {
        match self {
            Self::Success => Outcome::Success,
            Self::Aborted => Outcome::Aborted,
            Self::Failed { failure, status } => Outcome::Failure(Failure {
                class: failure.class,
                status: *status,
                code: failure.code,
                message: &failure.message,
            }),
        }
    }
}

/// Holds an exchange against what its step expects, and takes out of the answer what the step asks for.
fn judge<'a>(
    exchange: &Exchange<'a>,
    (script, step): (&Script, &ScriptStep),
    (state, room): (&mut State, &'a mut Room),
) -> Judged<'a> {
    let Room { scratch, outline } = room;
    let (mut judged, reply) = match &exchange.result {
        Ok(answer) => {
            let body = if step.looks_up { outline.read(answer.body) } else { Document::unread(answer.body) };
            let time = exchange.end.saturating_sub(exchange.start);
            let reply = Reply { status: answer.status, head: answer.head, body, time };
            let good = step.expectation.examine(&reply, &state.values(script), scratch);
            let mut extracts = step.extracts.iter();
            let taken = good.and_then(|()| extracts.try_for_each(|extract| extract.take(&reply, &mut state.slots)));
            match taken.and_then(|()| step.expectation.examine_values(&state.values(script), scratch)) {
                Ok(()) => return Judged::Success,
                Err(failure) => (Judged::Failed { failure, status: Some(answer.status) }, Some(reply)),
            }
        }
        Err(error) => (Judged::unanswered(error), None),
    };
    if let Judged::Failed { failure, .. } = &mut judged
        && !script.secret_slots.is_empty()
    {
        let said = std::mem::take(&mut failure.message);
        failure.message = veil::hide(said, (reply.as_ref(), &step.extracts), (&mut state.slots, &script.secret_slots));
    }
    step.extracts.iter().for_each(|extract| extract.forget(&mut state.slots));
    judged
}

fn sample<'a>(exchange: &Exchange<'_>, (of, arrival): (SampleOf, Option<Arrival>), outcome: Outcome<'a>) -> Sample<'a> {
    Sample {
        of,
        arrival,
        start: exchange.start,
        connected: exchange.connected,
        first_byte: exchange.first_byte,
        end: exchange.end,
        bytes_sent: exchange.bytes_sent,
        bytes_received: exchange.bytes_received,
        outcome,
    }
}
