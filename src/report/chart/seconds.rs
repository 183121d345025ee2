//! The series of seconds as points to draw.
//!
//! In: the run's intervals, which split a second by the phase its requests started in, and the times of its seconds.
//! Out: at most [`MOST`] points in order of time. Always holds: no request is left out; points are merged, never
//! thinned; the percentiles of several seconds are of their merged times.

use crate::histogram::series::ClassCounts;
use crate::plan::RowId;
use crate::scenario::threshold::Permille;
use crate::summary::confidence::SecondRecord;
use crate::summary::{Interval, Summary};
use crate::units::Micros;

/// So many points are drawn at most.
pub(super) const MOST: usize = 1_000;
/// A shorter interval is merged into the one before it: a rate over a sliver says nothing.
const SLIVER: f64 = 0.5;
/// The percentiles that are drawn.
const DRAWN: [Permille; 3] = [Permille::P50, Permille::P95, Permille::P99];

/// What happened in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) start: f64,
    pub(super) length: f64,
    pub(super) users: f64,
    pub(super) successes: u64,
    pub(super) failures: u64,
    pub(super) classes: ClassCounts,
    /// Sums of the successes' times by the model's own clock, and of their service times.
    pub(super) micros: [u64; 2],
    /// p50, p95, p99 in milliseconds.
    pub(super) percentiles: [Option<f64>; 3],
}

impl Stretch {
    fn of(interval: &Interval) -> Self {
        Self {
            start: interval.start_s,
            length: interval.length_s,
            users: f64::from(interval.users),
            successes: interval.successes,
            failures: interval.failures,
            classes: interval.classes,
            micros: [interval.micros, interval.service_micros],
            percentiles: [interval.p50, interval.p95, interval.p99].map(|time| time.map(|t| t.get())),
        }
    }

    pub(super) fn end(&self) -> f64 {
        self.start + self.length
    }

    pub(super) fn middle(&self) -> f64 {
        self.start + self.length / 2.0
    }

    pub(super) fn per_second(&self, count: u64) -> f64 {
        if self.length > 0.0 { count as f64 / self.length } else { 0.0 }
    }

    /// The mean of its successes in milliseconds: by the model's own clock, and of their service times.
    pub(super) fn means(&self) -> [Option<f64>; 2] {
        self.micros.map(|sum| (self.successes > 0).then(|| sum as f64 / self.successes as f64 / 1e3))
    }

    /// Both stretches as one; percentiles are those of the one that saw more.
    fn joined(&self, other: &Self) -> Self {
        let more = if other.successes > self.successes { other } else { self };
        let mut classes = self.classes;
        classes.merge(&other.classes);
        Self {
            start: self.start.min(other.start),
            length: self.end().max(other.end()) - self.start.min(other.start),
            users: self.users.max(other.users),
            successes: self.successes.saturating_add(other.successes),
            failures: self.failures.saturating_add(other.failures),
            classes,
            micros: std::array::from_fn(|at| self.micros[at].saturating_add(other.micros[at])),
            percentiles: more.percentiles,
        }
    }
}

/// The points of a run.
pub(super) fn stretches(summary: &Summary) -> Vec<Stretch> {
    let seconds = whole_seconds(&summary.series);
    let to_a_point = seconds.len().div_ceil(MOST);
    if to_a_point <= 1 {
        return seconds;
    }
    let mut kept: Vec<&SecondRecord> = summary.seconds.iter().filter(|second| second.row == RowId::All).collect();
    kept.sort_by_key(|second| second.second);
    seconds.chunks(to_a_point).filter_map(|chunk| binned(chunk, &kept)).collect()
}

fn whole_seconds(series: &[Interval]) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = series.iter().filter(|i| i.length_s > 0.0).map(Stretch::of).collect();
    all.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut seconds: Vec<Stretch> = Vec::with_capacity(all.len());
    for stretch in all {
        match seconds.last_mut() {
            Some(last) if stretch.start - last.start < 1e-6 || stretch.length < SLIVER => *last = last.joined(&stretch),
            _ => seconds.push(stretch),
        }
    }
    seconds
}

/// Several seconds as one point. Only of the window are the times kept: outside of it, where nothing is measured, the
/// highest figures of a second stand for the point.
fn binned(chunk: &[Stretch], kept: &[&SecondRecord]) -> Option<Stretch> {
    let whole = chunk.iter().copied().reduce(|a, b| a.joined(&b))?;
    let from = kept.partition_point(|second| f64::from(second.second) < whole.start - 1e-6);
    let until = kept.partition_point(|second| f64::from(second.second) < whole.end() - 1e-6);
    let merged = percentiles(&kept[from..until.max(from)]);
    let highest = |at: usize| chunk.iter().filter_map(|stretch| stretch.percentiles[at]).reduce(f64::max);
    Some(Stretch { percentiles: std::array::from_fn(|at| merged[at].or_else(|| highest(at))), ..whole })
}

/// The percentiles of the successes of several seconds, by nearest rank.
fn percentiles(seconds: &[&SecondRecord]) -> [Option<f64>; 3] {
    let mut buckets: Vec<(u32, u32)> = seconds.iter().flat_map(|second| second.buckets()).collect();
    // Stable, because that finds the rising runs that the seconds are.
    buckets.sort_by_key(|(edge, _)| *edge);
    let total: u64 = buckets.iter().map(|(_, count)| u64::from(*count)).sum();
    DRAWN.map(|p| {
        let (rank, mut seen) = (p.rank(total), 0);
        let bucket = buckets.iter().find(|(_, count)| {
            seen += u64::from(*count);
            seen >= rank
        })?;
        Some(Micros::new(bucket.0.into()).as_millis_f64())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::sample::Phase;
    use crate::units::Millis;

    fn points(series: &[Interval]) -> Vec<Stretch> {
        let mut summary = fixture::passing().summary;
        (summary.series, summary.seconds) = (series.to_vec(), Vec::new());
        stretches(&summary)
    }

    fn interval(start_s: f64, successes: u64, p99: f64) -> Interval {
        Interval {
            phase: Phase::Measured,
            start_s,
            length_s: 1.0,
            users: 10,
            successes,
            failures: 1,
            classes: ClassCounts::default(),
            micros: successes * 20_000,
            service_micros: successes * 15_000,
            p50: None,
            p95: None,
            p99: Some(Millis::new(p99)),
        }
    }

    #[test]
    fn a_long_run_is_binned_and_loses_no_request() {
        let mut summary = fixture::passing().summary;
        summary.series = (0..7_200_u32).map(|at| interval(f64::from(at), 100, 20.0)).collect();
        // One of eight seconds that make a point is slow: its times are one eighth of the point's.
        let times = |at: u32| if at == 4_321 { [(900_095, 100)] } else { [(20_015, 100)] };
        summary.seconds = (0..7_200).map(|at| SecondRecord::with_times(at, &times(at))).collect();
        let points = stretches(&summary);
        assert!(points.len() <= MOST);
        let slow = points.iter().find(|p| (p.start..p.end()).contains(&4_321.0)).unwrap();
        assert_eq!(slow.percentiles, [Some(20.015), Some(900.095), Some(900.095)], "of the merged times");
        assert_eq!(points[0].percentiles[2], Some(20.015));
        assert_eq!(points[0].means(), [Some(20.0), Some(15.0)]);
        assert_eq!(points.iter().map(|p| p.successes).sum::<u64>(), 720_000);
        assert_eq!(points.iter().map(|p| p.failures).sum::<u64>(), 7_200);
        assert!((points[0].per_second(points[0].successes) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_second_split_by_phase_is_one_point() {
        let points = points(&[
            Interval { phase: Phase::Before, ..interval(0.0, 40, 99.0) },
            interval(0.0, 960, 20.0),
            interval(1.0, 1_000, 21.0),
        ]);
        assert_eq!(points.len(), 2);
        assert_eq!((points[0].successes, points[0].percentiles[2]), (1_000, Some(20.0)));
    }

    #[test]
    fn a_sliver_of_a_second_is_no_point_of_its_own() {
        let points = points(&[interval(0.0, 1_000, 20.0), Interval { length_s: 0.01, ..interval(1.0, 30, 20.0) }]);
        assert_eq!(points.len(), 1);
        assert!((points[0].length - 1.01).abs() < 1e-9);
    }
}
