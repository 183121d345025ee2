//! Which caveats stand.
//!
//! In: the plan, what was observed, and the books of the run. Out: every [`Caveat`] that stands, the gravest first.
//! Always holds: a figure that could not be taken is a doubt, never a pass.

use crate::histogram::failures::FailureTable;
use crate::histogram::released::Released;
use crate::plan::{Plan, PlanWarning};
use crate::sample::{FailureClass, Phase};
use crate::scenario::threshold::{Limit, Metric, Op};
use crate::summary::caveat::{Caveat, Pair};
use crate::summary::fold::Rows;
use crate::summary::{Interval, Observed, Row, SHORTEST_FOR_INTERVALS, TargetKind};
use crate::units::{Micros, Millis};

/// How much shorter than planned a window may be.
const WINDOW_SLACK: Micros = Micros::from_millis(10);

/// The share of arrivals that may find every user busy before it is worth a warning.
const OFTEN_BUSY: f64 = 0.01;
/// A gap without a success that is worth a warning.
const LONG_GAP: Micros = Micros::SECOND;

/// The share of the window's arrivals that must be handed out inside it.
const LEAST_OFFERED: f64 = 0.999;
/// The share of them that may be handed out late.
const MOST_LATE: f64 = 0.01;

/// What was counted of a run.
pub(super) struct Books<'a> {
    pub(super) rows: &'a Rows,
    pub(super) series: &'a [Interval],
    pub(super) failures: &'a FailureTable,
    pub(super) released: Option<&'a Released>,
    pub(super) length: Option<Micros>,
}

/// Every caveat that stands.
pub(super) fn find(plan: &Plan, observed: &Observed, books: &Books<'_>) -> Vec<Caveat> {
    let lost = observed.users_lost;
    let clamped = books.rows.clamped;
    let length = books.length.unwrap_or(Micros::ZERO);
    let planned = plan.load.run_time;
    [
        samples_lost(observed, books),
        (clamped > 0).then_some(Caveat::Clamped { count: clamped, timeout: plan.load.timeout }),
        (lost > 0).then_some(Caveat::UserLost { count: lost }),
        (length + WINDOW_SLACK < planned).then_some(Caveat::WindowShort { length, planned }),
        observed.target_lost.clone().map(|how| Caveat::TargetLost { how }),
        (observed.target.kind == TargetKind::Embedded).then_some(Caveat::Embedded),
        books.length.filter(|l| *l < SHORTEST_FOR_INTERVALS).map(|length| Caveat::ShortWindow { length }),
        offered_short(books),
        stall(books),
        pool_busy(books),
        rate_limit_seen(books),
        mean_of_successes(plan, books),
    ]
    .into_iter()
    .flatten()
    .chain(plan.warnings.iter().map(planned_doubt))
    .collect()
}

/// The users' own counters, the shards, the seconds and the kinds of failures count the same requests several times
/// over.
fn samples_lost(observed: &Observed, books: &Books<'_>) -> Option<Caveat> {
    let samples =
        books.rows.steps.iter().chain(&books.rows.setup).map(|row: &Row| row.requests + row.outside_window).sum();
    let of_seconds = |count: fn(&Interval) -> u64| -> u64 {
        books.series.iter().filter(|interval| interval.phase == Phase::Measured).map(count).sum()
    };
    let totals = &books.rows.totals;
    let of_kinds = books.failures.iter().map(|(_, entry)| entry.count).sum();
    [
        (Pair::StartedAndEnded, observed.requests_started, observed.requests_ended),
        (Pair::EndedAndSamples, observed.requests_ended, samples),
        (Pair::SuccessesAndSeconds, totals.successes, of_seconds(|interval| interval.successes)),
        (Pair::FailuresAndSeconds, totals.failures, of_seconds(|interval| interval.failures)),
        (Pair::FailuresAndKinds, totals.failures, of_kinds),
    ]
    .into_iter()
    .find(|(_, one, other)| one != other)
    .map(|(pair, one, other)| Caveat::SamplesLost { pair, one, other })
}

/// The pacer did not offer what was planned. Waiting for a free user never counts here: that is the service's time.
fn offered_short(books: &Books<'_>) -> Option<Caveat> {
    let released = books.released.filter(|released| released.due > 0)?;
    let inside = released.inside as f64 / released.due as f64;
    let late = released.late as f64 / released.due as f64;
    (inside < LEAST_OFFERED || late > MOST_LATE).then_some(Caveat::OfferedShort { inside, late })
}

fn stall(books: &Books<'_>) -> Option<Caveat> {
    let gap = books.rows.totals.max_gap.filter(|gap| *gap > Millis::from(LONG_GAP))?;
    Some(Caveat::Stall { gap })
}

fn pool_busy(books: &Books<'_>) -> Option<Caveat> {
    let released = books.released.filter(|released| released.due > 0)?;
    let share = released.queued as f64 / released.due as f64;
    (share > OFTEN_BUSY).then_some(Caveat::PoolBusy { share })
}

fn rate_limit_seen(books: &Books<'_>) -> Option<Caveat> {
    let limited = books.failures.iter().filter(|(kind, _)| kind.class == FailureClass::RateLimited);
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
fn mean_of_successes(plan: &Plan, books: &Books<'_>) -> Option<Caveat> {
    plan.gate.iter().find_map(|rule| {
        let threshold = &rule.threshold;
        let (Metric::Mean(_), Op::AtMost | Op::Below, Limit::Time(limit)) =
            (threshold.metric, threshold.op, threshold.limit)
        else {
            return None;
        };
        let row = books.rows.row(rule.row)?;
        let (mean, mean_all) = row.model_time().mean.zip(row.mean_all)?;
        let only_mean = mean.get() <= limit.as_millis_f64() && mean_all.get() > limit.as_millis_f64();
        only_mean.then(|| Caveat::MeanOfSuccesses { rule: threshold.to_string(), mean_all })
    })
}
