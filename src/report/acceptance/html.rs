//! `acceptance.html`: one file that carries everything it shows.
//!
//! In: an [`AcceptanceView`]. Out: HTML. Always holds: foreign text is escaped, the page loads nothing and runs nothing,
//! and says so to the browser.

use askama::Template;

use super::view::AcceptanceView;
use crate::report::ReportError;
use crate::report::text::{AcceptanceText, DocumentText, Text};

#[derive(Template)]
#[template(path = "acceptance.html")]
struct Page<'a> {
    view: &'a AcceptanceView,
    a: &'static AcceptanceText,
    t: &'static Text,
    d: &'static DocumentText,
    /// The last line of the box.
    overall: String,
}

/// The page of `view`.
pub(super) fn render(view: &AcceptanceView) -> Result<String, ReportError> {
    let a = view.lang.acceptance();
    let overall = crate::report::text::fill(a.overall, &[("conclusion", view.conclusion)]);
    let page = Page { view, a, t: view.lang.text(), d: view.lang.documents(), overall };
    page.render().map_err(ReportError::Page)
}
