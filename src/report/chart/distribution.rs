//! The distribution of the times of successes, with their percentiles and the limits.
//!
//! In: the histogram's occupied buckets. Out: marks. Always holds: every success is in exactly one bar, and a bar that
//! holds any can be seen.

use super::canvas::{Anchor, Mark, WIDTH};
use super::frame::{self, BOTTOM, LEFT};
use super::limits::Limits;
use super::palette::Ink;
use super::scale::{self, Scale};
use super::{Hover, Stop, Subject};
use crate::report::figures;
use crate::report::text::{ChartText, fill};
use crate::summary::Summary;
use crate::units::{Micros, Millis, Ratio};

/// Right edge of the plot, and where a label beside the last line needs more room.
const RIGHT: f64 = WIDTH - 30.0;
const RIGHT_BESIDE_LABEL: f64 = WIDTH - 130.0;
/// Upper edge of the plot under no row of labels.
const TOP: f64 = 66.0;
const ROW: f64 = 15.0;
const MOST_BARS: usize = 60;
const FEWEST_BARS: usize = 20;
/// Values whose ends are so many times apart lie on a logarithmic axis.
const WIDE: f64 = 8.0;
/// A limit so many times the highest value is named, not drawn: it would press the bars into a corner.
const FAR: f64 = 2.0;

/// What is drawn, laid out.
struct Layout {
    lines: Vec<Upright>,
    x: Scale,
    how: Axis,
    bars: Vec<u64>,
    highest: f64,
}

impl Layout {
    fn of(summary: &Summary, limits: &Limits) -> Self {
        let buckets: Vec<(f64, u64)> =
            summary.distribution.iter().filter(|(_, n)| *n > 0).map(|(edge, n)| (millis(*edge), *n)).collect();
        let highest = buckets.iter().map(|(edge, _)| *edge).fold(0.0, f64::max);
        let lines = lines(summary, limits, highest);
        let (x, how) = axis(&buckets, &lines);
        let bars = bars(&buckets, &x);
        Self { lines, x, how, bars, highest }
    }
}

/// The chart's marks.
pub(super) fn marks(subject: Subject<'_>, limits: &Limits) -> Vec<Mark> {
    let Subject { summary, words, .. } = subject;
    let Layout { lines, x, how, bars, highest } = Layout::of(summary, limits);
    let rows = rows(&lines, &x);
    let top = TOP + ROW * row_number(rows.iter().max().map_or(0, |row| row + 1));
    let (_, right) = x.places();
    let most = bars.iter().copied().max().unwrap_or(0);
    let y = Scale::linear((0.0, scale::ceiling(count(most) * 1.02, 4.0)), (BOTTOM, top));

    let subtitle = fill(words.of_window, &[("time", subject.shown_time()), ("axis", how.word(words))]);
    let mut marks = frame::heading(words.distribution, &(subtitle + &beyond(limits, highest, words)));
    marks.extend(frame::values(&y, right, words.requests));
    marks.extend(drawn_bars(&bars, (&x, &y)));
    marks.extend(frame::below(&x, &tick_labels(&x), words.milliseconds));
    marks.extend(lines.iter().zip(&rows).flat_map(|(line, row)| line.marks(x.place(line.at), (top, *row))));
    if most == 0 {
        marks.push(frame::nothing(right, words));
    }
    marks
}

/// What a reader sees who points at a place.
pub(super) fn hover(subject: Subject<'_>, limits: &Limits) -> Hover {
    let (words, Layout { x, bars, .. }) = (subject.words, Layout::of(subject.summary, limits));
    let (left, right) = x.places();
    let (total, width) = (bars.iter().sum::<u64>(), (right - left) / bars.len() as f64);
    let edge = |at: usize| figures::bare_millis(Millis::new(x.value(left + at as f64 * width)));
    let stop = |(at, n): (usize, &u64)| Stop {
        x: left + (at as f64 + 0.5) * width,
        head: format!("{}\u{2013}{} ms", edge(at), edge(at + 1)),
        values: vec![figures::count(*n), Ratio::of(*n, total).map_or_else(String::new, figures::share)],
    };
    let stops = bars.iter().enumerate().filter(|(_, n)| **n > 0).map(stop).collect();
    Hover { names: [words.requests, words.share].map(ToOwned::to_owned).to_vec(), stops }
}

/// How values lie on the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Axis {
    Linear,
    Logarithmic,
}

impl Axis {
    const fn word(self, words: &ChartText) -> &'static str {
        match self {
            Self::Linear => words.linear,
            Self::Logarithmic => words.logarithmic,
        }
    }
}

/// A vertical line with its label.
struct Upright {
    at: f64,
    label: String,
    ink: Ink,
}

/// Percentiles of successes and near limits, from left to right.
fn lines(summary: &Summary, limits: &Limits, highest: f64) -> Vec<Upright> {
    let time = summary.totals.model_time();
    let percentile = |name: &str, value: Option<Millis>| {
        value.map(|v| Upright { at: v.get(), label: format!("{name} {}", figures::millis(v)), ink: Ink::Judged })
    };
    let percentiles = [percentile("p50", time.p50), percentile("p95", time.p95), percentile("p99", time.p99)];
    let near = limits.latency.iter().filter(|limit| highest > 0.0 && limit.value <= highest * FAR);
    let limits = near.map(|limit| Upright { at: limit.value, label: limit.label.clone(), ink: Ink::Limit });
    let mut lines: Vec<Upright> = percentiles.into_iter().flatten().chain(limits).collect();
    lines.sort_by(|a, b| a.at.total_cmp(&b.at));
    lines
}

/// Names the limits that lie too far to the right to be drawn.
fn beyond(limits: &Limits, highest: f64, words: &ChartText) -> String {
    let far = limits.latency.iter().filter(|limit| highest > 0.0 && limit.value > highest * FAR);
    far.map(|limit| fill(words.far_right, &[("limit", &limit.label)])).collect()
}

/// An axis that holds every bucket and line, and leaves room for the last label.
fn axis(buckets: &[(f64, u64)], lines: &[Upright]) -> (Scale, Axis) {
    let (x, how) = axis_up_to(RIGHT, buckets, lines);
    let fits = lines.iter().all(|line| x.place(line.at) + line.wide() < WIDTH);
    if fits { (x, how) } else { axis_up_to(RIGHT_BESIDE_LABEL, buckets, lines) }
}

fn axis_up_to(right: f64, buckets: &[(f64, u64)], lines: &[Upright]) -> (Scale, Axis) {
    let values = || buckets.iter().map(|(edge, _)| *edge).chain(lines.iter().map(|line| line.at));
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    if !(low.is_finite() && high > 0.0) {
        return (Scale::linear((0.0, 100.0), (LEFT, right)), Axis::Linear);
    }
    let low = low.max(0.001);
    if high / low > WIDE {
        return (Scale::log((low * 0.97, high * 1.03), (LEFT, right)), Axis::Logarithmic);
    }
    let room = ((high - low) * 0.04).max(high * 0.04);
    (Scale::linear(((low - room).max(0.0), high + room), (LEFT, right)), Axis::Linear)
}

/// How many successes lie in each of the equally wide strips of the axis.
fn bars(buckets: &[(f64, u64)], x: &Scale) -> Vec<u64> {
    let (left, right) = x.places();
    let number = buckets.len().clamp(FEWEST_BARS, MOST_BARS);
    let mut bars = vec![0_u64; number];
    for (edge, n) in buckets {
        let share = (x.place(*edge) - left) / (right - left);
        let at = ((share * number as f64) as usize).min(number - 1);
        bars[at] = bars[at].saturating_add(*n);
    }
    bars
}

fn drawn_bars(bars: &[u64], (x, y): (&Scale, &Scale)) -> Vec<Mark> {
    let (first, last) = x.places();
    let width = (last - first) / bars.len() as f64;
    let bar = |(at, n): (usize, &u64)| {
        let left = first + at as f64 * width;
        let top = y.place(count(*n)).min(BOTTOM - 1.5);
        (*n > 0).then_some(Mark::Block { from: (left + 0.5, top), to: (left + width - 0.5, BOTTOM), ink: Ink::Bar })
    };
    bars.iter().enumerate().filter_map(bar).collect()
}

impl Upright {
    fn wide(&self) -> f64 {
        frame::wide(&self.label) + 10.0
    }

    /// The line at `at`, up to its label in `row` above a plot that begins at `top`.
    fn marks(&self, at: f64, (top, row): (f64, usize)) -> Vec<Mark> {
        let height = top - 9.0 - ROW * row_number(row);
        let (from, to) = ((at, height - 6.0), (at, BOTTOM));
        let mut marks = if self.ink == Ink::Limit {
            frame::dashed(from, to, self.ink)
        } else {
            vec![Mark::Line { through: vec![from, to], ink: self.ink, width: 1.25 }]
        };
        marks.push(frame::word((at + 5.0, height), &self.label, (self.ink, Anchor::Start)));
        marks
    }
}

/// The row of each line's label: above the labels of all lines that it would run into, so that none is crossed.
fn rows(lines: &[Upright], x: &Scale) -> Vec<usize> {
    let mut rows = vec![0; lines.len()];
    for at in (0..lines.len()).rev() {
        let end = x.place(lines[at].at) + lines[at].wide();
        let beside = (at + 1..lines.len()).filter(|right| x.place(lines[*right].at) < end);
        rows[at] = beside.map(|right| rows[right] + 1).max().unwrap_or(0);
    }
    rows
}

fn tick_labels(x: &Scale) -> Vec<(f64, String)> {
    let (_, high) = x.range();
    let label =
        |tick: f64| if tick < 1.0 { frame::amount(tick, tick) } else { frame::amount(tick, high.min(999_999.0)) };
    x.ticks(8.0).into_iter().map(|tick| (tick, label(tick))).collect()
}

fn millis(edge: Micros) -> f64 {
    edge.as_millis_f64()
}

fn count(n: u64) -> f64 {
    n as f64
}

fn row_number(row: usize) -> f64 {
    row as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use crate::report::text::Lang;

    #[test]
    fn every_success_is_in_exactly_one_bar() {
        let run = fixture::passing();
        let buckets: Vec<(f64, u64)> = run.summary.distribution.iter().map(|(e, n)| (millis(*e), *n)).collect();
        let (x, how) = axis(&buckets, &[]);
        let bars = bars(&buckets, &x);
        assert_eq!(how, Axis::Logarithmic);
        assert_eq!(bars.len(), MOST_BARS);
        assert_eq!(bars.iter().sum::<u64>(), buckets.iter().map(|(_, n)| n).sum::<u64>());
    }

    #[test]
    fn no_label_is_crossed_by_a_line_to_its_right() {
        let line = |at: f64| Upright { at, label: "p95 15.10 ms".to_owned(), ink: Ink::Judged };
        let x = Scale::linear((0.0, 100.0), (LEFT, RIGHT));
        assert_eq!(rows(&[line(10.0), line(11.0), line(12.0), line(60.0)], &x), [2, 1, 0, 0]);
    }

    #[test]
    fn a_far_limit_is_named_and_does_not_press_the_bars_into_a_corner() {
        let run = fixture::passing();
        let limits = Limits::of(&run.summary, &run.verdict.rules);
        assert_eq!(beyond(&limits, 90.0, Lang::En.charts()), "");
        assert_eq!(beyond(&limits, 20.0, Lang::En.charts()), "; p95 ≤ 100 ms lies far to the right");
    }

    #[test]
    fn a_single_success_is_a_bar_that_can_be_seen() {
        let buckets = [(15.0, 1)];
        let (x, _) = axis(&buckets, &[]);
        let y = Scale::linear((0.0, 1_000_000.0), (BOTTOM, TOP));
        let marks = drawn_bars(&bars(&buckets, &x), (&x, &y));
        assert!(matches!(marks.as_slice(), [Mark::Block { from, .. }] if from.1 <= BOTTOM - 1.5), "{marks:?}");
    }
}
