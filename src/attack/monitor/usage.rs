//! What the measuring threads and the process used of their processors.
//!
//! In: the threads' times, read about once a second inside the window. Out: the highest shares over any ten seconds,
//! and the longest wait for a processor. Always holds: a window shorter than ten seconds is taken as one span.

use std::collections::VecDeque;

use crate::attack::host::ThreadTime;
use crate::units::Micros;

/// The span over which a thread's share of a processor is taken.
const SPAN: Micros = Micros::from_secs(10);
/// How the threads that measure are named: Goose's users run on the first, the pacer on the second.
const MEASURING: [&str; 2] = [super::LOAD_THREAD, super::PACER_THREAD];

/// The threads' times at one moment.
#[derive(Clone, Debug)]
struct Reading {
    at: Micros,
    threads: Vec<ThreadTime>,
}

/// Readings of the window so far.
#[derive(Debug, Default)]
pub(super) struct Usage {
    first: Option<Reading>,
    /// Of the last ten seconds.
    recent: VecDeque<Reading>,
    peaks: Peaks,
}

/// Shares of one processor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Peaks {
    process: f64,
    thread: f64,
}

/// What a window's readings come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Used {
    /// CPU time of the process.
    pub(super) cpu: Micros,
    /// Highest use by the process over any ten seconds, in processors.
    pub(super) process_peak: f64,
    /// Highest use by a measuring thread over any ten seconds, in processors.
    pub(super) thread_peak: f64,
    /// Highest share of the window that a measuring thread waited for a processor.
    pub(super) runq_wait: f64,
}

impl Usage {
    /// Adds what was read at `at`.
    pub(super) fn add(&mut self, at: Micros, threads: Vec<ThreadTime>) {
        let reading = Reading { at, threads };
        // The oldest one kept is the youngest that is ten seconds old.
        while self.recent.get(1).is_some_and(|second| second.at + SPAN <= at) {
            self.recent.pop_front();
        }
        if let Some(oldest) = self.recent.front().filter(|oldest| oldest.at + SPAN <= at) {
            self.peaks = self.peaks.or_higher(Peaks::between(oldest, &reading));
        }
        self.first.get_or_insert_with(|| reading.clone());
        self.recent.push_back(reading);
    }

    /// What they come to; `None` before two readings.
    pub(super) fn used(&self) -> Option<Used> {
        let (first, last) = (self.first.as_ref()?, self.recent.back()?);
        let length = last.at.checked_sub(first.at).filter(|length| *length > Micros::ZERO)?;
        let whole = Peaks::between(first, last);
        let peaks = if length < SPAN { whole } else { self.peaks };
        let waited = |now: &ThreadTime, then: &ThreadTime| now.waited.saturating_sub(then.waited);
        Some(Used {
            cpu: Micros::new((whole.process * length.get() as f64).round() as u64),
            process_peak: peaks.process,
            thread_peak: peaks.thread,
            runq_wait: highest(&grown(first, last, waited, true), length),
        })
    }
}

impl Peaks {
    fn between(then: &Reading, now: &Reading) -> Self {
        let length = now.at.saturating_sub(then.at);
        let ran = |now: &ThreadTime, then: &ThreadTime| now.ran.saturating_sub(then.ran);
        let all: Micros = grown(then, now, ran, false).into_iter().sum();
        Self { process: share(all, length), thread: highest(&grown(then, now, ran, true), length) }
    }

    fn or_higher(self, other: Self) -> Self {
        Self { process: self.process.max(other.process), thread: self.thread.max(other.thread) }
    }
}

/// By how much a time of each thread grew, of those that `measure` or of all. A thread that is new began at 0.
fn grown(then: &Reading, now: &Reading, time: fn(&ThreadTime, &ThreadTime) -> Micros, measuring: bool) -> Vec<Micros> {
    let new = ThreadTime { id: 0, name: String::new(), ran: Micros::ZERO, waited: Micros::ZERO };
    let counted = |thread: &&ThreadTime| !measuring || MEASURING.contains(&thread.name.as_str());
    let before = |thread: &ThreadTime| then.threads.iter().find(|old| old.id == thread.id);
    now.threads.iter().filter(counted).map(|thread| time(thread, before(thread).unwrap_or(&new))).collect()
}

fn highest(times: &[Micros], length: Micros) -> f64 {
    share(times.iter().copied().max().unwrap_or(Micros::ZERO), length)
}

fn share(time: Micros, length: Micros) -> f64 {
    time.get() as f64 / length.get().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Readings once a second: milliseconds that the load thread ran in each, and a bystander that always runs 100.
    fn usage(ran: &[u64]) -> Usage {
        let mut usage = Usage::default();
        let (mut load, mut other) = (0, 0);
        for (second, millis) in std::iter::once(&0).chain(ran).enumerate() {
            load += millis;
            other += if second > 0 { 100 } else { 0 };
            let thread = |id, name: &str, millis| ThreadTime {
                id,
                name: name.to_owned(),
                ran: Micros::from_millis(millis),
                waited: Micros::from_millis(millis / 10),
            };
            usage.add(
                Micros::from_secs(second as u64 + 5),
                vec![thread(1, super::super::LOAD_THREAD, load), thread(2, "other", other)],
            );
        }
        usage
    }

    fn near(value: f64, wanted: f64) -> bool {
        (value - wanted).abs() < 1e-9
    }

    #[test]
    fn a_thread_that_was_busy_for_ten_seconds_of_a_minute_shows() {
        let mut ran = vec![100; 60];
        ran[30..40].fill(950);
        let used = usage(&ran).used().unwrap();
        assert!(near(used.thread_peak, 0.95), "{used:?}");
        assert!(near(used.process_peak, 1.05), "{used:?}");
        assert_eq!(used.cpu, Micros::from_millis(50 * 100 + 10 * 950 + 60 * 100));
        assert!(near(used.runq_wait, (50.0 * 10.0 + 10.0 * 95.0) / 60_000.0), "{used:?}");
    }

    #[test]
    fn a_short_window_is_one_span() {
        let used = usage(&[950, 950, 50]).used().unwrap();
        assert!(near(used.thread_peak, 0.65), "{used:?}");
    }

    #[test]
    fn one_reading_tells_nothing() {
        assert_eq!(usage(&[]).used(), None);
    }
}
