//! `latency.hlog`: an interval log that HdrHistogram's own tools read.
//!
//! In: what is kept of each second of the window; else the window's distribution as one interval. Out: the log of
//! times in microseconds, by the model's own clock and of successes. Always holds: the intervals together hold every
//! success of the window once; there are some thousands at most, so those of a window of hours are longer than a second.

use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::IntervalLogWriterBuilder;

use super::{Material, broken};
use crate::plan::RowId;
use crate::report::ReportError;
use crate::report::neutral::neutral;
use crate::summary::Summary;

/// Its name in the folder.
pub(super) const PLACE: &str = "latency.hlog";

/// As in the histograms that were recorded into, so that buckets stay what they were.
const DIGITS: u8 = 3;
/// Times are recorded in microseconds; the log's legend shows maxima in milliseconds.
const MICROS_TO_MILLIS: f64 = 1_000.0;

/// The document's bytes.
pub(super) fn render(material: &Material<'_>) -> Result<Vec<u8>, ReportError> {
    write(material.summary).map_err(broken(PLACE))
}

fn write(summary: &Summary) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut serializer = V2DeflateSerializer::new();
    let scenario = neutral(&summary.run.scenario);
    let clock = if summary.totals.response_time.is_some() { "response times" } else { "service times" };
    let opened = opened(summary);
    let mut builder = IntervalLogWriterBuilder::new();
    builder
        .add_comment(&format!(
            "Tollgate {}: scenario {scenario}, run {}",
            summary.generator.version,
            neutral(&summary.run.id)
        ))
        .add_comment(&format!("{clock} of successful requests in microseconds, booked where they ended"))
        .with_max_value_divisor(MICROS_TO_MILLIS);
    if let Some(opened) = opened {
        builder.with_start_time(opened).with_base_time(opened);
    }
    let mut log = builder.begin_log_with(&mut bytes, &mut serializer).map_err(|error| error.to_string())?;
    each_interval(summary, &mut |start, length, histogram| {
        log.write_histogram(histogram, start, length, None).map_err(|error| format!("{error:?}"))
    })?;
    Ok(bytes)
}

/// When the window opened.
fn opened(summary: &Summary) -> Option<SystemTime> {
    let start: jiff::Timestamp = summary.run.window.start.as_ref()?.parse().ok()?;
    Some(start.into())
}

/// Takes where an interval begins, how long it is, and its times.
type Take<'a> = &'a mut dyn FnMut(Duration, Duration, &Histogram<u64>) -> Result<(), String>;

/// Second by second where the seconds were kept, in a long run stretch by stretch, the whole window as one interval where not. One histogram is in memory
/// at a time.
fn each_interval(summary: &Summary, take: Take<'_>) -> Result<(), String> {
    if summary.seconds.row(RowId::All).times().is_empty() {
        let length = Duration::from_micros(summary.length.map_or(0, crate::units::Micros::get));
        let mut whole = empty()?;
        for (edge, count) in &summary.distribution {
            add(&mut whole, edge.get(), *count)?;
        }
        // Also without a success: HdrHistogram's own processor breaks off on a log without an interval.
        return take(Duration::ZERO, length, &whole);
    }
    let seconds = summary.seconds.row(RowId::All);
    let length = Duration::from_secs(seconds.width().into());
    for stretch in seconds.times() {
        let mut times = empty()?;
        for (edge, count) in stretch.buckets() {
            add(&mut times, edge.into(), count.into())?;
        }
        take(Duration::from_secs(stretch.first.into()), length, &times)?;
    }
    Ok(())
}

fn empty() -> Result<Histogram<u64>, String> {
    Histogram::new(DIGITS).map_err(|error| error.to_string())
}

fn add(histogram: &mut Histogram<u64>, micros: u64, count: u64) -> Result<(), String> {
    histogram.record_n(micros, count).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    use super::*;
    use crate::report::fixture::{self, Run};
    use crate::report::format::tests;
    use crate::report::text::Lang;
    use crate::summary::confidence::{SecondRecord, Seconds};

    /// Where an interval begins and how long it is, from the log's start.
    type Interval = (Duration, Duration, Histogram<u64>);

    /// Start of the log, and each interval's start, length and histogram.
    fn read(run: &Run) -> (Option<Duration>, Vec<Interval>) {
        use base64::Engine as _;
        let bytes = tests::rendered(run, Lang::En, render);
        let (mut start, mut intervals) = (None, Vec::new());
        for entry in IntervalLogIterator::new(&bytes) {
            match entry.unwrap() {
                LogEntry::StartTime(time) => start = Some(time),
                LogEntry::BaseTime(_) => {}
                LogEntry::Interval(line) => {
                    let coded = base64::engine::general_purpose::STANDARD.decode(line.encoded_histogram()).unwrap();
                    let histogram = Deserializer::new().deserialize(&mut coded.as_slice()).unwrap();
                    intervals.push((line.start_timestamp(), line.duration(), histogram));
                }
            }
        }
        (start, intervals)
    }

    #[test]
    fn each_second_is_an_interval_and_two_records_of_one_second_are_one() {
        let mut run = fixture::passing();
        let second = |second, buckets| (SecondRecord { second, ..SecondRecord::default() }, buckets);
        run.summary.seconds = Seconds::of_all([
            second(0, vec![(15_007, 3), (31_007, 1)]),
            second(2, vec![(1_284_095, 2)]),
            second(0, vec![(15_007, 4)]),
        ]);
        let (start, intervals) = read(&run);
        // 2025-12-23T20:59:20.131Z
        assert_eq!(start, Some(Duration::from_millis(1_766_523_560_131)));
        let seen: Vec<(u64, u64, u64)> =
            intervals.iter().map(|(start, length, times)| (start.as_secs(), length.as_secs(), times.len())).collect();
        assert_eq!(seen, [(0, 1, 8), (2, 1, 2)]);
        assert!(intervals[0].2.equivalent(intervals[0].2.value_at_quantile(0.5), 15_007));
        assert!(intervals[1].2.equivalent(intervals[1].2.max(), 1_284_095));
    }

    #[test]
    fn the_log_of_a_day_has_some_thousand_intervals_and_every_success() {
        let mut run = fixture::passing();
        let second = |second| (SecondRecord { second, successes: 1, ..SecondRecord::default() }, vec![(15_007, 1)]);
        run.summary.seconds = Seconds::of_all((0..86_400).map(second));
        let (_, intervals) = read(&run);
        assert_eq!(intervals.len(), 2_880);
        assert!(intervals.iter().all(|(_, length, times)| (length.as_secs(), times.len()) == (30, 30)));
        assert_eq!(intervals.last().unwrap().0, Duration::from_secs(86_370));
    }

    #[test]
    fn without_seconds_the_window_is_one_interval_with_every_success() {
        let mut run = fixture::passing();
        run.summary.seconds = Seconds::default();
        let (_, intervals) = read(&run);
        assert_eq!(intervals.len(), 1);
        let (_, length, times) = &intervals[0];
        assert_eq!(*length, Duration::from_secs(300));
        assert_eq!(times.len(), run.summary.distribution.iter().map(|(_, count)| count).sum::<u64>());
        assert!(times.equivalent(times.max(), 1_284_507));
    }

    #[test]
    fn a_run_without_a_success_is_one_empty_interval() {
        let (_, intervals) = read(&fixture::interrupted());
        assert_eq!(intervals.iter().map(|(_, _, times)| times.len()).collect::<Vec<_>>(), [0]);
    }
}
