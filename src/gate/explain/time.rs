//! Rules on a mean: what lies beyond the limit.
//!
//! A second, a step or a kind of connection whose own mean is over the limit contributes the time that it took beyond
//! it. In a closed model the time of a second is always that of its users: it is the excess that tells seconds apart.

use super::spans::{Contribution, by_second};
use super::{Burden, By, Case, Way, What};
use crate::plan::TimeClock;
use crate::scenario::threshold::{Metric, Threshold};
use crate::summary::Row;
use crate::summary::confidence::SecondRecord;

impl Case<'_> {
    /// The time beyond a limit on a mean.
    pub(super) fn excess(&self, threshold: &Threshold) -> (Burden, Vec<Option<Way>>) {
        let limit_ms = threshold.limit.value();
        let (limit, with_failures) = (limit_ms * 1e3, threshold.metric == Metric::MeanAll);
        let beyond = |sum: f64, count: f64| (sum - limit * count).max(0.0);
        let of_second = |second: &SecondRecord| match (self.clock, with_failures) {
            (TimeClock::Ttfb, _) => (second.ttfb_micros as f64, second.successes as f64),
            (_, true) => ((second.sum_micros + second.failure_micros) as f64, second.attempts() as f64),
            (_, false) => (second.sum_micros as f64, second.successes as f64),
        };
        let seconds = self.seconds().sums().iter().map(|second| {
            let (sum, count) = of_second(second);
            Contribution { second: second.second, seconds: 1, burden: beyond(sum, count), of_all: count }
        });
        let kept = self.own_clock || self.clock == TimeClock::Ttfb;
        let by_seconds = kept.then(|| by_second(seconds.collect(), 0.0)).flatten();
        let steps = self.by_step(By::Step, |row| {
            let (sum, count) = self.sum(row, with_failures);
            beyond(sum, count)
        });
        let connections = (self.own_clock && !with_failures).then(|| self.connections(beyond)).flatten();
        (Burden::Excess { limit_ms }, vec![by_seconds, steps, connections])
    }

    /// The times of a row by this rule's clock, in microseconds, and how many there are.
    fn sum(&self, row: &Row, with_failures: bool) -> (f64, f64) {
        let exact = &row.exact;
        let successes = match self.clock {
            TimeClock::Response => exact.response_sum.unwrap_or(exact.success_sum),
            TimeClock::Service => exact.success_sum,
            TimeClock::Ttfb => return (exact.ttfb_sum as f64, row.ttfb.count as f64),
        };
        if with_failures {
            return ((successes + exact.failure_sum) as f64, (row.successes + row.failures) as f64);
        }
        (successes as f64, row.successes as f64)
    }

    fn connections(&self, beyond: impl Fn(f64, f64) -> f64) -> Option<Way> {
        let opened = self.opened()?;
        let (all, successes) = self.sum(self.row, false);
        let (new, count) = (opened.success_sum as f64, opened.successes as f64);
        let part = |what, sum: f64, count: f64| (what, beyond(sum, count), Some(count / successes.max(1.0)));
        let parts = [
            part(What::NewConnection, new, count),
            part(What::ReusedConnection, (all - new).max(0.0), (successes - count).max(0.0)),
        ];
        Way::of(By::Connection, parts.into_iter(), 0.0)
    }
}
