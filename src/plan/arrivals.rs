//! When each arrival of an open model is due.
//!
//! In: a rate, a ramp, a spacing and a seed. Out: for the n-th arrival its offset from the start of the schedule.
//! Always holds: offsets never fall, and the schedule does not know what the service does.
//!
//! A ramp raises the rate from 0 in a straight line, so the arrivals by time `t` are `r t^2 / 2T` inside a ramp of
//! length `T`, and `r T / 2 + r (t - T)` behind it. The n-th arrival is due where that count reaches `n`; with Poisson
//! spacing `n` is replaced by a running sum of exponential variables of mean 1 (time-rescaling theorem).

use crate::plan::random::SplitMix;
use crate::scenario::format::Spacing;
use crate::units::{Micros, RatePerSec};

/// The load an open model offers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrivals {
    /// Arrivals per second behind the ramp; more than 0.
    pub rate: RatePerSec,
    /// How long the rate rises from 0.
    pub ramp: Micros,
    /// How arrivals are spaced.
    pub spacing: Spacing,
    /// What Poisson spacing is drawn from.
    pub seed: u64,
}

/// The schedule of a run's arrivals, in order. Endless.
#[derive(Clone, Debug)]
pub struct ArrivalSchedule {
    arrivals: Arrivals,
    random: SplitMix,
    /// Expected arrivals up to the next one.
    reached: f64,
    /// Arrivals handed out.
    count: u64,
}

impl Arrivals {
    /// The schedule from its first arrival.
    #[must_use]
    pub const fn schedule(self) -> ArrivalSchedule {
        ArrivalSchedule { arrivals: self, random: SplitMix::new(self.seed), reached: 0.0, count: 0 }
    }

    /// When the expected number of arrivals reaches `count`: the inverse of the cumulative rate.
    fn due(self, count: f64) -> Micros {
        let (rate, ramp) = (self.rate.get(), self.ramp.as_secs_f64());
        let in_ramp = rate * ramp / 2.0;
        let secs = if count < in_ramp { (2.0 * ramp * count / rate).sqrt() } else { ramp + (count - in_ramp) / rate };
        Micros::new((secs * 1e6).round() as u64)
    }
}

impl Iterator for ArrivalSchedule {
    type Item = Micros;

    /// The next arrival's offset from the start of the schedule. Computed from its number and never from the last
    /// offset, so that no error adds up.
    fn next(&mut self) -> Option<Micros> {
        let count = match self.arrivals.spacing {
            Spacing::Constant => self.count as f64,
            Spacing::Poisson => {
                self.reached += self.random.exponential();
                self.reached
            }
        };
        self.count += 1;
        Some(self.arrivals.due(count))
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
        Arrivals { rate: RatePerSec::new(rate).unwrap(), ramp: Micros::from_secs(ramp), spacing, seed: 7 }
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
