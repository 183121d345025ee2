//! The percentile spectrum: how long the fastest so many of the successes took, up to 99.99 %.
//!
//! In: the histograms' occupied buckets. Out: marks. Always holds: the axis of percentiles is logarithmic towards 100 %,
//! so that each next nine is as wide as the one before; a line ends where its samples do.

use super::canvas::{Anchor, Mark, Point, WIDTH};
use super::frame::{self, BOTTOM, LEFT, TOP};
use super::limits::{LimitLine, Limits};
use super::palette::Ink;
use super::scale::{self, Scale};
use super::{Hover, Stop, Subject};
use crate::report::figures;
use crate::report::text::ChartText;
use crate::summary::Summary;
use crate::units::{Micros, Millis};

const RIGHT: f64 = WIDTH - 130.0;
/// Nines of the highest percentile: 99.99 %.
const NINES: f64 = 4.0;
/// Points of a line.
const POINTS: u32 = 240;
/// Values whose ends are so many times apart lie on a logarithmic axis.
const WIDE: f64 = 8.0;
/// A limit so many times the highest value would press the lines to the ground.
const FAR: f64 = 8.0;

/// One clock's times.
struct Curve {
    name: &'static str,
    ink: Ink,
    /// Nines of each point, and its time in milliseconds.
    points: Vec<(f64, f64)>,
}

/// The chart's marks.
pub(super) fn marks(subject: Subject<'_>, limits: &Limits) -> Vec<Mark> {
    let Subject { summary, words, .. } = subject;
    let curves = curves(summary, words);
    let times = || curves.iter().flat_map(|curve| curve.points.iter().map(|(_, time)| *time));
    let (lowest, highest) = (times().fold(f64::INFINITY, f64::min), times().fold(0.0, f64::max));
    let near: Vec<&LimitLine> =
        limits.latency.iter().filter(|limit| highest > 0.0 && limit.value <= highest * FAR).collect();
    let top = near.iter().map(|limit| limit.value).fold(highest, f64::max);
    let lowest = near.iter().map(|limit| limit.value).fold(lowest, f64::min);
    let (x, y) = (axis(), values(lowest, top));

    let entries: Vec<(String, Ink)> = curves.iter().map(|curve| (curve.name.to_owned(), curve.ink)).collect();
    let mut marks = frame::heading(words.spectrum, "");
    marks.extend(frame::legend(&entries));
    marks.extend(frame::values(&y, RIGHT, words.milliseconds));
    marks.extend(frame::below(&x, &ticks(), words.percentile));
    for limit in near {
        let at = y.place(limit.value);
        marks.extend(frame::dashed((LEFT, at), (RIGHT, at), Ink::Limit));
        marks.push(frame::word((RIGHT + 8.0, at), &limit.label, (Ink::Limit, Anchor::Start)));
    }
    for curve in &curves {
        let line: Vec<Option<Point>> =
            curve.points.iter().map(|(nines, time)| Some((x.place(*nines), y.place(*time)))).collect();
        marks.extend(frame::broken_line(&line, curve.ink, 1.75));
    }
    if highest == 0.0 {
        marks.push(frame::nothing(RIGHT, words));
    }
    marks
}

/// What a reader sees who points at a place.
pub(super) fn hover(subject: Subject<'_>) -> Hover {
    let (x, curves) = (axis(), curves(subject.summary, subject.words));
    let longest = curves.iter().map(|curve| curve.points.len()).max().unwrap_or(0);
    let stop = |at: usize| {
        let (nines, _) = curves.iter().find_map(|curve| curve.points.get(at))?;
        let value = |curve: &Curve| {
            let time = curve.points.get(at).map(|(_, time)| figures::millis(Millis::new(*time)));
            time.unwrap_or_else(|| "\u{2013}".to_owned())
        };
        Some(Stop { x: x.place(*nines), head: percent(*nines), values: curves.iter().map(value).collect() })
    };
    let names = curves.iter().map(|curve| curve.name.to_owned()).collect();
    Hover { names, stops: (0..longest).filter_map(stop).collect() }
}

fn axis() -> Scale {
    Scale::linear((0.0, NINES), (LEFT, RIGHT))
}

fn values(lowest: f64, top: f64) -> Scale {
    let lowest = lowest.max(0.001);
    if lowest.is_finite() && top / lowest > WIDE {
        return Scale::log((lowest * 0.9, top * 1.1), (BOTTOM, TOP));
    }
    Scale::linear((0.0, scale::ceiling(top * 1.04, 5.0)), (BOTTOM, TOP))
}

/// The model's own clock, and the service time beside it in an open model.
fn curves(summary: &Summary, words: &'static ChartText) -> Vec<Curve> {
    let open = summary.totals.response_time.is_some();
    let own = if open { words.response } else { words.service_time };
    let curve = |name, ink, buckets: &[(Micros, u64)]| Curve { name, ink, points: points(buckets) };
    let mut curves = vec![curve(own, Ink::Judged, &summary.distribution)];
    if open {
        curves.push(curve(words.service_time, Ink::Median, &summary.service_distribution));
    }
    curves
}

/// The times at evenly spaced nines, as far as there are samples beyond.
fn points(buckets: &[(Micros, u64)]) -> Vec<(f64, f64)> {
    let total = buckets.iter().fold(0_u64, |total, (_, count)| total.saturating_add(*count));
    let mut rest = buckets.iter();
    let (mut seen, mut time) = (0_u64, 0.0);
    let mut points = Vec::new();
    for at in 0..=POINTS {
        let nines = NINES * f64::from(at) / f64::from(POINTS);
        let beyond = 10_f64.powf(-nines) * total as f64;
        if beyond < 1.0 {
            break;
        }
        let rank = (total as f64 - beyond).ceil().max(1.0);
        while (seen as f64) < rank {
            let Some((edge, count)) = rest.next() else { break };
            (seen, time) = (seen.saturating_add(*count), edge.as_millis_f64());
        }
        points.push((nines, time));
    }
    points
}

/// `99.9%`: with as many decimals as the nines ask for.
fn percent(nines: f64) -> String {
    let share = 100.0 * (1.0 - 10_f64.powf(-nines));
    let places = if nines < 1.0 { 0 } else { nines.floor() as usize };
    format!("{}%", figures::decimal(share, places))
}

fn ticks() -> Vec<(f64, String)> {
    [("0%", 0.0), ("50%", 0.5), ("90%", 0.9), ("95%", 0.95), ("99%", 0.99), ("99.9%", 0.999), ("99.99%", 0.999_9)]
        .map(|(label, share): (&str, f64)| (-(1.0 - share).log10(), label.to_owned()))
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_point_is_the_nearest_rank_and_the_line_ends_with_its_samples() {
        let buckets: Vec<(Micros, u64)> = (1..=1_000).map(|ms| (Micros::from_millis(ms), 1)).collect();
        let points = points(&buckets);
        let at = |share: f64| {
            let nines = -(1.0 - share).log10();
            points.iter().find(|(n, _)| (n - nines).abs() < 1e-9).map(|(_, time)| *time)
        };
        assert_eq!((at(0.9), at(0.99), at(0.999)), (Some(900.0), Some(990.0), Some(999.0)));
        assert_eq!(points.last().map(|(nines, _)| *nines), Some(3.0), "a thousand samples have three nines");
        assert_eq!(super::points(&[]), []);
    }

    #[test]
    fn a_percentile_has_as_many_decimals_as_nines() {
        assert_eq!([0.0, 1.0, 2.0, 3.0, 4.0].map(percent), ["0%", "90.0%", "99.00%", "99.900%", "99.9900%"]);
    }
}
