//! The series of seconds as points to draw.
//!
//! In: the run's intervals, which split a second by the phase its requests started in. Out: at most [`MOST`] points in
//! order of time. Always holds: no request is left out; points are merged, never thinned.

use crate::summary::Interval;

/// So many points are drawn at most.
pub(super) const MOST: usize = 1_000;
/// A shorter interval is merged into the one before it: a rate over a sliver says nothing.
const SLIVER: f64 = 0.5;

/// What happened in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) start: f64,
    pub(super) length: f64,
    pub(super) users: f64,
    pub(super) successes: u64,
    pub(super) failures: u64,
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

    /// Both stretches as one; percentiles are those of the one that saw more.
    fn joined(&self, other: &Self) -> Self {
        let more = if other.successes > self.successes { other } else { self };
        Self {
            start: self.start.min(other.start),
            length: self.end().max(other.end()) - self.start.min(other.start),
            users: self.users.max(other.users),
            successes: self.successes.saturating_add(other.successes),
            failures: self.failures.saturating_add(other.failures),
            percentiles: more.percentiles,
        }
    }

    /// Both stretches as one; percentiles are the higher ones.
    fn binned(&self, other: &Self) -> Self {
        let highest = std::array::from_fn(|at| higher(self.percentiles[at], other.percentiles[at]));
        Self { percentiles: highest, ..self.joined(other) }
    }
}

fn higher(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

/// The points of `series`.
pub(super) fn stretches(series: &[Interval]) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = series.iter().filter(|i| i.length_s > 0.0).map(Stretch::of).collect();
    all.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut seconds: Vec<Stretch> = Vec::with_capacity(all.len());
    for stretch in all {
        match seconds.last_mut() {
            Some(last) if stretch.start - last.start < 1e-6 || stretch.length < SLIVER => *last = last.joined(&stretch),
            _ => seconds.push(stretch),
        }
    }
    let to_a_point = seconds.len().div_ceil(MOST).max(1);
    seconds.chunks(to_a_point).filter_map(|chunk| chunk.iter().copied().reduce(|a, b| a.binned(&b))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Phase;
    use crate::units::Millis;

    fn interval(start_s: f64, successes: u64, p99: f64) -> Interval {
        Interval {
            phase: Phase::Measured,
            start_s,
            length_s: 1.0,
            users: 10,
            successes,
            failures: 1,
            p50: None,
            p95: None,
            p99: Some(Millis::new(p99)),
        }
    }

    #[test]
    fn a_long_run_is_binned_and_loses_no_request_and_no_spike() {
        let series: Vec<Interval> =
            (0..7_200_u32).map(|at| interval(f64::from(at), 100, if at == 4_321 { 900.0 } else { 20.0 })).collect();
        let points = stretches(&series);
        assert!(points.len() <= MOST);
        assert_eq!(points.iter().map(|p| p.successes).sum::<u64>(), 720_000);
        assert_eq!(points.iter().map(|p| p.failures).sum::<u64>(), 7_200);
        assert_eq!(points.iter().filter(|p| p.percentiles[2] == Some(900.0)).count(), 1);
        assert!((points[0].per_second(points[0].successes) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_second_split_by_phase_is_one_point() {
        let points = stretches(&[
            Interval { phase: Phase::Before, ..interval(0.0, 40, 99.0) },
            interval(0.0, 960, 20.0),
            interval(1.0, 1_000, 21.0),
        ]);
        assert_eq!(points.len(), 2);
        assert_eq!((points[0].successes, points[0].percentiles[2]), (1_000, Some(20.0)));
    }

    #[test]
    fn a_sliver_of_a_second_is_no_point_of_its_own() {
        let points = stretches(&[interval(0.0, 1_000, 20.0), Interval { length_s: 0.01, ..interval(1.0, 30, 20.0) }]);
        assert_eq!(points.len(), 1);
        assert!((points[0].length - 1.01).abs() < 1e-9);
    }
}
