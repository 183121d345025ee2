//! From counts to figures.
//!
//! In: a [`Recording`], the series and the window. Out: rows, failure rows and the interval series. Always holds: a
//! total is counted from the same samples as its parts, by merging histograms and never by averaging figures.

use crate::histogram::counts::{Recording, RowCounts};
use crate::histogram::failures::{FailureCount, FailureKind, FailureTable};
use crate::histogram::latency::LatencyHistogram;
use crate::histogram::series::IntervalCounts;
use crate::plan::{RowId, Terms};
use crate::sample::{FailureClass, Phase, StepId};
use crate::scenario::threshold::Permille;
use crate::summary::row;
use crate::summary::{ExactCounts, FailureRow, FailureTimes, Interval, Row, TimeBlock};
use crate::units::{Micros, Millis, RatePerSec, Ratio};

/// The rows of a run.
pub(super) struct Rows {
    pub(super) totals: Row,
    pub(super) steps: Vec<Row>,
    pub(super) iteration: Option<Row>,
    pub(super) groups: Vec<Row>,
    pub(super) setup: Vec<Row>,
    pub(super) distribution: Vec<(Micros, u64)>,
    pub(super) service_distribution: Vec<(Micros, u64)>,
    /// Values over the histograms' top.
    pub(super) clamped: u64,
}

impl Rows {
    /// The row that `id` names.
    pub(super) fn row(&self, id: RowId) -> Option<&Row> {
        row::find(id, (&self.totals, &self.steps, self.iteration.as_ref(), &self.groups))
    }
}

/// Folds every row. `window` is the length of the window as it was.
pub(super) fn rows(terms: &Terms, recording: &Recording, window: Option<Micros>) -> Rows {
    let limits = &recording.limits;
    let fold = |name: Option<&str>, counts: &RowCounts, id: RowId| {
        let exact = ExactCounts::of(terms, (counts, limits), id);
        let row = figures(name.map(str::to_owned), counts, exact, window);
        // The general client tells nothing of the wire: what it cannot count is not zero.
        if terms.general { Row { bytes_sent: None, bytes_received: None, connect: None, ..row } } else { row }
    };
    let steps: Vec<Row> = terms
        .steps
        .iter()
        .zip(&recording.steps)
        .zip(0..)
        .map(|((step, counts), at)| fold(Some(step), counts, RowId::Step(StepId(at))))
        .collect();
    let groups = terms.groups.iter().zip(&recording.groups).zip(0..);
    let groups = groups.map(|((name, counts), at)| fold(Some(name), counts, RowId::Group(at))).collect();
    let all = merged(&recording.steps);
    let iteration = terms.iterations.then(|| fold(Some("iteration"), &recording.iterations, RowId::Iteration));
    Rows {
        totals: fold(None, &all, RowId::All),
        steps,
        iteration,
        groups,
        setup: setup(terms, recording),
        distribution: all.response.as_ref().unwrap_or(&all.service).buckets().collect(),
        service_distribution: all.response.iter().flat_map(|_| all.service.buckets()).collect(),
        clamped: [&all, &recording.iterations]
            .map(|counts| {
                let response = counts.response.as_ref().map_or(0, LatencyHistogram::clamped);
                counts.service.clamped() + counts.failure.clamped() + response
            })
            .iter()
            .sum(),
    }
}

/// The steps of on_start and on_stop. They are sent outside of any window, so they have no rate.
fn setup(terms: &Terms, recording: &Recording) -> Vec<Row> {
    let rows = terms.setup.iter().zip(&recording.setup);
    rows.map(|(step, counts)| figures(Some(step.clone()), counts, ExactCounts::sums(counts), None)).collect()
}

/// All steps as one row. There is at least one step in a plan.
fn merged(steps: &[RowCounts]) -> RowCounts {
    let mut all = steps[0].clone();
    steps[1..].iter().for_each(|counts| all.merge(counts));
    all
}

fn figures(name: Option<String>, counts: &RowCounts, exact: ExactCounts, window: Option<Micros>) -> Row {
    let (successes, failures) = (counts.service.count(), counts.failure.count());
    let ended = successes + failures;
    let open = counts.response.is_some();
    let rate = |count| window.and_then(|window| RatePerSec::of(count, window));
    let sum_all = exact.response_sum.unwrap_or(exact.success_sum) + exact.failure_sum;
    Row {
        name,
        requests: counts.requests(),
        successes,
        failures,
        success_rate: Ratio::of(successes, counts.attempts()),
        // A backlog that is worked off behind the window is no rate that the service kept in it.
        tps: rate(if open { counts.prompt_successes } else { successes }),
        throughput: rate(if open { counts.prompt_answers } else { counts.answered }),
        mean_all: (ended > 0).then(|| Millis::new(sum_all as f64 / ended as f64 / 1e3)),
        max_gap: None,
        stalled: None,
        bytes_sent: Some(counts.bytes_sent),
        bytes_received: Some(counts.bytes_received),
        service_time: block(&counts.service),
        response_time: counts.response.as_ref().map(block),
        failure_time: block(&counts.failure),
        ttfb: block(&counts.ttfb),
        connect: Some(block(&counts.connect)),
        arrivals: open.then(|| counts.attempts()),
        unsent: open.then_some(counts.unsent),
        dropped: open.then_some(counts.dropped),
        aborted: counts.aborted,
        outside_window: counts.outside,
        redirects: counts.redirects,
        exact,
    }
}

fn block(times: &LatencyHistogram) -> TimeBlock {
    let percentile = |p| times.percentile(p).map(Millis::from);
    TimeBlock {
        count: times.count(),
        mean: times.mean_micros().map(|micros| Millis::new(micros / 1e3)),
        min: times.min().map(Millis::from),
        max: times.max().map(Millis::from),
        stddev: times.deviation_micros().map(|micros| Millis::new(micros / 1e3)),
        p50: percentile(Permille::P50),
        p90: percentile(Permille::P90),
        p95: percentile(Permille::P95),
        p99: percentile(Permille::P99),
        p999: percentile(Permille::P999),
    }
}

/// How long the failures of the window took, by class.
pub(super) fn failure_times(recording: &Recording) -> Vec<FailureTimes> {
    recording.failures.times().map(|(class, times)| FailureTimes { class, failure_time: block(times) }).collect()
}

/// Failures of on_start and on_stop, most frequent first.
pub(super) fn setup_failures(terms: &Terms, recording: &Recording) -> Vec<FailureRow> {
    // Users start and stop outside of any window: its seconds do not count them.
    let mut rows = of_kinds(&recording.setup_failures, &terms.setup, None);
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows
}

fn of_kinds(failures: &FailureTable, steps: &[String], open: Option<Micros>) -> Vec<FailureRow> {
    let second = |ended: Micros| {
        open.map(|open| u32::try_from(ended.saturating_sub(open).get() / Micros::SECOND.get()).unwrap_or(u32::MAX))
    };
    let row = |(kind, entry): (&FailureKind, &FailureCount)| FailureRow {
        class: kind.class,
        step: steps[usize::from(kind.step.0)].clone(),
        status: kind.status,
        code: kind.code,
        message: entry.message.clone(),
        count: entry.count,
        first_second: second(entry.first),
        last_second: second(entry.last),
    };
    failures.iter().map(row).collect()
}

/// Failures by kind, most frequent first, of a window that opened at `open`.
pub(super) fn failures(terms: &Terms, recording: &Recording, open: Option<Micros>) -> Vec<FailureRow> {
    let mut rows = of_kinds(&recording.failures, &terms.steps, open);
    let never_sent = terms.steps.iter().zip(&recording.steps).flat_map(|(step, counts)| {
        [(FailureClass::Unsent, counts.unsent), (FailureClass::Dropped, counts.dropped)].map(|told| (step, told))
    });
    rows.extend(never_sent.filter(|(_, (_, count))| *count > 0).map(|(step, (class, count))| FailureRow {
        class,
        step: step.clone(),
        status: None,
        code: None,
        message: String::new(),
        count,
        first_second: None,
        last_second: None,
    }));
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    rows
}

/// One second of the series as it is shown. Seconds before the window count from the run's start until
/// the fold moves them.
pub(super) fn interval(counts: &IntervalCounts, users: u32) -> Interval {
    let percentile = |p| counts.times.percentile(p).map(Millis::from);
    Interval {
        phase: counts.key.phase,
        start_s: f64::from(counts.key.second),
        length_s: 1.0,
        users,
        successes: counts.successes,
        failures: counts.failures,
        classes: counts.classes,
        micros: u64::try_from(counts.times.sum()).unwrap_or(u64::MAX),
        service_micros: counts.service_micros,
        p50: percentile(Permille::P50),
        p95: percentile(Permille::P95),
        p99: percentile(Permille::P99),
    }
}

/// Puts the seconds in which nothing ended where they belong, so that a pause of the service shows as one. The series
/// is in order, and `length` is the window's.
pub(super) fn fill_gaps(series: Vec<Interval>, length: Micros) -> Vec<Interval> {
    let seconds = length.get().div_ceil(Micros::SECOND.get()) as f64;
    let first = series.iter().find(|interval| interval.phase == Phase::Measured);
    let (mut users, mut next) = (first.map_or(0, |interval| interval.users), 0.0);
    let mut whole = Vec::with_capacity(series.len());
    let empty = |start_s, users| Interval { start_s, users, ..Interval::empty(Phase::Measured) };
    for interval in series {
        // A second of the window stands before what started behind it.
        let until = interval.start_s + if interval.phase == Phase::After { 1.0 } else { 0.0 };
        while next < until.min(seconds) {
            whole.push(empty(next, users));
            next += 1.0;
        }
        if interval.phase == Phase::Measured {
            (users, next) = (interval.users, interval.start_s + 1.0);
        }
        whole.push(interval);
    }
    while next < seconds {
        whole.push(empty(next, users));
        next += 1.0;
    }
    whole
}

/// Counts the seconds before the window from its start too; the last of them ends where it opens.
pub(super) fn count_from_window(series: &mut [Interval], open: Micros) {
    for interval in series.iter_mut().filter(|interval| interval.phase == Phase::Before) {
        interval.start_s -= open.as_secs_f64();
        interval.length_s = interval.length_s.min(-interval.start_s);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_in_which_nothing_ended_stand_where_they_belong() {
        let at = |phase, start_s, users| Interval { start_s, users, ..Interval::empty(phase) };
        let series = vec![
            at(Phase::Before, -1.0, 1),
            at(Phase::Measured, 1.0, 2),
            at(Phase::Measured, 3.0, 3),
            at(Phase::After, 4.0, 3),
            at(Phase::Measured, 6.0, 0),
        ];
        let filled = fill_gaps(series, Micros::from_millis(4_500));
        let found: Vec<(Phase, f64, u32)> = filled.iter().map(|i| (i.phase, i.start_s, i.users)).collect();
        let measured = |start, users| (Phase::Measured, start, users);
        let (before, after) = ((Phase::Before, -1.0, 1), (Phase::After, 4.0, 3));
        let whole = [measured(0.0, 2), measured(1.0, 2), measured(2.0, 2), measured(3.0, 3), measured(4.0, 3)];
        assert_eq!(found, [&[before], &whole[..], &[after, measured(6.0, 0)]].concat(), "the drain is not filled");
        assert_eq!(fill_gaps(Vec::new(), Micros::from_secs(3)).len(), 3);
    }
}
