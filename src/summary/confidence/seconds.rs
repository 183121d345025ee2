//! What is kept of the seconds of the window, row by row.
//!
//! In: the counts of seconds, as they settle. Out: the sums of each second, and the times of each; in a long run the times
//! of several seconds together. Always holds: rows and seconds are in order, and a second is there once; sums are those of
//! each second, however long the run; a row has at most [`MOST`] records of times, and those of a stretch, so a long run
//! holds little more than a short one.

use std::collections::BTreeMap;

use crate::histogram::packed::{self, PackedTimes};
use crate::histogram::series::IntervalCounts;
use crate::plan::RowId;
use crate::sample::Phase;
use crate::summary::confidence::{SecondRecord, TimesRecord};

/// Records of times of one row: an hour of seconds, its drain, and some to spare.
const MOST: usize = 4_000;
/// Seconds whose times are kept together. Each is so many times the one before, so that what was joined stays joined.
const WIDTHS: [u32; 11] = [1, 2, 10, 30, 60, 300, 600, 1_800, 3_600, 7_200, 86_400];

/// What is kept of the window's seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seconds(BTreeMap<RowId, RowSeconds>);

/// The seconds of one row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowSeconds {
    sums: Vec<SecondRecord>,
    times: Vec<TimesRecord>,
    /// Which of the widths.
    width: usize,
}

static NOTHING: RowSeconds = RowSeconds { sums: Vec::new(), times: Vec::new(), width: 0 };

impl Seconds {
    /// What is kept of these.
    pub fn of<'a>(counts: impl IntoIterator<Item = &'a IntervalCounts>) -> Self {
        let mut seconds = Self::default();
        counts.into_iter().for_each(|counts| seconds.add(counts));
        seconds
    }

    /// Adds what was counted of a second; nothing of requests that started outside the window.
    pub fn add(&mut self, counts: &IntervalCounts) {
        if counts.key.phase == Phase::Measured && counts.successes + counts.failures > 0 {
            self.0.entry(counts.key.row).or_default().add(SecondRecord::of(counts), TimesRecord::of(counts));
        }
    }

    /// The seconds of `row`; none where none are kept.
    #[must_use]
    pub fn row(&self, row: RowId) -> &RowSeconds {
        self.0.get(&row).unwrap_or(&NOTHING)
    }

    /// Takes the rows of `others` that it has not itself, but for that of all requests.
    pub fn take_named(&mut self, others: Self) {
        for (row, seconds) in others.0.into_iter().filter(|(row, _)| *row != RowId::All) {
            self.0.entry(row).or_insert(seconds);
        }
    }

    /// Joins the last times too, when no second will be added any more.
    pub(in crate::summary) fn settle(&mut self) {
        self.0.values_mut().for_each(RowSeconds::settle);
    }

    /// The seconds of all requests, given their sums and their times by bucket.
    #[cfg(test)]
    pub(crate) fn of_all(seconds: impl IntoIterator<Item = (SecondRecord, Vec<(u32, u32)>)>) -> Self {
        let mut all = RowSeconds::default();
        for (sums, buckets) in seconds {
            all.add_second(sums, PackedTimes::of(buckets));
        }
        all.settle();
        Self(BTreeMap::from([(RowId::All, all)]))
    }

    /// Forgets the sums of some seconds.
    #[cfg(test)]
    pub(crate) fn forget(&mut self, seconds: std::ops::Range<u32>) {
        self.0.values_mut().for_each(|row| row.sums.retain(|second| !seconds.contains(&second.second)));
    }
}

impl RowSeconds {
    /// The sums of each second in which something ended, in order.
    #[must_use]
    pub fn sums(&self) -> &[SecondRecord] {
        &self.sums
    }

    /// The times of each stretch of seconds in which something ended, in order.
    #[must_use]
    pub fn times(&self) -> &[TimesRecord] {
        &self.times
    }

    /// How many seconds a stretch has; 1 in runs of an hour.
    #[must_use]
    pub fn width(&self) -> u32 {
        WIDTHS.get(self.width).copied().unwrap_or(u32::MAX)
    }

    /// The times of all stretches that begin in `seconds` together, by upper edge in microseconds; rising.
    #[must_use]
    pub fn joined(&self, seconds: std::ops::Range<f64>) -> Vec<(u32, u64)> {
        let before = |end: f64| self.times.partition_point(|times| f64::from(times.first) < end);
        let (from, until) = (before(seconds.start), before(seconds.end));
        gathered(self.times.get(from..until).unwrap_or_default())
    }

    /// Adds a second with these times.
    #[cfg(test)]
    pub(super) fn add_second(&mut self, sums: SecondRecord, times: PackedTimes) {
        self.add(sums, TimesRecord { first: sums.second, attempts: sums.attempts(), times });
    }

    fn add(&mut self, sums: SecondRecord, times: TimesRecord) {
        // Seconds settle in order, but for a few that were told of late.
        let at = self.sums.partition_point(|known| known.second < sums.second);
        match self.sums.get_mut(at).filter(|known| known.second == sums.second) {
            Some(known) => known.merge(&sums),
            None => self.sums.insert(at, sums),
        }
        let (stretch, last) = (self.stretch(times.first), self.times.last().map(|last| self.stretch(last.first)));
        let at = self.times.partition_point(|known| known.first <= times.first);
        self.times.insert(at, times);
        // A stretch is joined when the next one begins, and again when something of it is told of late.
        match last {
            Some(last) if last < stretch => self.join(last),
            Some(last) if last > stretch => self.join(stretch),
            _ => {}
        }
        while self.times.len() > MOST && self.width + 1 < WIDTHS.len() {
            self.width += 1;
            let known = std::mem::take(&mut self.times);
            let stretches = known.chunk_by(|one, next| self.stretch(one.first) == self.stretch(next.first));
            self.times = stretches.map(|stretch| self.as_one(stretch)).collect();
        }
    }

    /// The number of the stretch that a second is in.
    fn stretch(&self, second: u32) -> u32 {
        second / self.width()
    }

    fn settle(&mut self) {
        if let Some(last) = self.times.last().map(|last| self.stretch(last.first)) {
            self.join(last);
        }
    }

    /// Makes the records of a stretch one.
    fn join(&mut self, stretch: u32) {
        let from = self.times.partition_point(|known| self.stretch(known.first) < stretch);
        let until = self.times.partition_point(|known| self.stretch(known.first) <= stretch);
        let Some(known) = self.times.get(from..until).filter(|known| !known.is_empty()) else { return };
        let one = self.as_one(known);
        drop(self.times.splice(from..until, [one]));
    }

    fn as_one(&self, stretch: &[TimesRecord]) -> TimesRecord {
        let width = self.width();
        match stretch {
            [only] if only.first.is_multiple_of(width) => only.clone(),
            _ => TimesRecord {
                first: stretch.first().map_or(0, |first| first.first / width * width),
                attempts: stretch.iter().map(|times| times.attempts).sum(),
                times: PackedTimes::of(gathered(stretch).into_iter().map(|(edge, count)| (edge, narrow(count)))),
            },
        }
    }
}

/// The buckets of all of `times` by their edges, those of the same edge as one.
pub(super) fn gathered(times: &[TimesRecord]) -> Vec<(u32, u64)> {
    // By its number in the histogram, an edge is found at once; any other edge is rare.
    let (mut numbered, mut others): (Vec<u64>, BTreeMap<u32, u64>) = Default::default();
    for (edge, count) in times.iter().flat_map(TimesRecord::buckets) {
        match packed::number_of(edge) {
            Some(number) => {
                if numbered.len() <= number {
                    numbered.resize(number + 1, 0);
                }
                numbered[number] += u64::from(count);
            }
            None => *others.entry(edge).or_default() += u64::from(count),
        }
    }
    let occupied = numbered.into_iter().zip(0..).filter(|(count, _)| *count > 0);
    let mut all: Vec<(u32, u64)> = occupied.map(|(count, number)| (packed::edge_numbered(number), count)).collect();
    if !others.is_empty() {
        all.extend(others);
        all.sort_unstable_by_key(|(edge, _)| *edge);
    }
    all
}

fn narrow(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::latency::LatencyHistogram;
    use crate::histogram::series::IntervalKey;
    use crate::histogram::sparse::SparseTimes;
    use crate::units::Micros;

    fn counts((row, phase): (RowId, Phase), second: u32, times: &[u64]) -> IntervalCounts {
        let mut service = LatencyHistogram::new(Micros::from_secs(20)).unwrap();
        times.iter().for_each(|time| service.record(Micros::new(*time)));
        let mut counts = IntervalCounts::empty(IntervalKey { row, phase, second });
        (counts.successes, counts.failures, counts.times) = (times.len() as u64, 1, SparseTimes::of(&service));
        counts
    }

    fn measured(second: u32, times: &[u64]) -> IntervalCounts {
        counts((RowId::All, Phase::Measured), second, times)
    }

    /// The seconds of all requests, one after the other: 7 us in each, and twice the second's number.
    fn run(seconds: impl IntoIterator<Item = u32>) -> RowSeconds {
        let mut kept = RowSeconds::default();
        for second in seconds {
            let sums = SecondRecord { second, successes: 2, failures: 1, ..SecondRecord::default() };
            kept.add_second(sums, PackedTimes::of([(7, 1), (1_000 + second % 50, 1)]));
        }
        kept.settle();
        kept
    }

    #[test]
    fn requests_from_outside_the_window_and_seconds_without_any_leave_nothing() {
        let outside = [Phase::Before, Phase::After].map(|phase| counts((RowId::All, phase), 3, &[10]));
        let unsent = IntervalCounts { failures: 0, ..measured(4, &[]) };
        let kept = Seconds::of(outside.iter().chain([&unsent]));
        assert_eq!(kept, Seconds::default());
        assert!(kept.row(RowId::All).sums().is_empty() && kept.row(RowId::All).times().is_empty());
    }

    #[test]
    fn a_second_that_settles_twice_is_one_and_rows_stay_apart() {
        let step = RowId::Group(2);
        let told = [
            measured(5, &[10, 20]),
            measured(6, &[30]),
            measured(5, &[20, 40]),
            counts((step, Phase::Measured), 5, &[50]),
            measured(4, &[60]),
        ];
        let kept = Seconds::of(&told);
        let all = kept.row(RowId::All);
        let sums: Vec<(u32, u64)> = all.sums().iter().map(|second| (second.second, second.successes)).collect();
        assert_eq!(sums, [(4, 1), (5, 4), (6, 1)]);
        let times: Vec<(u32, u64)> = all.times().iter().map(|times| (times.first, times.attempts)).collect();
        assert_eq!(times, [(4, 2), (5, 6), (6, 2)]);
        assert_eq!(all.times()[1].buckets().collect::<Vec<_>>(), [(10, 1), (20, 2), (40, 1)]);
        assert_eq!(kept.row(step).sums().len(), 1);
    }

    #[test]
    fn a_day_keeps_the_sums_of_every_second_and_few_times() {
        let day = run(0..86_410);
        assert_eq!((day.sums().len(), day.width()), (86_410, 30));
        assert_eq!(day.times().len(), 86_410_usize.div_ceil(30));
        assert!(day.times().len() <= MOST);
        assert!(day.times().iter().all(|times| times.first.is_multiple_of(30)));
        assert_eq!(day.times().iter().map(|times| times.attempts).sum::<u64>(), 3 * 86_410, "no attempt is lost");
        let all = day.joined(0.0..1e9);
        assert_eq!((all[0], all.len()), ((7, 86_410), 51));
        assert_eq!(all.iter().map(|(_, count)| count).sum::<u64>(), 2 * 86_410, "and no time");
    }

    #[test]
    fn an_hour_with_its_drain_keeps_the_times_of_every_second() {
        let hour = run(0..3_615);
        assert_eq!((hour.width(), hour.times().len()), (1, 3_615));
    }

    #[test]
    fn the_order_in_which_seconds_settle_does_not_matter() {
        let in_order = run(0..9_000);
        let late = run((0..9_000).filter(|second| second % 7 != 0).chain((0..9_000).filter(|second| second % 7 == 0)));
        assert_eq!(in_order, late);
    }
}
