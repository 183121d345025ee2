//! What a run left, read again.
//!
//! In: the records of its journal, from the disk or from the run that writes them. Out: a [`Left`], from which its report
//! is rendered. Always holds: the run itself renders from its own records too, so both renderings are the same; a run
//! whose last record is missing is interrupted, whatever its figures.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::acceptance::evidence::Evidence;
use crate::journal::reader::{self, Tail};
use crate::journal::{JournalError, Kind};
use crate::report::record::{Opening, Standing};
use crate::summary::caveat::Caveat;
use crate::summary::{Gathering, Summary};

/// Everything that a report is rendered from.
#[derive(Debug)]
pub struct Left {
    /// What was known before the load.
    pub opening: Opening,
    /// The run's figures.
    pub summary: Summary,
    /// What outside witnesses saw.
    pub evidence: Vec<Evidence>,
}

/// Takes the records of one run, in order.
#[derive(Debug)]
pub struct Records {
    opening: Opening,
    gathering: Gathering,
    /// What was last known of it, as it was written.
    standing: Option<Vec<u8>>,
    /// Whether all load has ended.
    closed: bool,
    evidence: Option<Vec<Evidence>>,
}

impl Records {
    /// The records of a run that begins with `opening`.
    ///
    /// # Errors
    /// [`JournalError::Misread`]: it is no opening.
    pub fn begin(opening: &[u8]) -> Result<Self, JournalError> {
        let opening: Opening = of_json(opening)?;
        let gathering = Gathering::new(&opening.terms).map_err(|error| JournalError::Misread(error.to_string()))?;
        Ok(Self { opening, gathering, standing: None, closed: false, evidence: None })
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`JournalError::Misread`]: it does not hold what its kind does.
    pub fn add(&mut self, kind: Kind, record: &[u8]) -> Result<(), JournalError> {
        match kind {
            Kind::Second => {
                let standing = self.gathering.add(record).map_err(|error| JournalError::Misread(error.to_string()))?;
                let last = self.standing.get_or_insert_default();
                last.clear();
                last.extend_from_slice(standing);
            }
            Kind::Closing => (self.standing, self.closed) = (Some(record.to_vec()), true),
            Kind::Evidence => self.evidence = Some(of_json(record)?),
            Kind::Opening => return Err(JournalError::Misread("it begins twice".to_owned())),
        }
        Ok(())
    }

    /// What was known before the load.
    #[must_use]
    pub const fn opening(&self) -> &Opening {
        &self.opening
    }

    /// What has been gathered so far.
    #[must_use]
    pub const fn gathering(&self) -> &Gathering {
        &self.gathering
    }

    /// What the run left, if there are no more records than these; so many bytes behind them were `dropped`.
    ///
    /// # Errors
    /// [`JournalError::Nothing`]: there is no second of it.
    pub fn left(self, dropped: u64) -> Result<Left, JournalError> {
        let Self { opening, gathering, standing, closed, evidence } = self;
        let standing: Standing = of_json(&standing.ok_or(JournalError::Nothing)?)?;
        let samples = gathering.samples();
        let now = standing.now;
        let whole = closed && evidence.is_some() && dropped == 0;
        let standing = match (closed, whole) {
            (true, true) => standing,
            // The load had ended, and what the service's own account showed is not known; or it is, and the file was
            // damaged behind it.
            (true, false) => Standing { interrupted: true, ..standing },
            (false, _) => standing.broken_off(samples),
        };
        let observed = opening.observed(standing);
        let mut summary = Summary::fold(&opening.terms, gathering.finish(), observed);
        if !whole {
            summary.caveats.insert(0, Caveat::BrokenOff { after: now, dropped });
        }
        Ok(Left { opening, summary, evidence: evidence.unwrap_or_default() })
    }
}

impl Left {
    /// What the run in `folder` left.
    ///
    /// # Errors
    /// [`JournalError`]: there is no journal, it cannot be read, or it ends before the load began.
    pub fn read(folder: &Path) -> Result<Self, JournalError> {
        let mut records: Option<Records> = None;
        let Tail { dropped, .. } = reader::read(folder, &mut |kind, record| match (&mut records, kind) {
            (None, Kind::Opening) => {
                records = Some(Records::begin(record)?);
                Ok(())
            }
            (None, _) => Err(JournalError::Misread("it does not begin".to_owned())),
            (Some(records), _) => records.add(kind, record),
        })?;
        records.ok_or(JournalError::Nothing)?.left(dropped)
    }
}

fn of_json<T: DeserializeOwned>(record: &[u8]) -> Result<T, JournalError> {
    serde_json::from_slice(record).map_err(|error| JournalError::Misread(error.to_string()))
}
