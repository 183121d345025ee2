//! What one user knows: its variables, its place in loops, and the values of the iteration it is in.
//!
//! In: the script, and the numbers of user and iteration. Out: what texts draw on, and where a program goes on. Always
//! holds: nothing here waits, and nothing is allocated once the memory has grown.

use super::iteration::Iteration;
use crate::attack::clock::time_of_day;
use crate::attack::script::Script;
use crate::plan::program::{Limit, MOST_ROUNDS, Op, Round};
use crate::scenario::feeder::Turn;
use crate::scenario::slots::Slots;
use crate::scenario::template::{Bound, Draw, Random};

/// What one user knows.
pub(super) struct State {
    /// The user's number, from 1.
    user: u64,
    /// Iterations begun by this user.
    iterations: u64,
    sequence: u64,
    /// This iteration's row in each feeder.
    rows: Vec<u64>,
    /// How many rows of each feeder this user has taken.
    own_rows: Vec<u64>,
    pub(super) slots: Slots,
    random: Random,
    pub(super) counters: Vec<u64>,
    /// The groups that have begun and not ended, the inmost last.
    pub(super) groups: Vec<(u16, Iteration)>,
}

/// A feeder, by its index, that has no row left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RanDry(pub(super) usize);

impl State {
    pub(super) fn new(script: &Script, seat: usize) -> Self {
        let user = seat as u64 + 1;
        Self {
            user,
            iterations: 0,
            // Before its first iteration each user has a row of its own.
            sequence: seat as u64,
            rows: vec![0; script.plan.feeders.len()],
            own_rows: vec![0; script.plan.feeders.len()],
            slots: Slots::new(script.plan.slots),
            // Until its first iteration a user draws numbers of its own, apart from those of every iteration.
            random: Random::new(!script.plan.seed, user),
            counters: vec![0; script.plan.counters],
            groups: Vec::with_capacity(script.plan.groups.len()),
        }
    }

    /// The number of the user, from 0.
    pub(super) const fn seat(&self) -> u32 {
        // There are at most MOST_USERS.
        (self.user - 1) as u32
    }

    /// The number of the iteration.
    pub(super) const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Chooses the rows and draws the variables of iteration `sequence`.
    pub(super) fn begin(&mut self, script: &Script, scenario: usize, sequence: u64) -> Result<(), RanDry> {
        self.sequence = sequence;
        self.random = Random::new(script.plan.seed, sequence);
        self.draw(script, scenario)?;
        self.iterations += 1;
        for slot in &script.scenario(scenario).cleared {
            self.slots.clear(*slot);
        }
        Ok(())
    }

    /// Goes on as the next iteration would, with what answers gave so far.
    pub(super) fn anew(&mut self, script: &Script, scenario: usize) -> Result<(), RanDry> {
        self.sequence += 1;
        self.random = Random::new(script.plan.seed, self.sequence);
        self.draw(script, scenario)
    }

    /// Chooses the rows and draws the variables of what comes next.
    pub(super) fn draw(&mut self, script: &Script, scenario: usize) -> Result<(), RanDry> {
        let scenario = script.scenario(scenario);
        for feeder in &scenario.feeders {
            self.next_row(script, *feeder)?;
        }
        for variable in scenario.drawn.iter().map(|at| &script.plan.drawn[*at]) {
            let mut bytes = self.slots.take(variable.slot);
            variable.text.write(&self.values(script), &mut bytes);
            self.slots.put(variable.slot, bytes);
        }
        Ok(())
    }

    /// Takes the next row of a feeder.
    pub(super) fn next_row(&mut self, script: &Script, feeder: usize) -> Result<(), RanDry> {
        let drawn = || script.next_row(feeder);
        let turn = Turn { sequence: self.sequence, user: self.user, own: self.own_rows[feeder] };
        self.rows[feeder] = script.plan.feeders[feeder].1.next(turn, drawn).ok_or(RanDry(feeder))?;
        self.own_rows[feeder] += 1;
        Ok(())
    }

    /// What texts draw on.
    pub(super) fn values<'a>(&'a self, script: &'a Script) -> Draw<'a> {
        Draw {
            sequence: self.sequence,
            user: self.user,
            user_sequence: self.iterations.saturating_sub(1),
            rows: &self.rows,
            feeders: &script.plan.feeders,
            slots: &self.slots,
            random: &self.random,
            now: time_of_day,
        }
    }

    /// Where a program goes on behind the operation before `next`, which is one that neither sends nor waits.
    pub(super) fn turn(&mut self, op: &Op, next: usize, (script, scratch): (&Script, &mut Vec<u8>)) -> usize {
        match op {
            Op::Jump(to) => *to,
            Op::Unless(condition, to) => {
                if condition.holds(&self.values(script), scratch) {
                    next
                } else {
                    *to
                }
            }
            Op::Reset(counter) => {
                self.counters[*counter] = 0;
                next
            }
            Op::Round(round) => self.round(round, next, (script, scratch)),
            Op::Pick(arms) => {
                let total = arms.last().map_or(0, |(weight, _)| *weight);
                let drawn = self.random.below(total);
                arms.iter().find(|(weight, _)| drawn < *weight).map_or(next, |(_, to)| *to)
            }
            Op::InTurn(counter, arms) => {
                let turn = self.counters[*counter] as usize % arms.len();
                self.counters[*counter] += 1;
                arms[turn]
            }
            Op::Shuffle(counter, arms, to) => {
                let played = self.counters[*counter];
                let left = || (0..arms.len()).filter(|arm| played >> arm & 1 == 0);
                let drawn = self.random.below(left().count().max(1) as u64) as usize;
                let Some(arm) = left().nth(drawn) else { return *to };
                self.counters[*counter] |= 1 << arm;
                arms[arm]
            }
            Op::Share([passes, played], percent, to) => {
                let (so_far, pass) = (self.counters[*played] as f64, self.counters[*passes] as f64);
                self.counters[*passes] += 1;
                // Spread evenly: played where the share so far, rounded, is still below.
                if so_far.mul_add(100.0, 50.0) / (pass + 1.0) >= *percent {
                    return *to;
                }
                self.counters[*played] += 1;
                next
            }
            Op::Once(counter, to) => {
                self.counters[*counter] += 1;
                if self.counters[*counter] == 1 { next } else { *to }
            }
            Op::Set(values) => {
                for (slot, text) in values {
                    self.set(script, (*slot, text), scratch);
                }
                next
            }
            Op::Request(_)
            | Op::Pause(_)
            | Op::Begin(_)
            | Op::End
            | Op::Mark(_)
            | Op::Until(..)
            | Op::NextRow(_)
            | Op::Stop(_) => next,
        }
    }

    /// Sets a variable to a text, which may name the variable itself.
    pub(super) fn set(&mut self, script: &Script, (slot, text): (usize, &Bound), scratch: &mut Vec<u8>) {
        scratch.clear();
        text.write(&self.values(script), scratch);
        self.slots.set(slot, |out| out.extend_from_slice(scratch));
    }

    fn round(&mut self, round: &Round, next: usize, (script, scratch): (&Script, &mut Vec<u8>)) -> usize {
        let passed = self.counters[round.counter];
        let rounds = match &round.limit {
            Limit::Fixed(rounds) => *rounds,
            Limit::List(slot) => self.slots.count(*slot) as u64,
            Limit::Text(text) => {
                scratch.clear();
                text.write(&self.values(script), scratch);
                std::str::from_utf8(scratch).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
            }
        };
        if passed >= rounds.min(MOST_ROUNDS) {
            return round.end;
        }
        self.counters[round.counter] += 1;
        self.name_round(round, passed);
        next
    }

    /// Fills the variable of a loop for its round number `passed`, from 0.
    pub(super) fn name_round(&mut self, round: &Round, passed: u64) {
        match (round.into, &round.limit) {
            (Some(into), Limit::List(list)) => drop(self.slots.pick(*list, passed as usize, into)),
            (Some(into), _) => {
                self.slots.set(into, |out| out.extend_from_slice(itoa::Buffer::new().format(passed).as_bytes()));
            }
            (None, _) => {}
        }
    }
}
