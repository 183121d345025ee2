//! How long a charge takes on top of its booking: as a remote database would.
//!
//! In: `15ms`, `10ms..30ms` or `lognormal:50ms,0.5`. Out: one wait a charge. Always holds: the n-th wait of a service
//! is the same in every run.

use std::f64::consts::TAU;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::scenario::feeder::{SPLITMIX_STEP, splitmix};
use crate::units::Micros;

/// The distribution of the waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delay {
    /// Always the same; zero waits not at all.
    Fixed(Micros),
    /// Evenly between two times, `from <= to`.
    Uniform {
        /// The shortest.
        from: Micros,
        /// The longest.
        to: Micros,
    },
    /// Many short waits and a long tail.
    Lognormal {
        /// Half of the waits are shorter.
        median: Micros,
        /// Standard deviation of the logarithm: `0..=3`.
        sigma: f64,
    },
}

/// Why a text is not a delay.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{0:?} is not a delay; write \"15ms\", \"10ms..30ms\" (even) or \"lognormal:50ms,0.5\" (median and sigma, 0 to 3)"
)]
pub struct DelayError(String);

impl FromStr for Delay {
    type Err = DelayError;

    fn from_str(text: &str) -> Result<Self, DelayError> {
        read(text).ok_or_else(|| DelayError(text.to_owned()))
    }
}

fn read(text: &str) -> Option<Delay> {
    if let Some(shape) = text.strip_prefix("lognormal:") {
        let (median, sigma) = shape.split_once(',')?;
        let sigma: f64 = sigma.parse().ok()?;
        return (0.0..=3.0).contains(&sigma).then_some(Delay::Lognormal { median: median.parse().ok()?, sigma });
    }
    if let Some((from, to)) = text.split_once("..") {
        let (from, to) = (from.parse().ok()?, to.parse().ok()?);
        return (from <= to).then_some(Delay::Uniform { from, to });
    }
    text.parse().ok().map(Delay::Fixed)
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(always) => write!(f, "{always}"),
            Self::Uniform { from, to } => write!(f, "{from}..{to}"),
            Self::Lognormal { median, sigma } => write!(f, "lognormal:{median},{sigma}"),
        }
    }
}

/// The waits of one service, in turn.
pub(super) struct Delays {
    delay: Delay,
    drawn: AtomicU64,
}

impl Delays {
    /// Nothing drawn yet.
    pub(super) fn new(delay: Delay) -> Self {
        Self { delay, drawn: AtomicU64::new(0) }
    }

    /// The next wait.
    pub(super) fn draw(&self) -> Duration {
        if let Delay::Fixed(always) = self.delay {
            return always.into();
        }
        self.delay.nth(self.drawn.fetch_add(1, Ordering::Relaxed))
    }
}

impl Delay {
    fn nth(self, n: u64) -> Duration {
        match self {
            Self::Fixed(always) => always.into(),
            Self::Uniform { from, to } => {
                let (from, to) = (Duration::from(from), Duration::from(to));
                from + (to - from).mul_f64(uniform(2 * n))
            }
            Self::Lognormal { median, sigma } => {
                // Box and Muller; the first must not be zero, whose logarithm is none.
                let (one, other) = (1.0 - uniform(2 * n), uniform(2 * n + 1));
                let normal = (-2.0 * one.ln()).sqrt() * (TAU * other).cos();
                Duration::from(median).mul_f64((sigma * normal).exp())
            }
        }
    }
}

/// `[0, 1)`, from 53 of the bits.
fn uniform(n: u64) -> f64 {
    let bits = splitmix(n.wrapping_mul(SPLITMIX_STEP)) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(text: &str) -> Vec<f64> {
        let delays = Delays::new(text.parse().unwrap());
        let mut waits: Vec<f64> = (0..10_001).map(|_| delays.draw().as_secs_f64() * 1e3).collect();
        waits.sort_by(f64::total_cmp);
        waits
    }

    #[test]
    fn a_delay_is_printed_as_it_is_written() {
        for text in ["15ms", "10ms..30ms", "lognormal:50ms,0.5"] {
            assert_eq!(text.parse::<Delay>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_delay_is_refused() {
        for text in ["", "soon", "30ms..10ms", "lognormal:50ms", "lognormal:50ms,4", "lognormal:50ms,-1", "normal:1,1"]
        {
            assert!(text.parse::<Delay>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_even_delay_fills_its_span_and_never_leaves_it() {
        let waits = sorted("10ms..30ms");
        assert!(waits[0] >= 10.0 && waits[10_000] < 30.0);
        assert!((waits[5_000] - 20.0).abs() < 0.5, "{}", waits[5_000]);
    }

    #[test]
    fn a_lognormal_delay_has_its_median_and_its_tail() {
        let waits = sorted("lognormal:50ms,0.5");
        assert!((waits[5_000] - 50.0).abs() < 2.0, "{}", waits[5_000]);
        // 50 ms * exp(0.5 * 2.326) = 160 ms.
        assert!((waits[9_900] - 160.0).abs() < 15.0, "{}", waits[9_900]);
    }

    #[test]
    fn the_waits_are_the_same_in_every_service() {
        assert_eq!(sorted("lognormal:5ms,1"), sorted("lognormal:5ms,1"));
    }
}
