//! The journal of a run that goes on, and what it comes to.
//!
//! In: what is known before the load, and records. Out: a journal on the disk, and its records gathered. Always holds:
//! what is gathered is read from the very bytes that are journalled; a disk that refuses is said once and ends no run.

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::exit::CliError;
use crate::cli::{facts, say};
use crate::journal::writer::Writer;
use crate::journal::{JournalError, Kind};
use crate::plan::Plan;
use crate::report::left::Records;
use crate::report::record::Opening;
use crate::report::{Lang, ReportFolder};
use crate::summary::{Gathering, Target};

/// The journal of a run that goes on, and what its records come to.
pub(super) struct Ledger {
    journal: Writer,
    records: Records,
    /// Whether it was said that the disk refuses.
    said: bool,
}

impl Ledger {
    /// Begins the journal with `opening`: from here on the run's `folder` stays, whatever becomes of the run.
    pub(super) fn open(folder: &mut ReportFolder, opening: &Opening) -> Result<Self, CliError> {
        let opening = json(opening)?;
        let records = Records::begin(&opening)?;
        let journal = folder.begin(&records.opening().plan, &opening).map_err(CliError::Out)?;
        Ok(Self { journal, records, said: false })
    }

    /// What has been gathered so far.
    pub(super) const fn gathering(&self) -> &Gathering {
        self.records.gathering()
    }

    /// Journals a record, and takes it into account.
    pub(super) fn add(&mut self, kind: Kind, record: &[u8]) -> Result<(), JournalError> {
        self.journal.append(kind, record);
        if let Some(trouble) = self.journal.trouble().filter(|_| !self.said) {
            self.said = true;
            say(&format!("warning: {trouble}; the run goes on, and what was not written is kept for it"));
        }
        self.records.add(kind, record)
    }

    /// The same of what is written as JSON.
    pub(super) fn add_json(&mut self, kind: Kind, record: &impl Serialize) -> Result<(), CliError> {
        Ok(self.add(kind, &json(record)?)?)
    }

    /// Ends the journal. What it came to, and why it is not on the disk if it is not.
    pub(super) fn finish(self) -> (Records, Option<JournalError>) {
        let unwritten = self.journal.finish().err();
        (self.records, unwritten)
    }
}

/// A record of JSON.
pub(super) fn json(record: &impl Serialize) -> Result<Vec<u8>, CliError> {
    let unwritable =
        |error: serde_json::Error| CliError::System { what: "cannot write a record", cause: error.to_string() };
    serde_json::to_vec(record).map_err(unwritable)
}

/// What is known of a run on `tested` before its load.
pub(super) fn opening((lang, plan): (Lang, &Plan), tested: Target, (command, seen_at): (String, PathBuf)) -> Opening {
    Opening {
        terms: plan.terms(),
        plan: plan.written(&tested.url),
        command,
        lang,
        seen_at,
        refused: tested.refused.clone(),
        target: tested,
        co_located: false,
        machine: facts::machine(),
        calibration: None,
        calibration_failed: false,
    }
}
