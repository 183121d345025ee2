//! The charts of a run: one drawing each, for the page, for SVG and for PNG.
//!
//! In: the summary's series and distribution, and the rules' limits. Out: three [`Chart`]s. Always holds: a chart is
//! drawn also of a run without any request; its words come from the catalogue.

mod canvas;
mod distribution;
mod frame;
mod latency;
mod limits;
mod palette;
mod raster;
mod scale;
mod seconds;
mod throughput;
mod time;

use super::ReportError;
use super::neutral::neutral;
use super::text::{ChartText, Lang};
use crate::gate::RuleResult;
use crate::summary::Summary;
use canvas::Mark;
pub(super) use raster::Fonts;

/// One drawing.
pub(super) struct Chart {
    /// Its file's name without extension.
    pub(super) name: &'static str,
    /// What it shows, for readers who do not see it.
    pub(super) title: &'static str,
    /// The document.
    pub(super) svg: String,
}

/// A run and in which words it is drawn.
#[derive(Clone, Copy)]
struct Subject<'a> {
    summary: &'a Summary,
    words: &'static ChartText,
}

/// The three charts of a run in `lang`.
pub(super) fn draw(summary: &Summary, rules: &[RuleResult], lang: Lang) -> Result<[Chart; 3], ReportError> {
    let (limits, words) = (limits::Limits::of(summary, rules), lang.charts());
    let subject = Subject { summary, words };
    Ok([
        chart("latency-over-time", words.latency, &latency::marks(subject, &limits))?,
        chart("throughput-over-time", words.throughput, &throughput::marks(subject, &limits))?,
        chart("latency-distribution", words.distribution, &distribution::marks(subject, &limits))?,
    ])
}

fn chart(name: &'static str, title: &'static str, marks: &[Mark]) -> Result<Chart, ReportError> {
    let svg = canvas::draw(marks).map_err(|cause| ReportError::Chart { chart: name, cause })?;
    Ok(Chart { name, title, svg })
}

impl Chart {
    /// The drawing as PNG bytes.
    pub(super) fn png(&self, fonts: &Fonts) -> Result<Vec<u8>, ReportError> {
        raster::png(&self.svg, fonts).map_err(|cause| ReportError::Chart { chart: self.name, cause })
    }

    /// The drawing as a part of a page, which gives it its width and, on dark screens, its colours.
    pub(super) fn inline(&self) -> String {
        let body = self.svg.split_once('>').map_or("", |(_, body)| body.trim_end());
        let (view_box, title) = (canvas::view_box(frame::MARGIN), neutral(self.title));
        format!(
            "<svg class=\"chart\" viewBox=\"{view_box}\" role=\"img\" aria-label=\"{title}\" \
             stroke-linejoin=\"round\">{body}"
        )
    }
}

/// Style rules for charts on dark screens.
pub(super) fn dark_rules() -> String {
    palette::dark_rules()
}

#[cfg(test)]
mod tests;
