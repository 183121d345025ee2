//! The charts of a run: one drawing each, for the page, for SVG and for PNG.
//!
//! In: the summary's series and distributions, and the rules' limits. Out: [`Chart`]s, in the page's order. Always
//! holds: a chart is drawn also of a run without any request, but for that of failures, of which there must be some,
//! and that of two clocks, which only an open model has; words come from the catalogue.

mod canvas;
mod clocks;
mod distribution;
mod failures;
mod frame;
mod heatmap;
mod hover;
mod latency;
mod limits;
mod palette;
mod raster;
mod scale;
mod seconds;
mod spectrum;
mod throughput;
mod time;

use super::ReportError;
use super::neutral::neutral;
use super::text::{ChartText, Lang, fill};
use crate::gate::RuleResult;
use crate::summary::Summary;
use canvas::Mark;
use hover::{Hover, Stop};
pub(super) use raster::Fonts;
use seconds::{Points, Stretch};

/// One drawing.
pub(super) struct Chart {
    /// Its file's name without extension.
    pub(super) name: &'static str,
    /// What it shows, for readers who do not see it.
    pub(super) title: &'static str,
    /// What a reader must know of it.
    pub(super) caption: String,
    /// The document.
    pub(super) svg: String,
    /// What a reader sees who points at a place, for the page's script.
    pub(super) hover: String,
}

/// A run and in which words it is drawn.
#[derive(Clone, Copy)]
struct Subject<'a> {
    summary: &'a Summary,
    words: &'static ChartText,
    points: &'a [Stretch],
    /// How many seconds are one point.
    width: u32,
}

/// The charts of a run in `lang`.
pub(super) fn draw(summary: &Summary, rules: &[RuleResult], lang: Lang) -> Result<Vec<Chart>, ReportError> {
    let (limits, words) = (limits::Limits::of(summary, rules), lang.charts());
    let Points { stretches: points, width } = Points::of(summary);
    let subject = Subject { summary, words, points: &points, width };
    let pen = Pen { lang, width };
    let latency = latency::marks(subject, &limits);
    let mut charts = vec![
        pen.draw("latency-over-time", &latency, &latency::hover(subject, &limits))?,
        pen.draw("throughput-over-time", &throughput::marks(subject, &limits), &throughput::hover(subject))?,
    ];
    if points.iter().any(|point| point.failed_attempts() > 0) {
        let marks = failures::marks(subject, lang);
        charts.push(pen.draw("failures-over-time", &marks, &failures::hover(subject, lang))?);
    }
    if summary.totals.response_time.is_some() {
        charts.push(pen.draw("response-and-service-time", &clocks::marks(subject), &clocks::hover(subject))?);
    }
    let distribution = distribution::marks(subject, &limits);
    charts.push(pen.draw("latency-distribution", &distribution, &distribution::hover(subject, &limits))?);
    charts.push(pen.draw("latency-percentiles", &spectrum::marks(subject, &limits), &spectrum::hover(subject))?);
    let heatmap = heatmap::Grid::of(summary);
    charts.push(pen.draw("latency-heatmap", &heatmap.marks(subject), &heatmap.hover(subject))?);
    Ok(charts)
}

/// Draws and labels.
struct Pen {
    lang: Lang,
    /// How many seconds are one point of the charts over time.
    width: u32,
}

impl Pen {
    fn draw(&self, name: &'static str, marks: &[Mark], hover: &Hover) -> Result<Chart, ReportError> {
        let (title, caption) = self.lang.chart(name);
        let binned =
            if name.ends_with("-over-time") || name == "response-and-service-time" { self.binned() } else { None };
        let caption = caption.to_owned() + binned.as_deref().unwrap_or_default();
        let svg = canvas::draw(marks).map_err(|cause| ReportError::Chart { chart: name, cause })?;
        Ok(Chart { name, title, caption, svg, hover: hover.written() })
    }
}

impl Pen {
    /// What a point of the charts over time stands for, where it is more than a second.
    fn binned(&self) -> Option<String> {
        let words = self.lang.charts();
        (self.width > 1).then(|| fill(words.binned, &[("span", &time::span(self.width, words))]))
    }
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
            "<svg class=\"chart\" viewBox=\"{view_box}\" role=\"img\" aria-label=\"{title}\" tabindex=\"0\" \
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
