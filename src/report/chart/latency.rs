//! Latency over time: p50, p95 and p99 of each second, and the limits they are held against.
//!
//! In: the series and the limits. Out: marks. Always holds: the axis starts at 0 and holds every value; a limit far
//! above all values is named, not drawn.

use super::canvas::{Anchor, Mark, Point, WIDTH};
use super::frame::{self, BOTTOM, LEFT, TOP};
use super::limits::{LimitLine, Limits};
use super::palette::Ink;
use super::scale::{self, Scale};
use super::seconds::Stretch;
use super::{Hover, Stop, Subject, time};
use crate::report::figures;
use crate::report::text::fill;
use crate::units::Millis;

/// Room for names at the right end of the lines; more where a limit has a long one.
const NAMES: f64 = 112.0;
const LINES: [(usize, &str, Ink, f64); 3] =
    [(2, "p99", Ink::Tail, 1.0), (0, "p50", Ink::Median, 1.25), (1, "p95", Ink::Judged, 1.75)];
/// A limit so many times the highest value would press the lines to the ground.
const FAR: f64 = 8.0;
/// From here on the axis counts seconds.
const MANY_MILLIS: f64 = 10_000.0;

/// The chart's marks.
pub(super) fn marks(subject: Subject<'_>, limits: &Limits) -> Vec<Mark> {
    let Subject { summary, words, points, .. } = subject;
    let highest = highest(points);
    let near = near(limits, highest);
    let top = near.iter().map(|l| l.value).fold(highest, f64::max);
    let (unit, name) = if top >= MANY_MILLIS { (1_000.0, words.seconds) } else { (1.0, words.milliseconds) };
    let y = Scale::linear((0.0, scale::ceiling(top * 1.04 / unit, 5.0)), (BOTTOM, TOP));
    let x = axis(points, &near);
    let (_, right) = x.places();
    let plot = Plot { points, x, y, unit };

    let mut marks = frame::heading(words.latency, &subject.explanation(limits, near.len()));
    marks.extend(time::outside_window(&x, summary, words));
    marks.extend(frame::values(&y, right, name));
    marks.extend(time::ticks(&x, words, &subject.each_point()));
    marks.extend(LINES.iter().flat_map(|(at, _, ink, width)| frame::broken_line(&plot.line(*at), *ink, *width)));
    marks.extend(near.iter().flat_map(|limit| plot.limit(limit)));
    marks.extend(plot.labels(&near));
    if highest == 0.0 {
        marks.push(frame::nothing(right, words));
    }
    marks
}

/// What a reader sees who points at a place.
pub(super) fn hover(subject: Subject<'_>, limits: &Limits) -> Hover {
    let points = subject.points;
    let x = axis(points, &near(limits, highest(points)));
    let shown = |time: Option<f64>| time.map_or_else(|| "\u{2013}".to_owned(), |t| figures::millis(Millis::new(t)));
    let stop = |p: &Stretch| Stop {
        x: x.place(p.middle()),
        head: time::moment(p, subject.words),
        values: p.percentiles.map(shown).to_vec(),
    };
    let names = ["p50", "p95", "p99"].map(ToOwned::to_owned).to_vec();
    Hover { names, stops: points.iter().map(stop).collect() }
}

fn highest(points: &[Stretch]) -> f64 {
    points.iter().flat_map(|p| p.percentiles).flatten().fold(0.0, f64::max)
}

/// The limits that are drawn.
fn near(limits: &Limits, highest: f64) -> Vec<&LimitLine> {
    limits.latency.iter().filter(|l| highest == 0.0 || l.value <= highest * FAR).collect()
}

/// The axis of time, with room for the names to its right.
fn axis(points: &[Stretch], near: &[&LimitLine]) -> Scale {
    let widest = near.iter().map(|l| frame::wide(&l.label)).fold(0.0, f64::max);
    time::axis(points, WIDTH - NAMES.max(widest + 8.0 + 2.0 * frame::MARGIN))
}

impl Subject<'_> {
    /// What the times in the charts are called: the model's own clock.
    pub(super) const fn shown_time(&self) -> &'static str {
        if self.summary.totals.response_time.is_some() { self.words.response_time } else { self.words.service_time }
    }

    /// Below the title, naming the limits where not all of them are drawn.
    fn explanation(&self, limits: &Limits, drawn: usize) -> String {
        let each = if self.width > 1 { self.words.of_each_span } else { self.words.of_each_second };
        let base = fill(each, &[("time", self.shown_time()), ("span", &time::span(self.width, self.words))]);
        if drawn == limits.latency.len() {
            return base;
        }
        let labels: Vec<&str> = limits.latency.iter().map(|limit| limit.label.as_str()).collect();
        base + &fill(self.words.far_above, &[("limits", &labels.join(", "))])
    }
}

struct Plot<'a> {
    points: &'a [Stretch],
    x: Scale,
    y: Scale,
    unit: f64,
}

impl Plot<'_> {
    fn line(&self, at: usize) -> Vec<Option<Point>> {
        let place = |p: &Stretch| p.percentiles[at].map(|value| (self.x.place(p.middle()), self.height(value)));
        self.points.iter().map(place).collect()
    }

    fn height(&self, millis: f64) -> f64 {
        self.y.place(millis / self.unit)
    }

    fn right(&self) -> f64 {
        self.x.places().1
    }

    fn limit(&self, limit: &LimitLine) -> Vec<Mark> {
        let at = self.height(limit.value);
        frame::dashed((LEFT, at), (self.right(), at), Ink::Limit)
    }

    /// Names at the right end of each line and limit.
    fn labels(&self, limits: &[&LimitLine]) -> Vec<Mark> {
        let last = |at: usize| self.line(at).into_iter().rev().flatten().next().map(|(_, height)| height);
        let lines = LINES.iter().filter_map(|(at, name, ink, _)| last(*at).map(|height| (height, *name, *ink)));
        let limits = limits.iter().map(|limit| (self.height(limit.value), limit.label.as_str(), Ink::Limit));
        let labels: Vec<(f64, &str, Ink)> = lines.chain(limits).collect();
        let wanted: Vec<f64> = labels.iter().map(|(height, ..)| *height).collect();
        let heights = frame::spread(&wanted, 14.0, BOTTOM);
        let mark = |((_, name, ink), height): (&(f64, &str, Ink), f64)| {
            frame::word((self.right() + 8.0, height), name, (*ink, Anchor::Start))
        };
        labels.iter().zip(heights).map(mark).collect()
    }
}
