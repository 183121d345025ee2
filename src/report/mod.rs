//! The report of a run: what people sign and what other programs read.
//!
//! In: a [`Summary`] and its [`Verdict`]. Out: a folder with the page, the documents, the files of other programs'
//! shapes and the charts, and the [`ReportView`] that the console prints. Always holds: a function of its arguments, so
//! rendering twice gives the same bytes; no file is half there, and one that cannot be written keeps no other back;
//! `SHA256SUMS` names every other file in the folder.

pub mod acceptance;
mod chart;
mod columns;
pub mod console;
mod figures;
mod folder;
mod format;
pub mod github;
pub mod history;
mod html;
pub mod left;
pub(crate) mod neutral;
pub mod record;
pub mod summary_json;
mod sums;
pub mod text;
mod view;

use std::path::{Path, PathBuf};

use crate::gate::Verdict;
use crate::journal::JournalError;
use crate::summary::Summary;
use chart::Fonts;
pub use folder::ReportFolder;
use format::{FORMATS, Material, Picture, reconcile};
pub use sums::{Mismatch, outcome, verify};
pub use text::Lang;
pub use view::{
    CaveatGroup, CaveatView, ClockView, FailureTimesView, FailureView, Figure, LoadShape, MoneyKind, MoneyView,
    ReportView, RuleView, StepView, Tone, VerdictView, WhyRow, WhyView, calibrated, view,
};

/// How a report is rendered.
#[derive(Clone, Debug)]
pub struct ReportOptions {
    /// In which language.
    pub lang: Lang,
    /// What the program will exit with.
    pub exit_code: u8,
    /// The report's folder as other programs see it: from where the run was started, where it lies below that.
    pub seen_at: PathBuf,
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
    /// A run was cut off there.
    #[error(
        "{} holds the journal of a run that never ended; render what it left with \"tollgate report {}\", or name another folder with --out",
        folder.display(), folder.display()
    )]
    Unfinished {
        /// The report's folder.
        folder: PathBuf,
    },
    /// The run's own record cannot be written or read.
    #[error(transparent)]
    Journal(#[from] JournalError),
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
    /// The folder of a report, or a file that must be in it, cannot be read.
    #[error("cannot read {}: {cause}; name the folder of a run's report", path.display())]
    Unreadable {
        /// What was read.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The list of checksums is not one.
    #[error("{}:{line}: not a checksum and a file's name; the list itself was changed", path.display())]
    Sums {
        /// The list.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The summary is no JSON.
    #[error("cannot write summary.json: {0}; this is a defect of tollgate, report it")]
    Json(serde_json::Error),
    /// The page cannot be filled in.
    #[error("cannot write report.html: {0}; this is a defect of tollgate, report it")]
    Page(askama::Error),
    /// A document cannot be written.
    #[error("cannot write {place}: {cause}; this is a defect of tollgate, report it")]
    Format {
        /// Which.
        place: &'static str,
        /// What the writing crate said.
        cause: String,
    },
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

/// A report that was written.
#[derive(Debug)]
pub struct Written {
    /// What the console prints of it.
    pub view: ReportView,
    /// What turned out worse than it could have, for the log.
    pub notes: Vec<&'static str>,
    /// Every file that could not be rendered or written. The others are there.
    pub failed: Vec<ReportError>,
}

/// Renders the report of `summary` and writes it to `folder`, file by file.
pub fn write(mut folder: ReportFolder, summary: &Summary, verdict: &Verdict, options: &ReportOptions) -> Written {
    let (mut view, place) = (view(summary, verdict, options.lang), folder.path().join(PAGE));
    let (pictures, labels) = match pictures(summary, verdict, options.lang) {
        Ok(drawn) => drawn,
        Err(error) => return Written { view, notes: Vec::new(), failed: vec![error] },
    };
    let failed = put_documents(&mut folder, &Material { summary, verdict, options, view: &view, pictures: &pictures });
    let notes = if labels == options.lang { Vec::new() } else { vec![options.lang.documents().english_charts] };
    let failed: Vec<ReportError> = failed.into_iter().chain(folder.settle()).collect();
    if place.is_file() {
        view = view.at(&place);
    }
    Written { view, notes, failed }
}

/// The charts in `lang`, and the language of the words in their pixels: English where no font has the characters.
fn pictures(summary: &Summary, verdict: &Verdict, lang: Lang) -> Result<(Vec<Picture>, Lang), ReportError> {
    let charts = chart::draw(summary, &verdict.rules, lang)?;
    let (fonts, labels) = Fonts::of(lang).map_or_else(|| (Fonts::own(), Lang::En), |fonts| (fonts, lang));
    let mut pixels = Vec::with_capacity(charts.len());
    if labels == lang {
        for chart in &charts {
            pixels.push(chart.png(&fonts)?);
        }
    } else {
        for chart in &chart::draw(summary, &verdict.rules, labels)? {
            pixels.push(chart.png(&fonts)?);
        }
    }
    let pictures = charts.into_iter().zip(pixels).map(|(chart, png)| Picture { chart, png });
    Ok((pictures.collect(), labels))
}

/// Renders every document, and writes each before the next is rendered: some are large. Those that failed.
fn put_documents(folder: &mut ReportFolder, material: &Material<'_>) -> Vec<ReportError> {
    let mut failed = Vec::new();
    let mut put = |place: PathBuf, bytes: Result<Vec<u8>, ReportError>| {
        failed.extend(bytes.and_then(|bytes| folder.put(&Document { place, bytes })).err());
    };
    for (place, render) in FORMATS {
        put(place.into(), render(material));
    }
    if !material.verdict.evidence.is_empty() {
        put(reconcile::PLACE.into(), reconcile::render(material));
    }
    for Picture { chart, png } in material.pictures {
        let place = Path::new("charts").join(chart.name);
        put(place.with_extension("png"), Ok(png.clone()));
        put(place.with_extension("svg"), Ok(chart.svg.clone().into_bytes()));
    }
    failed
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
