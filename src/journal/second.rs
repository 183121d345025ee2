//! The record of about a second: what was counted in it, in bytes.
//!
//! In: a [`Batch`], and what else was known when it was taken. Out: bytes, and from them the same counts, added to
//! [`Sums`]. Always holds: the records of a run add up to what it counted, to the last microsecond; bytes that no second
//! has made are refused and never panic.
//!
//! Everything is a difference to the second before, so a record is as long as the second was busy: numbers in base 128,
//! histograms by their occupied buckets, rows that counted nothing in one byte, messages of failures only the first time
//! that a kind occurs.

mod fields;

use std::collections::BTreeSet;

use hdrhistogram::CreationError;

use crate::histogram::batch::Batch;
use crate::histogram::counts::{Opened, Recording, RowCounts};
use crate::histogram::failures::{FailureKind, FailureTable};
use crate::histogram::latency::LatencyHistogram;
use crate::histogram::released::Released;
use crate::histogram::series::{IntervalCounts, IntervalKey};
use crate::histogram::sparse::{SparseTimes, put_wide};
use crate::histogram::stall::Stalls;
use crate::plan::Terms;
use crate::sample::StepId;
use crate::units::Micros;
use fields::{Fields, class_code, phase_code, put_optional, put_text, row_code, zigzag};

use crate::histogram::packed::put;

/// Turns batches into records, in order.
#[derive(Debug, Default)]
pub struct Encoder {
    /// Kinds of failures whose message was written.
    known: BTreeSet<FailureKind>,
    known_in_setup: BTreeSet<FailureKind>,
}

/// What the records of a run add up to.
#[derive(Clone, Debug)]
pub struct Sums {
    /// The window's counts.
    pub recording: Recording,
    /// How the arrivals were handed out; nothing in a closed model.
    pub released: Released,
    /// How long the threads that measure let a task wait.
    pub lag: LatencyHistogram,
}

/// What a record holds beside its sums.
#[derive(Clone, Debug)]
pub struct Second<'a> {
    /// What else was known when it was taken, as it was given.
    pub standing: &'a [u8],
    /// Users that were running.
    pub users: u32,
    /// By the second in which requests ended.
    pub intervals: Vec<IntervalCounts>,
    /// The gaps of the window so far.
    pub stalls: Option<Stalls>,
}

/// A record that no second has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the counts of a second are not whole")]
pub struct NotWhole;

impl Encoder {
    /// The record of `batch`, while so many `users` ran; `standing` is handed through.
    #[must_use]
    pub fn record(&mut self, batch: &Batch, users: u32, standing: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4096);
        put_text(&mut bytes, standing);
        put(&mut bytes, users.into());
        let recording = &batch.recording;
        for row in rows(recording) {
            put_row(&mut bytes, row);
        }
        put_failures(&mut bytes, &recording.failures, &mut self.known);
        put_failures(&mut bytes, &recording.setup_failures, &mut self.known_in_setup);
        put_released(&mut bytes, &batch.released);
        SparseTimes::of(&batch.lag).pack(&mut bytes);
        put_stalls(&mut bytes, batch.stalls.as_ref());
        put(&mut bytes, batch.intervals.len() as u64);
        batch.intervals.iter().for_each(|counts| put_interval(&mut bytes, counts));
        bytes
    }
}

impl Sums {
    /// Nothing counted yet, of a run of these terms.
    ///
    /// # Errors
    /// [`CreationError`] when a histogram cannot be built; not for any top a plan allows.
    pub fn new(terms: &Terms) -> Result<Self, CreationError> {
        Ok(Self {
            recording: Recording::for_terms(terms)?,
            released: Released::new(terms.top, Micros::ZERO)?,
            lag: LatencyHistogram::new(terms.top)?,
        })
    }

    /// Adds the record of a second.
    ///
    /// # Errors
    /// [`NotWhole`]: it is none. What was added by then stays.
    pub fn add<'a>(&mut self, record: &'a [u8]) -> Result<Second<'a>, NotWhole> {
        let mut fields = Fields(record);
        self.read(&mut fields).filter(|_| fields.0.is_empty()).ok_or(NotWhole)
    }

    fn read<'a>(&mut self, fields: &mut Fields<'a>) -> Option<Second<'a>> {
        let standing = fields.bytes()?;
        let users = u32::try_from(fields.number()?).ok()?;
        rows_mut(&mut self.recording).try_for_each(|row| add_row(fields, row))?;
        let recording = &mut self.recording;
        add_failures(fields, &mut recording.failures, recording.steps.len())?;
        add_failures(fields, &mut recording.setup_failures, recording.setup.len())?;
        add_released(fields, &mut self.released)?;
        fields.add_times(&mut self.lag)?;
        let stalls = fields.stalls()?;
        let count = usize::try_from(fields.number()?).ok()?;
        let intervals: Option<Vec<IntervalCounts>> = (0..count).map(|_| fields.interval()).collect();
        Some(Second { standing, users, intervals: intervals?, stalls })
    }
}

/// Every row, in the order of a record.
fn rows(recording: &Recording) -> impl Iterator<Item = &RowCounts> {
    let loops = recording.steps.iter().chain([&recording.iterations]);
    loops.chain(&recording.groups).chain(&recording.setup)
}

fn rows_mut(recording: &mut Recording) -> impl Iterator<Item = &mut RowCounts> {
    let loops = recording.steps.iter_mut().chain([&mut recording.iterations]);
    loops.chain(&mut recording.groups).chain(&mut recording.setup)
}

/// The numbers of a row beside its times and limits.
const fn numbers(row: &RowCounts) -> [u64; 10] {
    [
        row.answered,
        row.prompt_successes,
        row.prompt_answers,
        row.aborted,
        row.unsent,
        row.dropped,
        row.outside,
        row.redirects,
        row.bytes_sent,
        row.bytes_received,
    ]
}

fn put_row(bytes: &mut Vec<u8>, row: &RowCounts) {
    let all = [&row.service, &row.failure, &row.ttfb, &row.connect];
    let empty = all.iter().all(|times| times.count() == 0) && numbers(row).iter().all(|number| *number == 0);
    put(bytes, u64::from(!empty));
    if empty {
        return;
    }
    numbers(row).into_iter().for_each(|number| put(bytes, number));
    put_wide(bytes, row.failure_response_sum);
    all.into_iter().chain(&row.response).for_each(|times| SparseTimes::of(times).pack(bytes));
    row.at_or_under.iter().for_each(|count| put(bytes, *count));
    let Opened { successes, success_micros, later, at_or_under } = &row.opened;
    [successes, success_micros, later].into_iter().chain(at_or_under).for_each(|count| put(bytes, *count));
}

fn add_row(fields: &mut Fields<'_>, row: &mut RowCounts) -> Option<()> {
    if fields.number()? == 0 {
        return Some(());
    }
    let sums = [
        &mut row.answered,
        &mut row.prompt_successes,
        &mut row.prompt_answers,
        &mut row.aborted,
        &mut row.unsent,
        &mut row.dropped,
        &mut row.outside,
        &mut row.redirects,
        &mut row.bytes_sent,
        &mut row.bytes_received,
    ];
    for sum in sums {
        *sum = sum.checked_add(fields.number()?)?;
    }
    row.failure_response_sum = row.failure_response_sum.checked_add(fields.wide()?)?;
    let times = [&mut row.service, &mut row.failure, &mut row.ttfb, &mut row.connect];
    for times in times.into_iter().chain(&mut row.response) {
        fields.add_times(times)?;
    }
    let Opened { successes, success_micros, later, at_or_under } = &mut row.opened;
    for count in row.at_or_under.iter_mut().chain([successes, success_micros, later]).chain(at_or_under) {
        *count = count.checked_add(fields.number()?)?;
    }
    Some(())
}

fn put_failures(bytes: &mut Vec<u8>, failures: &FailureTable, known: &mut BTreeSet<FailureKind>) {
    put(bytes, failures.iter().count() as u64);
    for (kind, entry) in failures.iter() {
        put(bytes, kind.step.0.into());
        put(bytes, class_code(kind.class));
        put_optional(bytes, kind.status.map(u64::from));
        put_optional(bytes, kind.code.map(zigzag));
        put(bytes, entry.count);
        put(bytes, entry.first.get());
        put(bytes, entry.last.saturating_sub(entry.first).get());
        put_text(bytes, if known.insert(*kind) { entry.message.as_bytes() } else { b"" });
    }
    put(bytes, failures.times().count() as u64);
    for (class, times) in failures.times() {
        put(bytes, class_code(class));
        SparseTimes::of(times).pack(bytes);
    }
}

fn add_failures(fields: &mut Fields<'_>, failures: &mut FailureTable, steps: usize) -> Option<()> {
    for _ in 0..fields.number()? {
        let step = StepId(u16::try_from(fields.number()?).ok()?);
        let kind = FailureKind {
            class: fields.class()?,
            status: fields.optional()?.map(u16::try_from).transpose().ok()?,
            code: fields.optional()?.map(fields::unzigzag),
            step,
        };
        let (count, first) = (fields.number()?, fields.number()?);
        let last = first.checked_add(fields.number()?)?;
        let message = std::str::from_utf8(fields.bytes()?).ok()?;
        let ended = (Micros::new(first), Micros::new(last));
        (usize::from(step.0) < steps).then(|| failures.add_kind(kind, (count, message), ended))?;
    }
    for _ in 0..fields.number()? {
        let class = fields.class()?;
        failures.add_times(class, &fields.times()?);
    }
    Some(())
}

fn put_released(bytes: &mut Vec<u8>, released: &Released) {
    [released.due, released.inside, released.late, released.queued].into_iter().for_each(|count| put(bytes, count));
    SparseTimes::of(&released.lateness).pack(bytes);
}

fn add_released(fields: &mut Fields<'_>, released: &mut Released) -> Option<()> {
    let counts = [&mut released.due, &mut released.inside, &mut released.late, &mut released.queued];
    for count in counts {
        *count = count.checked_add(fields.number()?)?;
    }
    fields.add_times(&mut released.lateness)
}

fn put_stalls(bytes: &mut Vec<u8>, stalls: Option<&Stalls>) {
    put_optional(bytes, stalls.map(|stalls| stalls.max_gap.get()));
    if let Some(stalls) = stalls {
        put(bytes, stalls.stalled.len() as u64);
        for (limit, stalled) in &stalls.stalled {
            put(bytes, limit.get());
            put(bytes, stalled.get());
        }
    }
}

fn put_interval(bytes: &mut Vec<u8>, counts: &IntervalCounts) {
    let IntervalKey { row, phase, second } = counts.key;
    let (tag, index) = row_code(row);
    for number in [tag, index, phase_code(phase), second.into()] {
        put(bytes, number);
    }
    for number in [counts.successes, counts.failures, counts.answered, counts.failure_micros, counts.ttfb_micros] {
        put(bytes, number);
    }
    put(bytes, counts.service_micros);
    put(bytes, counts.classes.iter().count() as u64);
    for (class, count) in counts.classes.iter() {
        put(bytes, class_code(class));
        put(bytes, count.into());
    }
    counts.times.pack(bytes);
}

#[cfg(test)]
mod tests;
