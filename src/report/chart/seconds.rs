//! The series of seconds as points to draw.
//!
//! In: the run's intervals, which split a second by the phase its requests started in, and the times of its seconds.
//! Out: at most [`MOST`] points in order of time. Always holds: no request is left out; points are merged, never
//! thinned; no point lies on both sides of the window's opening or close; the percentiles of several seconds are of their
//! merged times.

use crate::histogram::series::ClassCounts;
use crate::plan::RowId;
use crate::scenario::threshold::Permille;
use crate::summary::confidence::RowSeconds;
use crate::summary::{Interval, Summary};
use crate::units::Micros;

/// So many points are drawn at most.
pub(super) const MOST: usize = 1_000;
/// A shorter interval is merged into the one before it: a rate over a sliver says nothing.
const SLIVER: f64 = 0.5;
/// The percentiles that are drawn.
const DRAWN: [Permille; 3] = [Permille::P50, Permille::P95, Permille::P99];
/// Seconds to a point, where one second each would be too many points.
const WIDTHS: [u32; 22] = [
    2, 5, 10, 15, 20, 30, 60, 90, 120, 180, 240, 300, 600, 900, 1_200, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200,
    86_400,
];

/// The points of a run.
pub(super) struct Points {
    pub(super) stretches: Vec<Stretch>,
    /// How many seconds are one point; 1 where every second is its own.
    pub(super) width: u32,
}

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

    /// Attempts that failed: those that were sent, and arrivals that never were, in the second in which they were due.
    pub(super) fn failed_attempts(&self) -> u64 {
        self.failures.saturating_add(self.classes.never_sent())
    }

    /// Which point of so many seconds it belongs to, of a window that closed at `close`.
    fn bin(&self, width: u32, close: f64) -> (bool, i64) {
        (self.start >= close - 1e-6, ((self.start + 1e-6) / f64::from(width)).floor() as i64)
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

impl Points {
    /// The points of a run.
    pub(super) fn of(summary: &Summary) -> Self {
        let seconds = whole_seconds(&summary.series);
        if seconds.len() <= MOST {
            return Self { stretches: seconds, width: 1 };
        }
        let close = summary.run.window.seconds.unwrap_or(f64::INFINITY);
        let times = summary.seconds.row(RowId::All);
        let width = width(&seconds, close, times.width());
        let together = seconds.chunk_by(|one, next| one.bin(width, close) == next.bin(width, close));
        let mut stretches: Vec<Stretch> = together.filter_map(|seconds| binned(seconds, times)).collect();
        let outside = |point: &Stretch| point.start < -1e-6 || point.start >= close - 1e-6;
        for sliver in stretches.iter_mut().filter(|p| outside(p) && p.length < f64::from(width) / 2.0) {
            // A drain of two seconds would stand as a spike at the edge of a day.
            sliver.percentiles = [None; 3];
        }
        Self { stretches, width }
    }
}

/// The fewest seconds to a point with which there are not too many points. A multiple of `of_times`, the seconds whose times
/// are known together; longer than a day, the first power of two days that is enough.
fn width(seconds: &[Stretch], close: f64, of_times: u32) -> u32 {
    let days = std::iter::successors(WIDTHS.last().copied(), |width| width.checked_mul(2));
    let bins = |width: u32| seconds.chunk_by(|one, next| one.bin(width, close) == next.bin(width, close)).count();
    let enough = |width: &u32| width.is_multiple_of(of_times) && bins(*width) <= MOST;
    WIDTHS.into_iter().chain(days).find(enough).unwrap_or(u32::MAX)
}

fn whole_seconds(series: &[Interval]) -> Vec<Stretch> {
    let mut seconds: Vec<Stretch> = Vec::with_capacity(series.len());
    for stretch in series.iter().filter(|interval| interval.length_s > 0.0).map(Stretch::of) {
        match seconds.last_mut() {
            Some(last) if stretch.start - last.start < 1e-6 || stretch.length < SLIVER => *last = last.joined(&stretch),
            _ => seconds.push(stretch),
        }
    }
    seconds
}

/// Several seconds as one point. Only of the window are the times kept: outside of it, where nothing is measured, the
/// highest figures of a second stand for the point.
fn binned(together: &[Stretch], times: &RowSeconds) -> Option<Stretch> {
    let whole = together.iter().copied().reduce(|a, b| a.joined(&b))?;
    let merged = percentiles(&times.joined(whole.start - 1e-6..whole.end() - 1e-6));
    let highest = |at: usize| together.iter().filter_map(|stretch| stretch.percentiles[at]).reduce(f64::max);
    Some(Stretch { percentiles: std::array::from_fn(|at| merged[at].or_else(|| highest(at))), ..whole })
}

/// The percentiles of rising buckets, by nearest rank.
fn percentiles(buckets: &[(u32, u64)]) -> [Option<f64>; 3] {
    let total: u64 = buckets.iter().map(|(_, count)| count).sum();
    DRAWN.map(|p| {
        let (rank, mut seen) = (p.rank(total), 0);
        let bucket = buckets.iter().find(|(_, count)| {
            seen += count;
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
    use crate::summary::confidence::{SecondRecord, Seconds};
    use crate::units::Millis;

    fn points(series: &[Interval]) -> Vec<Stretch> {
        let mut summary = fixture::passing().summary;
        (summary.series, summary.seconds) = (series.to_vec(), Seconds::default());
        Points::of(&summary).stretches
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
        summary.run.window.seconds = Some(7_200.0);
        // One of ten seconds that make a point is slow: its times are a tenth of the point's.
        let times = |at: u32| if at == 4_321 { vec![(900_095, 100)] } else { vec![(20_015, 100)] };
        let second = |second: u32| (SecondRecord { second, ..SecondRecord::default() }, times(second));
        summary.seconds = Seconds::of_all((0..7_200).map(second));
        let Points { stretches: points, width } = Points::of(&summary);
        assert_eq!((points.len(), width), (720, 10));
        let slow = points.iter().find(|p| (p.start..p.end()).contains(&4_321.0)).unwrap();
        assert_eq!(slow.percentiles, [Some(20.015), Some(900.095), Some(900.095)], "of the merged times");
        assert_eq!(points[0].percentiles[2], Some(20.015));
        assert_eq!(points[0].means(), [Some(20.0), Some(15.0)]);
        assert_eq!(points.iter().map(|p| p.successes).sum::<u64>(), 720_000);
        assert_eq!(points.iter().map(|p| p.failures).sum::<u64>(), 7_200);
        assert!((points[0].per_second(points[0].successes) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn the_points_of_a_day_end_where_the_window_opens_and_closes() {
        let mut summary = fixture::passing().summary;
        let at = |second: i32, phase| Interval { phase, ..interval(f64::from(second), 100, 20.0) };
        let phase = |second| match second {
            ..0 => Phase::Before,
            0..86_405 => Phase::Measured,
            _ => Phase::After,
        };
        summary.series = (-137..86_420).map(|second| at(second, phase(second))).collect();
        summary.run.window.seconds = Some(86_405.0);
        let times = |second: u32| (SecondRecord { second, ..SecondRecord::default() }, vec![(20_015, 100)]);
        summary.seconds = Seconds::of_all((0..86_405).map(times));
        let Points { stretches: points, width } = Points::of(&summary);
        assert_eq!(width, 90);
        assert!(points.len() <= MOST, "{}", points.len());
        for edge in [0.0, 86_405.0] {
            assert!(points.iter().any(|p| p.start == edge) && points.iter().any(|p| p.end() == edge), "{edge}");
        }
        assert_eq!(points.iter().map(|p| p.successes).sum::<u64>(), 100 * (137 + 86_420));
        let drained = points.iter().find(|p| p.start >= 86_405.0).unwrap();
        assert_eq!((drained.length, drained.percentiles), (15.0, [None; 3]), "a spike at the edge says nothing");
        assert!(points[0].length < 90.0 && points[0].percentiles[2] == Some(20.0), "{:?}", points[0]);
        let measured = points.iter().filter(|p| p.start >= 0.0 && p.end() <= 86_405.0);
        assert!(measured.clone().count() > 900 && measured.clone().all(|p| p.percentiles[0] == Some(20.015)));
    }

    #[test]
    fn a_century_of_days_is_a_thousand_points_too() {
        let points =
            points(&(0..36_500_u32).map(|day| interval(f64::from(day) * 86_400.0, 1, 9.0)).collect::<Vec<_>>());
        assert!(points.len() <= MOST, "{}", points.len());
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
