//! Which caveats stand.
//!
//! In: the plan, what was observed, and the books of the run. Out: every [`Caveat`] that stands, the gravest first.
//! Always holds: a figure that could not be taken is a doubt, never a pass.

use crate::histogram::failures::FailureTable;
use crate::plan::{Plan, PlanWarning};
use crate::sample::{FailureClass, Phase};
use crate::scenario::threshold::{Limit, Metric, Op};
use crate::summary::caveat::{Books, Caveat};
use crate::summary::fold::Rows;
use crate::summary::{Interval, Observed, Row, SHORTEST_FOR_INTERVALS, TargetKind};
use crate::units::Micros;

/// How much shorter than planned a window may be.
const WINDOW_SLACK: Micros = Micros::from_millis(10);

/// What was counted of a run.
pub(super) struct Counted<'a> {
    pub(super) rows: &'a Rows,
    pub(super) series: &'a [Interval],
    pub(super) failures: &'a FailureTable,
    pub(super) length: Option<Micros>,
}

/// Every caveat that stands.
pub(super) fn find(plan: &Plan, observed: &Observed, counted: &Counted<'_>) -> Vec<Caveat> {
    let lost = observed.users_lost;
    let clamped = counted.rows.clamped;
    let length = counted.length.unwrap_or(Micros::ZERO);
    let planned = plan.load.run_time;
    [
        samples_lost(observed, counted),
        (clamped > 0).then_some(Caveat::Clamped { count: clamped, timeout: plan.load.timeout }),
        (lost > 0).then_some(Caveat::UserLost { count: lost }),
        (length + WINDOW_SLACK < planned).then_some(Caveat::WindowShort { length, planned }),
        observed.target_lost.clone().map(|how| Caveat::TargetLost { how }),
        (observed.target.kind == TargetKind::Embedded).then_some(Caveat::Embedded),
        counted.length.filter(|l| *l < SHORTEST_FOR_INTERVALS).map(|length| Caveat::ShortWindow { length }),
        rate_limit_seen(counted),
        mean_of_successes(plan, counted),
    ]
    .into_iter()
    .flatten()
    .chain(plan.warnings.iter().map(planned_doubt))
    .collect()
}

/// The users' own counters, the shards, the seconds and the kinds of failures count the same requests several times
/// over.
fn samples_lost(observed: &Observed, counted: &Counted<'_>) -> Option<Caveat> {
    let samples = counted.rows.steps.iter().map(|row: &Row| row.requests + row.outside_window).sum();
    let of_seconds = |count: fn(&Interval) -> u64| -> u64 {
        counted.series.iter().filter(|interval| interval.phase == Phase::Measured).map(count).sum()
    };
    let totals = &counted.rows.totals;
    let of_kinds = counted.failures.iter().map(|(_, entry)| entry.count).sum();
    [
        (Books::StartedAndEnded, observed.requests_started, observed.requests_ended),
        (Books::EndedAndSamples, observed.requests_ended, samples),
        (Books::SuccessesAndSeconds, totals.successes, of_seconds(|interval| interval.successes)),
        (Books::FailuresAndSeconds, totals.failures, of_seconds(|interval| interval.failures)),
        (Books::FailuresAndKinds, totals.failures, of_kinds),
    ]
    .into_iter()
    .find(|(_, one, other)| one != other)
    .map(|(books, one, other)| Caveat::SamplesLost { books, one, other })
}

fn rate_limit_seen(counted: &Counted<'_>) -> Option<Caveat> {
    let limited = counted.failures.iter().filter(|(kind, _)| kind.class == FailureClass::RateLimited);
    let count: u64 = limited.map(|(_, entry)| entry.count).sum();
    (count > 0).then_some(Caveat::RateLimitSeen { count })
}

fn planned_doubt(warning: &PlanWarning) -> Caveat {
    match warning.clone() {
        PlanWarning::MixDistorted { needed, users } => Caveat::MixDistorted { needed, users },
        PlanWarning::WeakerGate { own, given } => Caveat::WeakerGate { own, given },
    }
}

/// A mean of successes that holds only because slow failures are not in it.
fn mean_of_successes(plan: &Plan, counted: &Counted<'_>) -> Option<Caveat> {
    plan.gate.iter().find_map(|rule| {
        let threshold = &rule.threshold;
        let (Metric::Mean(_), Op::AtMost | Op::Below, Limit::Time(limit)) =
            (threshold.metric, threshold.op, threshold.limit)
        else {
            return None;
        };
        let row = counted.rows.row(rule.row)?;
        let (mean, mean_all) = row.service_time.mean.zip(row.mean_all)?;
        let only_mean = mean.get() <= limit.as_millis_f64() && mean_all.get() > limit.as_millis_f64();
        only_mean.then(|| Caveat::MeanOfSuccesses { rule: threshold.to_string(), mean_all })
    })
}
