//! Intervals of the success rate.
//!
//! In: successes and attempts, second by second. Out: an interval, or the failures as episodes. Always holds: the
//! interval lies in `[0, 1]`, and it is never narrower than independent attempts would make it.
//!
//! Failures come in bursts, so `n` attempts say less than `n` independent ones. The design effect `deff` is the
//! variance that the series shows (by the cosine estimator) over the binomial one, and Wilson's score interval is
//! taken for `n / max(1, deff)` attempts: `centre = (p + t^2/2n) / (1 + t^2/n)`,
//! `half = t sqrt(p(1-p)/n + t^2/4n^2) / (1 + t^2/n)`, with `t_4` in the place of 1.96. From E. B. Wilson, "Probable
//! Inference, the Law of Succession, and Statistical Inference", Journal of the American Statistical Association 22
//! (1927). Without a failure the 95 % upper bound of the failure rate is `3/n` (the rule of three).

use serde::Serialize;

use crate::summary::confidence::ConfidenceInterval;
use crate::summary::confidence::cosine::{self, Part, T};

/// Seconds with a failure under which a spread cannot be measured.
const FEWEST_SECONDS: usize = 5;

/// Failures that came in few seconds: two bad seconds are two events, however many requests they hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Episodes {
    /// How many requests failed.
    pub failures: u64,
    /// In how many separate seconds.
    pub seconds: usize,
}

impl Episodes {
    /// The failures among `parts` (successes of attempts), when there are any, but in fewer than 5 seconds.
    pub(super) fn of(parts: &[Part]) -> Option<Self> {
        let failed = parts.iter().map(|part| part.of - part.share).filter(|failed| *failed > 0.0);
        let (failures, seconds) = failed.fold((0.0, 0), |(sum, seconds), failed| (sum + failed, seconds + 1));
        (1..FEWEST_SECONDS).contains(&seconds).then_some(Self { failures: failures as u64, seconds })
    }
}

/// The interval of the success rate of `parts` (successes of attempts).
pub(super) fn interval(parts: &[Part]) -> Option<ConfidenceInterval> {
    let estimate = cosine::ratio(parts)?;
    let attempts: f64 = parts.iter().map(|part| part.of).sum();
    if parts.iter().all(|part| part.share >= part.of) {
        return Some(ConfidenceInterval { low: Some((1.0 - 3.0 / attempts).max(0.0)), high: None });
    }
    if Episodes::of(parts).is_some() {
        return None;
    }
    let binomial = estimate.value * (1.0 - estimate.value) / attempts;
    let design_effect = if binomial > 0.0 { (estimate.se.powi(2) / binomial).max(1.0) } else { 1.0 };
    Some(wilson(estimate.value, attempts / design_effect))
}

fn wilson(share: f64, attempts: f64) -> ConfidenceInterval {
    let pull = T * T / attempts;
    let centre = (share + pull / 2.0) / (1.0 + pull);
    let half = T * (share * (1.0 - share) / attempts + pull / attempts / 4.0).sqrt() / (1.0 + pull);
    ConfidenceInterval { low: Some((centre - half).max(0.0)), high: Some((centre + half).min(1.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 60 seconds of 100 attempts, with so many failures in the seconds named.
    fn parts(failures: f64, in_second: impl Fn(u32) -> bool) -> Vec<Part> {
        let failed = |second| if in_second(second) { failures } else { 0.0 };
        (0..60).map(|second| Part { share: 100.0 - failed(second), of: 100.0 }).collect()
    }

    #[test]
    fn without_a_failure_the_bound_is_three_in_so_many() {
        let found = interval(&parts(0.0, |_| true)).unwrap();
        assert_eq!((found.low, found.high), (Some(1.0 - 3.0 / 6000.0), None));
        assert_eq!(Episodes::of(&parts(0.0, |_| true)), None);
    }

    #[test]
    fn failures_in_four_seconds_are_episodes_and_in_five_a_rate() {
        let four = parts(30.0, |second| second % 15 == 0);
        assert_eq!((interval(&four), Episodes::of(&four)), (None, Some(Episodes { failures: 120, seconds: 4 })));
        let five = parts(30.0, |second| second % 12 == 0);
        assert!(interval(&five).is_some() && Episodes::of(&five).is_none());
    }

    #[test]
    fn failures_in_one_stretch_are_less_certain_than_the_same_spread_evenly() {
        let width = |parts: &[Part]| interval(parts).map(|i| i.high.unwrap() - i.low.unwrap()).unwrap();
        let (stretch, even) = (parts(20.0, |second| second < 10), parts(10.0, |second| [2, 3].contains(&(second % 6))));
        assert!(width(&stretch) > 5.0 * width(&even));
        let binomial = wilson(1.0 - 200.0 / 6000.0, 6000.0);
        assert_eq!(interval(&even), Some(binomial), "and never narrower than independent attempts");
    }

    #[test]
    fn the_interval_stays_between_none_and_all() {
        for failures in [1.0, 50.0, 99.0, 100.0] {
            let parts = parts(failures, |_| true);
            let found = interval(&parts).unwrap();
            assert!(found.contains(1.0 - failures / 100.0), "{found:?}");
            assert!(found.low.unwrap() >= 0.0 && found.high.unwrap() <= 1.0, "{found:?}");
        }
    }
}
