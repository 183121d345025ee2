//! The equal-weighted cosine estimator: how far a ratio may lie from its long-run value.
//!
//! In: a ratio `r = sum a / sum b` as its parts, second by second. Out: the ratio and its standard error. Always
//! holds: a trend or slow drift widens the error as it should, because it is measured on the four slowest waves of
//! the series itself; nothing is tuned to the data.
//!
//! With `n` seconds, `z_i = (a_i - r b_i) / mean(b)` is what second `i` adds to the error of the ratio. Its waves are
//! `P_j = sqrt(2/n) sum_i z_i cos(pi j (i - 1/2) / n)` for `j = 1..4`: each is an independent measurement of the
//! long-run variance, so their mean square estimates it with four degrees of freedom, and
//! `se = sqrt(mean(P_j^2) / n)`. The interval is `r -+ t_4 se`. From E. Lazarus, D. J. Lewis, J. H. Stock and
//! M. W. Watson, "HAR Inference: Recommendations for Practice", Journal of Business & Economic Statistics 36 (2018).

use std::f64::consts::PI;

/// Waves, and so degrees of freedom. Few, so that they stay slower than the drift they measure.
pub(super) const WAVES: u32 = 4;
/// The 97.5 % point of Student's t with as many degrees of freedom.
pub(super) const T: f64 = 2.776;
/// Seconds under which four waves cannot be told apart from noise.
const FEWEST_SECONDS: usize = 16;

/// One second's part of a ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Part {
    /// What it adds to the numerator.
    pub(super) share: f64,
    /// What it adds to the denominator.
    pub(super) of: f64,
}

/// A ratio and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) se: f64,
}

impl Estimate {
    /// Half the width of its 95 % interval.
    pub(super) fn half_width(self) -> f64 {
        T * self.se
    }
}

/// The ratio of the sums with its standard error. `None` for too few seconds, or when there is nothing to divide by.
pub(super) fn ratio(parts: &[Part]) -> Option<Estimate> {
    let (value, errors) = linearised(parts)?;
    let n = errors.len() as f64;
    let mean_square = (1..=WAVES).map(|wave| wave_of(&errors, wave).powi(2)).sum::<f64>() / f64::from(WAVES);
    Some(Estimate { value, se: (mean_square / n).sqrt() })
}

/// The ratio, and `z_i` of every second.
pub(super) fn linearised(parts: &[Part]) -> Option<(f64, Vec<f64>)> {
    let (share, of) = parts.iter().fold((0.0, 0.0), |(share, of), part| (share + part.share, of + part.of));
    let value = (parts.len() >= FEWEST_SECONDS && of > 0.0).then(|| share / of)?;
    let mean_of = of / parts.len() as f64;
    Some((value, parts.iter().map(|part| (part.share - value * part.of) / mean_of).collect()))
}

/// `P_j`. The cosines come from a rotation, one step a second: `c_i = 2 cos(w) c_(i-1) - c_(i-2)`.
fn wave_of(errors: &[f64], wave: u32) -> f64 {
    let n = errors.len() as f64;
    let step = PI * f64::from(wave) / n;
    let (mut before, mut cosine, twice) = ((step / 2.0).cos(), (step / 2.0).cos(), 2.0 * step.cos());
    let mut sum = 0.0;
    for error in errors {
        sum += error * cosine;
        (before, cosine) = (cosine, twice * cosine - before);
    }
    (2.0 / n).sqrt() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(values: impl IntoIterator<Item = (f64, f64)>) -> Vec<Part> {
        values.into_iter().map(|(share, of)| Part { share, of }).collect()
    }

    #[test]
    fn the_error_is_the_formula_written_out() {
        let given = parts((0..20).map(|i| (f64::from(i * 7 % 11), f64::from(3 + i % 4))));
        let (sum_a, sum_b) = given.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.share, sum.1 + part.of));
        let (n, r) = (20.0, sum_a / sum_b);
        let mut squares = 0.0;
        for j in 1..=4 {
            let cosine = |i: usize| (PI * f64::from(j) * (i as f64 + 0.5) / n).cos();
            let z = |part: &Part| (part.share - r * part.of) / (sum_b / n);
            let p = (2.0 / n).sqrt() * given.iter().enumerate().map(|(i, part)| z(part) * cosine(i)).sum::<f64>();
            squares += p * p;
        }
        let found = ratio(&given).unwrap();
        assert!((found.value - r).abs() < 1e-12 && (found.se - (squares / 4.0 / n).sqrt()).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_ratio_that_never_moves_has_no_error() {
        let found = ratio(&parts((1..=60).map(|i| (f64::from(i) * 2.0, f64::from(i))))).unwrap();
        assert_eq!((found.value, found.se), (2.0, 0.0));
    }

    #[test]
    fn a_slow_drift_is_far_less_certain_than_the_same_values_shuffled() {
        let drift = parts((0..60).map(|i| (f64::from(i), 1.0)));
        let shuffled = parts((0..60).map(|i| (f64::from(i * 37 % 60), 1.0)));
        assert!(ratio(&drift).unwrap().se > 4.0 * ratio(&shuffled).unwrap().se);
    }

    #[test]
    fn nothing_to_divide_by_and_too_few_seconds_give_no_estimate() {
        assert_eq!(ratio(&[]), None);
        assert_eq!(ratio(&parts([(0.0, 0.0); 60])), None);
        assert_eq!(ratio(&parts([(1.0, 1.0); FEWEST_SECONDS - 1])), None);
        assert!(ratio(&parts([(1.0, 1.0); FEWEST_SECONDS])).is_some());
    }
}
