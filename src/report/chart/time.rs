//! The time axis that two charts share, and the parts of it that count for nothing.
//!
//! In: the stretches of a run and its window. Out: a scale, its ticks, shading. Always holds: time 0 is the opening of
//! the measured window.

use super::Subject;
use super::canvas::{self, Anchor, Mark};
use super::frame::{self, BOTTOM, LEFT, TOP};
use super::palette::Ink;
use super::scale::Scale;
use super::seconds::Stretch;
use crate::report::figures;
use crate::report::text::{ChartText, fill};
use crate::summary::Summary;

/// The time axis from the first to the last stretch.
pub(super) fn axis(stretches: &[Stretch], right: f64) -> Scale {
    let from = stretches.first().map_or(0.0, |first| first.start);
    let to = stretches.iter().map(Stretch::end).fold(from, f64::max);
    Scale::linear((from, if to > from { to } else { from + 10.0 }), (LEFT, right))
}

/// So many seconds, in words.
pub(super) fn span(seconds: u32, words: &ChartText) -> String {
    fill(words.moment, &[("at", &figures::count(seconds.into()))])
}

/// The axis drawn: seconds, or minutes or hours when there are many. Behind its name stands what `each` of the chart's
/// points is.
pub(super) fn ticks(x: &Scale, words: &ChartText, each: &str) -> Vec<Mark> {
    let (from, to) = x.range();
    let (unit, name) = match to - from {
        span if span > 10_800.0 => (3_600.0, words.hours),
        span if span > 900.0 => (60.0, words.minutes),
        _ => (1.0, words.seconds),
    };
    let label = |at: f64| {
        let text = figures::decimal(at / unit, 1);
        text.trim_end_matches(".0").replace("-0", "0").replace('-', "\u{2212}")
    };
    let ticks: Vec<(f64, String)> = x.time_ticks().into_iter().map(|at| (at, label(at))).collect();
    frame::below(x, &ticks, &(fill(words.from_window, &[("unit", name)]) + each))
}

/// When a stretch was: `12 s`, or `12 s – 20 s` where it is several seconds.
pub(super) fn moment(stretch: &Stretch, words: &ChartText) -> String {
    let at = |seconds: f64| figures::decimal(seconds, 1).trim_end_matches(".0").replace('-', "\u{2212}");
    let (from, to) = (at(stretch.start), at(stretch.end()));
    let moment = if stretch.length > 1.5 { format!("{from}\u{2013}{to}") } else { from };
    fill(words.moment, &[("at", &moment)])
}

impl Subject<'_> {
    /// What each point is, where it is more than a second.
    pub(super) fn each_point(&self) -> String {
        match self.width {
            ..=1 => String::new(),
            seconds => fill(self.words.each_point, &[("span", &span(seconds, self.words))]),
        }
    }
}

/// Ramp-up, warm-up and drain, shaded; all of it when the window never opened.
pub(super) fn outside_window(x: &Scale, summary: &Summary, words: &ChartText) -> Vec<Mark> {
    if summary.series.is_empty() {
        return Vec::new();
    }
    let (from, to) = x.range();
    let shades = match summary.run.window.seconds {
        Some(seconds) => [(from, to.min(0.0), words.before), (seconds.max(from), to, words.drain)],
        None => [(from, to, words.before), (to, to, "")],
    };
    shades
        .into_iter()
        .filter(|(start, end, _)| end > start)
        .flat_map(|(start, end, name)| shade(x, (start, end), name))
        .collect()
}

fn shade(x: &Scale, (start, end): (f64, f64), name: &str) -> Vec<Mark> {
    let (start, end) = (x.place(start), x.place(end));
    if canvas::unit(start) == canvas::unit(end) {
        // Twenty seconds of a day are too narrow to be seen, and a picture has no place for what has no width.
        return Vec::new();
    }
    let mut marks = vec![Mark::Block { from: (start, TOP), to: (end, BOTTOM), ink: Ink::Shade }];
    if end - start > frame::wide(name) {
        marks.push(frame::word(((start + end) / 2.0, TOP + 9.0), name, (Ink::Muted, Anchor::Middle)));
    }
    marks
}
