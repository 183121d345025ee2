//! When each arrival of an open model is due.
//!
//! In: rates over the window, a ramp and a warm-up before it, a spacing and a seed. Out: for the n-th arrival its
//! offset from the start of the schedule. Always holds: offsets never fall, and the schedule does not know what the
//! service does.
//!
//! The rate is a row of straight pieces: the ramp from 0 to the window's first rate, that rate for the warm-up, and the
//! window's own pieces; behind them the last rate goes on. Inside a piece of length `L` that goes from `a` to `b` the
//! arrivals by time `t` are `a t + (b - a) t^2 / 2L`. The n-th arrival is due where the sum reaches `n`: the root of
//! that square in the piece where it does, so every offset is computed from its number and no error adds up. With
//! Poisson spacing `n` is replaced by a running sum of exponential variables of mean 1 (time-rescaling theorem).

use serde::{Deserialize, Serialize};

use crate::plan::profile::{Piece, Profile};
use crate::plan::random::SplitMix;
use crate::scenario::format::Spacing;
use crate::units::Micros;

/// The load an open model offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrivals {
    /// Arrivals per second over the window; more than 0 at its start.
    pub rate: Profile,
    /// How long the rate rises from 0 to that of the window's start.
    pub ramp: Micros,
    /// How long it stays there before the window opens.
    pub warm_up: Micros,
    /// How arrivals are spaced.
    pub spacing: Spacing,
    /// What Poisson spacing is drawn from.
    pub seed: u64,
}

/// The schedule of a run's arrivals, in order. It ends only where the last rate is 0.
#[derive(Clone, Debug)]
pub struct ArrivalSchedule {
    spacing: Spacing,
    random: SplitMix,
    pieces: Vec<Reached>,
    /// The piece that the last arrival lay in.
    at: usize,
    /// Expected arrivals up to the next one.
    reached: f64,
    /// Arrivals handed out.
    count: u64,
}

/// A piece of the rate, and what came before it.
#[derive(Clone, Copy, Debug)]
struct Reached {
    /// Seconds before it.
    start: f64,
    /// Expected arrivals before it.
    before: f64,
    /// Arrivals per second at its start.
    rate: f64,
    /// By how much the rate changes in a second.
    slope: f64,
}

impl Arrivals {
    /// The schedule from its first arrival.
    #[must_use]
    pub fn schedule(&self) -> ArrivalSchedule {
        let first = self.rate.first();
        let lead =
            [Piece { length: self.ramp, from: 0.0, to: first }, Piece { length: self.warm_up, from: first, to: first }];
        ArrivalSchedule {
            spacing: self.spacing,
            random: SplitMix::new(self.seed),
            pieces: reached(lead.iter().chain(self.rate.pieces())),
            at: 0,
            reached: 0.0,
            count: 0,
        }
    }

    /// How many arrivals are due in a window of this length.
    #[must_use]
    pub fn due_within(&self, length: Micros) -> u64 {
        let (open, close) = (self.before_window(), self.before_window() + length);
        self.schedule().skip_while(|at| *at < open).take_while(|at| *at < close).count() as u64
    }

    /// From the schedule's start to the window's.
    #[must_use]
    pub fn before_window(&self) -> Micros {
        self.ramp + self.warm_up
    }
}

/// Lays pieces behind each other, and behind the last its rate without end.
fn reached<'a>(pieces: impl Iterator<Item = &'a Piece>) -> Vec<Reached> {
    let (mut elapsed, mut before, mut last) = (Micros::ZERO, 0.0, 0.0);
    let mut laid = Vec::new();
    for piece in pieces {
        last = piece.to;
        let length = piece.length.as_secs_f64();
        if length > 0.0 {
            let slope = (piece.to - piece.from) / length;
            laid.push(Reached { start: elapsed.as_secs_f64(), before, rate: piece.from, slope });
            elapsed = elapsed + piece.length;
            before += f64::midpoint(piece.from, piece.to) * length;
        }
    }
    laid.push(Reached { start: elapsed.as_secs_f64(), before, rate: last, slope: 0.0 });
    laid
}

impl Reached {
    /// When the expected number of arrivals reaches `count`, which it does in this piece.
    fn due(&self, count: f64) -> Micros {
        let within = count - self.before;
        // Written so that nothing cancels out, whether the rate rises, falls or stays.
        let rate_then = (2.0 * self.slope).mul_add(within, self.rate * self.rate).max(0.0).sqrt();
        let secs = if within > 0.0 { 2.0 * within / (self.rate + rate_then) } else { 0.0 };
        Micros::new(((self.start + secs) * 1e6).round() as u64)
    }
}

impl Iterator for ArrivalSchedule {
    type Item = Micros;

    /// The next arrival's offset from the start of the schedule.
    fn next(&mut self) -> Option<Micros> {
        let count = match self.spacing {
            Spacing::Constant => self.count as f64,
            Spacing::Poisson => {
                self.reached += self.random.exponential();
                self.reached
            }
        };
        self.count += 1;
        while self.pieces.get(self.at + 1).is_some_and(|next| next.before <= count) {
            self.at += 1;
        }
        let piece = self.pieces[self.at];
        let over = self.at + 1 == self.pieces.len() && piece.rate <= 0.0;
        (!over).then(|| piece.due(count))
    }
}

/// Deals arrivals out to scenarios so that their weights hold exactly in every round and no scenario comes in bursts:
/// smooth weighted round robin.
#[derive(Clone, Debug)]
pub struct Deal {
    weights: Vec<i64>,
    credit: Vec<i64>,
}

impl Deal {
    /// A deal by `weights`, each at least 1.
    #[must_use]
    pub fn new(weights: impl IntoIterator<Item = u32>) -> Self {
        let weights: Vec<i64> = weights.into_iter().map(i64::from).collect();
        Self { credit: vec![0; weights.len()], weights }
    }

    /// The index of the scenario that the next arrival belongs to.
    pub fn next_scenario(&mut self) -> usize {
        let total: i64 = self.weights.iter().sum();
        self.credit.iter_mut().zip(&self.weights).for_each(|(credit, weight)| *credit += weight);
        // The first of the highest, so that the order is the file's.
        let chosen = (0..self.credit.len()).rev().max_by_key(|at| self.credit[*at]).unwrap_or(0);
        self.credit[chosen] -= total;
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(rate: f64, ramp: u64, spacing: Spacing) -> Arrivals {
        let rate = Profile::constant(rate, Micros::from_secs(1));
        Arrivals { rate, ramp: Micros::from_secs(ramp), warm_up: Micros::ZERO, spacing, seed: 7 }
    }

    fn piece(secs: u64, from: f64, to: f64) -> Piece {
        Piece { length: Micros::from_secs(secs), from, to }
    }

    /// Arrivals of each second.
    fn by_second(arrivals: &Arrivals, seconds: usize) -> Vec<u64> {
        let mut counts = vec![0; seconds];
        for at in arrivals.schedule() {
            let second = usize::try_from(at.get() / 1_000_000).unwrap();
            if second >= seconds {
                break;
            }
            counts[second] += 1;
        }
        counts
    }

    #[test]
    fn rates_step_rise_fall_and_pause_and_each_second_has_its_arrivals() {
        let stages = [piece(2, 100.0, 100.0), piece(4, 100.0, 300.0), piece(0, 300.0, 50.0), piece(1, 50.0, 50.0)];
        let pause = [piece(2, 50.0, 0.0), piece(2, 0.0, 0.0), piece(1, 80.0, 80.0), piece(2, 80.0, 0.0)];
        let staged = Arrivals {
            rate: Profile::new(100.0, stages.into_iter().chain(pause)),
            warm_up: Micros::from_secs(1),
            ..arrivals(1.0, 2, Spacing::Constant)
        };
        assert_eq!(staged.before_window(), Micros::from_secs(3));
        let counts = by_second(&staged, 17);
        // Ramp 0..100 in 2 s: 25 + 75; then 100 for the warm-up and 2 s; 100..300 in 4 s; 50; 50..0; nothing; 80; 80..0.
        let lead = [25, 75, 100, 100, 100];
        assert_eq!(counts[..5], lead);
        assert_eq!(counts[5..9], [125, 175, 225, 275]);
        assert_eq!((counts[9], counts[10] + counts[11], &counts[12..14]), (50, 50, &[0, 0][..]));
        assert_eq!((counts[14], counts[15], counts[16]), (80, 60, 20));
        let schedule: Vec<Micros> = staged.schedule().collect();
        assert!(schedule.is_sorted());
        assert_eq!(schedule.len() as u64, counts.iter().sum::<u64>(), "a rate of 0 at the end ends the schedule");
    }

    #[test]
    fn a_falling_rate_is_inverted_exactly() {
        // From 100 to 0 in 10 s: the n-th is due at 10 - sqrt(100 - n / 5).
        let falling =
            Arrivals { rate: Profile::new(100.0, [piece(10, 100.0, 0.0)]), ..arrivals(1.0, 0, Spacing::Constant) };
        let schedule: Vec<Micros> = falling.schedule().collect();
        assert_eq!(schedule.len(), 500);
        for (n, at) in schedule.iter().enumerate() {
            let exact = 10.0 - (100.0 - n as f64 / 5.0).sqrt();
            assert!((at.as_secs_f64() - exact).abs() < 1e-6, "{n}: {at} {exact}");
        }
    }

    #[test]
    fn poisson_arrivals_follow_the_stages() {
        let rate = Profile::new(100.0, [piece(100, 100.0, 300.0), piece(100, 50.0, 50.0)]);
        let counts = by_second(&Arrivals { rate, ..arrivals(1.0, 0, Spacing::Poisson) }, 200);
        let (rising, low): (u64, u64) = (counts[..100].iter().sum(), counts[100..].iter().sum());
        assert!((19_500..20_500).contains(&rising) && (4_750..5_250).contains(&low), "{rising} {low}");
        let (first, second): (u64, u64) = (counts[..50].iter().sum(), counts[50..100].iter().sum());
        assert!((7_200..7_800).contains(&first) && (12_100..12_900).contains(&second), "{first} {second}");
    }

    #[test]
    fn the_ten_thousandth_arrival_is_not_late() {
        let mut schedule = arrivals(1_000.0, 0, Spacing::Constant).schedule();
        assert_eq!(schedule.next(), Some(Micros::ZERO));
        assert_eq!(schedule.nth(9_999), Some(Micros::from_secs(10)));
        let mut odd = arrivals(3.0, 0, Spacing::Constant).schedule();
        assert_eq!(odd.nth(3_000_000), Some(Micros::from_secs(1_000_000)), "no error adds up");
    }

    #[test]
    fn a_ramp_offers_half_of_what_full_rate_would() {
        let in_ramp = arrivals(1_000.0, 10, Spacing::Constant).schedule().take_while(|at| *at < Micros::from_secs(10));
        assert_eq!(in_ramp.count(), 5_000);
        let schedule: Vec<Micros> = arrivals(1_000.0, 10, Spacing::Constant).schedule().take(20_000).collect();
        assert!(schedule.is_sorted());
        assert_eq!(schedule[5_000], Micros::from_secs(10));
        assert_eq!(schedule[6_000], Micros::from_secs(11), "full rate behind the ramp");
    }

    #[test]
    fn poisson_arrivals_have_the_rate_and_the_spread_of_a_poisson_process() {
        let counts: Vec<f64> = {
            let mut seconds = vec![0.0; 1_000];
            for at in arrivals(100.0, 0, Spacing::Poisson).schedule() {
                let second = usize::try_from(at.get() / 1_000_000).unwrap();
                if second >= seconds.len() {
                    break;
                }
                seconds[second] += 1.0;
            }
            seconds
        };
        let mean = counts.iter().sum::<f64>() / 1_000.0;
        let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / 1_000.0;
        assert!((mean - 100.0).abs() < 1.0, "{mean}");
        assert!((variance / mean - 1.0).abs() < 0.15, "{variance}");
    }

    #[test]
    fn the_same_seed_gives_the_same_arrivals() {
        let one: Vec<Micros> = arrivals(50.0, 5, Spacing::Poisson).schedule().take(1_000).collect();
        let same: Vec<Micros> = arrivals(50.0, 5, Spacing::Poisson).schedule().take(1_000).collect();
        assert_eq!(one, same);
    }

    #[test]
    fn weights_hold_exactly_in_every_round_and_nobody_comes_in_bursts() {
        let mut deal = Deal::new([5, 1, 1]);
        let dealt: Vec<usize> = (0..14).map(|_| deal.next_scenario()).collect();
        assert_eq!(dealt[..7], [0, 0, 1, 0, 2, 0, 0]);
        assert_eq!(dealt[7..], dealt[..7]);
    }
}
