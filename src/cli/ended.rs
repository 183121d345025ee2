//! A run that has ended: judged, written, told.
//!
//! In: a summary, the evidence of witnesses, and the report's folder. Out: the report, the console and an exit code. Always
//! holds: the result is printed even where the report cannot be written.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::acceptance::evidence::Evidence;
use crate::cli::exit::{self, CliError};
use crate::cli::publish::Published;
use crate::cli::{put, say};
use crate::gate::{self, Verdict};
use crate::plan::Plan;
use crate::report::{self, Lang, ReportError, ReportFolder, ReportOptions, ReportView, console};
use crate::summary::Summary;

/// A run that was judged, and whose report was written if the disk let it.
pub(super) struct Ended {
    summary: Summary,
    verdict: Verdict,
    exit_code: u8,
    view: ReportView,
    /// The report's folder.
    place: PathBuf,
    notes: Result<Vec<&'static str>, ReportError>,
}

impl Ended {
    /// Judges and writes.
    pub(super) fn of(
        lang: Lang,
        plan: &Plan,
        (summary, evidence): (Summary, Vec<Evidence>),
        folder: ReportFolder,
    ) -> Self {
        let verdict = gate::judge_with(&summary, evidence, plan);
        let exit_code = exit::code_of(&summary, &verdict);
        let place = folder.path().to_owned();
        let options = ReportOptions { lang, exit_code, seen_at: seen_at(&place) };
        let (view, notes) = match report::write(folder, &summary, &verdict, &options) {
            Ok(written) => (written.view, Ok(written.notes)),
            Err(error) => (report::view(&summary, &verdict, lang), Err(error)),
        };
        Self { summary, verdict, exit_code, view, place, notes }
    }

    /// Prints the result, in one line when `quiet`, and publishes it.
    ///
    /// # Errors
    /// The report could not be written.
    pub(super) fn tell(self, quiet: bool) -> Result<ExitCode, CliError> {
        let Self { summary, verdict, exit_code, view, place, notes } = self;
        put(&if quiet { console::one_line(&view) } else { console::render(&view, io::stdout().is_terminal()) });
        let published = Published { summary: &summary, verdict: &verdict, view: &view, exit_code };
        published.on_github();
        notes?.iter().for_each(|note| say(&format!("warning: {note}")));
        published.beside(&place);
        Ok(ExitCode::from(exit_code))
    }

    /// Says what turned out worse than it could have, and hands the result on.
    ///
    /// # Errors
    /// The report could not be written.
    pub(super) fn settle(self) -> Result<(Summary, Verdict, u8), CliError> {
        self.notes?.iter().for_each(|note| say(&format!("warning: {note}")));
        Ok((self.summary, self.verdict, self.exit_code))
    }
}

/// The report's folder from where the run was started, as other programs of a pipeline see it.
fn seen_at(folder: &Path) -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    folder.strip_prefix(&here).unwrap_or(folder).to_owned()
}
