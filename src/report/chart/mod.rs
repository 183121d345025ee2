//! The charts of a run: one drawing each, for the page, for SVG and for PNG.
//!
//! In: the summary's series and distribution, and the rules' limits. Out: three [`Chart`]s. Always holds: a chart is
//! drawn also of a run without any request; its words are English in every language.

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
use crate::gate::RuleResult;
use crate::summary::Summary;
use canvas::Mark;

/// One drawing.
pub(super) struct Chart {
    /// Its file's name without extension.
    pub(super) name: &'static str,
    /// What it shows, for readers who do not see it.
    pub(super) title: &'static str,
    /// The document.
    pub(super) svg: String,
}

/// The three charts of a run.
pub(super) fn draw(summary: &Summary, rules: &[RuleResult]) -> Result<[Chart; 3], ReportError> {
    let limits = limits::Limits::of(summary, rules);
    Ok([
        chart("latency-over-time", latency::TITLE, &latency::marks(summary, &limits))?,
        chart("throughput-over-time", throughput::TITLE, &throughput::marks(summary, &limits))?,
        chart("latency-distribution", distribution::TITLE, &distribution::marks(summary, &limits))?,
    ])
}

fn chart(name: &'static str, title: &'static str, marks: &[Mark]) -> Result<Chart, ReportError> {
    let svg = canvas::draw(marks).map_err(|cause| ReportError::Chart { chart: name, cause })?;
    Ok(Chart { name, title, svg })
}

impl Chart {
    /// The drawing as PNG bytes.
    pub(super) fn png(&self) -> Result<Vec<u8>, ReportError> {
        raster::png(&self.svg).map_err(|cause| ReportError::Chart { chart: self.name, cause })
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
