//! Which caveats stand.
//!
//! In: the plan, what was observed, and the books of the run. Out: every [`Caveat`] that stands, the gravest first.
//! Always holds: a figure that could not be taken is a doubt, never a pass.

use crate::histogram::failures::FailureTable;
use crate::plan::{Plan, PlanWarning};
use crate::sample::{FailureClass, Phase};
use crate::scenario::threshold::{Limit, Metric, Op};
use crate::summary::caveat::{Caveat, CaveatId};
use crate::summary::fold::Rows;
use crate::summary::{Interval, Observed, Row, SHORTEST_FOR_INTERVALS, TargetKind};
use crate::units::Micros;

/// How much shorter than planned a window may be.
const WINDOW_SLACK: Micros = Micros::from_millis(10);

/// What has to agree.
pub(super) struct Books<'a> {
    pub(super) rows: &'a Rows,
    pub(super) series: &'a [Interval],
    pub(super) failures: &'a FailureTable,
    pub(super) length: Option<Micros>,
}

/// Every caveat that stands.
pub(super) fn find(plan: &Plan, observed: &Observed, books: &Books<'_>) -> Vec<Caveat> {
    let mut caveats: Vec<Caveat> = [
        samples_lost(observed, books),
        clamped(plan, books),
        user_lost(observed),
        window_short(plan, observed, books),
        target_lost(observed),
        embedded(observed),
        short_window(books),
        rate_limit_seen(books),
    ]
    .into_iter()
    .flatten()
    .collect();
    caveats.extend(plan.warnings.iter().map(planned));
    caveats.extend(mean_of_successes(plan, books));
    caveats
}

#[allow(clippy::cast_precision_loss)]
fn caveat(id: CaveatId, observed: Option<u64>, message: String, advice: &str) -> Caveat {
    Caveat { id, class: id.class(), observed: observed.map(|n| n as f64), message, advice: advice.to_owned() }
}

/// The users' own counters, the shards and the seconds count the same requests three times over.
fn samples_lost(observed: &Observed, books: &Books<'_>) -> Option<Caveat> {
    let counted = |row: &Row| row.requests + row.outside_window;
    let steps: u64 = books.rows.steps.iter().map(counted).sum();
    let measured = |count: fn(&Interval) -> u64| -> u64 {
        books.series.iter().filter(|interval| interval.phase == Phase::Measured).map(count).sum()
    };
    let totals = &books.rows.totals;
    let by_kind: u64 = books.failures.iter().map(|(_, entry)| entry.count).sum();
    let pairs = [
        ("requests started and ended by the users' own count", observed.requests_started, observed.requests_ended),
        ("requests ended by the users' count and samples counted", observed.requests_ended, steps),
        ("successes of the window and of its seconds", totals.successes, measured(|interval| interval.successes)),
        ("failures of the window and of its seconds", totals.failures, measured(|interval| interval.failures)),
        ("failures of the window and of their kinds", totals.failures, by_kind),
    ];
    let (what, one, other) = pairs.into_iter().find(|(_, one, other)| one != other)?;
    Some(caveat(
        CaveatId::SamplesLost,
        Some(one.abs_diff(other)),
        format!("{what} differ: {one} and {other}"),
        "the counts cannot be trusted; report this run to Tollgate's authors with its summary.json",
    ))
}

fn clamped(plan: &Plan, books: &Books<'_>) -> Option<Caveat> {
    let count = books.rows.clamped;
    (count > 0).then(|| {
        caveat(
            CaveatId::Clamped,
            Some(count),
            format!("{count} times lay over the histograms' top, {} over the timeout", Micros::from_secs(10)),
            &format!("raise --timeout (now {}) so that they can be measured", plan.load.timeout),
        )
    })
}

fn user_lost(observed: &Observed) -> Option<Caveat> {
    let lost = observed.users_lost;
    (lost > 0).then(|| {
        caveat(
            CaveatId::UserLost,
            Some(u64::from(lost)),
            format!("{lost} users panicked or never started, so the load was not the planned one"),
            "look for a panic in the log; a machine that is short of memory or threads loses users too",
        )
    })
}

fn window_short(plan: &Plan, observed: &Observed, books: &Books<'_>) -> Option<Caveat> {
    let length = books.length.unwrap_or(Micros::ZERO);
    (length + WINDOW_SLACK < plan.load.run_time).then(|| {
        let cause = if observed.interrupted { "the run was interrupted" } else { "the run ended early" };
        caveat(
            CaveatId::WindowShort,
            Some(length.get() / Micros::SECOND.get()),
            format!("{cause}: the window was {length} long and not {}", plan.load.run_time),
            "let the run go on to its end",
        )
    })
}

fn target_lost(observed: &Observed) -> Option<Caveat> {
    observed.target_lost.as_ref().map(|how| {
        caveat(
            CaveatId::TargetLost,
            None,
            how.clone(),
            "what was measured is not the service's doing; find out why it ended, and run again",
        )
    })
}

fn embedded(observed: &Observed) -> Option<Caveat> {
    (observed.target.kind == TargetKind::Embedded).then(|| {
        caveat(
            CaveatId::Embedded,
            None,
            "the target was Tollgate's own reference service: this run shows the tool and accepts nothing".to_owned(),
            "name the service to accept with --host or TOLLGATE_HOST",
        )
    })
}

fn short_window(books: &Books<'_>) -> Option<Caveat> {
    let length = books.length?;
    (length < SHORTEST_FOR_INTERVALS).then(|| {
        caveat(
            CaveatId::ShortWindow,
            Some(length.get() / Micros::SECOND.get()),
            format!("the window was only {length} long: figures may be chance"),
            "run for at least 60s, and for 300s to accept a service",
        )
    })
}

fn rate_limit_seen(books: &Books<'_>) -> Option<Caveat> {
    let limited = books.failures.iter().filter(|(kind, _)| kind.class == FailureClass::RateLimited);
    let count: u64 = limited.map(|(_, entry)| entry.count).sum();
    (count > 0).then(|| {
        caveat(
            CaveatId::RateLimitSeen,
            Some(count),
            format!("{count} requests were answered 429: a rate limiter stands before the service"),
            "test the service itself (port 8094) instead of the gateway, or raise the gateway's limit",
        )
    })
}

fn planned(warning: &PlanWarning) -> Caveat {
    match warning {
        PlanWarning::MixDistorted { needed, users } => caveat(
            CaveatId::MixDistorted,
            Some(u64::from(*users)),
            format!("{users} users cannot be dealt out by the scenarios' weights, which add up to {needed}"),
            &format!("use a multiple of {needed} users"),
        ),
        PlanWarning::WeakerGate { own, given } => caveat(
            CaveatId::WeakerGate,
            None,
            format!("the rule {given} asks less than the scenario's own {own}"),
            "a pass by this gate is not a pass by the scenario's; leave --threshold out to accept a service",
        ),
    }
}

/// A mean of successes that holds only because slow failures are not in it.
fn mean_of_successes(plan: &Plan, books: &Books<'_>) -> Option<Caveat> {
    let totals = &books.rows.totals;
    let (mean, all) = totals.service_time.mean.zip(totals.mean_all)?;
    plan.gate.iter().find_map(|rule| match (rule.threshold.metric, rule.threshold.op, rule.threshold.limit) {
        (Metric::Mean(_), Op::AtMost | Op::Below, Limit::Time(limit))
            if mean.get() <= limit.as_millis_f64() && all.get() > limit.as_millis_f64() =>
        {
            Some(caveat(
                CaveatId::MeanOfSuccesses,
                None,
                format!("only the mean of successes holds {}: with failures it is {:.1} ms", rule.threshold, all.get()),
                "look at the failures' times; a rule on mean-all counts them",
            ))
        }
        _ => None,
    })
}
