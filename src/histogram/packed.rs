//! Times, packed.
//!
//! In: the occupied buckets of a histogram, rising. Out: the same buckets again, each as often as it is asked. Always
//! holds: what comes out is what went in, for any rising edges; the histogram's own take one byte or two each, where
//! the plain pair took eight; bytes that no packing has made end early and never panic.
//!
//! Where a service is busy, neighbouring buckets are occupied and hold few times each. So a bucket is written as one
//! number: twice its count, plus 1 where it is not the last bucket's neighbour. Only then a second number follows, with
//! the distance: twice the buckets in between, or for an edge that is no bucket's of the histogram twice the
//! microseconds, plus 1. Numbers are in base 128, low digits first, with the top bit set on all but the last.

/// Buckets are 1 us wide below this many microseconds and twice as wide from each doubling on: 3 significant digits.
const FINE: u64 = 2048;
/// Edges and counts stay under this, so that twice one of them is a number too.
const MOST: u64 = 1 << 62;

/// Upper edges in microseconds, and how many times lie in each bucket; both in 32 bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackedTimes(Box<[u8]>);

impl PackedTimes {
    /// Packs buckets, of which each edge is above the one before.
    pub fn of(buckets: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut bytes = Vec::new();
        pack(&mut bytes, buckets.into_iter().map(|(edge, count)| (edge.into(), count.into())));
        Self(bytes.into())
    }

    /// The buckets, rising.
    pub fn buckets(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        // Both went in with 32 bits.
        Buckets::of(&self.0).map(|(edge, count)| (edge as u32, count as u32))
    }
}

/// Packs buckets behind `bytes`, of which each edge is above the one before. Edges and counts are under 2^62.
pub fn pack(bytes: &mut Vec<u8>, buckets: impl IntoIterator<Item = (u64, u64)>) {
    let mut next = 0;
    for (edge, count) in buckets {
        let (index, expected) = (index_of(edge), index_of(next));
        let known = edge_of(index) == edge;
        let apart = !known || index != expected;
        put(bytes, count * 2 + u64::from(apart));
        if apart {
            put(bytes, if known { (index - expected) * 2 } else { (edge - next) * 2 + 1 });
        }
        next = edge + 1;
    }
}

/// Unpacks buckets, rising.
#[derive(Clone, Debug)]
pub struct Buckets<'a> {
    bytes: &'a [u8],
    /// The microsecond behind the last edge.
    next: u64,
}

impl<'a> Buckets<'a> {
    /// The buckets that were packed into `bytes`.
    #[must_use]
    pub const fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, next: 0 }
    }
}

impl Iterator for Buckets<'_> {
    type Item = (u64, u64);

    fn next(&mut self) -> Option<(u64, u64)> {
        let head = take(&mut self.bytes)?;
        let apart = if head & 1 == 1 { take(&mut self.bytes)? } else { 0 };
        let edge = match apart & 1 {
            0 => {
                let index = index_of(self.next).saturating_add(apart / 2);
                if index > index_of(MOST) {
                    return None;
                }
                edge_of(index)
            }
            _ => self.next.saturating_add(apart / 2),
        };
        if edge > MOST {
            return None;
        }
        self.next = edge + 1;
        Some((edge, head / 2))
    }
}

/// The number of the histogram's bucket whose upper edge this is; `None` where it is none's.
#[must_use]
pub fn number_of(edge: u32) -> Option<usize> {
    let index = index_of(edge.into());
    (edge_of(index) == u64::from(edge)).then_some(index as usize)
}

/// The upper edge of the bucket of this number, which [`number_of`] gave.
#[must_use]
pub const fn edge_numbered(number: usize) -> u32 {
    edge_of(number as u64) as u32
}

/// Writes a number in base 128.
pub fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Takes a number in base 128 off the front; `None` when none is whole.
pub fn take(bytes: &mut &[u8]) -> Option<u64> {
    let (mut value, mut shift) = (0_u64, 0_u32);
    while let [byte, rest @ ..] = *bytes {
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if *byte < 0x80 {
            return Some(value);
        }
        shift += 7;
    }
    None
}

/// How many doublings over the finest a bucket at `micros` is wide.
const fn doublings(micros: u64) -> u64 {
    let digits = u64::BITS - micros.leading_zeros();
    digits.saturating_sub(FINE.ilog2()) as u64
}

/// The number of the bucket that holds `micros`.
const fn index_of(micros: u64) -> u64 {
    let wide = doublings(micros);
    wide * (FINE / 2) + (micros >> wide)
}

/// The upper edge of a bucket.
const fn edge_of(index: u64) -> u64 {
    if index < FINE {
        return index;
    }
    let wide = index / (FINE / 2) - 1;
    ((index - wide * (FINE / 2) + 1) << wide) - 1
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::histogram::latency::LatencyHistogram;
    use crate::units::Micros;

    fn histogram(times: &[u64]) -> Vec<(u32, u32)> {
        let mut histogram = LatencyHistogram::new(Micros::from_secs(4_000)).unwrap();
        times.iter().for_each(|time| histogram.record(Micros::new(*time)));
        histogram.buckets().map(|(edge, count)| (edge.get() as u32, count as u32)).collect()
    }

    #[test]
    fn the_edges_are_the_histograms_own() {
        for edge in 0..3_000_000 {
            let own = edge_of(index_of(edge));
            assert!(
                own >= edge && index_of(own) == index_of(edge) && index_of(own + 1) == index_of(edge) + 1,
                "{edge}"
            );
        }
        let buckets = histogram(&[0, 1, 2_047, 2_048, 4_097, 99_999, 3_000_000_001]);
        assert!(buckets.iter().all(|(edge, _)| edge_of(index_of((*edge).into())) == u64::from(*edge)), "{buckets:?}");
    }

    #[test]
    fn a_busy_second_takes_a_byte_or_two_a_bucket() {
        let times: Vec<u64> = (0..20_000).map(|n| 15_000 + n * n % 8_191).collect();
        let buckets = histogram(&times);
        let packed = PackedTimes::of(buckets.iter().copied());
        assert!(buckets.len() > 400 && packed.0.len() < buckets.len() * 2, "{} in {}", buckets.len(), packed.0.len());
    }

    #[test]
    fn nothing_packs_into_nothing() {
        assert_eq!(PackedTimes::of([]).buckets().next(), None);
        assert_eq!(PackedTimes::of([]), PackedTimes::default());
    }

    #[test]
    fn the_largest_numbers_come_back() {
        let buckets = [(0, u32::MAX), (u32::MAX - 1, 1), (u32::MAX, u32::MAX)];
        assert_eq!(PackedTimes::of(buckets).buckets().collect::<Vec<_>>(), buckets);
    }

    proptest! {
        #[test]
        fn bytes_that_no_packing_made_end_early_and_never_panic(bytes: Vec<u8>) {
            prop_assert!(Buckets::of(&bytes).count() <= bytes.len());
        }

        #[test]
        fn what_comes_out_of_a_histogram_comes_back(times in prop::collection::vec(0_u64..4_000_000_000, 0..300)) {
            let buckets = histogram(&times);
            prop_assert_eq!(PackedTimes::of(buckets.iter().copied()).buckets().collect::<Vec<_>>(), buckets);
        }

        #[test]
        fn any_rising_edges_come_back(buckets: BTreeMap<u32, u32>) {
            let packed = PackedTimes::of(buckets.iter().map(|(edge, count)| (*edge, *count)));
            prop_assert_eq!(packed.buckets().collect::<BTreeMap<_, _>>(), buckets);
        }
    }
}
