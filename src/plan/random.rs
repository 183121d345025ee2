//! Random numbers of a run.
//!
//! In: a seed. Out: a sequence of numbers. Always holds: the same seed gives the same sequence, and every user draws
//! from a sequence of its own, so that what one does moves no other.

use crate::scenario::feeder::{SPLITMIX_STEP, splitmix};

/// A small generator of uniform numbers (Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub struct SplitMix(u64);

impl SplitMix {
    /// The sequence of `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The sequence of one user, by its seat.
    #[must_use]
    pub const fn of_user(seed: u64, seat: usize) -> Self {
        // Mixed twice: neighbouring seats must not walk through the same states one behind the other.
        Self(splitmix(splitmix(seed) ^ splitmix(!(seat as u64))))
    }

    const fn next(&mut self) -> u64 {
        let drawn = splitmix(self.0);
        self.0 = self.0.wrapping_add(SPLITMIX_STEP);
        drawn
    }

    /// A number in `(0, 1]`, of 53 bits: never 0, whose logarithm does not exist.
    pub fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// An exponential variable of mean 1.
    pub fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// A normal variable of mean 0 and deviation 1 (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_draw_from_sequences_of_their_own() {
        let draws = |seed, seat| {
            let mut random = SplitMix::of_user(seed, seat);
            (0..100).map(|_| random.next()).collect::<Vec<u64>>()
        };
        assert_eq!(draws(1, 0), draws(1, 0));
        assert_ne!(draws(1, 0), draws(2, 0));
        let (one, other) = (draws(1, 0), draws(1, 1));
        assert!(one.iter().all(|drawn| !other.contains(drawn)), "no two walk through the same states");
    }

    #[test]
    fn normal_variables_have_their_mean_and_deviation() {
        let mut random = SplitMix::new(3);
        let drawn: Vec<f64> = (0..100_000).map(|_| random.normal()).collect();
        let mean = drawn.iter().sum::<f64>() / 1e5;
        let variance = drawn.iter().map(|z| z * z).sum::<f64>() / 1e5;
        let over = drawn.iter().filter(|z| **z > 1.644_853_6).count();
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
        assert!((4_800..5_200).contains(&over), "{over}");
    }
}
