//! A text whose variables are tied to their sources.
//!
//! In: the varying values of one request. Out: its bytes. Always holds: writing allocates nothing once the buffer has
//! grown.

use jiff::Timestamp;

use super::escape::{Escape, Surroundings};
use super::function::Function;
use super::names::Uses;
use super::random::Random;
use crate::scenario::feeder::Feeder;
use crate::scenario::slots::Slots;

/// A text whose variables are tied to their sources.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bound(Vec<Piece>);

/// One piece of a bound text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Literal(Box<[u8]>),
    Value(Value, Escape),
}

/// A piece of a text, as far as it matters for what can be known of it later.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outline<'a> {
    /// Always the same bytes.
    Fixed(&'a [u8]),
    /// The iteration's number.
    Sequence,
    /// A feeder's column.
    Column {
        /// The feeder's index.
        feeder: usize,
        /// The column's index.
        column: usize,
    },
    /// A number that is drawn.
    Drawn {
        /// The mean of what may be drawn.
        mean: f64,
    },
    /// Anything else.
    Other,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// The iteration's number, unique in the run.
    Sequence,
    /// The iteration's number among its user's.
    UserSequence,
    /// The user's number, from 1.
    User,
    /// A column of the iteration's row in a feeder.
    Column {
        feeder: usize,
        column: usize,
    },
    Slot(usize),
    Function(Box<Function>),
}

/// The varying values of one iteration.
#[derive(Clone, Copy, Debug)]
pub struct Draw<'a> {
    /// The iteration's number, from 0.
    pub sequence: u64,
    /// The user's number, from 1.
    pub user: u64,
    /// The iteration's number among its user's, from 0.
    pub user_sequence: u64,
    /// The iteration's row in each feeder.
    pub rows: &'a [u64],
    /// The feeders themselves, in the plan's order.
    pub feeders: &'a [(String, Feeder)],
    /// Variables that were drawn or taken out of answers.
    pub slots: &'a Slots,
    /// The iteration's random numbers.
    pub random: &'a Random,
    /// Tells the time of day.
    pub now: fn() -> Timestamp,
}

impl Bound {
    /// Appends fixed bytes.
    pub fn push_literal(&mut self, text: &str) {
        self.push(Piece::Literal(text.as_bytes().into()));
    }

    /// Appends fixed bytes that may be no text.
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        self.push(Piece::Literal(bytes.into()));
    }

    /// Appends another bound text.
    pub fn append(&mut self, other: &Self) {
        other.0.iter().cloned().for_each(|piece| self.push(piece));
    }

    /// The fixed bytes it begins with.
    #[must_use]
    pub fn leading_literal(&self) -> &[u8] {
        match self.0.first() {
            Some(Piece::Literal(text)) => text,
            _ => b"",
        }
    }

    /// Appends a piece, joining neighbouring literals so that each is copied at once.
    pub(super) fn push(&mut self, piece: Piece) {
        match (self.0.last_mut(), piece) {
            (Some(Piece::Literal(last)), Piece::Literal(next)) => *last = [&**last, &*next].concat().into(),
            (_, piece) => self.0.push(piece),
        }
    }

    /// Appends what a function gives; at once where that never varies.
    pub(super) fn push_function(&mut self, function: Function, around: Surroundings) {
        let escape = around.escape(false);
        match function {
            Function::Raw(text) => self.append(&text),
            function if function.is_constant() => {
                let mut bytes = Vec::new();
                function.write_constant(&mut bytes);
                escape.apply(&mut bytes, 0);
                self.push(Piece::Literal(bytes.into()));
            }
            function => {
                // What needs no escaping anywhere is not searched for what does.
                let escape = if function.is_plain() { Escape::None } else { escape };
                self.push(Piece::Value(Value::Function(Box::new(function)), escape));
            }
        }
    }

    /// The text with what varies told apart, in order.
    pub fn outline(&self) -> impl Iterator<Item = Outline<'_>> {
        self.0.iter().map(|piece| match piece {
            Piece::Literal(text) => Outline::Fixed(text),
            Piece::Value(Value::Sequence, _) => Outline::Sequence,
            Piece::Value(Value::Column { feeder, column }, _) => Outline::Column { feeder: *feeder, column: *column },
            Piece::Value(Value::Function(function), _) => {
                function.mean().map_or(Outline::Other, |mean| Outline::Drawn { mean })
            }
            Piece::Value(..) => Outline::Other,
        })
    }

    /// The whole text, where nothing in it varies.
    #[must_use]
    pub fn as_constant(&self) -> Option<&[u8]> {
        match self.0.as_slice() {
            [] => Some(b""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Adds what it draws on to `uses`.
    pub fn add_uses(&self, uses: &mut Uses) {
        for piece in &self.0 {
            let Piece::Value(value, _) = piece else { continue };
            match value {
                Value::Column { feeder, .. } => drop(uses.feeders.insert(*feeder)),
                Value::Slot(slot) => drop(uses.slots.insert(*slot)),
                Value::Function(function) => {
                    uses.slots.extend(function.list());
                    function.arguments().for_each(|text| text.add_uses(uses));
                }
                Value::Sequence | Value::UserSequence | Value::User => {}
            }
        }
    }

    /// The columns of feeders that stand in it, as feeder and column.
    #[must_use]
    pub fn columns(&self) -> Vec<(usize, usize)> {
        let of = |piece: &Piece| match piece {
            Piece::Value(Value::Column { feeder, column }, _) => vec![(*feeder, *column)],
            Piece::Value(Value::Function(function), _) => function.arguments().flat_map(Self::columns).collect(),
            _ => Vec::new(),
        };
        self.0.iter().flat_map(of).collect()
    }

    /// How it reads with names in the place of what varies.
    #[must_use]
    pub fn sketch(&self, feeders: &[(String, Feeder)]) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => String::from_utf8_lossy(text).into_owned(),
            Piece::Value(Value::Sequence, _) => "${sequence}".to_owned(),
            Piece::Value(Value::UserSequence, _) => "${user.sequence}".to_owned(),
            Piece::Value(Value::User, _) => "${user.id}".to_owned(),
            Piece::Value(Value::Column { feeder, column }, _) => {
                let (name, feeder) = &feeders[*feeder];
                format!("${{{name}.{}}}", feeder.column_names()[*column])
            }
            Piece::Value(Value::Slot(_) | Value::Function(_), _) => "${...}".to_owned(),
        };
        self.0.iter().map(piece).collect()
    }

    /// Appends the text for one iteration to `out`. Allocates nothing once `out` has grown.
    pub fn write(&self, draw: &Draw<'_>, out: &mut Vec<u8>) {
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => out.extend_from_slice(text),
                Piece::Value(value, escape) => {
                    let from = out.len();
                    value.write(draw, out);
                    escape.apply(out, from);
                }
            }
        }
    }
}

impl Value {
    fn write(&self, draw: &Draw<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Sequence => write_number(draw.sequence, out),
            Self::UserSequence => write_number(draw.user_sequence, out),
            Self::User => write_number(draw.user, out),
            Self::Column { feeder, column } => draw.feeders[*feeder].1.write(*column, draw.rows[*feeder], out),
            Self::Slot(slot) => out.extend_from_slice(draw.slots.get(*slot)),
            Self::Function(function) => function.write(draw, out),
        }
    }
}

pub(super) fn write_number(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}
