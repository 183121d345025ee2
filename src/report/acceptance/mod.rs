//! The acceptance document: one view, one file a format.
//!
//! In: an [`Acceptance`]: every step, both loads' summaries and what the history holds. Out: the documents in the
//! acceptance's folder, and the [`AcceptanceView`] that the console prints. Always holds: a function of its arguments; the
//! boxed result comes first; `SHA256SUMS` names every other file in the folder, those of the loads too.

mod console;
mod html;
mod json;
mod markdown;
mod view;
pub mod words;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::format::document;
use super::history::Past;
use super::neutral::neutral;
use super::text::fill;
use super::{Document, Lang, ReportError, ReportFolder, sums};
use crate::gate::RunVerdict;
use crate::gate::acceptance::{Step, StepId};
use crate::summary::{Target, TargetKind};

pub use console::{one_line, render};
pub use json::schema;
pub use view::{AcceptanceView, BoxGroup, BoxLine, CheckView, LoadView, StepView, view};

/// The page of an acceptance.
const PAGE: &str = "acceptance.html";

/// An acceptance that has been walked.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// How it ended.
    pub verdict: RunVerdict,
    /// What the program will exit with.
    pub exit_code: u8,
    /// Against what.
    pub target: Target,
    /// The acceptance file, as it was named.
    pub file: String,
    /// When the walk began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Every step, in order.
    pub steps: Vec<Step>,
    /// The loads.
    pub loads: Vec<Load>,
    /// What the history held before, of the deciding load's scenario and this target; newest first.
    pub history: Vec<Past>,
    /// The step that was asked for alone.
    pub only: Option<StepId>,
    /// Whether it was ended from outside.
    pub interrupted: bool,
    /// The version that verified.
    pub version: &'static str,
}

/// A load of the acceptance.
#[derive(Clone, Debug)]
pub struct Load {
    /// Whether it is the one that decides.
    pub decides: bool,
    /// Its report's folder, in the acceptance's.
    pub folder: String,
    /// Its `summary.json`.
    pub summary: serde_json::Value,
}

impl Acceptance {
    /// Whether it shows the tool and accepts nothing.
    #[must_use]
    pub fn is_demonstration(&self) -> bool {
        self.target.kind == TargetKind::Embedded
    }
}

/// Renders `acceptance` and writes it to `folder`, where the loads' reports lie already.
///
/// # Errors
/// [`ReportError`]: the disk refuses, or a document cannot be rendered. Nothing is left of the document then.
pub fn write(mut folder: ReportFolder, acceptance: &Acceptance, lang: Lang) -> Result<PathBuf, ReportError> {
    let view = view(acceptance, lang);
    let mut documents = Vec::new();
    for (place, bytes) in [
        ("acceptance.json", json::render(acceptance)?.into_bytes()),
        (PAGE, html::render(&view)?.into_bytes()),
        ("acceptance.md", markdown::render(&view).into_bytes()),
        ("acceptance.docx", document::acceptance::render(&view)?),
    ] {
        documents.push(Document { place: place.into(), bytes });
    }
    let (inside, page) = (sums::inside(folder.path())?, folder.path().join(PAGE));
    for document in &documents {
        folder.put(document)?;
    }
    folder.settle_beside(inside).into_iter().next().map_or(Ok(page), Err)
}

/// Where the document lies, in words.
#[must_use]
pub fn document_at(lang: Lang, page: &Path) -> String {
    fill(lang.acceptance().document_at, &[("path", &neutral(&page.display().to_string()))]) + "\n"
}

#[cfg(test)]
pub(crate) mod tests;
