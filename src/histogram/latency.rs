//! The distribution of one kind of time.
//!
//! In: spans in whole microseconds. Out: exact count, sum, minimum, maximum and deviation, and percentiles to 3
//! significant digits. Always holds: percentiles are nearest rank (rank `ceil(p n)`), never interpolated; merging two
//! histograms gives the histogram of both.

use hdrhistogram::{CreationError, Histogram};

use crate::histogram::sparse::{self, SparseTimes};
use crate::scenario::threshold::Permille;
use crate::units::Micros;

/// Significant digits of a percentile: an error of at most 0.1 %.
const DIGITS: u8 = 3;

/// What is known of spans to the microsecond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exact {
    /// Values over the top, counted as the top.
    pub clamped: u64,
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: u128,
    /// The sum of their squares.
    pub squares: u128,
    /// The shortest.
    pub min: Option<Micros>,
    /// The longest.
    pub max: Option<Micros>,
}

impl Exact {
    /// Adds everything `other` counted.
    pub fn merge(&mut self, other: &Self) {
        self.clamped += other.clamped;
        self.count += other.count;
        self.sum += other.sum;
        self.squares += other.squares;
        self.min = [self.min, other.min].into_iter().flatten().min();
        self.max = [self.max, other.max].into_iter().flatten().max();
    }
}

/// Counts of spans between 1 us and a top.
#[derive(Clone, Debug)]
pub struct LatencyHistogram {
    buckets: Histogram<u64>,
    exact: Exact,
}

impl LatencyHistogram {
    /// An empty histogram for spans up to `top` (raised to 2 us where lower).
    ///
    /// # Errors
    /// [`CreationError`] when the range cannot be built; not for any top a plan allows.
    pub fn new(top: Micros) -> Result<Self, CreationError> {
        let buckets = Histogram::new_with_bounds(1, top.get().max(2), DIGITS)?;
        Ok(Self { buckets, exact: Exact::default() })
    }

    /// Counts one span.
    pub fn record(&mut self, span: Micros) {
        let value = span.get();
        let exact = &mut self.exact;
        exact.clamped += u64::from(value > self.buckets.high());
        self.buckets.saturating_record(value);
        exact.count += 1;
        exact.sum += u128::from(value);
        exact.squares += u128::from(value) * u128::from(value);
        exact.min = Some(exact.min.map_or(span, |min| min.min(span)));
        exact.max = Some(exact.max.map_or(span, |max| max.max(span)));
    }

    /// Adds everything `other` counted.
    pub fn merge(&mut self, other: &Self) {
        if other.exact.count == 0 {
            return;
        }
        // Both have the same bounds; a bucket that would not fit is counted at the top.
        if self.buckets.add(&other.buckets).is_err() {
            other
                .buckets
                .iter_recorded()
                .for_each(|v| self.buckets.saturating_record_n(v.value_iterated_to(), v.count_at_value()));
        }
        self.exact.merge(&other.exact);
    }

    /// Adds what a histogram of the same top counted.
    pub fn add(&mut self, other: &SparseTimes) {
        other.buckets().for_each(|(edge, count)| self.buckets.saturating_record_n(edge.get(), count));
        self.exact.merge(other.exact());
    }

    /// Takes packed times of a histogram of the same top off the front of `bytes`, and adds them; `None` when none are
    /// whole.
    pub fn add_packed(&mut self, bytes: &mut &[u8]) -> Option<()> {
        let (exact, buckets) = sparse::parts(bytes)?;
        buckets.for_each(|(edge, count)| self.buckets.saturating_record_n(edge, count));
        self.exact.merge(&exact);
        Some(())
    }

    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        if self.exact.count > 0 {
            self.buckets.reset();
            self.exact = Exact::default();
        }
    }

    /// What is known to the microsecond.
    #[must_use]
    pub const fn exact(&self) -> &Exact {
        &self.exact
    }

    /// How many spans were counted.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.exact.count
    }

    /// How many lay over the top.
    #[must_use]
    pub const fn clamped(&self) -> u64 {
        self.exact.clamped
    }

    /// Exact sum in microseconds.
    #[must_use]
    pub const fn sum(&self) -> u128 {
        self.exact.sum
    }

    /// Exact minimum.
    #[must_use]
    pub const fn min(&self) -> Option<Micros> {
        self.exact.min
    }

    /// Exact maximum.
    #[must_use]
    pub const fn max(&self) -> Option<Micros> {
        self.exact.max
    }

    /// Arithmetic mean in microseconds, from the exact sum.
    #[must_use]
    pub fn mean_micros(&self) -> Option<f64> {
        (self.exact.count > 0).then(|| self.exact.sum as f64 / self.exact.count as f64)
    }

    /// Standard deviation of the population in microseconds, from exact sums.
    #[must_use]
    pub fn deviation_micros(&self) -> Option<f64> {
        let n = u128::from(self.exact.count);
        (n > 0).then(|| {
            // n sum(x^2) - sum(x)^2 in whole numbers: no digits cancel.
            let spread = (n * self.exact.squares).saturating_sub(self.exact.sum * self.exact.sum);
            (spread as f64).sqrt() / self.exact.count as f64
        })
    }

    /// The nearest-rank percentile, of rank `ceil(p n)`.
    #[must_use]
    pub fn percentile(&self, p: Permille) -> Option<Micros> {
        self.value_at_rank(p.rank(self.exact.count).max(1))
    }

    /// The value of this rank, counted from 1: the highest of its bucket, and never over the exact maximum. `None`
    /// when there are fewer values.
    #[must_use]
    pub fn value_at_rank(&self, rank: u64) -> Option<Micros> {
        nearest_rank(&self.exact, rank, self.buckets().map(|(edge, count)| (edge.get(), count)))
    }

    /// Each occupied bucket's upper edge, and how many lie in it, in rising order.
    pub fn buckets(&self) -> impl Iterator<Item = (Micros, u64)> {
        self.buckets.iter_recorded().map(|bucket| {
            (Micros::new(self.buckets.highest_equivalent(bucket.value_iterated_to())), bucket.count_at_value())
        })
    }
}

/// The value of this rank among rising `buckets`, counted from 1, and never over the exact maximum.
pub(super) fn nearest_rank(exact: &Exact, rank: u64, buckets: impl Iterator<Item = (u64, u64)>) -> Option<Micros> {
    let max = exact.max.filter(|_| rank <= exact.count)?;
    let (mut seen, mut buckets) = (0, buckets);
    let (edge, _) = buckets.find(|(_, count)| {
        seen += count;
        seen >= rank
    })?;
    Some(Micros::new(edge).min(max))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u64]) -> LatencyHistogram {
        let mut histogram = LatencyHistogram::new(Micros::from_secs(20)).unwrap();
        values.iter().for_each(|value| histogram.record(Micros::new(*value)));
        histogram
    }

    #[test]
    fn an_empty_histogram_has_no_figures() {
        let empty = of(&[]);
        assert_eq!((empty.percentile(Permille::P95), empty.mean_micros(), empty.max()), (None, None, None));
    }

    #[test]
    fn percentiles_are_nearest_rank_and_not_interpolated() {
        let values: Vec<u64> = (1..=100).collect();
        let histogram = of(&values);
        assert_eq!(histogram.percentile(Permille::P95), Some(Micros::new(95)));
        assert_eq!(histogram.percentile(Permille::P999), Some(Micros::new(100)));
        assert_eq!(of(&[7]).percentile(Permille::P50), Some(Micros::new(7)));
    }

    #[test]
    fn a_value_over_the_top_is_counted_and_told() {
        let histogram = of(&[5, 40_000_000]);
        assert_eq!((histogram.count(), histogram.clamped()), (2, 1));
        assert_eq!(histogram.max(), Some(Micros::new(40_000_000)), "the maximum stays exact");
    }

    #[test]
    fn zero_microseconds_are_counted() {
        assert_eq!(of(&[0, 0]).count(), 2);
        assert_eq!(of(&[0, 0]).percentile(Permille::P50), Some(Micros::ZERO));
    }

    proptest! {
        #[test]
        fn a_percentile_is_within_a_thousandth_of_the_exact_one(mut values in prop::collection::vec(1_u64..15_000_000, 1..400), p in 1_u16..1000) {
            let p = Permille::new(p).unwrap();
            let shown = of(&values).percentile(p).unwrap().get();
            values.sort_unstable();
            let exact = values[usize::try_from(p.rank(values.len() as u64)).unwrap() - 1];
            prop_assert!(shown >= exact && (shown - exact) as f64 <= exact as f64 / 1000.0 + 1.0, "{shown} for {exact}");
        }

        #[test]
        fn merging_gives_the_histogram_of_both(a in prop::collection::vec(0_u64..15_000_000, 0..50), b in prop::collection::vec(0_u64..15_000_000, 0..50)) {
            let mut merged = of(&a);
            merged.merge(&of(&b));
            let both = of(&[a, b].concat());
            prop_assert_eq!(merged.buckets().collect::<Vec<_>>(), both.buckets().collect::<Vec<_>>());
            prop_assert_eq!((merged.count(), merged.sum(), merged.min(), merged.max()), (both.count(), both.sum(), both.min(), both.max()));
            prop_assert_eq!(merged.deviation_micros(), both.deviation_micros());
        }
    }
}
