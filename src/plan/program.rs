//! What one iteration does, as a list that a user walks.
//!
//! In: nothing; `compile` makes programs. Out: [`Op`]s with their jumps. Always holds: every jump stays inside the
//! program, every round of a loop is counted, and walking it allocates nothing.

use crate::sample::StepId;
use crate::scenario::condition::Condition;
use crate::scenario::format::{StopSection, ThinkTime};
use crate::scenario::template::Bound;
use crate::units::Micros;

/// The most rounds of a loop whose count is only known while it runs.
pub const MOST_ROUNDS: u64 = 10_000;

/// A list of operations; a jump leads to an index, or to one past the end.
#[derive(Clone, Debug, Default)]
pub struct Program(pub Vec<Op>);

/// One operation.
#[derive(Clone, Debug)]
pub enum Op {
    /// Sends a request.
    Request(StepId),
    /// Pauses.
    Pause(ThinkTime),
    /// Goes on elsewhere.
    Jump(usize),
    /// Goes on elsewhere unless the condition holds.
    Unless(Condition<Bound>, usize),
    /// Sets a counter to 0: a loop begins.
    Reset(usize),
    /// Begins the next round of a loop, or goes on elsewhere when there is none.
    Round(Box<Round>),
    /// Goes on with one of these, by weight: each with the weights up to it.
    Pick(Box<[(u64, usize)]>),
    /// Goes on with the next of these, from iteration to iteration.
    InTurn(usize, Box<[usize]>),
    /// Goes on elsewhere, but not the first time that this user comes here.
    Once(usize, usize),
    /// Goes on with one of these that has not been played since the counter, a set of them, was reset; elsewhere when
    /// all have been.
    Shuffle(usize, Box<[usize]>, usize),
    /// Goes on elsewhere unless this pass is one of so many in a hundred; counts passes in the first counter, those
    /// played in the second.
    Share([usize; 2], f64, usize),
    /// Keeps the time in a counter.
    Mark(usize),
    /// Goes on elsewhere when so long has passed since the counter's time.
    Until(usize, Micros, usize),
    /// Takes the next row of a feeder.
    NextRow(usize),
    /// Ends the iteration, and what else it says.
    Stop(StopSection),
    /// A group begins.
    Begin(u16),
    /// The group that began last ends.
    End,
    /// Sets variables, one after the other.
    Set(Box<[(usize, Bound)]>),
}

/// A round of a loop.
#[derive(Clone, Debug)]
pub struct Round {
    /// Counts the rounds.
    pub counter: usize,
    /// How many there are.
    pub limit: Limit,
    /// The slot of its variable.
    pub into: Option<usize>,
    /// Behind the loop.
    pub end: usize,
}

/// How many rounds a loop has.
#[derive(Clone, Debug)]
pub enum Limit {
    /// So many.
    Fixed(u64),
    /// As many as the text says, at most [`MOST_ROUNDS`]; none where it says no number.
    Text(Bound),
    /// One for each value of the list in this slot.
    List(usize),
}

/// Mean and variance of pauses, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// The mean.
    pub mean: f64,
    /// The variance.
    pub variance: f64,
}

impl Moments {
    /// Of a pause that is always the same.
    #[must_use]
    pub fn of(time: Micros) -> Self {
        Self { mean: time.as_secs_f64(), variance: 0.0 }
    }

    /// Both, one behind the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { mean: self.mean + other.mean, variance: self.variance + other.variance }
    }

    fn times(self, rounds: u64) -> Self {
        Self { mean: self.mean * rounds as f64, variance: self.variance * rounds as f64 }
    }
}

/// What an iteration may come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extent {
    /// The most requests.
    pub requests: f64,
    /// The least that its pauses come to.
    pub pause: Moments,
    /// The longest time, every request up to its timeout.
    pub time: Micros,
}

impl Extent {
    /// Both, one behind the other.
    #[must_use]
    pub fn then(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            pause: self.pause.and(other.pause),
            time: self.time + other.time,
        }
    }

    /// One or the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            requests: self.requests.max(other.requests),
            pause: if other.pause.mean < self.pause.mean { other.pause } else { self.pause },
            time: self.time.max(other.time),
        }
    }

    /// At least so often, at most so often.
    #[must_use]
    pub fn times(self, least: u64, most: u64) -> Self {
        let scaled = |span: Micros, by: u64| Micros::new(span.get().saturating_mul(by));
        Self { requests: self.requests * most as f64, pause: self.pause.times(least), time: scaled(self.time, most) }
    }
}

impl Program {
    /// One request after the other, and nothing else.
    #[must_use]
    pub fn of_requests(steps: &[StepId]) -> Self {
        Self(steps.iter().copied().map(Op::Request).collect())
    }

    /// Whether it is one request and nothing else.
    #[must_use]
    pub fn is_one_request(&self) -> bool {
        matches!(self.0.as_slice(), [Op::Request(_)])
    }

    /// Whether it does the same in every iteration.
    #[must_use]
    pub fn is_straight(&self) -> bool {
        self.0.iter().all(|op| matches!(op, Op::Request(_) | Op::Pause(_) | Op::Begin(_) | Op::End | Op::Set(_)))
    }

    /// The slots that it sets.
    pub fn set(&self) -> impl Iterator<Item = usize> {
        self.0.iter().flat_map(|op| if let Op::Set(values) = op { &**values } else { &[] }).map(|(slot, _)| *slot)
    }

    /// The steps it names, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<StepId> {
        let steps = self.0.iter().filter_map(|op| if let Op::Request(step) = op { Some(*step) } else { None });
        steps.collect()
    }

    /// The feeders whose next rows it takes.
    pub fn next_rows(&self) -> impl Iterator<Item = usize> {
        self.0.iter().filter_map(|op| if let Op::NextRow(feeder) = op { Some(*feeder) } else { None })
    }

    /// The texts that decide where it goes.
    pub fn texts(&self) -> impl Iterator<Item = &Bound> {
        self.0.iter().flat_map(|op| -> Vec<&Bound> {
            match op {
                Op::Unless(condition, _) => condition.texts().collect(),
                Op::Set(values) => values.iter().map(|(_, text)| text).collect(),
                Op::Round(round) => match &round.limit {
                    Limit::Text(text) => vec![text],
                    Limit::Fixed(_) | Limit::List(_) => Vec::new(),
                },
                _ => Vec::new(),
            }
        })
    }
}
