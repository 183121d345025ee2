//! The distribution of one kind of time by its occupied buckets alone.
//!
//! In: a [`LatencyHistogram`]. Out: the same counts in as much memory as they need, and in bytes. Always holds:
//! percentiles are those of the histogram, and a histogram that is put together again from it is the same.

use crate::histogram::latency::{Exact, LatencyHistogram, nearest_rank};
use crate::histogram::packed::{Buckets, pack, put, take};
use crate::scenario::threshold::Permille;
use crate::units::Micros;

/// Occupied buckets, and what is known exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SparseTimes {
    exact: Exact,
    /// Upper edge in microseconds, and how many times lie in the bucket; rising.
    buckets: Vec<(u64, u64)>,
}

impl SparseTimes {
    /// What `times` counted.
    #[must_use]
    pub fn of(times: &LatencyHistogram) -> Self {
        let buckets = if times.count() == 0 {
            Vec::new()
        } else {
            times.buckets().map(|(edge, count)| (edge.get(), count)).collect()
        };
        Self { exact: *times.exact(), buckets }
    }

    /// How many times were counted.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.exact.count
    }

    /// Exact sum in microseconds.
    #[must_use]
    pub const fn sum(&self) -> u128 {
        self.exact.sum
    }

    /// What is known exactly.
    #[must_use]
    pub const fn exact(&self) -> &Exact {
        &self.exact
    }

    /// Each occupied bucket's upper edge, and how many lie in it, in rising order.
    pub fn buckets(&self) -> impl Iterator<Item = (Micros, u64)> {
        self.buckets.iter().map(|(edge, count)| (Micros::new(*edge), *count))
    }

    /// The nearest-rank percentile, of rank `ceil(p n)`.
    #[must_use]
    pub fn percentile(&self, p: Permille) -> Option<Micros> {
        nearest_rank(&self.exact, p.rank(self.exact.count).max(1), self.buckets.iter().copied())
    }

    /// Adds everything `other` counted.
    pub fn merge(&mut self, other: &Self) {
        if other.exact.count == 0 {
            return;
        }
        self.exact.merge(&other.exact);
        let known = std::mem::take(&mut self.buckets);
        let mut merged = Vec::with_capacity(known.len() + other.buckets.len());
        let (mut ours, mut theirs) = (known.into_iter().peekable(), other.buckets.iter().copied().peekable());
        while let (Some(one), Some(two)) = (ours.peek().copied(), theirs.peek().copied()) {
            let edge = one.0.min(two.0);
            let from = |bucket: (u64, u64)| if bucket.0 == edge { bucket.1 } else { 0 };
            merged.push((edge, from(one) + from(two)));
            ours.next_if(|bucket| bucket.0 == edge);
            theirs.next_if(|bucket| bucket.0 == edge);
        }
        merged.extend(ours.chain(theirs));
        self.buckets = merged;
    }

    /// Writes it behind `bytes`.
    pub fn pack(&self, bytes: &mut Vec<u8>) {
        put(bytes, self.exact.count);
        if self.exact.count == 0 {
            return;
        }
        put(bytes, self.exact.clamped);
        put_wide(bytes, self.exact.sum);
        put_wide(bytes, self.exact.squares);
        for end in [self.exact.min, self.exact.max] {
            put(bytes, end.map_or(0, Micros::get));
        }
        let mut packed = Vec::with_capacity(self.buckets.len() * 2);
        pack(&mut packed, self.buckets.iter().copied());
        put(bytes, packed.len() as u64);
        bytes.extend_from_slice(&packed);
    }

    /// Takes one off the front of `bytes`; `None` when none is whole.
    pub fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let (exact, buckets) = parts(bytes)?;
        Some(Self { exact, buckets: buckets.collect() })
    }
}

/// Takes packed times off the front of `bytes`: what is known exactly, and the buckets; `None` when none are whole.
pub(super) fn parts<'a>(bytes: &mut &'a [u8]) -> Option<(Exact, Buckets<'a>)> {
    let count = take(bytes)?;
    if count == 0 {
        return Some((Exact::default(), Buckets::of(&[])));
    }
    let clamped = take(bytes)?;
    let (sum, squares) = (take_wide(bytes)?, take_wide(bytes)?);
    let [min, max] = [take(bytes)?, take(bytes)?].map(|end| Some(Micros::new(end)));
    let length = usize::try_from(take(bytes)?).ok()?;
    let packed = bytes.split_off(..length)?;
    Some((Exact { clamped, count, sum, squares, min, max }, Buckets::of(packed)))
}

/// Writes a number of up to 128 bits.
pub fn put_wide(bytes: &mut Vec<u8>, value: u128) {
    put(bytes, (value >> 64) as u64);
    put(bytes, value as u64);
}

/// Takes a number of up to 128 bits off the front.
pub fn take_wide(bytes: &mut &[u8]) -> Option<u128> {
    let high = u128::from(take(bytes)?);
    Some(high << 64 | u128::from(take(bytes)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOP: Micros = Micros::from_secs(20);

    fn histogram(times: &[u64]) -> LatencyHistogram {
        let mut histogram = LatencyHistogram::new(TOP).unwrap();
        times.iter().for_each(|time| histogram.record(Micros::new(*time)));
        histogram
    }

    fn figures(times: &LatencyHistogram) -> (Exact, Vec<(Micros, u64)>, Vec<Option<Micros>>) {
        let p = [1, 500, 950, 999].map(|p| times.percentile(Permille::new(p).unwrap()));
        (*times.exact(), times.buckets().collect(), p.to_vec())
    }

    proptest! {
        #[test]
        fn a_histogram_comes_back_from_its_bytes_whatever_it_counted(times in prop::collection::vec(0_u64..40_000_000, 0..300)) {
            let whole = histogram(&times);
            let mut bytes = Vec::new();
            SparseTimes::of(&whole).pack(&mut bytes);
            bytes.push(7);
            let mut rest = bytes.as_slice();
            let read = SparseTimes::unpack(&mut rest).unwrap();
            prop_assert_eq!(rest, [7]);
            let mut again = histogram(&[]);
            again.add(&read);
            prop_assert_eq!(figures(&again), figures(&whole));
            let (mut at_once, mut rest) = (histogram(&[]), bytes.as_slice());
            prop_assert_eq!(at_once.add_packed(&mut rest), Some(()));
            prop_assert_eq!((figures(&at_once), rest), (figures(&whole), &[7][..]));
            prop_assert_eq!(again.clamped(), whole.clamped());
        }

        #[test]
        fn merging_and_percentiles_are_those_of_the_histogram(a in prop::collection::vec(0_u64..40_000_000, 0..100), b in prop::collection::vec(0_u64..40_000_000, 0..100), p in 1_u16..1000) {
            let both = histogram(&[a.clone(), b.clone()].concat());
            let mut merged = SparseTimes::of(&histogram(&a));
            merged.merge(&SparseTimes::of(&histogram(&b)));
            prop_assert_eq!(&merged, &SparseTimes::of(&both));
            let p = Permille::new(p).unwrap();
            prop_assert_eq!(merged.percentile(p), both.percentile(p));
        }

        #[test]
        fn torn_bytes_give_nothing_and_never_panic(bytes: Vec<u8>) {
            let _whatever = SparseTimes::unpack(&mut bytes.as_slice());
        }
    }
}
