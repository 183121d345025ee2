//! How often an iteration passes each operation of a program, in the mean.
//!
//! In: a program. Out: a [`Flow`]. Always holds: where nothing but weights and counts decides, the figure is exact;
//! behind a condition or a list it is that of an iteration in which every condition holds and every list has one value,
//! and is said not to be exact.

use crate::plan::program::{Limit as Rounds, Op, Program};

/// How often an iteration passes each operation.
pub(super) struct Flow {
    times: Vec<f64>,
    open: Vec<bool>,
}

impl Flow {
    /// Of each operation in order: how often it is passed, and whether that is exact.
    pub(super) fn passes(&self) -> impl Iterator<Item = (f64, bool)> {
        self.times.iter().zip(&self.open).map(|(times, open)| (*times, !open))
    }

    /// Lets an iteration flow through a program.
    pub(super) fn of(program: &Program) -> Self {
        let ops = &program.0;
        let mut flow = vec![0.0; ops.len() + 1];
        let mut open = vec![false; ops.len() + 1];
        flow[0] = 1.0;
        for (at, op) in ops.iter().enumerate() {
            let here = flow[at];
            let mut pass = |to: usize, share: f64| flow[to] += share;
            match op {
                // Back to a loop's head: what leaves the loop has been passed on there.
                Op::Jump(to) if *to <= at => {}
                Op::Jump(to) => pass(*to, here),
                Op::Unless(_, to) => {
                    pass(at + 1, here);
                    // The other branch ends where the jump at this one's end leads.
                    let end = match ops.get(to.wrapping_sub(1)) {
                        Some(Op::Jump(end)) if *end > *to => *end,
                        _ => *to,
                    };
                    open[at + 1..end].fill(true);
                }
                Op::Round(round) => {
                    let rounds = if let Rounds::Fixed(rounds) = round.limit { rounds as f64 } else { 1.0 };
                    let is_while = matches!(ops.get(at + 1), Some(Op::Unless(_, to)) if *to == round.end);
                    pass(at + 1, if is_while { here } else { here * rounds });
                    pass(round.end, here);
                    if !matches!(round.limit, Rounds::Fixed(_)) {
                        open[at + 1..round.end].fill(true);
                    }
                }
                Op::Pick(arms) => shares(arms).for_each(|(to, share)| pass(to, here * share)),
                Op::InTurn(_, arms) => arms.iter().for_each(|to| pass(*to, here / arms.len() as f64)),
                Op::Shuffle(_, arms, end) => arms.iter().chain([end]).for_each(|to| pass(*to, here)),
                Op::Share(_, percent, to) => {
                    pass(at + 1, here * percent / 100.0);
                    pass(*to, here * (1.0 - percent / 100.0));
                }
                Op::Until(_, _, end) => {
                    pass(at + 1, here);
                    pass(*end, here);
                    open[at + 1..*end].fill(true);
                }
                // What it ends is not played; over a whole run that is told as if it were.
                Op::Stop(_) => {
                    open[at..].fill(true);
                    pass(at + 1, here);
                }
                // Once a user is nothing, over a whole run.
                Op::Once(_, to) => pass(*to, here),
                Op::Request(_)
                | Op::Pause(_)
                | Op::Reset(_)
                | Op::Begin(_)
                | Op::End
                | Op::Mark(_)
                | Op::NextRow(_)
                | Op::Set(_) => pass(at + 1, here),
            }
        }
        Self { times: flow, open }
    }
}

/// Where each arm of a pick begins, and its share: the weights of the arms are summed up.
fn shares(arms: &[(u64, usize)]) -> impl Iterator<Item = (usize, f64)> {
    let total = arms.last().map_or(1, |(sum, _)| *sum) as f64;
    let before = [0].into_iter().chain(arms.iter().map(|(sum, _)| *sum));
    arms.iter().zip(before).map(move |((sum, to), before)| (*to, (*sum - before) as f64 / total))
}
