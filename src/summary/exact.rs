//! What the rules are decided on, from the recorder's counts.
//!
//! In: a row's counts, the limits they were counted at, the gate. Out: [`ExactCounts`]. Always holds: nothing here went
//! through a histogram but the percentiles that are shown beside a rule.

use crate::histogram::counts::RowCounts;
use crate::histogram::latency::LatencyHistogram;
use crate::histogram::limits::LimitOf;
use crate::plan::{RowId, Rule, Terms};
use crate::sample::SampleOf;
use crate::summary::{ExactCounts, LimitCount, OpenedCounts, Quantile};

impl ExactCounts {
    /// The counts of a row that the rules of `terms` ask about.
    pub(super) fn of(terms: &Terms, (counts, limits): (&RowCounts, &[LimitOf]), row: RowId) -> Self {
        Self {
            at_or_under: at_or_under(&counts.at_or_under, limits, row),
            quantiles: quantiles(counts, &terms.gate, row),
            opened: opens_connections(terms, row).then(|| opened(counts, limits, row)),
            ..Self::sums(counts)
        }
    }

    /// The sums alone.
    pub(super) fn sums(counts: &RowCounts) -> Self {
        Self {
            answered: counts.answered,
            success_sum: counts.service.sum(),
            response_sum: counts.response.as_ref().map(LatencyHistogram::sum),
            // At the time they took by the model's own clock.
            failure_sum: if counts.response.is_some() { counts.failure_response_sum } else { counts.failure.sum() },
            ttfb_sum: counts.ttfb.sum(),
            ..Self::default()
        }
    }
}

/// The counts at the limits of a row's samples, joined where steps share a limit.
fn at_or_under(counts: &[u64], limits: &[LimitOf], row: RowId) -> Vec<LimitCount> {
    let in_row = |of| match (row, of) {
        (RowId::All, SampleOf::Step(_)) | (RowId::Iteration, SampleOf::Iteration) => true,
        (RowId::Step(step), SampleOf::Step(other)) => step == other,
        (RowId::Group(group), SampleOf::Group(other)) => group == other,
        _ => false,
    };
    let mut joined: Vec<LimitCount> = Vec::new();
    for (limit, count) in limits.iter().zip(counts).filter(|(limit, _)| in_row(limit.of)) {
        match joined.iter_mut().find(|known| known.clock == limit.clock && known.at_most == limit.at_most) {
            Some(known) => known.count += count,
            None => joined.push(LimitCount { clock: limit.clock, at_most: limit.at_most, count: *count }),
        }
    }
    joined
}

/// Whether the requests of a row are told apart by whether they opened a connection: whole iterations are not, and the
/// general client does not tell.
fn opens_connections(terms: &Terms, row: RowId) -> bool {
    !terms.general && matches!(row, RowId::All | RowId::Step(_))
}

fn opened(counts: &RowCounts, limits: &[LimitOf], row: RowId) -> OpenedCounts {
    OpenedCounts {
        requests: counts.connect.count() - counts.opened.later,
        successes: counts.opened.successes,
        success_sum: counts.opened.success_micros,
        at_or_under: at_or_under(&counts.opened.at_or_under, limits, row),
    }
}

/// The percentiles over all attempts that a row's rules ask for.
fn quantiles(counts: &RowCounts, gate: &[Rule], row: RowId) -> Vec<Quantile> {
    let of_row = gate.iter().filter(|rule| rule.row == row);
    let asked = of_row.filter_map(|rule| Some((rule.clock, rule.threshold.metric.percentile()?)));
    asked
        .map(|(clock, p)| {
            let rank = p.rank(counts.attempts());
            Quantile { clock, p, value: counts.times(clock).and_then(|times| times.value_at_rank(rank)) }
        })
        .collect()
}
