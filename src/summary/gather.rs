//! Adding up the records of a run, while it goes on or afterwards.
//!
//! In: the record of each second, in order. Out: [`Counted`]. Always holds: the same records give the same figures,
//! whoever reads them; a second that can grow no more keeps its figures only, so that a long run needs little more memory
//! than a short one.

use hdrhistogram::CreationError;

use crate::histogram::series::{IntervalCounts, Series};
use crate::histogram::stall::Stalls;
use crate::journal::second::{NotWhole, Sums};
use crate::plan::{RowId, Terms};
use crate::summary::confidence::Seconds;
use crate::summary::fold::interval;
use crate::summary::{Counted, Interval};

/// What is kept of seconds that can grow no more.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// As they are shown: those of all requests.
    pub series: Vec<Interval>,
    /// As intervals are computed from them: those of the window.
    pub seconds: Seconds,
}

/// What the records so far come to.
#[derive(Debug)]
pub struct Gathering {
    sums: Sums,
    series: Series,
    kept: Kept,
    stalls: Option<Stalls>,
    failures: u64,
    open: bool,
}

impl Kept {
    /// Adds seconds that settled, each with the users that ran when it was last counted in.
    pub fn add(&mut self, settled: &[(IntervalCounts, u32)]) {
        for (counts, users) in settled {
            if counts.key.row == RowId::All {
                self.series.push(interval(counts, *users));
            }
            self.seconds.add(counts);
        }
    }

    /// What is kept of these.
    #[must_use]
    pub fn of(settled: &[(IntervalCounts, u32)]) -> Self {
        let mut kept = Self::default();
        kept.add(settled);
        kept
    }
}

impl Gathering {
    /// Nothing yet, of a run of these terms.
    ///
    /// # Errors
    /// [`CreationError`] when a histogram cannot be built; not for any top a plan allows.
    pub fn new(terms: &Terms) -> Result<Self, CreationError> {
        let open = terms.load.arrivals.is_some();
        Ok(Self {
            sums: Sums::new(terms)?,
            series: Series::default(),
            kept: Kept::default(),
            // What an open model has none of is not followed; neither is a run of which there is no second.
            stalls: None,
            failures: 0,
            open,
        })
    }

    /// Adds the record of a second. What else was known when it was written.
    ///
    /// # Errors
    /// [`NotWhole`]: it is none.
    pub fn add<'a>(&mut self, record: &'a [u8]) -> Result<&'a [u8], NotWhole> {
        let second = self.sums.add(record)?;
        self.stalls = second.stalls;
        let all = second.intervals.iter().filter(|counts| counts.key.row == RowId::All);
        self.failures += all.map(|counts| counts.failures).sum::<u64>();
        self.series.add(second.intervals, second.users);
        self.kept.add(&self.series.take_settled());
        Ok(second.standing)
    }

    /// The last second of all requests that is over, for a progress display.
    #[must_use]
    pub fn last_whole(&self) -> Option<&IntervalCounts> {
        self.series.last_whole()
    }

    /// Requests of the loop that failed so far, inside the window and outside.
    #[must_use]
    pub const fn failures(&self) -> u64 {
        self.failures
    }

    /// How many samples were counted of the loop, of on_start and of on_stop, redirects among them.
    #[must_use]
    pub fn samples(&self) -> u64 {
        let rows = self.sums.recording.steps.iter().chain(&self.sums.recording.setup);
        rows.map(|row| row.requests() + row.outside + row.redirects).sum()
    }

    /// Everything that was counted, when there are no more records.
    #[must_use]
    pub fn finish(mut self) -> Counted {
        self.kept.add(&self.series.take_all());
        let Self { sums, kept, stalls, open, .. } = self;
        let Sums { recording, released, lag } = sums;
        Counted { recording, kept, stalls, released: open.then_some(released), lag }
    }
}
