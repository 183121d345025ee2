//! `results.jtl` of a run: every sample as a row of JMeter's, written while the run goes on.
//!
//! In: the samples of an attack. Out: a file, and how many rows are in it. Always holds: a user hands over plain numbers
//! and never waits; a thread of its own makes rows of them and writes; a sample that it has no room for is counted, not
//! waited for; no more than 65,536 samples are ever in memory.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use csv::Writer;

use super::columns;
use super::line::{Ended, Entry, Lines};
use crate::plan::Plan;
use crate::plan::target::Target;
use crate::sample::{Fate, Followed, Origin, Outcome, Sample, SampleOf, SampleSink, StepId};
use crate::units::Micros;

/// Its name in the report's folder.
pub const PLACE: &str = "results.jtl";

/// Samples that may wait to be written: over a second at the highest rate that was ever measured.
const ROOM: usize = 1 << 16;
/// How often the writer looks for samples when there are none. It is not woken: waking costs the waker a system call.
const PAUSE: Duration = Duration::from_millis(20);

/// A list that is being written.
#[derive(Debug)]
pub struct List {
    shared: Arc<Shared>,
    writer: JoinHandle<Result<u64, Stopped>>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Rows in the file.
    pub rows: u64,
    /// Samples that are not in it, because the writer could not keep up or the disk refused.
    pub missing: u64,
    /// Why the disk refused.
    pub trouble: Option<String>,
}

/// What users, the run and the writer know together.
#[derive(Debug, Default)]
struct Shared {
    /// The time of day at the run's start, in microseconds since 1970.
    begun: AtomicU64,
    /// Users that are active.
    users: AtomicU32,
    /// Samples that there was no room for.
    dropped: AtomicU64,
    /// Nothing more comes.
    ended: AtomicBool,
}

/// The disk refused: why, and how many samples came to nothing behind the last that is sure to be there.
struct Stopped {
    cause: String,
    rows: u64,
    unwritten: u64,
}

/// A sink that lists every sample, and hands everything on to another.
struct Lister {
    sink: Arc<dyn SampleSink>,
    entries: SyncSender<Entry>,
    shared: Arc<Shared>,
}

impl List {
    /// Begins the list of a run in `folder`. What it hands out takes the place of `sink`, and hands on to it.
    ///
    /// # Errors
    /// The file cannot be made, or there is no thread for it.
    pub fn begin(
        folder: &Path,
        (plan, target): (&Plan, &Target),
        sink: Arc<dyn SampleSink>,
    ) -> io::Result<(Self, Arc<dyn SampleSink>)> {
        let file = File::create_new(folder.join(PLACE))?;
        let (entries, received) = sync_channel(ROOM);
        let shared: Arc<Shared> = Arc::default();
        let (lines, of_writer) = (Lines::new(plan, target), Arc::clone(&shared));
        let writer = thread::Builder::new()
            .name("results.jtl".to_owned())
            .spawn(move || write_all(file, lines, (&received, &of_writer)))?;
        let lister = Lister { sink, entries, shared: Arc::clone(&shared) };
        Ok((Self { shared, writer }, Arc::new(lister)))
    }

    /// So many users are active now.
    pub fn users(&self, users: u32) {
        self.shared.users.store(users, Ordering::Relaxed);
    }

    /// Writes what is left. Every request must have ended.
    #[must_use]
    pub fn finish(self) -> Listed {
        self.shared.ended.store(true, Ordering::Release);
        let dropped = self.shared.dropped.load(Ordering::Relaxed);
        let ended = self
            .writer
            .join()
            .unwrap_or_else(|_| Err(Stopped { cause: "its thread panicked".to_owned(), rows: 0, unwritten: 0 }));
        match ended {
            Ok(rows) => Listed { rows, missing: dropped, trouble: None },
            Err(Stopped { cause, rows, unwritten }) => {
                Listed { rows, missing: dropped + unwritten, trouble: Some(cause) }
            }
        }
    }
}

/// Writes every entry until nothing more comes; how many rows. A disk that refuses ends the writing, not the taking: users go on.
fn write_all(file: File, mut lines: Lines, (entries, shared): (&Receiver<Entry>, &Shared)) -> Result<u64, Stopped> {
    let mut out = Writer::from_writer(BufWriter::with_capacity(1 << 16, file));
    let mut state = out.write_record(columns::todays()).map_err(|error| error.to_string());
    let (mut rows, mut unwritten) = (0_u64, 0_u64);
    loop {
        // Read before the entries: what was handed over before the end is found behind it.
        let ended = shared.ended.load(Ordering::Acquire);
        match entries.try_recv() {
            Ok(entry) => {
                lines.begin(Micros::new(shared.begun.load(Ordering::Relaxed)));
                let users = shared.users.load(Ordering::Relaxed);
                match state.as_ref().map(|()| lines.write(&entry, users, &mut out)) {
                    Ok(Ok(written)) => rows += u64::from(written),
                    Ok(Err(error)) => {
                        state = Err(error.to_string());
                        unwritten += 1;
                    }
                    Err(_) => unwritten += 1,
                }
            }
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) if ended => break,
            Err(TryRecvError::Empty) => {
                if state.is_ok() {
                    state = out.flush().map_err(|error| error.to_string());
                }
                thread::sleep(PAUSE);
            }
        }
    }
    match state.and_then(|()| out.flush().map_err(|error| error.to_string())) {
        Ok(()) => Ok(rows),
        Err(cause) => Err(Stopped { cause, rows, unwritten }),
    }
}

impl SampleSink for Lister {
    fn begins(&self, at: Micros) {
        self.shared.begun.store(at.get(), Ordering::Relaxed);
        self.sink.begins(at);
    }

    fn record(&self, sample: &Sample<'_>) {
        self.sink.record(sample);
    }

    fn listed(&self, sample: &Sample<'_>, origin: Origin) {
        self.sink.listed(sample, origin);
        let ended = match sample.outcome {
            Outcome::Success => Ended::Success,
            Outcome::Aborted => Ended::Aborted,
            Outcome::Failure(failure) => Ended::Failure(failure.class, failure.message.into()),
        };
        let since = |moment: Micros| moment.saturating_sub(sample.start);
        let entry = Entry {
            of: sample.of,
            user: origin.user,
            made: origin.of,
            start: sample.start,
            elapsed: sample.service_time(),
            latency: sample.first_byte.map(since),
            connect: sample.connected.map(since),
            sent: sample.bytes_sent,
            received: sample.bytes_received,
            ended,
        };
        if self.entries.try_send(entry).is_err() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn followed(&self, of: SampleOf, followed: &Followed<'_>) {
        self.sink.followed(of, followed);
    }

    fn sent(&self, step: StepId, sequence: u64) {
        self.sink.sent(step, sequence);
    }

    fn settled(&self, step: StepId, sequence: u64, fate: Fate) {
        self.sink.settled(step, sequence, fate);
    }

    fn released(&self, due: Micros, late: Micros, queued: bool) {
        self.sink.released(due, late, queued);
    }

    fn loop_lag(&self, woken: Micros, lag: Micros) {
        self.sink.loop_lag(woken, lag);
    }

    fn unsent(&self, step: StepId, due: Micros) {
        self.sink.unsent(step, due);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Overrides;
    use crate::plan::tests::{ONE_STEP, resolve};
    use crate::sample::{Failure, FailureClass, Made};

    struct Deaf;

    impl SampleSink for Deaf {
        fn record(&self, _: &Sample<'_>) {}

        fn released(&self, _: Micros, _: Micros, _: bool) {}

        fn loop_lag(&self, _: Micros, _: Micros) {}

        fn unsent(&self, _: StepId, _: Micros) {}
    }

    fn sample(start: u64, outcome: Outcome<'_>) -> Sample<'_> {
        Sample {
            of: SampleOf::Step(StepId(0)),
            arrival: None,
            start: Micros::new(start),
            connected: None,
            first_byte: Some(Micros::new(start + 2_000)),
            end: Micros::new(start + 3_000),
            bytes_sent: 1,
            bytes_received: 2,
            outcome,
        }
    }

    fn begun(folder: &Path) -> (List, Arc<dyn SampleSink>) {
        let plan = resolve(ONE_STEP, &Overrides::default()).unwrap();
        let target = Target::parse("http://h:1", "test").unwrap();
        List::begin(folder, (&plan, &target), Arc::new(Deaf)).unwrap()
    }

    const ORIGIN: Origin = Origin { user: 0, of: Made::Request(Some(200)) };

    #[test]
    fn every_sample_is_a_row_behind_the_header() {
        let folder = tempfile::tempdir().unwrap();
        let (list, sink) = begun(folder.path());
        sink.begins(Micros::from_secs(1_700_000_000));
        list.users(7);
        (0..1_000).for_each(|at| sink.listed(&sample(at * 1_000, Outcome::Success), ORIGIN));
        let listed = list.finish();
        assert_eq!((listed.rows, listed.missing, &listed.trouble), (1_000, 0, &None));
        let text = std::fs::read_to_string(folder.path().join(PLACE)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let header = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect";
        assert_eq!((lines.len(), lines[0]), (1_001, header));
        assert!(lines[1_000].starts_with("1700000000999,3,pay,200,OK,a 1-1,text,true,,2,1,7,7,"), "{}", lines[1_000]);
    }

    #[test]
    fn a_sample_that_there_is_no_room_for_is_counted_and_nobody_waits() {
        let (entries, _held) = sync_channel(2);
        let shared: Arc<Shared> = Arc::default();
        let lister = Lister { sink: Arc::new(Deaf), entries, shared: Arc::clone(&shared) };
        (0..5).for_each(|at| lister.listed(&sample(at, Outcome::Success), ORIGIN));
        assert_eq!(shared.dropped.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_list_of_an_earlier_run_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(PLACE), "of a user").unwrap();
        let plan = resolve(ONE_STEP, &Overrides::default()).unwrap();
        let target = Target::parse("http://h:1", "test").unwrap();
        assert!(List::begin(folder.path(), (&plan, &target), Arc::new(Deaf)).is_err());
    }

    #[test]
    fn a_disk_that_refuses_loses_rows_and_says_so() {
        let file = File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
        let plan = resolve(ONE_STEP, &Overrides::default()).unwrap();
        let lines = Lines::new(&plan, &Target::parse("http://h:1", "test").unwrap());
        let (entries, received) = sync_channel(ROOM);
        let shared: Arc<Shared> = Arc::default();
        let lister = Lister { sink: Arc::new(Deaf), entries, shared: Arc::clone(&shared) };
        let failure = Failure { class: FailureClass::Check, status: None, code: None, message: "m" };
        (0..10_000).for_each(|at| lister.listed(&sample(at, Outcome::Failure(failure)), ORIGIN));
        shared.ended.store(true, Ordering::Release);
        // A file that was opened for reading only takes no byte.
        let stopped = write_all(file, lines, (&received, &shared)).err().unwrap();
        assert!(!stopped.cause.is_empty() && stopped.unwritten > 0, "{}", stopped.cause);
    }
}
