//! How sure a figure is, given that a service drifts while it is tested.
//!
//! In: what ended in each second of the window. Out: 95 % intervals of means, rates, percentiles and the success rate,
//! or the reason why there are none. Always holds: the same seconds give the same interval; an end that the
//! samples do not carry is `None`, never a number.
//!
//! Neighbouring seconds resemble each other, so a run of 300 seconds does not hold 300 independent figures, and an
//! interval that takes it to be so is several times too narrow. `cosine` measures how far a series drifts by its
//! slowest waves. The interval is about drift inside one run; it says nothing of the next run.

mod cosine;
mod percentile;
mod second;
mod seconds;
mod success;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;

pub use second::{SecondRecord, TimesRecord};
pub use seconds::{RowSeconds, Seconds};
pub use success::Episodes;

use crate::scenario::threshold::Permille;
use crate::summary::{NoIntervals, SHORTEST_FOR_INTERVALS};
use crate::units::Micros;
use cosine::{Estimate, Part};
use percentile::Merged;
use second::Grid;

/// The estimator's name in results.
pub const METHOD: &str = "equal-weighted cosine";
/// Its degrees of freedom: the number of waves.
pub const DEGREES_OF_FREEDOM: u32 = cosine::WAVES;

/// The range that holds the true figure in 95 of 100 runs. An end that is `None` is open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfidenceInterval {
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// Which of the requests that started in the window a rate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All of them: what a rate of a closed model is.
    Whenever,
    /// Those that ended in it too: what a rate of an open model is. What was worked off behind it is no rate.
    Inside,
}

/// The intervals of one row, computed from its seconds when asked for.
#[derive(Clone, Debug)]
pub struct Intervals<'a> {
    seconds: &'a RowSeconds,
    grid: Grid,
    /// Made when the first percentile is asked for.
    merged: OnceCell<Merged>,
}

impl ConfidenceInterval {
    /// Whether `figure` lies inside; an end counts as inside.
    #[must_use]
    pub fn contains(&self, figure: f64) -> bool {
        self.low.is_none_or(|low| low <= figure) && self.high.is_none_or(|high| figure <= high)
    }

    /// The same with `figure` inside: an end that was read from a bucket's edge may lie a thousandth beyond it.
    #[must_use]
    pub fn holding(self, figure: Option<f64>) -> Self {
        let Some(figure) = figure else { return self };
        Self { low: self.low.map(|low| low.min(figure)), high: self.high.map(|high| high.max(figure)) }
    }

    /// The range around an estimate of something that is never negative.
    fn around(estimate: Estimate) -> Self {
        let half = estimate.half_width();
        Self { low: Some((estimate.value - half).max(0.0)), high: Some(estimate.value + half) }
    }

    fn scaled(self, by: f64) -> Self {
        Self { low: self.low.map(|low| low * by), high: self.high.map(|high| high * by) }
    }
}

impl<'a> Intervals<'a> {
    /// The intervals of a window of the given length.
    ///
    /// # Errors
    /// [`NoIntervals::ShortWindow`] under 60 s, and when the window never opened: drift is not seen there.
    pub fn of(seconds: &'a RowSeconds, window: Option<Micros>) -> Result<Self, NoIntervals> {
        let window = window.filter(|window| *window >= SHORTEST_FOR_INTERVALS).ok_or(NoIntervals::ShortWindow)?;
        Ok(Self { seconds, grid: Grid::of(window), merged: OnceCell::new() })
    }

    /// Of the mean time of successes by the model's own clock, in milliseconds.
    #[must_use]
    pub fn mean(&self) -> Option<ConfidenceInterval> {
        mean_of(&self.time_of_successes())
    }

    /// Of the mean time of all that were sent, failures at the time they took, in milliseconds.
    #[must_use]
    pub fn mean_all(&self) -> Option<ConfidenceInterval> {
        let time = |second: &SecondRecord| (second.sum_micros + second.failure_micros) as f64;
        mean_of(&self.parts(|second| (time(second), second.attempts() as f64)))
    }

    /// Of the mean time to first byte of successes, in milliseconds.
    #[must_use]
    pub fn ttfb_mean(&self) -> Option<ConfidenceInterval> {
        mean_of(&self.parts(|second| (second.ttfb_micros as f64, second.successes as f64)))
    }

    /// Of the successes per second: of all of the window, or of those that ended inside it.
    #[must_use]
    pub fn tps(&self, ended: Ended) -> Option<ConfidenceInterval> {
        Some(ConfidenceInterval::around(cosine::ratio(&self.per_length(ended, |second| second.successes))?))
    }

    /// Of the whole answers of any kind per second: of all of the window, or of those that ended inside it.
    #[must_use]
    pub fn throughput(&self, ended: Ended) -> Option<ConfidenceInterval> {
        Some(ConfidenceInterval::around(cosine::ratio(&self.per_length(ended, |second| second.answered))?))
    }

    /// Of a percentile over all attempts, in milliseconds; a failure is over every value. `None` when the percentile
    /// itself lies among the failures.
    #[must_use]
    pub fn percentile(&self, p: Permille) -> Option<ConfidenceInterval> {
        let merged = self.merged();
        let share = cosine::ratio(&self.at_or_under(merged.percentile(p)?))?;
        Some(merged.interval(p, share.half_width()))
    }

    /// Of the share of attempts that succeeded.
    ///
    /// Without a failure it has a lower end only, which takes attempts to be independent. `None` when failures came in
    /// [`Intervals::episodes`].
    #[must_use]
    pub fn success_rate(&self) -> Option<ConfidenceInterval> {
        success::interval(&self.succeeded_of_attempts())
    }

    /// The failures, when they came in so few seconds that no interval describes them.
    #[must_use]
    pub fn episodes(&self) -> Option<Episodes> {
        Episodes::of(&self.succeeded_of_attempts())
    }

    fn merged(&self) -> &Merged {
        self.merged.get_or_init(|| Merged::of(self.seconds.times()))
    }

    fn parts(&self, part: impl Fn(&SecondRecord) -> (f64, f64)) -> Vec<Part> {
        self.grid.parts(1, self.seconds.sums().iter().map(|second| (second.second, part(second))))
    }

    fn time_of_successes(&self) -> Vec<Part> {
        self.parts(|second| (second.sum_micros as f64, second.successes as f64))
    }

    fn per_length(&self, ended: Ended, count: impl Fn(&SecondRecord) -> u64) -> Vec<Part> {
        let counts = |second: &SecondRecord| ended == Ended::Whenever || (second.second as usize) < self.grid.seconds();
        let mut parts = self.parts(|second| (if counts(second) { count(second) as f64 } else { 0.0 }, 0.0));
        parts.iter_mut().zip(self.grid.lengths()).for_each(|(part, length)| part.of = length);
        parts
    }

    fn at_or_under(&self, value: u32) -> Vec<Part> {
        let part = |times: &TimesRecord| (times.first, (times.at_or_under(value) as f64, times.attempts as f64));
        self.grid.parts(self.seconds.width(), self.seconds.times().iter().map(part))
    }

    fn succeeded_of_attempts(&self) -> Vec<Part> {
        self.parts(|second| (second.successes as f64, second.attempts() as f64))
    }
}

/// The interval in milliseconds of a mean whose parts are microseconds.
fn mean_of(parts: &[Part]) -> Option<ConfidenceInterval> {
    Some(ConfidenceInterval::around(cosine::ratio(parts)?).scaled(1e-3))
}
