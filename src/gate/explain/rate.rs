//! Rules on a rate, and services that stood still: what seconds lacked.

use super::spans::{Contribution, by_second};
use super::{Burden, By, Case, Way};
use crate::plan::RowId;
use crate::scenario::threshold::{Metric, Threshold};
use crate::summary::Row;
use crate::summary::confidence::SecondRecord;
use crate::units::Micros;

impl Case<'_> {
    /// What the seconds lacked of a rate, and the steps that the users spent their time on.
    pub(super) fn shortfall(&self, threshold: &Threshold) -> (Burden, Vec<Option<Way>>) {
        let limit = threshold.limit.value();
        let answers = threshold.metric == Metric::Throughput;
        let lengths = self.lengths();
        let counts = self.counts(self.id, |second| if answers { second.answered } else { second.successes });
        let kept = !matches!(self.id, RowId::Group(_));
        let seconds = counts.iter().zip(&lengths).zip(0..).map(|((count, length), second)| Contribution {
            second,
            seconds: 1,
            burden: (limit * length - *count as f64).max(0.0),
            of_all: *length,
        });
        let by_seconds = kept.then(|| by_second(seconds.collect(), 0.0)).flatten();
        let time = |row: &Row| (row.exact.success_sum + row.exact.failure_sum) as f64;
        (Burden::Shortfall { limit }, vec![by_seconds, self.by_step(By::StepTime, time)])
    }

    /// The seconds in which less succeeded than in most.
    pub(super) fn silence(&self) -> Vec<Option<Way>> {
        // Users waited for any success: the seconds of all requests tell.
        let lengths = self.lengths();
        let counts = self.counts(RowId::All, |second| second.successes);
        let mut usual: Vec<u64> = counts.iter().copied().filter(|count| *count > 0).collect();
        usual.sort_unstable();
        let usual = usual.get(usual.len() / 2).map_or(1.0, |usual| *usual as f64);
        let seconds = counts.iter().zip(&lengths).zip(0..).map(|((count, length), second)| Contribution {
            second,
            seconds: 1,
            burden: (usual * length - *count as f64).max(0.0),
            of_all: *length,
        });
        vec![by_second(seconds.collect(), 0.0)]
    }

    /// A count of each second of the window.
    fn counts(&self, row: RowId, count: impl Fn(&SecondRecord) -> u64) -> Vec<u64> {
        let mut counts = vec![0; self.lengths().len()];
        for second in self.summary.seconds.row(row).sums() {
            if let Some(known) = counts.get_mut(second.second as usize) {
                *known += count(second);
            }
        }
        counts
    }

    /// How long each second of the window is, in seconds.
    fn lengths(&self) -> Vec<f64> {
        let whole = self.summary.length.unwrap_or(Micros::ZERO);
        let seconds = whole.get().div_ceil(Micros::SECOND.get());
        (0..seconds).map(|at| whole.saturating_sub(Micros::from_secs(at)).min(Micros::SECOND).as_secs_f64()).collect()
    }
}
