//! The formats of a report: one file each, behind one shape.
//!
//! In: [`Material`]: the run, its verdict, and the view in which every number is formatted. Out: the documents of the
//! folder. Always holds: a format is a function of its material, and none reads what another has written.

pub(super) mod document;
mod gitlab;
mod hdr_log;
mod jmeter;
mod junit;
pub(super) mod markdown;
pub(super) mod reconcile;
pub(super) mod table;
mod taurus;

use super::chart::Chart;
use super::{ReportError, ReportOptions, ReportView, html, summary_json};
use crate::gate::Verdict;
use crate::summary::Summary;

/// What every format is rendered from.
pub(super) struct Material<'a> {
    pub(super) summary: &'a Summary,
    pub(super) verdict: &'a Verdict,
    pub(super) options: &'a ReportOptions,
    pub(super) view: &'a ReportView,
    /// The charts, in the page's order.
    pub(super) pictures: &'a [Picture],
}

/// A chart and what it looks like in pixels.
pub(super) struct Picture {
    pub(super) chart: Chart,
    pub(super) png: Vec<u8>,
}

/// A file of the report, by its name in the folder, and how its bytes are made.
type Format = (&'static str, fn(&Material<'_>) -> Result<Vec<u8>, ReportError>);

/// Every file that is rendered from the summary, but for the charts.
pub(super) const FORMATS: [Format; 9] = [
    (super::folder::LAST, summary_json::bytes),
    (super::PAGE, html::render),
    (markdown::PLACE, markdown::render),
    (junit::PLACE, junit::render),
    (jmeter::PLACE, jmeter::render),
    (taurus::PLACE, taurus::render),
    (gitlab::PLACE, gitlab::render),
    (hdr_log::PLACE, hdr_log::render),
    (document::PLACE, document::render),
];

/// A document that a library could not write.
fn broken(place: &'static str) -> impl Fn(String) -> ReportError {
    move |cause| ReportError::Format { place, cause }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::report::fixture::Run;
    use crate::report::text::Lang;
    use crate::report::{chart, pictures, view};

    type Render = fn(&Material<'_>) -> Result<Vec<u8>, ReportError>;

    /// Renders `run` by one format, as it would lie in `reports/x`, without drawing the pixels of its charts.
    pub(in crate::report) fn rendered(run: &Run, lang: Lang, format: Render) -> Vec<u8> {
        let charts = chart::draw(&run.summary, &run.verdict.rules, lang).unwrap();
        let pictures: Vec<Picture> =
            charts.into_iter().map(|chart| Picture { chart, png: b"pixels".to_vec() }).collect();
        rendered_with(run, (lang, format), &pictures)
    }

    /// Renders `run` by one format with its pictures.
    pub(in crate::report) fn drawn(run: &Run, lang: Lang, format: Render) -> (Vec<u8>, Vec<Picture>) {
        let (pictures, _) = pictures(&run.summary, &run.verdict, lang).unwrap();
        (rendered_with(run, (lang, format), &pictures), pictures)
    }

    fn rendered_with(run: &Run, (lang, format): (Lang, Render), pictures: &[Picture]) -> Vec<u8> {
        let (summary, verdict) = (&run.summary, &run.verdict);
        let options = ReportOptions { lang, exit_code: 0, seen_at: "reports/x".into() };
        let view = view(summary, verdict, lang);
        format(&Material { summary, verdict, options: &options, view: &view, pictures }).unwrap()
    }

    pub(in crate::report) fn text(run: &Run, lang: Lang, format: Render) -> String {
        String::from_utf8(rendered(run, lang, format)).unwrap()
    }
}
