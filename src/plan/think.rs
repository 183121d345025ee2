//! The arithmetic of think times.
//!
//! In: a [`ThinkTime`] and a user's random numbers. Out: one pause, and what is known of all of them: mean, variance
//! and the longest. Always holds: no pause is longer than [`ThinkTime::longest`], so that a run has an end that can be
//! waited for.
//!
//! A lognormal has no longest value, so its draws are cut off at the 99.9th percentile: one pause in a thousand is that
//! long, and none is longer. Its mean and variance are those of the draws, cut-off included.

use crate::plan::program::Moments;
use crate::plan::random::SplitMix;
use crate::scenario::format::ThinkTime;
use crate::units::Micros;

/// The 95th and the 99.9th percentile of the normal distribution.
const Z_95: f64 = 1.644_853_626_951_473;
const Z_999: f64 = 3.090_232_306_167_814;

impl ThinkTime {
    /// The next pause of the user whose numbers these are.
    pub fn draw(&self, random: &mut SplitMix) -> Micros {
        match *self {
            Self::Constant(time) => time,
            Self::Uniform { min, max } => min + whole(max.saturating_sub(min).get() as f64 * random.uniform()),
            Self::Lognormal { median, p95 } => lognormal(median, p95, random.normal()),
            Self::Normal { mean, deviation } => normal(mean, deviation, random.normal()),
        }
    }

    /// The longest pause there can be.
    #[must_use]
    pub fn longest(&self) -> Micros {
        match *self {
            Self::Constant(time) => time,
            Self::Uniform { max, .. } => max,
            Self::Lognormal { median, p95 } => lognormal(median, p95, Z_999),
            Self::Normal { mean, deviation } => normal(mean, deviation, Z_999),
        }
    }

    pub(super) fn moments(&self) -> Moments {
        match *self {
            Self::Constant(time) => Moments::of(time),
            Self::Uniform { min, max } => {
                let (min, max) = (min.as_secs_f64(), max.as_secs_f64());
                Moments { mean: f64::midpoint(min, max), variance: (max - min).powi(2) / 12.0 }
            }
            Self::Lognormal { median, p95 } => {
                let (median, sigma) = (median.as_secs_f64().ln(), sigma(median, p95));
                moments_of(|z| (median + sigma * z.min(Z_999)).exp())
            }
            Self::Normal { mean, deviation } => {
                let (mean, deviation) = (mean.as_secs_f64(), deviation.as_secs_f64());
                moments_of(|z| (mean + deviation * z.clamp(-Z_999, Z_999)).abs())
            }
        }
    }
}

fn whole(micros: f64) -> Micros {
    Micros::new(micros.round() as u64)
}

/// The logarithm's deviation.
fn sigma(median: Micros, p95: Micros) -> f64 {
    (p95.as_secs_f64() / median.as_secs_f64()).ln() / Z_95
}

/// The pause that lies `z` deviations from the median, cut off.
fn lognormal(median: Micros, p95: Micros, z: f64) -> Micros {
    whole(median.get() as f64 * (sigma(median, p95) * z.min(Z_999)).exp())
}

/// A normal pause for a standard normal variable, cut off on either side, what is below 0 turned round.
fn normal(mean: Micros, deviation: Micros, z: f64) -> Micros {
    whole((mean.get() as f64 + deviation.get() as f64 * z.clamp(-Z_999, Z_999)).abs())
}

/// Mean and variance of pauses of `length` seconds for a standard normal variable, by the midpoint rule over its density.
fn moments_of(length: impl Fn(f64) -> f64) -> Moments {
    const SLICES: u32 = 4_000;
    const REACH: f64 = 9.0;
    let width = 2.0 * REACH / f64::from(SLICES);
    let slices = (0..SLICES).map(|n| (f64::from(n) + 0.5).mul_add(width, -REACH));
    let (mean, square) = slices.fold((0.0, 0.0), |(mean, square), z| {
        let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt() * width;
        let length = length(z);
        (mean + length * density, square + length * length * density)
    });
    Moments { mean, variance: square - mean * mean }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIFORM: ThinkTime = ThinkTime::Uniform { min: Micros::from_secs(1), max: Micros::from_secs(3) };
    const LOGNORMAL: ThinkTime = ThinkTime::Lognormal { median: Micros::from_secs(1), p95: Micros::from_secs(3) };

    fn draws(of: ThinkTime) -> Vec<f64> {
        let mut random = SplitMix::of_user(7, 3);
        (0..100_000).map(|_| of.draw(&mut random).as_secs_f64()).collect()
    }

    fn moments(drawn: &[f64]) -> Moments {
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        let variance = drawn.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / drawn.len() as f64;
        Moments { mean, variance }
    }

    #[test]
    fn the_arithmetic_is_that_of_the_draws() {
        let exact = ThinkTime::Constant(Micros::from_millis(500)).moments();
        assert_eq!(exact, Moments { mean: 0.5, variance: 0.0 });
        assert_eq!(UNIFORM.moments(), Moments { mean: 2.0, variance: 4.0 / 12.0 });
        for think_time in [UNIFORM, LOGNORMAL] {
            let (known, seen) = (think_time.moments(), moments(&draws(think_time)));
            assert!((known.mean / seen.mean - 1.0).abs() < 0.01, "{known:?} {seen:?}");
            assert!((known.variance / seen.variance - 1.0).abs() < 0.03, "{known:?} {seen:?}");
        }
        // Without the cut-off the mean were exp(sigma^2 / 2) = 1.24995 s.
        let mean = LOGNORMAL.moments().mean;
        assert!((1.235..1.25).contains(&mean), "{mean}");
    }

    #[test]
    fn a_lognormal_has_the_median_and_the_p95_that_were_written_and_an_end() {
        let mut drawn = draws(LOGNORMAL);
        drawn.sort_by(f64::total_cmp);
        assert!((drawn[50_000] - 1.0).abs() < 0.01, "{}", drawn[50_000]);
        assert!((drawn[95_000] - 3.0).abs() < 0.05, "{}", drawn[95_000]);
        let longest = LOGNORMAL.longest().as_secs_f64();
        // 3 ^ (3.0902 / 1.6449)
        assert!((longest - 7.877).abs() < 0.001, "{longest}");
        assert!((drawn[99_999] - longest).abs() < 1e-6, "one draw in a thousand is cut off");
    }

    #[test]
    fn a_uniform_pause_lies_in_its_range() {
        let drawn = draws(UNIFORM);
        assert!(drawn.iter().all(|time| (1.0..=3.0).contains(time)));
        assert_eq!(UNIFORM.longest(), Micros::from_secs(3));
    }

    #[test]
    fn the_same_seed_gives_a_user_the_same_pauses() {
        assert_eq!(draws(LOGNORMAL), draws(LOGNORMAL));
    }
}
