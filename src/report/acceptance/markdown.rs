//! `acceptance.md`: the same document for tickets and merge requests.
//!
//! In: an [`AcceptanceView`]. Out: GitHub's Markdown. Always holds: what others wrote stays text; the box comes first.

use super::console;
use super::view::{AcceptanceView, StepView};
use crate::report::format::document::acceptance::{checks, past, signatures};
use crate::report::format::markdown::{laid_out, plain};
use crate::report::format::table::{self, Column};

/// The document.
pub(super) fn render(view: &AcceptanceView) -> String {
    let (a, d) = (view.lang.acceptance(), view.lang.documents());
    let mut out = format!("# {}\n\n{}\n\n", a.title, view.started);
    view.banners.iter().for_each(|banner| out.push_str(&format!("> **{}**\n\n", plain(banner))));
    // A fence keeps the box as the console prints it; no line of it can end the fence.
    let boxed = console::render(&AcceptanceView { banners: Vec::new(), ..view.clone() }, false).replace("```", "'''");
    out.push_str(&format!("```text\n{boxed}```\n"));
    out.push_str(&format!("\n## {}\n\n{}", a.subject, laid_out(&table::pairs(&view.facts, Column::Words))));
    view.loads
        .iter()
        .for_each(|load| out.push_str(&format!("\n- {}\n", view.lang.labelled(load.title, &plain(&load.report)))));
    out.push_str(&format!("\n{}\n\n## {}\n", a.money, a.evidence));
    view.steps.iter().for_each(|step| out.push_str(&self::step(view, step)));
    out.push_str(&format!("\n## {}\n\n{}\n", a.history, view.history));
    if !view.past.is_empty() {
        out.push_str(&format!("\n{}", laid_out(&past(view))));
    }
    out.push_str(&format!("\n## {}\n\n{}\n\n{}", d.signatures, d.signed_by, laid_out(&signatures(view.lang))));
    out
}

fn step(view: &AcceptanceView, step: &StepView) -> String {
    let heading = view.lang.labelled(step.title, step.word);
    format!("\n### {heading}\n\n{}", laid_out(&checks(view.lang, step)))
}
