//! What the generator itself may have added to a figure.
//!
//! In: the lag of its event loop, the lateness of its pacer and its pauses. Out: for a rule that does not hold, whether
//! it would hold without them. Always holds: the instrument's share is only ever taken off a figure that fails; rates
//! and counts of failures are nobody's lag and stay as they are.

use crate::plan::{Rule, TimeClock};
use crate::scenario::threshold::{Dimension, Metric, Op};
use crate::summary::Summary;
use crate::summary::caveat::Caveat;
use crate::summary::strained::Strained;
use crate::units::Millis;

/// A generator that worked in less than a hundredth of its window measured nothing.
const MOST_STOPPED: f64 = 0.99;

/// The share of the window in which the generator could not work, of a sign that tells one.
fn stopped(caveat: &Caveat) -> f64 {
    match caveat {
        Caveat::Strained(Strained::RunqWait { share } | Strained::Throttled { share } | Strained::Steal { share }) => {
            *share
        }
        _ => 0.0,
    }
}

/// The instrument's share, by the kind of figure.
#[derive(Clone, Copy, Debug)]
pub(super) struct InstrumentShare {
    mean_lag: f64,
    p99_lag: f64,
    p99_late: f64,
    mean_late: f64,
    mean_all: Option<f64>,
    open: bool,
    /// The share of the window that the generator could not work, where that is over its threshold.
    stopped: f64,
    /// Whether nothing bounds what the generator added: it stood still, or did not offer its load.
    boundless: bool,
}

impl InstrumentShare {
    pub(super) fn of(summary: &Summary) -> Self {
        let generator = &summary.generator;
        let millis = |time: Option<Millis>| time.map_or(0.0, Millis::get);
        Self {
            mean_lag: millis(generator.loop_lag_mean),
            p99_lag: millis(generator.loop_lag_p99),
            p99_late: millis(generator.pacer_late_p99),
            mean_late: millis(generator.pacer_late_mean),
            mean_all: summary.totals.mean_all.map(Millis::get),
            open: summary.totals.response_time.is_some(),
            stopped: summary.caveats.iter().map(stopped).fold(0.0, f64::max).min(MOST_STOPPED),
            boundless: summary.caveats.iter().any(|caveat| {
                matches!(caveat, Caveat::OfferedShort { .. } | Caveat::Strained(Strained::Paused { .. }))
            }),
        }
    }

    /// In milliseconds, for rules on times.
    pub(super) fn millis(self, rule: &Rule) -> Option<f64> {
        let mean_late = if rule.clock == TimeClock::Response { self.mean_late } else { 0.0 };
        let late = if rule.clock == TimeClock::Response { self.p99_late } else { 0.0 };
        match rule.threshold.metric {
            Metric::Mean(_) | Metric::MeanAll | Metric::TtfbMean => Some(self.mean_lag + mean_late),
            Metric::Percentile(..) | Metric::TtfbPercentile(_) | Metric::Min(_) | Metric::Max(_) => {
                Some(self.p99_lag + late)
            }
            _ => None,
        }
    }

    /// Whether a rule that does not hold for `observed` would hold without the share.
    pub(super) fn explains(self, rule: &Rule, observed: Option<f64>) -> bool {
        let (op, limit) = (rule.threshold.op, rule.threshold.limit.value());
        let (Some(observed), metric) = (observed, rule.threshold.metric) else { return false };
        let of_service = matches!(metric.dimension(), Dimension::Time | Dimension::Rate);
        if self.boundless && of_service {
            return true;
        }
        let working = 1.0 - self.stopped;
        let without = match (metric, op) {
            (Metric::Tps | Metric::Throughput, Op::AtLeast | Op::Above) => Some(observed * self.slower() / working),
            // More requests than the percentile leaves over may have met a stopped generator.
            (Metric::Percentile(_, p) | Metric::TtfbPercentile(p), Op::AtMost | Op::Below)
                if self.stopped >= 1.0 - p.fraction() =>
            {
                return true;
            }
            (Metric::Mean(_) | Metric::MeanAll | Metric::TtfbMean, Op::AtMost | Op::Below) => {
                self.millis(rule).map(|share| (observed - share) * working)
            }
            (_, Op::AtMost | Op::Below) => self.millis(rule).map(|share| observed - share),
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
