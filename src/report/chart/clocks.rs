//! Response against service time, second by second, in an open model.
//!
//! In: the series. Out: marks. Always holds: what lies between the lines is the time that arrivals waited for a free
//! user; both are exact means.

use super::canvas::{Mark, Point, WIDTH};
use super::frame::{self, BOTTOM, TOP};
use super::palette::Ink;
use super::scale::{self, Scale};
use super::seconds::Stretch;
use super::{Hover, Stop, Subject, time};
use crate::report::figures;
use crate::units::Millis;

const RIGHT: f64 = WIDTH - 30.0;

/// The chart's marks.
pub(super) fn marks(subject: Subject<'_>) -> Vec<Mark> {
    let Subject { summary, words, points, .. } = subject;
    let highest = points.iter().flat_map(Stretch::means).flatten().fold(0.0, f64::max);
    let x = time::axis(points, RIGHT);
    let y = Scale::linear((0.0, scale::ceiling(highest * 1.04, 5.0)), (BOTTOM, TOP));
    let line = |clock: usize| -> Vec<Option<Point>> {
        points.iter().map(|p| p.means()[clock].map(|mean| (x.place(p.middle()), y.place(mean)))).collect()
    };
    let (response, service) = (line(0), line(1));
    let entries = [(words.response, Ink::Judged), (words.service_time, Ink::Median), (words.waiting, Ink::SuccessArea)];
    let mut marks = frame::heading(words.clocks, "");
    marks.extend(frame::legend(&entries.map(|(name, ink)| (name.to_owned(), ink))));
    marks.extend(time::outside_window(&x, summary, words));
    marks.extend(between(&response, &service));
    marks.extend(frame::values(&y, RIGHT, words.milliseconds));
    marks.extend(time::ticks(&x, words, &subject.each_point()));
    marks.extend(frame::broken_line(&service, Ink::Median, 1.5));
    marks.extend(frame::broken_line(&response, Ink::Judged, 1.75));
    if highest == 0.0 {
        marks.push(frame::nothing(RIGHT, words));
    }
    marks
}

/// What a reader sees who points at a place.
pub(super) fn hover(subject: Subject<'_>) -> Hover {
    let words = subject.words;
    let x = time::axis(subject.points, RIGHT);
    let shown = |mean: Option<f64>| mean.map_or_else(|| "\u{2013}".to_owned(), |m| figures::millis(Millis::new(m)));
    let stop = |p: &Stretch| Stop {
        x: x.place(p.middle()),
        head: time::moment(p, words),
        values: p.means().map(shown).to_vec(),
    };
    let names = [words.response, words.service_time].map(ToOwned::to_owned).to_vec();
    Hover { names, stops: subject.points.iter().map(stop).collect() }
}

/// The area between the lines, broken where they are.
fn between(response: &[Option<Point>], service: &[Option<Point>]) -> Vec<Mark> {
    let pairs: Vec<Option<(Point, Point)>> = response.iter().zip(service).map(|(r, s)| (*r).zip(*s)).collect();
    let runs = pairs.split(Option::is_none).filter(|run| run.len() > 1);
    let area = |run: &[Option<(Point, Point)>]| {
        let above = run.iter().flatten().map(|(response, _)| *response);
        let below = run.iter().flatten().rev().map(|(_, service)| *service);
        Mark::Area { outline: above.chain(below).collect(), ink: Ink::SuccessArea }
    };
    runs.map(area).collect()
}
