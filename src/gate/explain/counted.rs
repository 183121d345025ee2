//! Rules that are decided by counting attempts: percentiles, maxima, success and error rates.

use super::spans::{Contribution, by_second};
use super::{Burden, By, Case, Way, What};
use crate::plan::RowId;
use crate::sample::FailureClass;
use crate::scenario::threshold::{Limit, Threshold};
use crate::summary::confidence::{SecondRecord, TimesRecord};
use crate::summary::{FailureRow, LimitCount, Row};
use crate::units::Micros;

impl Case<'_> {
    /// What is over a limit on a time.
    pub(super) fn over(&self, threshold: &Threshold) -> Option<(Burden, Vec<Option<Way>>)> {
        let Limit::Time(limit) = threshold.limit else { return None };
        // Extremes are counted at no limit; their seconds still have buckets.
        let at_most = threshold.counted_limit().unwrap_or(limit);
        let under = self.under(&self.row.exact.at_or_under, at_most);
        let micros = u32::try_from(at_most.get()).unwrap_or(u32::MAX);
        let beyond = |times: &TimesRecord| times.attempts.saturating_sub(times.at_or_under(micros));
        let kept = self.seconds();
        let over = match under {
            Some(under) => self.row.attempts().saturating_sub(under),
            None if self.own_clock => kept.times().iter().map(beyond).sum(),
            None => return None,
        };
        let contribution = |times: &TimesRecord| Contribution {
            second: times.first,
            seconds: kept.width(),
            burden: beyond(times) as f64,
            of_all: times.attempts as f64,
        };
        let seconds = || by_second(kept.times().iter().map(contribution).collect(), over as f64);
        let seconds = self.own_clock.then(seconds).flatten();
        let late = |row: &Row| {
            self.under(&row.exact.at_or_under, at_most).map_or(0.0, |under| row.attempts().saturating_sub(under) as f64)
        };
        let steps = self.by_step(By::Step, late);
        let slow = Some(over.saturating_sub(self.row.failed_attempts()));
        let ways = vec![seconds, steps, self.by_outcome(slow, over), self.by_connection(Some(at_most), over)];
        Some((Burden::Over { attempts: over, limit_ms: limit.as_millis_f64() }, ways))
    }

    /// What failed.
    pub(super) fn failed(&self) -> (Burden, Vec<Option<Way>>) {
        let failed = self.row.attempts() - self.row.successes;
        let contribution = |second: &SecondRecord| Contribution {
            second: second.second,
            seconds: 1,
            burden: second.failures as f64,
            of_all: second.attempts() as f64,
        };
        let ways = vec![
            by_second(self.seconds().sums().iter().map(contribution).collect(), failed as f64),
            self.by_step(By::Step, |row| row.attempts().saturating_sub(row.successes) as f64),
            self.by_outcome(None, failed),
            self.by_connection(None, failed),
        ];
        (Burden::Failed { attempts: failed }, ways)
    }

    /// The successes at or under a limit of this rule's clock.
    fn under(&self, counts: &[LimitCount], at_most: Micros) -> Option<u64> {
        counts.iter().find(|known| known.clock == self.clock && known.at_most == at_most).map(|known| known.count)
    }

    /// How they ended: `slow` of them well but too late.
    fn by_outcome(&self, slow: Option<u64>, total: u64) -> Option<Way> {
        let attempts = self.row.attempts() as f64;
        let part = |what, count: u64| (what, count as f64, Some(count as f64 / attempts));
        let slow = slow.map(|slow| {
            let (what, burden, _) = part(What::Succeeded, slow);
            (what, burden, Some(self.row.successes as f64 / attempts))
        });
        let failures: Vec<_> = match self.id {
            RowId::All | RowId::Step(_) => {
                self.kinds().into_iter().map(|(class, status, n)| part(What::Failed(class, status), n)).collect()
            }
            // Iterations fail as a whole; their requests are told apart by the steps.
            RowId::Iteration | RowId::Group(_) => vec![part(What::FailedAtAll, self.row.failed_attempts())],
        };
        Way::of(By::Outcome, slow.into_iter().chain(failures), total as f64)
    }

    /// Its failures by class and status.
    fn kinds(&self) -> Vec<(FailureClass, Option<u16>, u64)> {
        let of_row = |row: &&FailureRow| self.id == RowId::All || self.row.name.as_ref() == Some(&row.step);
        let mut kinds: Vec<(FailureClass, Option<u16>, u64)> = Vec::new();
        for row in self.summary.failures.iter().filter(of_row) {
            match kinds.iter_mut().find(|(class, status, _)| (*class, *status) == (row.class, row.status)) {
                Some((.., count)) => *count += row.count,
                None => kinds.push((row.class, row.status, row.count)),
            }
        }
        kinds
    }

    /// Whether they opened a connection: over a limit, or else failed. Those that got none at all are neither.
    fn by_connection(&self, at_most: Option<Micros>, total: u64) -> Option<Way> {
        let opened = self.opened()?;
        let kept = match at_most {
            Some(at_most) => self.under(&opened.at_or_under, at_most)?,
            None => opened.successes,
        };
        let new = opened.requests.saturating_sub(kept);
        let without = self.kinds().into_iter().filter(|(class, ..)| !connected(*class)).map(|(.., n)| n).sum::<u64>();
        let reused = total.saturating_sub(new).saturating_sub(without);
        let attempts = self.row.attempts() as f64;
        let of_all = opened.requests as f64 / attempts;
        let again = (attempts - opened.requests as f64 - without as f64) / attempts;
        let parts =
            [(What::NewConnection, new as f64, Some(of_all)), (What::ReusedConnection, reused as f64, Some(again))];
        Way::of(By::Connection, parts.into_iter(), total as f64)
    }
}

/// Whether a failure of this class had a connection.
const fn connected(class: FailureClass) -> bool {
    !matches!(class, FailureClass::Connect | FailureClass::Unsent | FailureClass::Dropped)
}
