//! Percentiles of whole milliseconds, exact.
//!
//! In: times in milliseconds. Out: the value of any rank. Always holds: no value is rounded; memory grows with the
//! number of different times, not with their count.

use std::collections::BTreeMap;

use crate::scenario::threshold::Permille;
use crate::units::{Micros, Millis};

/// Up to here a place is kept for each millisecond; rare longer times are kept one by one.
const DENSE: usize = 16_384;

/// How often each millisecond was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MillisCounts {
    short: Vec<u64>,
    long: BTreeMap<u64, u64>,
    count: u64,
}

impl MillisCounts {
    pub(super) fn add(&mut self, millis: u64) {
        self.add_many(millis, 1);
    }

    fn add_many(&mut self, millis: u64, times: u64) {
        self.count += times;
        match usize::try_from(millis) {
            Ok(at) if at < DENSE => {
                if at >= self.short.len() {
                    self.short.resize(at + 1, 0);
                }
                self.short[at] += times;
            }
            _ => *self.long.entry(millis).or_default() += times,
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(millis, count)| self.add_many(millis, count));
    }

    /// Each time and how often it was counted, the shortest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> {
        let short = (0..).zip(&self.short).filter(|(_, count)| **count > 0);
        short.chain(self.long.iter().map(|(millis, count)| (*millis, count))).map(|(millis, count)| (millis, *count))
    }

    /// The value of this rank, from 1; `None` when there are fewer values.
    pub(super) fn at_rank(&self, rank: u64) -> Option<Micros> {
        let mut seen = 0;
        let found = self.iter().find(|(_, count)| {
            seen += count;
            seen >= rank.max(1)
        })?;
        Some(Micros::from_millis(found.0))
    }

    /// The nearest-rank percentile.
    pub(super) fn percentile(&self, p: Permille) -> Option<Millis> {
        self.at_rank(p.rank(self.count)).map(Millis::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_values_whatever_their_length() {
        // 3001 and 3002 ms, and 20,000 and 20,001, share a bucket of three significant digits.
        let times = [3_002, 1, 20_001, 3_001, 0, 20_000, 3_001];
        let mut counts = MillisCounts::default();
        times.iter().for_each(|time| counts.add(*time));
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        let found: Vec<u64> = (1..=7).filter_map(|rank| counts.at_rank(rank)).map(|time| time.get() / 1_000).collect();
        assert_eq!(found, sorted);
        assert_eq!(counts.at_rank(8), None);
        assert_eq!(counts.percentile(Permille::P50), Some(Millis::new(3_001.0)));
        assert_eq!(counts.percentile(Permille::P99), Some(Millis::new(20_001.0)));
        assert_eq!(MillisCounts::default().percentile(Permille::P50), None);
    }

    #[test]
    fn counts_of_two_parts_are_those_of_the_whole() {
        let (mut one, mut other, mut whole) =
            (MillisCounts::default(), MillisCounts::default(), MillisCounts::default());
        for time in [5, 17_000, 5, 9] {
            one.add(time);
            whole.add(time);
        }
        for time in [9, 17_000, 40_000] {
            other.add(time);
            whole.add(time);
        }
        one.merge(&other);
        assert_eq!(one.iter().collect::<Vec<_>>(), whole.iter().collect::<Vec<_>>());
    }
}
