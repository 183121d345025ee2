//! A run that has ended: judged, written, told.
//!
//! In: a summary, the evidence of witnesses, and the report's folder. Out: the report, the console and an exit code. Always
//! holds: the result is printed even where the report cannot be written, and what could not be is named.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::acceptance::evidence::Evidence;
use crate::cli::exit::{self, CliError};
use crate::cli::ledger::Ledger;
use crate::cli::publish::Published;
use crate::cli::{put, say};
use crate::gate::{self, Verdict};
use crate::plan::Terms;
use crate::report::left::Left;
use crate::report::{self, Lang, ReportFolder, ReportOptions, ReportView, Written, console};
use crate::summary::Summary;

/// A run that was judged, and whose report was written if the disk let it.
pub(super) struct Ended {
    summary: Summary,
    verdict: Verdict,
    exit_code: u8,
    view: ReportView,
    /// The report's folder.
    place: PathBuf,
    /// What turned out worse than it could have.
    notes: Vec<&'static str>,
    /// Why files are missing.
    failed: Vec<String>,
}

impl Ended {
    /// Judges and writes.
    pub(super) fn of(
        lang: Lang,
        terms: &Terms,
        (summary, evidence): (Summary, Vec<Evidence>),
        folder: ReportFolder,
    ) -> Self {
        let verdict = gate::judge_with(&summary, evidence, terms);
        let exit_code = exit::code_of(&summary, &verdict);
        let place = folder.path().to_owned();
        let options = ReportOptions { lang, exit_code, seen_at: seen_at(&place) };
        let Written { view, notes, failed } = report::write(folder, &summary, &verdict, &options);
        let failed = failed.iter().map(ToString::to_string).collect();
        Self { summary, verdict, exit_code, view, place, notes, failed }
    }

    /// Ends the journal, and judges and writes what it holds.
    ///
    /// # Errors
    /// The journal cannot be understood.
    pub(super) fn journalled(lang: Lang, ledger: Ledger, folder: ReportFolder) -> Result<Self, CliError> {
        let (records, unwritten) = ledger.finish();
        let Left { opening, summary, evidence } = records.left(0)?;
        let mut ended = Self::of(lang, &opening.terms, (summary, evidence), folder);
        ended.failed.extend(unwritten.map(|error| error.to_string()));
        Ok(ended)
    }

    /// Prints the result, in one line when `quiet`, and publishes it.
    pub(super) fn tell(self, quiet: bool) -> ExitCode {
        let Self { summary, verdict, exit_code, view, place, .. } = &self;
        put(&if quiet { console::one_line(view) } else { console::render(view, io::stdout().is_terminal()) });
        let published = Published { summary, verdict, view, exit_code: *exit_code };
        published.on_github();
        let code = self.complain();
        published.beside(place);
        ExitCode::from(code)
    }

    /// Says what turned out worse than it could have, and hands the result on.
    pub(super) fn settle(self) -> (Summary, Verdict, u8) {
        let code = self.complain();
        (self.summary, self.verdict, code)
    }

    /// Says what turned out worse than it could have. The exit code: 1 where a file is missing, unless the verdict's own
    /// says worse.
    fn complain(&self) -> u8 {
        self.notes.iter().for_each(|note| say(note));
        self.failed.iter().for_each(|error| say(&format!("error: {error}")));
        if self.exit_code == 0 { u8::from(!self.failed.is_empty()) } else { self.exit_code }
    }
}

/// The report's folder from where the run was started, as other programs of a pipeline see it.
pub(super) fn seen_at(folder: &Path) -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    folder.strip_prefix(&here).unwrap_or(folder).to_owned()
}
