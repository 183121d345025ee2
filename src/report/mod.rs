//! The report of a run: what people sign and what other programs read.
//!
//! In: a [`Summary`] and its [`Verdict`]. Out: a folder with `summary.json`, `report.html` and `charts/`, and the
//! [`ReportView`] that the console prints. Always holds: a function of its arguments, so rendering twice gives the same
//! bytes; the folder is whole or absent.

mod chart;
mod columns;
pub mod console;
mod figures;
mod folder;
mod html;
mod neutral;
pub mod summary_json;
pub mod text;
mod view;

use std::path::{Path, PathBuf};

use crate::gate::Verdict;
use crate::summary::Summary;
pub use folder::ReportFolder;
pub use text::Lang;
pub use view::{
    CaveatGroup, CaveatView, FailureView, Figure, ReportView, RuleView, StepView, Tone, VerdictView, calibrated, view,
};

/// How a report is rendered.
#[derive(Clone, Copy, Debug)]
pub struct ReportOptions {
    /// In which language.
    pub lang: Lang,
    /// What the program will exit with.
    pub exit_code: u8,
}

/// The page of a report.
const PAGE: &str = "report.html";

/// Why a report cannot be rendered or written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Something lies where the report should.
    #[error("{} already holds \"{found}\"; name another folder with --out, or move it away", folder.display())]
    Occupied {
        /// The report's folder.
        folder: PathBuf,
        /// What was found in it.
        found: String,
    },
    /// No name was left to try.
    #[error("\"{}\" names no folder; name one with --out, for example \"reports/first\"", .0.display())]
    NoName(PathBuf),
    /// The disk refused.
    #[error("cannot {action} {}: {cause}; free space, correct its permissions, or name another folder with --out", path.display())]
    Disk {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The summary is no JSON.
    #[error("cannot write summary.json: {0}; this is a defect of tollgate, report it")]
    Json(serde_json::Error),
    /// The page cannot be filled in.
    #[error("cannot write report.html: {0}; this is a defect of tollgate, report it")]
    Page(askama::Error),
    /// A chart cannot be drawn.
    #[error("cannot draw charts/{chart}: {cause}; this is a defect of tollgate, report it")]
    Chart {
        /// Which.
        chart: &'static str,
        /// What the drawing crate said.
        cause: String,
    },
}

/// One file of a report: where it lies in the folder, and its bytes.
struct Document {
    place: PathBuf,
    bytes: Vec<u8>,
}

/// Renders the report of `summary` and writes it to `folder`. What the console prints of it.
///
/// # Errors
/// [`ReportError`]: the disk refuses, or a document cannot be rendered. Nothing is left of the report then.
pub fn write(
    mut folder: ReportFolder,
    summary: &Summary,
    verdict: &Verdict,
    options: &ReportOptions,
) -> Result<ReportView, ReportError> {
    let view = view(summary, verdict, options.lang);
    folder.fill(&documents(summary, verdict, (options, &view))?)?;
    Ok(view.at(&folder.path().join(PAGE)))
}

/// Every document of a report, rendered.
fn documents(
    summary: &Summary,
    verdict: &Verdict,
    (options, view): (&ReportOptions, &ReportView),
) -> Result<Vec<Document>, ReportError> {
    let charts = chart::draw(summary, &verdict.rules)?;
    let json = summary_json::render(summary, verdict, options.exit_code)?;
    let page = html::render(view, &charts)?;
    let mut documents = vec![
        Document { place: folder::LAST.into(), bytes: json.into_bytes() },
        Document { place: PAGE.into(), bytes: page.into_bytes() },
    ];
    for chart in &charts {
        let place = Path::new("charts").join(chart.name);
        documents.push(Document { place: place.with_extension("png"), bytes: chart.png()? });
        documents.push(Document { place: place.with_extension("svg"), bytes: chart.svg.clone().into_bytes() });
    }
    Ok(documents)
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
