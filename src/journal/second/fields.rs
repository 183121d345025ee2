//! The fields of a second's record.
//!
//! In: bytes. Out: numbers, texts, times and names, one after the other. Always holds: where a field is not whole or names
//! nothing, it is `None`.

use crate::histogram::latency::LatencyHistogram;
use crate::histogram::packed::{put, take};
use crate::histogram::series::{ClassCounts, IntervalCounts, IntervalKey};
use crate::histogram::sparse::{SparseTimes, take_wide};
use crate::histogram::stall::Stalls;
use crate::plan::RowId;
use crate::sample::{FailureClass, Phase, StepId};
use crate::units::Micros;

/// What is left of a record.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn number(&mut self) -> Option<u64> {
        take(&mut self.0)
    }

    pub(super) fn wide(&mut self) -> Option<u128> {
        take_wide(&mut self.0)
    }

    pub(super) fn times(&mut self) -> Option<SparseTimes> {
        SparseTimes::unpack(&mut self.0)
    }

    /// Adds times to those that are known.
    pub(super) fn add_times(&mut self, known: &mut LatencyHistogram) -> Option<()> {
        known.add_packed(&mut self.0)
    }

    pub(super) fn optional(&mut self) -> Option<Option<u64>> {
        match self.number()? {
            0 => Some(None),
            1 => self.number().map(Some),
            _ => None,
        }
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.0.split_off(..length)
    }

    pub(super) fn class(&mut self) -> Option<FailureClass> {
        let code = self.number()?;
        FailureClass::ALL.into_iter().find(|class| class_code(*class) == code)
    }

    fn classes(&mut self) -> Option<ClassCounts> {
        let mut classes = ClassCounts::default();
        for _ in 0..self.number()? {
            classes.add_many(self.class()?, u32::try_from(self.number()?).ok()?);
        }
        Some(classes)
    }

    pub(super) fn stalls(&mut self) -> Option<Option<Stalls>> {
        let Some(max_gap) = self.optional()?.map(Micros::new) else { return Some(None) };
        let mut span = || self.number().map(Micros::new);
        let count = span()?.get();
        let stalled: Option<Vec<(Micros, Micros)>> = (0..count).map(|_| Some((span()?, span()?))).collect();
        Some(Some(Stalls { max_gap, stalled: stalled? }))
    }

    pub(super) fn interval(&mut self) -> Option<IntervalCounts> {
        let row = row_of(self.number()?, self.number()?)?;
        let phase = match self.number()? {
            0 => Phase::Before,
            1 => Phase::Measured,
            2 => Phase::After,
            _ => return None,
        };
        let second = u32::try_from(self.number()?).ok()?;
        Some(IntervalCounts {
            key: IntervalKey { row, phase, second },
            successes: self.number()?,
            failures: self.number()?,
            answered: self.number()?,
            failure_micros: self.number()?,
            ttfb_micros: self.number()?,
            service_micros: self.number()?,
            classes: self.classes()?,
            times: self.times()?,
        })
    }
}

pub(super) fn put_text(bytes: &mut Vec<u8>, text: &[u8]) {
    put(bytes, text.len() as u64);
    bytes.extend_from_slice(text);
}

pub(super) fn put_optional(bytes: &mut Vec<u8>, number: Option<u64>) {
    put(bytes, number.is_some().into());
    number.into_iter().for_each(|number| put(bytes, number));
}

/// Small numbers of either sign as small numbers.
pub(super) const fn zigzag(number: i64) -> u64 {
    (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned()
}

pub(super) const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

/// Never changed: journals of earlier versions hold them.
pub(super) const fn class_code(class: FailureClass) -> u64 {
    match class {
        FailureClass::Check => 0,
        FailureClass::Status => 1,
        FailureClass::BusinessReject => 2,
        FailureClass::Validation => 3,
        FailureClass::Auth => 4,
        FailureClass::RateLimited => 5,
        FailureClass::NotFound => 6,
        FailureClass::ServerError => 7,
        FailureClass::Timeout => 8,
        FailureClass::Connect => 9,
        FailureClass::Cut => 10,
        FailureClass::Parse => 11,
        FailureClass::Unsent => 12,
        FailureClass::Dropped => 13,
    }
}

pub(super) const fn phase_code(phase: Phase) -> u64 {
    match phase {
        Phase::Before => 0,
        Phase::Measured => 1,
        Phase::After => 2,
    }
}

pub(super) const fn row_code(row: RowId) -> (u64, u64) {
    match row {
        RowId::All => (0, 0),
        RowId::Iteration => (1, 0),
        RowId::Step(StepId(step)) => (2, step as u64),
        RowId::Group(group) => (3, group as u64),
    }
}

fn row_of(tag: u64, index: u64) -> Option<RowId> {
    let index = u16::try_from(index).ok()?;
    match tag {
        0 => Some(RowId::All),
        1 => Some(RowId::Iteration),
        2 => Some(RowId::Step(StepId(index))),
        3 => Some(RowId::Group(index)),
        _ => None,
    }
}
