//! What the generator itself may have added to a figure.
//!
//! In: the lag of its event loop, the lateness of its pacer and its pauses. Out: for a rule that does not hold, whether
//! it would hold without them. Always holds: the instrument's share is only ever taken off a figure that fails; rates
//! and counts of failures are nobody's lag and stay as they are.

use crate::plan::{Rule, TimeClock};
use crate::scenario::threshold::{Metric, Op};
use crate::summary::Summary;
use crate::units::Millis;

/// The instrument's share, by the kind of figure.
#[derive(Clone, Copy, Debug)]
pub(super) struct InstrumentShare {
    mean_lag: f64,
    p99_lag: f64,
    p99_late: f64,
    mean_all: Option<f64>,
    open: bool,
}

impl InstrumentShare {
    pub(super) fn of(summary: &Summary) -> Self {
        let generator = &summary.generator;
        let millis = |time: Option<Millis>| time.map_or(0.0, Millis::get);
        Self {
            mean_lag: millis(generator.loop_lag_mean),
            p99_lag: millis(generator.loop_lag_p99),
            p99_late: millis(generator.pacer_late_p99),
            mean_all: summary.totals.mean_all.map(Millis::get),
            open: summary.totals.response_time.is_some(),
        }
    }

    /// In milliseconds, for rules on times.
    pub(super) fn millis(self, rule: &Rule) -> Option<f64> {
        let late = if rule.clock == TimeClock::Response { self.p99_late } else { 0.0 };
        match rule.threshold.metric {
            Metric::Mean(_) | Metric::MeanAll | Metric::TtfbMean => Some(self.mean_lag),
            Metric::Percentile(..) | Metric::TtfbPercentile(_) | Metric::Min(_) | Metric::Max(_) => {
                Some(self.p99_lag + late)
            }
            _ => None,
        }
    }

    /// Whether a rule that does not hold for `observed` would hold without the share.
    pub(super) fn explains(self, rule: &Rule, observed: Option<f64>) -> bool {
        let (op, limit) = (rule.threshold.op, rule.threshold.limit.value());
        let without = match (rule.threshold.metric, op) {
            (Metric::Tps | Metric::Throughput, Op::AtLeast | Op::Above) => observed.map(|rate| rate * self.slower()),
            (_, Op::AtMost | Op::Below) => observed.zip(self.millis(rule)).map(|(time, share)| time - share),
            _ => None,
        };
        without.is_some_and(|without| op.holds(without, limit))
    }

    /// How many times as much a closed model's users would have sent if no answer had waited for the generator.
    fn slower(self) -> f64 {
        match self.mean_all {
            // A lag as long as the attempts themselves leaves nothing of them.
            Some(mean) if !self.open && self.mean_lag >= mean => f64::INFINITY,
            Some(mean) if !self.open => 1.0 / (1.0 - self.mean_lag / mean),
            _ => 1.0,
        }
    }
}
