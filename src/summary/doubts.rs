//! Which caveats stand.
//!
//! In: the terms, what was observed, and the books of the run. Out: every [`Caveat`] that stands, the gravest first.
//! Always holds: a figure that could not be taken is a doubt, never a pass.

use crate::histogram::failures::FailureTable;
use crate::histogram::released::Released;
use crate::plan::{RowId, Terms, TimeClock};
use crate::sample::{FailureClass, Phase};
use crate::scenario::threshold::{Limit, Metric, Op};
use crate::summary::caveat::{Caveat, Pair};
use crate::summary::confidence::SecondRecord;
use crate::summary::fold::Rows;
use crate::summary::strained::{self, Strained};
use crate::summary::{Generator, Interval, Observed, Row, SHORTEST_FOR_INTERVALS, Seconds, TargetKind};
use crate::units::{Micros, Millis, Ratio};

/// How much shorter than planned a window may be.
const WINDOW_SLACK: Micros = Micros::from_millis(10);

/// The share of arrivals that may find every user busy before it is worth a warning.
const OFTEN_BUSY: f64 = 0.01;
/// A gap without a success that is worth a warning.
const LONG_GAP: Micros = Micros::SECOND;

/// The share of the window's requests that may need a new connection: a server that closes each after a hundred
/// requests, as Tomcat does, makes half of it.
const MOST_CHURN: f64 = 0.02;
/// How far the means of the first and the last third may lie apart.
const MOST_DRIFT: f64 = 0.15;
/// How far the time of day may move against the run's clock.
const CLOCK_SLACK: Micros = Micros::from_millis(250);

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
    pub(super) seconds: &'a Seconds,
    pub(super) generator: &'a Generator,
}

/// Every caveat that stands.
pub(super) fn find(terms: &Terms, observed: &Observed, books: &Books<'_>) -> Vec<Caveat> {
    let lost = observed.users_lost;
    let clamped = books.rows.clamped;
    let length = books.length.unwrap_or(Micros::ZERO);
    let planned = terms.load.run_time;
    let offered_short = offered_short(terms, books);
    let signs = strained::find(terms, books.generator, observed.strain.longest_pause);
    [
        samples_lost(observed, books),
        (clamped > 0).then_some(Caveat::Clamped { count: clamped, timeout: terms.load.timeout }),
        (lost > 0).then_some(Caveat::UserLost { count: lost }),
        // A planned iteration limit that was reached ended it.
        (length + WINDOW_SLACK < planned && !limit_reached(terms, books)).then(|| match &observed.ran_dry {
            Some(feeder) => Caveat::FeederDry { feeder: feeder.clone(), length, planned },
            None => Caveat::WindowShort { length, planned },
        }),
        observed.target_lost.clone().map(|how| Caveat::TargetLost { how }),
        offered_short.clone(),
        dropped(books),
        load_unproven(terms, (books, offered_short.is_none()), &signs),
        (observed.target.kind == TargetKind::Embedded).then_some(Caveat::Embedded),
        books.length.filter(|l| *l < SHORTEST_FOR_INTERVALS).map(|length| Caveat::ShortWindow { length }),
        iterations_short(terms, observed, books),
        stall(observed, books),
        pool_busy(books),
        churn(terms, books),
        not_steady(terms, books),
        (observed.strain.clock_moved > CLOCK_SLACK).then_some(Caveat::ClockStep { moved: observed.strain.clock_moved }),
        (observed.co_located && observed.target.kind != TargetKind::Embedded).then_some(Caveat::CoLocated),
        unknown(observed, books),
        rate_limit_seen(books),
        observed.unlisted.clone().map(Caveat::Unlisted),
        mean_of_successes(terms, books),
    ]
    .into_iter()
    .flatten()
    .chain(signs.into_iter().map(Caveat::Strained))
    .chain(terms.warnings.iter().cloned().map(Caveat::Planned))
    .collect()
}

/// The users' own counters, the shards, the seconds and the kinds of failures count the same requests several times
/// over.
fn samples_lost(observed: &Observed, books: &Books<'_>) -> Option<Caveat> {
    let steps = books.rows.steps.iter().chain(&books.rows.setup);
    let samples = steps.map(|row: &Row| row.requests + row.outside_window + row.redirects).sum();
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
        arrivals_and_iterations(observed, books),
    ]
    .into_iter()
    .find(|(_, one, other)| one != other)
    .map(|(pair, one, other)| Caveat::SamplesLost { pair, one, other })
}

/// Every arrival that was handed out was sent, or is told of as never sent. An interrupted run gives iterations up
/// between two requests, which are told of no more.
fn arrivals_and_iterations(observed: &Observed, books: &Books<'_>) -> (Pair, u64, u64) {
    let whole = books.released.filter(|_| !observed.interrupted && observed.target_lost.is_none());
    let iterations = books.rows.iteration.as_ref().unwrap_or(&books.rows.totals);
    let (due, told) = whole.map_or((0, 0), |released| (released.due, iterations.attempts()));
    (Pair::ArrivalsAndIterations, due, told)
}

/// The pacer did not offer what was planned. Waiting for a free user never counts here: that is the service's time.
fn offered_short(terms: &Terms, books: &Books<'_>) -> Option<Caveat> {
    let released = books.released?;
    // Held against the schedule: what was never handed out is missing in what was.
    let planned = terms.load.arrivals.as_ref()?.due_within(books.length?);
    if planned == 0 {
        return None;
    }
    let inside = released.inside as f64 / planned as f64;
    let late = released.late as f64 / planned as f64;
    (inside < LEAST_OFFERED || late > MOST_LATE).then_some(Caveat::OfferedShort { inside, late })
}

/// Signs of a strained generator only make figures look worse; so they void a run only where nothing proves that the
/// load was offered all the same: the rate kept in an open model, a lower limit on a rate that holds in a closed one.
fn load_unproven(terms: &Terms, (books, offered): (&Books<'_>, bool), signs: &[Strained]) -> Option<Caveat> {
    let by: Vec<&'static str> = signs.iter().filter(|sign| !sign.is_slight()).map(Strained::id).collect();
    let proven = match books.released {
        Some(_) => offered,
        None => terms.gate.iter().any(|rule| {
            let threshold = &rule.threshold;
            let row = books.rows.row(rule.row);
            let rate = match threshold.metric {
                Metric::Tps => row.and_then(|row| row.tps),
                Metric::Throughput => row.and_then(|row| row.throughput),
                _ => None,
            };
            threshold.least_rate().is_some()
                && rate.is_some_and(|rate| threshold.op.holds(rate.get(), threshold.limit.value()))
        }),
    };
    (!by.is_empty() && !proven).then_some(Caveat::LoadUnproven { by, open: books.released.is_some() })
}

fn churn(terms: &Terms, books: &Books<'_>) -> Option<Caveat> {
    let totals = &books.rows.totals;
    // A user that joins inside the window connects for the first time.
    let connections = totals.connect.as_ref()?.count.saturating_sub(u64::from(terms.load.users));
    let share = Ratio::of(connections, totals.requests)?.get();
    (share > MOST_CHURN).then_some(Caveat::Churn { connections, share })
}

/// The mean of the successes that ended in the first third of the window against that of the last.
fn not_steady(terms: &Terms, books: &Books<'_>) -> Option<Caveat> {
    if terms.load.changing().is_some() {
        // Load that changes may change the mean.
        return None;
    }
    let third = books.length?.get() / 3;
    let mean = |from: u64, until: u64| {
        let begins =
            |second: &&SecondRecord| (from..until).contains(&(u64::from(second.second) * Micros::SECOND.get()));
        let inside = books.seconds.row(RowId::All).sums().iter().filter(begins);
        let (sum, count) =
            inside.fold((0_u64, 0_u64), |(sum, count), second| (sum + second.sum_micros, count + second.successes));
        (count > 0).then(|| sum as f64 / count as f64 / 1e3)
    };
    let (first, last) = (mean(0, third)?, mean(2 * third, 3 * third)?);
    let apart = (first - last).abs() > MOST_DRIFT * first.min(last);
    apart.then(|| Caveat::NotSteady { first: Millis::new(first), last: Millis::new(last) })
}

fn unknown(observed: &Observed, books: &Books<'_>) -> Option<Caveat> {
    let mut figures = books.generator.unknown();
    // The users' time is added up behind the load: a run that was killed before has none.
    figures.retain(|figure| *figure != "user_time_unaccounted" || !observed.interrupted);
    // A figure of each request is not there when there was none.
    figures.retain(|figure| *figure != "cpu_us_per_request" || books.rows.totals.requests > 0);
    // A run that ended before its window has nothing to read.
    (!figures.is_empty() && books.length.is_some()).then_some(Caveat::Unknown { figures })
}

/// Iterations of the window.
fn iterations(books: &Books<'_>) -> u64 {
    // Where every scenario has one step, an iteration is its request.
    books.rows.iteration.as_ref().unwrap_or(&books.rows.totals).requests
}

fn limit_reached(terms: &Terms, books: &Books<'_>) -> bool {
    terms.load.iterations.is_some_and(|limit| iterations(books) >= limit)
}

/// The run time ended before the iterations were done. An interrupted run says so itself.
fn iterations_short(terms: &Terms, observed: &Observed, books: &Books<'_>) -> Option<Caveat> {
    let planned = terms.load.iterations.filter(|_| !observed.interrupted && !limit_reached(terms, books))?;
    Some(Caveat::IterationsShort { done: iterations(books), planned })
}

fn stall(observed: &Observed, books: &Books<'_>) -> Option<Caveat> {
    // While the generator itself stood still nothing could succeed.
    let own = Millis::from(observed.strain.longest_pause).get();
    let own = if own > Millis::from(LONG_GAP).get() { own } else { 0.0 };
    let gap = books.rows.totals.max_gap.filter(|gap| gap.get() - own > Millis::from(LONG_GAP).get())?;
    Some(Caveat::Stall { gap })
}

fn pool_busy(books: &Books<'_>) -> Option<Caveat> {
    let released = books.released.filter(|released| released.due > 0)?;
    let share = released.queued as f64 / released.due as f64;
    (share > OFTEN_BUSY).then_some(Caveat::PoolBusy { share })
}

fn dropped(books: &Books<'_>) -> Option<Caveat> {
    let arrived = books.rows.iteration.as_ref().unwrap_or(&books.rows.totals);
    let count = arrived.dropped.filter(|count| *count > 0)?;
    Some(Caveat::Dropped { count, share: Ratio::of(count, arrived.arrivals?)?.get() })
}

fn rate_limit_seen(books: &Books<'_>) -> Option<Caveat> {
    let limited = books.failures.iter().filter(|(kind, _)| kind.class == FailureClass::RateLimited);
    let count: u64 = limited.map(|(_, entry)| entry.count).sum();
    (count > 0).then_some(Caveat::RateLimitSeen { count })
}

/// A mean of successes that holds only because slow failures are not in it.
fn mean_of_successes(terms: &Terms, books: &Books<'_>) -> Option<Caveat> {
    terms.gate.iter().find_map(|rule| {
        let threshold = &rule.threshold;
        let (Metric::Mean(_), Op::AtMost | Op::Below, Limit::Time(limit)) =
            (threshold.metric, threshold.op, threshold.limit)
        else {
            return None;
        };
        let row = books.rows.row(rule.row)?;
        // Failures' times are known by the model's own clock. Held by the sums: figures that are shown are rounded.
        let exact = &row.exact;
        if rule.clock == TimeClock::Service && exact.response_sum.is_some() {
            return None;
        }
        let sum = exact.response_sum.unwrap_or(exact.success_sum);
        let mean = |sum: u128, count: u64| (count > 0).then(|| sum as f64 / count as f64 / 1e3);
        let mean_all = mean(sum + exact.failure_sum, row.successes + row.failures)?;
        let limit = limit.as_millis_f64();
        let only_mean = mean(sum, row.successes)? <= limit && mean_all > limit;
        let mean_all = Millis::new(mean_all);
        only_mean.then(|| Caveat::MeanOfSuccesses { rule: threshold.to_string(), mean_all })
    })
}
